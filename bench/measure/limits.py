"""What the exporter costs by lines a day and by domains: `python -m bench.measure.limits`.

A running exporter, with room for so many domains, reads five series of each, and waits until it
shows them. Then it is scraped, idles, and follows a log that grows at so many lines a day.
What a day costs is what `--seconds` at that pace cost, times the seconds of a day: CPU time, bytes
that the kernel counts as written to a disk (`write_bytes` of /proc/PID/io), and calls of fsync, as
strace counts them in another such time. Commits are in it, scrapes are not. The lines are those of
an everyday host: with few domains they bring further series. With `--limit` there is room for fewer
domains than there are.
"""

from __future__ import annotations

import argparse
import re
import signal
import subprocess
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
class Day:
    """What a day costs: CPU seconds, bytes written, and fsyncs a minute."""

    cpu: float
    written: float
    syncs: float


@dataclass(frozen=True, slots=True)
class Cost:
    """What an exporter with so many domains takes.

    Memory in MB, now and at its highest; `checkpoint` in bytes, `commit` in seconds; days by their
    lines, 0 for an idle one.
    """

    domains: int
    series: int
    resident: float
    highest: float
    checkpoint: int
    commit: float
    days: dict[int, Day]
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

    def cpu(self) -> str:
        """Give a row about CPU."""
        cells = " | ".join(f"{day.cpu:,.0f} ({day.cpu / DAY:.2%})" for day in self.days.values())
        return f"| {self.domains:,} | {cells} |"

    def written(self) -> str:
        """Give a row about the disk."""
        cells = " | ".join(
            f"{day.written / 1e9:.2f} ({day.syncs:.1f})" for day in self.days.values()
        )
        return f"| {self.domains:,} | {cells} |"


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
            days = {number: _day(process, writer, number, seconds) for number in (0, *lines)}
            _, highest = process.memory()
        writer.close()
    series, commit = (float(value.findall(page)[0]) for value in (_SERIES, _COMMIT))
    return Cost(domains, int(series), resident, highest, checkpoint, commit, days, scrapes)


def _wait_until_shown(process: Process, domains: int, hold: float) -> None:
    """Wait for the true values of what is held at 0 first."""
    end = time.monotonic() + PATIENCE
    while sum(counts_of(process.page({}).decode()).values()) < PER_DOMAIN * domains:
        if time.monotonic() > end:
            raise BenchmarkError(f"the page does not come to show all of {domains} domains")
        time.sleep(hold / 20)


def _day(process: Process, writer: Writer, lines: int, seconds: float) -> Day:
    """Give what a day with so many lines costs."""
    begun, used, written = time.monotonic(), process.cpu(), process.written()
    _write(writer, lines, seconds)
    passed = time.monotonic() - begun
    return Day(
        (process.cpu() - used) / passed * DAY,
        (process.written() - written) / passed * DAY,
        _syncs(process, writer, lines, seconds),
    )


def _write(writer: Writer, lines: int, seconds: float) -> None:
    """Let a log grow for a time at the pace of so many lines a day."""
    end = time.monotonic() + seconds
    writer.write(lines / DAY, seconds)
    time.sleep(max(0.0, end - time.monotonic()))


def _syncs(process: Process, writer: Writer, lines: int, seconds: float) -> float:
    """Give the fsyncs a minute, as strace counts them."""
    with tempfile.NamedTemporaryFile("r") as counted:
        command = ["strace", "-f", "-e", "trace=fsync,fdatasync", "-o", counted.name]
        command += ["-p", str(process.process.pid)]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as strace:
            _write(writer, lines, seconds)
            strace.send_signal(signal.SIGINT)
        return len(re.findall(r"(?m)sync\(.*\) += 0$", counted.read())) / seconds * 60


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
    paces = " | ".join(["idle", *(f"{lines:,} lines a day" for lines in options.lines)])
    for rows in (Cost.cpu, Cost.written):
        print(f"\n| domains | {paces} |\n|---|---|" + "---|" * len(options.lines))
        print("\n".join(map(rows, costs)))


if __name__ == "__main__":
    raise SystemExit(main())
