"""Half an hour at three thousand lines a second: `python -m bench.measure.soak`.

The exporter, with its defaults but for room for 5,000 domains, follows a log that logrotate rotates
every minute; two scrapers ask every five seconds, one for text with gzip, one for OpenMetrics.
First come all series that these domains may bring, and more recipients that wait than the exporter
remembers: what still grows afterwards is a leak, but for ten bytes a refused recipient.
Each row holds the least of ten seconds' readings, which is what the exporter keeps; what pages and
commits need for a moment comes and goes.
The exit code is 1 when a count is not true at the end, memory, open files or threads grow, a scrape
fails, or the exporter told of a gap or of a failed commit.
"""

from __future__ import annotations

import argparse
import http.client
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import linear_regression, median

from bench.logs.pace import Writer
from bench.logs.truth import compare, counts_of
from bench.measure.series import HOLD, INTERVAL, PACKED, Process, following
from bench.program import BenchmarkError, free_port, positive
from exporter.counts.deferred import LIMIT

_ROW, _FEWEST = 10.0, 6
_READING = 0.5
_LOGROTATE = "create\nrotate 3\ncompress\ndelaycompress\n"
_PATIENCE = 120.0
"""Seconds for the last commits, beyond those for which new values are held back: the next commit
waits for twenty times what the last one took, which a busy disk makes long."""

_COMES = {"descriptors": 1, "threads": 0}
"""How many come and go: a rotated log is read for a minute."""

_OPENMETRICS = {"Accept": "application/openmetrics-text; version=1.0.0"}
_VALUE = r"(?m)^postfix_exporter_{}(?:\{{.*\}})? (\S+)$"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is done; `rotation` and `scrape` are seconds from one to the next."""

    seconds: float = 1800.0
    rate: float = 3000.0
    domains: int = 5000
    stuck: int = 2 * LIMIT
    rotation: float = 60.0
    scrape: float = 5.0
    hold: float = HOLD
    interval: float = INTERVAL


@dataclass(frozen=True, slots=True)
class Row:
    """What was read within ten seconds; `moment` in seconds since the beginning."""

    moment: float
    resident: float
    descriptors: int
    threads: int
    cpu: float
    lag: float
    series: int

    def __str__(self) -> str:
        return (
            f"| {self.moment / 60:.1f} | {self.resident / 1e3:.1f} | {self.descriptors}"
            f" | {self.threads} | {self.cpu:.1f} | {self.lag:.1f} | {self.series:,} |"
        )


HEAD = (
    "| minute | resident (MB) | open files | threads | CPU (s) | lag (s) | series |\n"
    "|---|---|---|---|---|---|---|"
)


@dataclass(slots=True)
class Scraper:
    """Scrapes again and again, as Prometheus does; `last` is the last page."""

    process: Process
    headers: Mapping[str, str]
    interval: float
    last: bytes = b""
    seconds: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def run(self, done: threading.Event) -> None:
        """Scrape until it is done."""
        while not done.wait(self.interval):
            begun = time.perf_counter()
            try:
                self.last = self.process.page(self.headers)
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(str(error))
            self.seconds.append(time.perf_counter() - begun)

    def __str__(self) -> str:
        return (
            f"{len(self.seconds) - len(self.failures)} of {len(self.seconds)} answered, of"
            f" {len(self.last) / 1e6:.2f} MB, median {median(self.seconds):.2f} s, slowest"
            f" {max(self.seconds):.2f} s"
        )


def values(page: str, name: str) -> list[float]:
    """Give the values of one of the exporter's metrics about itself."""
    return list(map(float, re.findall(_VALUE.format(name), page)))


def rotate(log: Path, writer: Writer, interval: float, done: threading.Event) -> None:
    """Rotate with logrotate again and again, and let the writer reopen the log."""
    config, status = log.with_name("logrotate.conf"), log.with_name("logrotate.status")
    config.write_text(f"{log} {{\n{_LOGROTATE}}}\n", encoding="utf-8")
    config.chmod(0o644)
    while not done.wait(interval):
        command = ["logrotate", "--force", "--state", str(status), str(config)]
        subprocess.run(command, check=True)
        writer.reopen()


@contextmanager
def beside(
    done: threading.Event, works: Sequence[Callable[[], None]]
) -> Iterator[list[Future[None]]]:
    """Let threads work until it is done; raises what ended one of them before."""
    with ThreadPoolExecutor(len(works)) as pool:
        working = [pool.submit(work) for work in works]
        try:
            yield working
        finally:
            done.set()
        for work in working:
            work.result()


def rows(process: Process, page: Scraper, seconds: float) -> Iterator[Row]:
    """Read every half second what the process takes; give the least of some of the readings."""
    begun, length = time.monotonic(), min(_ROW, seconds / _FEWEST)
    while (passed := time.monotonic() - begun) < seconds:
        readings = []
        while (now := time.monotonic() - begun) - passed < length:
            readings.append((process.memory()[0], process.descriptors(), process.threads()))
            time.sleep(_READING)
        resident, descriptors, threads = map(min, zip(*readings, strict=True))
        text = page.last.decode()
        (lag,), (series,) = (values(text, name) or [0] for name in ("read_lag_seconds", "series"))
        yield Row(
            now, resident * 1e3, int(descriptors), int(threads), process.cpu(), lag, int(series)
        )


