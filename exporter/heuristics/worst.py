"""What is most comes first: of anything that is counted, and of destinations with failures.

In: how often by name, or how messages ended, by series. Out: the same in order, or rows. Pure.
What is counted alike is in the order of its names, so that nothing depends on hashes of texts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from exporter.counts.totals import Attempt
from exporter.verdict.classify import DELIVERED

_K = TypeVar("_K", bound=Any)


@dataclass(frozen=True, slots=True)
class Row:
    """A destination, and how its messages ended, by code."""

    domain: str
    provider: str
    messages: int
    failures: int
    codes: tuple[tuple[str, int], ...]


def ranked(counted: Mapping[_K, int]) -> list[tuple[_K, int]]:
    """Give names and how often, the most frequent first."""
    return sorted(counted.items(), key=lambda found: (-found[1], found[0]))


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
        Row(*of, taken[of], codes.total(), tuple(ranked(codes))) for of, codes in by_domain.items()
    )
    return tuple(sorted(rows, key=lambda row: (-row.failures, row.domain, row.provider))[:top])
