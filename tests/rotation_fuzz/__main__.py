"""Runs the modes one after the other and prints what they did and found."""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from pathlib import Path

from tests.rotation_fuzz import __doc__ as told
from tests.rotation_fuzz.rotations import MODES
from tests.rotation_fuzz.run import Outcome, run


def main() -> int:
    """Run all modes; what a run with faults left behind stays."""
    flags = argparse.ArgumentParser(description=told)
    flags.add_argument("--mode", choices=MODES)
    flags.add_argument("--seconds", type=float, default=60.0, help="for each mode")
    flags.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    given = flags.parse_args()
    outcomes: list[Outcome] = []
    for mode in [given.mode] if given.mode else MODES:
        folder = Path(tempfile.mkdtemp(prefix=f"rotation-fuzz-{mode}-"))
        outcomes.append(run(folder, mode, given.seconds, given.seed))
        print(outcomes[-1], flush=True)
        if outcomes[-1].faults:
            print(f"see {folder}", flush=True)
        else:
            shutil.rmtree(folder)
    print(
        *(
            f"{name}={sum(getattr(outcome, name) for outcome in outcomes)}"
            for name in ("lines", "kills", "terminations", "rotations", "scrapes")
        ),
        f"faults={sum(len(outcome.faults) for outcome in outcomes)}",
    )
    idle = [one.mode for one in outcomes if not (one.kills and one.rotations and one.scrapes)]
    print(*(f"{mode}: nothing was tried" for mode in idle), sep="\n", end="")
    return int(bool(idle) or any(outcome.faults for outcome in outcomes))


if __name__ == "__main__":
    raise SystemExit(main())