def slope(rows: Sequence[Row]) -> float:
    """Give by how many kB of resident memory a minute adds, by least squares."""
    minutes = [row.moment / 60 for row in rows]
    return linear_regression(minutes, [row.resident for row in rows]).slope


def growth(rows: Sequence[Row], most: float) -> Iterator[str]:
    """Tell what grows of the rows after the warm-up; `most` in kB a minute."""
    if slope(rows) > most:
        yield f"memory grows by {slope(rows):.0f} kB a minute, more than {most:.0f}"
    half = len(rows) // 2
    for what, more in _COMES.items():
        earlier, later = (
            max(getattr(row, what) for row in part) for part in (rows[:half], rows[half:])
        )
        if later > earlier + more:
            yield f"{what} grow from {earlier} to {later}"


def faults(writer: Writer, scrapers: Sequence[Scraper], page: str) -> Iterator[str]:
    """Tell what is not as it should be at the end."""
    for scraper in scrapers:
        yield from scraper.failures
    for name in ("log_gaps_total", "checkpoint_failures_total"):
        if values(page, name) != [0.0]:
            yield f"postfix_exporter_{name} is {values(page, name)}"
    lines = sum(values(page, "log_lines_total"))
    if lines != writer.written:
        yield f"{lines:,.0f} lines were read of {writer.written:,}"
    try:
        compare(counts_of(page), dict(writer.truth))
    except BenchmarkError as error:
        yield str(error)


def soak(folder: Path, plan: Plan) -> tuple[list[Row], list[str]]:
    """Do what the module says but for looking at growth; give the rows and the faults."""
    log, port = folder / "mail.log", free_port()
    writer = Writer(log, plan.domains)
    done = threading.Event()
    found = []
    with following(folder, log, plan.domains, port, plan.hold, plan.interval) as process:
        writer.write_every_outcome(plan.stuck)
        scrapers = [Scraper(process, asked, plan.scrape) for asked in (PACKED, _OPENMETRICS)]
        writing = partial(writer.write, plan.rate, plan.seconds, done)
        rotating = partial(rotate, log, writer, plan.rotation, done)
        scraping = [partial(scraper.run, done) for scraper in scrapers]
        with beside(done, [writing, rotating, *scraping]) as (written, *_):
            print(HEAD, flush=True)
            for row in rows(process, scrapers[1], plan.seconds):
                found.append(row)
                print(row, flush=True)
            written.result()
        writer.close()
        told = _settled(process, writer, scrapers, plan.hold + _PATIENCE)
        print(
            f"\n{writer.written:,} lines, {writer.truth.total():,} attempts in"
            f" {len(writer.truth):,} combinations of domain, code and status; memory never more"
            f" than {process.memory()[1]:.0f} MB\n"
            f"text with gzip: {scrapers[0]}\nOpenMetrics: {scrapers[1]}"
        )
    return found, told


def _settled(
    process: Process, writer: Writer, scrapers: Sequence[Scraper], patience: float
) -> list[str]:
    """Give the faults that are left when all values must be shown."""
    end = time.monotonic() + patience
    while told := list(faults(writer, scrapers, process.page({}).decode())):
        if time.monotonic() > end:
            break
        time.sleep(1.0)
    return told


def _report(warm: Sequence[Row]) -> None:
    passed = (warm[-1].moment - warm[0].moment) / 60
    print(
        f"after the warm-up: memory {slope(warm):+.1f} kB a minute by least squares,"
        f" {(warm[-1].resident - warm[0].resident) / passed:+.1f} from first to last;"
        f" CPU {(warm[-1].cpu - warm[0].cpu) / passed / 60:.1%} of a core;"
        f" lag at most {max(row.lag for row in warm):.1f} s",
        flush=True,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the soak; gives the exit code."""
    plan = Plan()
    flags = argparse.ArgumentParser(prog="python -m bench.measure.soak")
    flags.add_argument("--seconds", type=positive, default=plan.seconds)
    flags.add_argument("--rate", type=positive, default=plan.rate, help="lines a second")
    flags.add_argument("--domains", type=positive, default=plan.domains)
    flags.add_argument("--warm-up", type=positive, default=600, help="seconds not looked at")
    flags.add_argument("--slope", type=float, default=200.0, help="most kB a minute")
    options = flags.parse_args(arguments)
    plan = Plan(options.seconds, options.rate, options.domains)
    with tempfile.TemporaryDirectory() as folder:
        rows, told = soak(Path(folder), plan)
    warm = [row for row in rows if row.moment > options.warm_up]
    _report(warm)
    told += growth(warm, options.slope)
    for fault in told:
        print(f"soak: {fault}", file=sys.stderr)
    return 1 if told else 0


if __name__ == "__main__":
    raise SystemExit(main())
