"""The destinations with most failures, and their codes.

In: how messages ended, by series. Out: rows, the worst first. Pure.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from exporter.counts.totals import Attempt
from exporter.verdict.classify import DELIVERED


@dataclass(frozen=True, slots=True)
class Row:
    """A destination, and how its messages ended, by code."""

    domain: str
    provider: str
    messages: int
    failures: int
    codes: tuple[tuple[str, int], ...]


def worst(ended: Mapping[Attempt, int], top: int) -> tuple[Row, ...]:
    """Give the destinations with most failures; `ended` are first verdicts on messages."""
    by_domain: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    taken: Counter[tuple[str, str]] = Counter()
    for key, times in ended.items():
        of = key.domain, key.provider
        taken[of] += times
        if key.cause != DELIVERED:
            by_domain[of][key.dsn_code] += times
    rows = (
        Row(*of, taken[of], codes.total(), tuple(codes.most_common()))
        for of, codes in by_domain.items()
    )
    return tuple(sorted(rows, key=lambda row: (-row.failures, row.domain))[:top])
