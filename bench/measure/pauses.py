"""How long the reader pauses for commits and scrapes: `python -m bench.measure.pauses`.

A pipeline that has so many series already reads an everyday log, commits on the way, and is scraped
with gzip all the time by another process. A pause is the time from one block of lines to the next,
less what reading a block takes: the median of those times. The longest one is told as the reader's
CPU time, which is the commit's, and as time that passed, in which others use the machine too.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from statistics import median

from bench.logs.checked import generate
from bench.measure.series import configuration, log_of
from bench.program import ROOT, positive
from exporter.checkpoint.file import Checkpoint
from exporter.checkpoint.state import State
from exporter.config import load
from exporter.page.exposition import Exposition
from exporter.page.overview import Overviews
from exporter.pipeline import Pipeline
from exporter.tally import Published
from exporter.web.landing import Links
from exporter.web.server import Server, Site

_INTERVAL = 0.2
_COMMITS = 5
_OF_THE_LOG = 4000  # series that the everyday log adds
_SCRAPER = f"""
import sys, time, urllib.request
while True:
    asked = urllib.request.Request(sys.argv[1], headers={{"Accept-Encoding": "gzip"}})
    urllib.request.urlopen(asked).read()
    time.sleep({_INTERVAL})
"""


class _Reader:
    """Notes the moments between blocks."""

    def __init__(self) -> None:
        self.passed: list[float] = []
        self.used: list[float] = []

    def __call__(self) -> bool:
        """Note a moment; the pipeline asks after each block whether to stop."""
        self.passed.append(time.perf_counter())
        self.used.append(time.thread_time())
        return False

    def longest(self, moments: list[float]) -> float:
        """Give the longest pause in milliseconds."""
        waits = [later - earlier for earlier, later in pairwise(moments)]
        return (max(waits) - median(waits)) * 1e3


def _measured(series: int, lines: int) -> str:
    """Give a row of the table."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        log = folder / "mail.log"
        log.write_bytes(b"".join(log_of(max(5, series - _OF_THE_LOG))))
        checkpoint = Checkpoint(str(folder / "checkpoint.json"))
        config = load(str(configuration(folder, log, 2 * series)))
        pipeline = Pipeline(config, checkpoint, State())
        pipeline.start()
        pipeline.poll()
        pipeline.commit()
        generate(folder / "more.log", f"--lines={lines}")
        with log.open("ab") as file:
            file.write((folder / "more.log").read_bytes())
        reader = _Reader()

        def published() -> Published:
            return pipeline.published

        site = Site(Exposition(published), Links("/metrics"), list, Overviews(published))
        server = Server("127.0.0.1:0", site)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"{server.url()}/metrics"
        scraper = subprocess.Popen([sys.executable, "-c", _SCRAPER, url], cwd=ROOT)
        try:
            pipeline.poll(reader)
            for _ in range(_COMMITS):  # with many series there was none on the way
                pipeline.commit()
                reader()
        finally:
            scraper.kill()
            scraper.wait()
        commit, size = checkpoint.duration * 1e3, (folder / "checkpoint.json").stat().st_size
        counted = len(pipeline.published.totals.attempts)
        server.shutdown()
        pipeline.close()
        checkpoint.close()
    passed, used = reader.longest(reader.passed), reader.longest(reader.used)
    return f"| {counted:,} | {size / 1e6:.1f} | {commit:.0f} | {used:.0f} | {passed:.0f} |"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the measurement and print its table; gives the exit code."""
    flags = argparse.ArgumentParser(prog="python -m bench.measure.pauses")
    flags.add_argument("--series", type=positive, nargs="+", default=[3000, 10_000, 100_000])
    flags.add_argument("--lines", type=positive, default=1_000_000)
    options = flags.parse_args(arguments)
    print(
        "| series | checkpoint (MB) | last write (ms) | longest pause, CPU (ms)"
        " | longest pause, passed (ms) |\n|---|---|---|---|---|"
    )
    for series in options.series:
        print(_measured(series, options.lines), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
