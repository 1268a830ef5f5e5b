"""A fleet's pages for a Prometheus: instances that all show what one exporter wrote.

In: the page of an exporter that has read a generated log. From there each counter grows at the pace
it had in the log: with 2,000 domains that of 700,000 deliveries a day.
The first scrape of an instance gets the last quarter of an hour with it, a sample a minute with its
own time, so that windows over counters are full at once.
"""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from bench.logs.generate import HEADERS, generate
from bench.measure.series import configuration
from bench.program import ROOT

_LINES_A_DOMAIN = 425
"""After so many for each domain, the exporter's page has eight series a domain."""

_LINES_A_SECOND = 60
"""Of a busy host with 2,000 domains."""

EARLIER_MINUTES = 17
"""So long before the first scrape its samples begin."""

_MINUTE = 60


def pace(domains: int) -> float:
    """Give by how much of what it is on `page_of` a counter of a busy host grows in a second."""
    return _LINES_A_SECOND / (_LINES_A_DOMAIN * domains)


_PACE = pace(2000)  # of each page: fewer domains are a smaller host


class Fleet:
    """The pages of the instances, which all look alike; written anew every `step` seconds."""

    def __init__(self, page: str, step: int) -> None:
        self._begin = time.time()
        self._step = step
        self._samples = [_sample(line) for line in page.splitlines()]
        # all instances show the same
        self._page_now = lru_cache(maxsize=1)(self._now)
        self._page_first = lru_cache(maxsize=1)(self._first)
        self._known: set[str] = set()

    def page(self, path: str) -> bytes:
        """Give the page of an instance, which has a path of its own."""
        step = int((time.time() - self._begin) / self._step)
        return self._page_now(step) if path in self._known else self._page_first(step)

    def taken(self, path: str) -> None:
        """Take note that somebody has the first page of an instance."""
        self._known.add(path)

    def _now(self, step: int) -> bytes:
        return (
            "\n".join(
                series + (self._count(number, counted, step * self._step) if counted else "")
                for number, (series, counted) in enumerate(self._samples)
            ).encode()
            + b"\n"
        )

    def _first(self, step: int) -> bytes:
        lines = []
        ages = [_MINUTE * minute for minute in range(EARLIER_MINUTES, 0, -1)]
        now = self._begin + step * self._step
        for number, (series, counted) in enumerate(self._samples):
            if counted:
                lines += [
                    f"{series}{self._count(number, counted, step * self._step - age)}"
                    f" {int((now - age) * 1000)}"
                    for age in ages
                ]
            else:
                lines.append(series)
        return "\n".join(lines).encode() + b"\n"

    def _count(self, number: int, counted: float, seconds: float) -> str:
        # what is rare does not happen everywhere at the same scrape
        return str(int(counted + counted * _PACE * seconds + number * 0.618 % 1))


def _sample(line: str) -> tuple[str, float]:
    """Take the value off the line of a counter that grows; any other line is whole, with 0."""
    series, space, value = line.rpartition(" ")
    if line.startswith("#") or not series.partition("{")[0].endswith("_total") or not float(value):
        return line, 0
    return series + space, float(value)


def page_of(folder: Path, domains: int, *, incident: bool) -> str:
    """Give the page of an exporter that has read a generated log of so many domains."""
    log, lines = folder / "mail.log", _LINES_A_DOMAIN * domains
    generate(log, lines=lines, domains=domains, header=HEADERS[0], seed=1, incident=incident)
    command = [sys.executable, "-m", "exporter", "--once", "--collectors=all"]
    command.append(f"--config.file={configuration(folder, log, domains)}")
    done = subprocess.run(command, check=True, cwd=ROOT, capture_output=True, text=True)
    # the log is old, but they shall not be catching up
    return re.sub(r"(?m)^(postfix_exporter_read_lag_seconds) .*", r"\1 0", done.stdout)


@contextmanager
def serving(fleet: Fleet) -> Iterator[int]:
    """Serve a fleet; gives the port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = fleet.page(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)
            fleet.taken(self.path)

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
