"""What must be true: of every scraped page, and of the last one."""

from __future__ import annotations

import bz2
import gzip
import http.client
import random
import re
import threading
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from exporter.sources.rotation import ROTATED, suffix_pattern
from tests.rotation_fuzz.writer import NEIGHBOURS, Progress, text

_UNPACK: dict[str, Callable[[bytes], bytes]] = {".gz": gzip.decompress, ".bz2": bz2.decompress}
_NUMBER = re.compile(rb"to=<u(\d+)@")
_COUNTER = re.compile(r"(?m)^(postfix_\w+_(?:total|bucket|count|sum)(?:\{.*\})?) (\S+)$")
_DOMAIN = re.compile(r'postfix_delivery_attempts_total\{.*domain="d(\d+)\.example"')
_OF_THIS_PROCESS = tuple(
    f"postfix_exporter_checkpoint_{name}_total" for name in ("bytes_written", "commits", "failures")
)

Page = dict[str, float]
"""Values of counters by series."""


def by_domain(page: Page) -> Counter[int]:
    """Give the attempts counted for each domain."""
    counted = Counter[int]()
    for series, value in page.items():
        if found := _DOMAIN.match(series):
            counted[int(found[1])] += int(value)
    return counted


def written_by_domain(lines: int) -> Counter[int]:
    """Give the lines written for each domain."""
    whole, rest = divmod(lines, NEIGHBOURS)
    return Counter(dict.fromkeys(range(whole), NEIGHBOURS)) + Counter({whole: rest})


class Scraper:
    """A scraper that wants each page to go on from the last one it saw, and to be true."""

    def __init__(self, port: int, progress: Progress) -> None:
        self.port = port
        self._progress = progress
        self._seen: Page = {}
        self.scrapes = 0
        self.faults: list[str] = []

    def scrape_until(self, stop: threading.Event, chance: random.Random) -> None:
        """Scrape again and again."""
        while not stop.wait(chance.uniform(0, 0.03)):
            self.scrape()

    def scrape(self) -> Page:
        """Scrape once; give the counters, none while the exporter is dead."""
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.port}/metrics", timeout=10
            ) as answer:
                text = answer.read().decode()
        except (urllib.error.HTTPError, TimeoutError) as error:
            self.faults.append(f"the exporter lives and gives no page: {error}")
            return {}
        except (OSError, http.client.HTTPException):
            return {}
        page = {found[1]: float(found[2]) for found in _COUNTER.finditer(text)}
        for name in _OF_THIS_PROCESS:
            page.pop(name, None)
        self.faults += self._faults(page)
        self._seen = page
        self.scrapes += 1
        return page

    def _faults(self, page: Page) -> Iterator[str]:
        for series, value in self._seen.items():
            if not page.get(series, -1) >= value:
                yield f"{series} fell from {value} to {page.get(series)}"
        written = written_by_domain(self._progress.lines)
        for domain, number in by_domain(page).items():
            if number > written[domain]:
                yield f"d{domain}: {number} counted while {written[domain]} were written"


class Disk:
    """What stands in the files of a log in the end."""

    def __init__(self, log: Path) -> None:
        suffix = suffix_pattern(ROTATED)
        copies = [
            path
            for path in log.parent.glob(f"{log.name}?*")
            if suffix.fullmatch(path.name, len(log.name))
        ]
        self.rotations = len(copies)
        self.by_domain = Counter[int]()
        for path in [*copies, log]:
            data = _UNPACK.get(path.suffix, bytes)(path.read_bytes()) if path.exists() else b""
            self.by_domain.update(_domains(data))

    def differences(self, counted: Counter[int], written: Counter[int]) -> Iterator[str]:
        """Tell what was lost, and what was counted twice."""
        for domain, most in written.items():
            if not self.by_domain[domain] <= counted[domain] <= most:
                yield (
                    f"d{domain}: on disk {self.by_domain[domain]}, counted {counted[domain]},"
                    f" written {most}"
                )


def _domains(data: bytes) -> Iterator[int]:
    for line in data.splitlines(keepends=True):
        found = _NUMBER.search(line)
        if found and line == text(int(found[1])):
            yield int(found[1]) // NEIGHBOURS
