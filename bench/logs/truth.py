"""What is true about a generated log, and whether a page of metrics says the same."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from bench.logs.generate import Counted
from bench.program import BenchmarkError

_MOST_DIFFERENCES = 10
_ATTEMPTS = re.compile(r"(?m)^(?:postfix_)?delivery_attempts_total\{(.*)\} (\S+)$")
_LABEL = re.compile(r'(\w+)="([^"]*)"')

Counts = dict[Counted, int]


def read_truth(path: Path) -> Counts:
    """Read the file that the generator wrote beside a log."""
    counts: Counts = {}
    for row in path.read_text(encoding="ascii").splitlines():
        domain, code, status, times = row.split("\t")
        counts[domain, code, status] = int(times)
    return counts


def counts_of(page: str) -> Counts:
    """Give the delivery attempts of a page; BenchmarkError for a wrong class."""
    counts: Counts = {}
    for labels, times in _ATTEMPTS.findall(page):
        found = dict(_LABEL.findall(labels))
        counted = found["domain"], found["dsn_code"], found["status"]
        if found["dsn_class"] != counted[1][0]:
            raise BenchmarkError(
                f"{counted[0]} has code {counted[1]} in class {found['dsn_class']}"
            )
        counts[counted] = counts.get(counted, 0) + int(float(times))
    return counts


def compare_page(truth: Path, page: str) -> None:
    """Hold the delivery attempts of a page against the file of the truth; see `compare`."""
    compare(counts_of(page), read_truth(truth))


def compare(counted: Counts, truth: Counts) -> None:
    """Raise BenchmarkError with the first differences, unless both are the same."""
    series: Iterable[Counted] = counted | truth
    differing = sorted(one for one in series if counted.get(one) != truth.get(one))
    if not differing:
        return
    shown = [
        f"{' '.join(one)}: counted {counted.get(one, 0)}, true {truth.get(one, 0)}"
        for one in differing[:_MOST_DIFFERENCES]
    ]
    raise BenchmarkError("\n".join([f"{len(differing)} series differ", *shown]))
