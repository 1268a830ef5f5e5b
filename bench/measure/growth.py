"""CPU per line of longer logs and of more domains: `python -m bench.measure.growth`.

First the exporter reads logs of one host from a million to fifty million lines, in turn, then logs
of five million lines with up to 100,000 recipient domains; it must count what is true of each.
The logs take 9 GB of disk while it runs (`--folder` says where).
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.logs.checked import generate
from bench.logs.generate import truth_path
from bench.logs.truth import read_truth
from bench.peers.contest import Contestant, peak, run_in_turn
from bench.peers.ours import exporter
from bench.program import measurement, positive


@dataclass(frozen=True, slots=True)
class _Log:
    """A log, and the exporter reading it."""

    lines: int
    domains: int
    path: Path
    contestant: Contestant

    def cost(self) -> float:
        """Give CPU seconds a line, the median of the runs."""
        return median(usage.cpu for usage in self.contestant.usages) / self.lines


HEAD = (
    "| lines | domains | with mail | MB | combinations | CPU (s) | min-max | µs a line"
    " | times the first | peak RSS (MB) |\n|---|---|---|---|---|---|---|---|---|---|"
)


def _written(folder: Path, lines: int, domains: int) -> _Log:
    place = folder / f"{lines}-{domains}"
    place.mkdir()
    path = place / "mail.log"
    generate(path, f"--lines={lines}", f"--domains={domains}")
    return _Log(lines, domains, path, exporter(path, place, domains))


def _row(log: _Log, first: _Log) -> str:
    truth = read_truth(truth_path(log.path))
    cpu = [usage.cpu for usage in log.contestant.usages]
    return (
        f"| {log.lines:,} | {log.domains:,} | {len({domain for domain, _, _ in truth}):,}"
        f" | {log.path.stat().st_size / 1e6:,.0f} | {len(truth):,} | {median(cpu):.2f}"
        f" | {min(cpu):.2f}-{max(cpu):.2f} | {log.cost() * 1e6:.2f}"
        f" | {log.cost() / first.cost():.2f} | {peak(log.contestant.usages)} |"
    )


def _compare(place: Path | None, sizes: Sequence[tuple[int, int]], rounds: int) -> None:
    """Print a table of logs with so many lines and domains."""
    with tempfile.TemporaryDirectory(dir=place) as name:
        folder = Path(name)
        logs = [_written(folder, lines, domains) for lines, domains in sizes]
        run_in_turn([log.contestant for log in logs], rounds, folder)
        print("\n".join([HEAD, *(_row(log, logs[0]) for log in logs)]), "\n", flush=True)


@measurement
def main(arguments: Sequence[str] | None = None) -> None:
    """Run the comparison and print its tables."""
    flags = argparse.ArgumentParser(prog="python -m bench.measure.growth")
    flags.add_argument(
        "--lines", type=positive, nargs="+", default=[1_000_000, 10_000_000, 50_000_000]
    )
    flags.add_argument("--domains", type=positive, nargs="+", default=[100, 1000, 10_000, 100_000])
    flags.add_argument("--lines-of-domains", type=positive, default=5_000_000)
    flags.add_argument("--rounds", type=positive, default=3)
    flags.add_argument("--folder", type=Path, help="a folder with room for the logs")
    options = flags.parse_args(arguments)
    _compare(options.folder, [(lines, 200) for lines in options.lines], options.rounds)
    many = [(options.lines_of_domains, domains) for domains in options.domains]
    _compare(options.folder, many, options.rounds)


if __name__ == "__main__":
    raise SystemExit(main())
