"""What the exporter costs by lines a day and by domains: `python -m bench.measure.limits`.

A running exporter, with room for so many domains, reads five series of each, and waits until it
shows them. Then it is scraped, idles, and follows a log that grows at so many lines a day.
What a day costs is the CPU time of `--seconds` at that pace, times the seconds of a day: commits
are in it, scrapes are not. The lines are those of an everyday host: with few domains they bring
further series. With `--limit` there is room for fewer domains than there are.
"""

from __future__ import annotations

import argparse
import re
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median

from bench.logs.destinations import receivers
from bench.logs.pace import Writer
from bench.logs.truth import counts_of
from bench.measure.scrape import Scrapes, scraped
from bench.measure.series import HOLD, PER_DOMAIN, Process, following, log_of
from bench.program import PATIENCE, BenchmarkError, free_port, measurement, positive

DAY = 86400
_SEED = 1
_COMMIT = re.compile(r"(?m)^postfix_exporter_checkpoint_duration_seconds (\S+)$")
_SERIES = re.compile(r"(?m)^postfix_exporter_series (\S+)$")


@dataclass(frozen=True, slots=True)
class Cost:
    """What an exporter with so many domains takes.

    Memory in MB, now and at its highest; `checkpoint` in bytes, `commit` in seconds; CPU seconds a
    day when idle, and by lines a day.
    """

    domains: int
    series: int
    resident: float
    highest: float
    checkpoint: int
    commit: float
    idle: float
    pace: dict[int, float]
    scrapes: Scrapes

    def size(self) -> str:
        """Give a row about memory, checkpoint and scrapes."""
        return (
            f"| {self.domains:,} | {self.series:,} | {self.scrapes.samples:,}"
            f" | {self.resident:.0f} | {self.highest:.0f} | {self.checkpoint / 1e6:.2f}"
            f" | {self.commit * 1e3:.0f} | {self.scrapes.plain / 1e6:.2f}"
            f" | {self.scrapes.packed / 1e6:.2f} | {self.scrapes.cpu * 1e3:.0f}"
            f" | {median(self.scrapes.seconds) * 1e3:.0f} |"
        )

    def days(self) -> str:
        """Give a row about CPU."""
        cells = " | ".join(f"{cpu:,.0f} ({cpu / DAY:.2%})" for cpu in self.pace.values())
        return f"| {self.domains:,} | {self.idle:,.0f} | {cells} |"


SIZES = (
    "| domains | series | samples | resident MB | at most | checkpoint MB | commit (ms) | page MB"
    " | packed MB | scrape, CPU (ms) | scrape (ms) |\n|---|---|---|---|---|---|---|---|---|---|---|"
)


def measure(
    domains: int, limit: int, lines: Sequence[int], seconds: float, hold: float = HOLD
) -> Cost:
    """Measure as the module says; `lines` are those of a day."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        log, port = folder / "mail.log", free_port()
        names = [receiver.domain for receiver in receivers(Random(_SEED), domains)]
        log.write_bytes(b"".join(log_of(PER_DOMAIN * domains, names)))
        writer = Writer(log, domains, _SEED)
        with following(folder, log, limit, port, hold) as process:
            _wait_until_shown(process, domains, hold)
            resident, _ = process.memory()
            checkpoint = (folder / "checkpoint.json").stat().st_size
            page = process.page({}).decode()
            (scrapes,) = scraped([process])
            idle = _cpu_a_day(process, writer, 0, seconds)
            pace = {number: _cpu_a_day(process, writer, number, seconds) for number in lines}
            _, highest = process.memory()
        writer.close()
    series, commit = (float(value.findall(page)[0]) for value in (_SERIES, _COMMIT))
    return Cost(domains, int(series), resident, highest, checkpoint, commit, idle, pace, scrapes)


def _wait_until_shown(process: Process, domains: int, hold: float) -> None:
    """Wait for the true values of what is held at 0 first."""
    end = time.monotonic() + PATIENCE
    while sum(counts_of(process.page({}).decode()).values()) < PER_DOMAIN * domains:
        if time.monotonic() > end:
            raise BenchmarkError(f"the page does not come to show all of {domains} domains")
        time.sleep(hold / 20)


def _cpu_a_day(process: Process, writer: Writer, lines: int, seconds: float) -> float:
    """Give the CPU seconds of a day with so many lines."""
    begun, used = time.monotonic(), process.cpu()
    writer.write(lines / DAY, seconds)
    time.sleep(max(0.0, seconds - (time.monotonic() - begun)))
    return (process.cpu() - used) / (time.monotonic() - begun) * DAY


@measurement
def main(arguments: Sequence[str] | None = None) -> None:
    """Run the measurement and print its tables."""
    flags = argparse.ArgumentParser(prog="python -m bench.measure.limits")
    flags.add_argument("--domains", type=positive, nargs="+", default=[100, 1000, 10_000, 100_000])
    flags.add_argument("--limit", type=positive, help="domains with series; as many as there are")
    flags.add_argument(
        "--lines", type=positive, nargs="+", default=[1_000_000, 10_000_000, 100_000_000]
    )
    flags.add_argument("--seconds", type=positive, default=60, help="at each pace")
    options = flags.parse_args(arguments)
    costs = []
    print(SIZES, flush=True)
    for domains in options.domains:
        limit = options.limit or domains
        costs.append(measure(domains, limit, options.lines, options.seconds))
        print(costs[-1].size(), flush=True)
    paces = " | ".join(f"{lines:,} lines a day" for lines in options.lines)
    print(f"\n| domains | CPU seconds a day, idle | {paces} |")
    print("|---|---|" + "---|" * len(options.lines))
    print("\n".join(cost.days() for cost in costs))


if __name__ == "__main__":
    raise SystemExit(main())
