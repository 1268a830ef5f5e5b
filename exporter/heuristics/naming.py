"""Who is told by name where there is not room for all: domains, and providers of other domains.

In: how often each series rose. Out: names, and series of those without one under the remainders.
Pure. Half of the names are those with most failures, half those with the largest share of the
failures of a cause: a few refusals of a kind that nobody else has may be a cluster.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from heapq import nlargest
from itertools import chain
from typing import Any, NamedTuple

from exporter.counts.bounded_labels import FOLDED
from exporter.verdict.classify import DELIVERED
from exporter.verdict.providers import OTHER

_CAUSES = 2
"""Causes of a name, on average; of names with more of them there are fewer."""


class Series(NamedTuple):
    """A series: its family, and its labels."""

    family: str
    labels: Any


class Named(NamedTuple):
    """Who is told by name."""

    domains: frozenset[str] = frozenset()
    providers: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Weight:
    """Messages that a name took, and failures by cause."""

    taken: int = 0
    failures: Counter[str] = field(default_factory=Counter)


def heaviest(counted: Mapping[Series, int], most: int) -> Named:
    """Give so many domains and providers, and the providers of these domains."""
    domains = _heaviest(counted, lambda labels: labels.domain, most)
    providers = _heaviest(counted, lambda labels: labels.provider, most)
    theirs = {
        labels.provider
        for family, labels in counted
        if family != "reasons" and labels.domain in domains
    }
    return Named(domains, providers | theirs)


def folded(series: Series, named: Named) -> Series:
    """Give a series, under the remainders what is not named; reasons have bounds of their own."""
    family, labels = series
    if family == "reasons" or labels.domain in named.domains:
        return series
    provider = labels.provider if labels.provider in named.providers else OTHER
    return Series(family, labels._replace(domain=FOLDED, provider=provider))


def _heaviest(
    counted: Mapping[Series, int], name_of: Callable[[Any], str], most: int
) -> frozenset[str]:
    weights: dict[str, _Weight] = defaultdict(_Weight)
    of_cause: Counter[str] = Counter()
    for (family, labels), times in counted.items():
        if family != "reasons":
            weight = weights[name_of(labels)]
            if labels.cause == DELIVERED and family == "attempts":
                weight.taken += times
            else:
                weight.failures[labels.cause] += times
                of_cause[labels.cause] += times

    def by_failures(name: str) -> tuple[int, int, str]:
        return weights[name].failures.total(), weights[name].taken, name

    def by_share(name: str) -> tuple[float, int, str]:
        shares = (n / of_cause[cause] for cause, n in weights[name].failures.items() if n)
        return max(shares, default=0.0), weights[name].taken, name

    orders = (nlargest(most, weights, key=order) for order in (by_failures, by_share))
    chosen: set[str] = set()
    room = _CAUSES * most
    for name in chain.from_iterable(zip(*orders, strict=True)):
        if name not in chosen:
            room -= len(weights[name].failures)
            if room < 0 or len(chosen) == most:
                break
            chosen.add(name)
    return frozenset(chosen)
