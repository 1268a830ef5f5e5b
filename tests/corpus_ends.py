"""Who expired and who waits at the end of a log of the corpus: as counted, and in truth."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from exporter.tally import Published

# truth holds domains as they were sent; the page shows labels
LABELS = {
    "bücher.example": "xn--bcher-kva.example",
    "例子.utf8.example": "xn--fsqu00a.utf8.example",
    "[203.0.113.99]": "address-literal",
}


class Ends(NamedTuple):
    """Recipients of a domain that expired, and that wait."""

    expired: int
    waiting: int


def ends_of(published: Published) -> dict[str, Ends]:
    """Give what was counted, by domain."""
    expired, waiting = Counter[str](), Counter[str]()
    for counted, verdicts in ((expired, published.totals.expired), (waiting, published.deferred)):
        for verdict, recipients in verdicts.items():
            counted[verdict.domain] += recipients
    return {name: Ends(expired[name], waiting[name]) for name in expired.keys() | waiting.keys()}


def truth_of_ends(path: Path) -> dict[str, Ends]:
    """Give the truth, by domain; who was given up by an operator's word did not expire."""
    with path.open(encoding="utf-8") as file:
        rows = {
            LABELS.get(row["domain"], row["domain"]): Ends(
                int(row["expired"]), int(row["waiting_at_end"])
            )
            for row in csv.DictReader(file)
        }
    return {name: ends for name, ends in rows.items() if any(ends)}
