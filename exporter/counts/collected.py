"""Events of collectors to totals, bounded.

In: events, and how often each was there. Out: totals by series.
Lost: nothing; beyond the bound of a family an event is counted under `other`, and a code that
neither smtpd nor our rules know as `4.x.x` or `5.x.x`: an address that is verified has its
receiver's code, which anybody can make up. Pure.

A series is the family's name and the values of its labels. A histogram has one more value: a series
for each bucket in which something was, not cumulated, by its place, and one for the sum of what was
observed.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from exporter.counts.families import FAMILIES, Family
from exporter.records.services.event import OTHER, Event
from exporter.verdict.judge import canonical_code
from exporter.verdict.knowledge import familiar_codes

Series = tuple[str, ...]

SUM = "sum"
"""Stands for the bucket in the series with a histogram's sum."""

_DSN = "dsn_code"

_CODES = frozenset(
    "4.1.1 4.1.2 4.1.7 4.1.8 4.3.0 4.3.2 4.3.5 4.4.2 4.5.1 4.5.3 4.7.0 4.7.1 5.1.0 5.1.1 5.1.2"
    " 5.1.3 5.1.7 5.1.8 5.3.4 5.4.0 5.5.0 5.5.1 5.5.2 5.5.3 5.5.4 5.6.7 5.7.0 5.7.1".split()
)
"""The enhanced status codes that smtpd gives of itself (src/smtpd/)."""


class Collected:
    """Counts events of the `collectors` that are on, going on from `totals`.

    What others have counted before is left out: a collector that is turned on begins at 0.
    """

    def __init__(self, collectors: Collection[str], totals: Mapping[Series, int]) -> None:
        on = {name: one for name, one in FAMILIES.items() if one.collector in collectors}
        zero: dict[Series, int] = {
            (name,): 0 for name, one in on.items() if not one.labels and not one.buckets
        }
        kept = {series: times for series, times in totals.items() if series[0] in on}
        self._totals: Counter[Series] = Counter({**zero, **kept})
        self._sizes = Counter(series[0] for series in self._totals)
        self._series: dict[Event, Series] = {}

    def add(self, events: Iterable[tuple[Event, int]]) -> None:
        """Count events, each with how often it was there."""
        totals = self._totals
        for event, times in events:
            series = self._series.get(event)
            if series is not None:
                totals[series] += times
            elif FAMILIES[event[0]].buckets:
                self.observe(event[:-1], [int(event[-1])] * times)
            else:
                self._count(event, times)

    def observe(self, series: Series, numbers: list[int]) -> None:
        """Count numbers in the buckets of a histogram, its name and labels as in a series."""
        bounds, numbers = FAMILIES[series[0]].buckets, sorted(numbers)
        ends = [*(bisect_right(numbers, bound) for bound in bounds), len(numbers)]
        for place, (first, end) in enumerate(zip([0, *ends], ends, strict=False)):
            if end > first:
                self._totals[*series, str(place)] += end - first
        self._totals[*series, SUM] += sum(numbers)

    def totals(self) -> dict[Series, int]:
        """Give the totals as they are now."""
        return dict(self._totals)

    def _count(self, event: Event, times: int) -> None:
        family = FAMILIES[event[0]]
        if family.is_sum:
            event, times = event[:-1], int(event[-1]) * times
        series = self._admitted(event, family)
        if series not in self._totals:
            self._sizes[series[0]] += 1
        self._totals[series] += times
        if not family.is_sum and len(self._series) < _MOST_KNOWN:
            self._series[event] = series

    def _admitted(self, event: Event, family: Family) -> Series:
        """Give the series of an event: its own, or that of the remainder."""
        if _DSN in family.labels:
            place = family.labels.index(_DSN) + 1
            event = (*event[:place], _familiar(event[place]), *event[place + 1 :])
        if event in self._totals or not family.folded or self._sizes[event[0]] < family.most:
            return event
        folded = [place + 1 for place in family.folded]
        return tuple(OTHER if place in folded else value for place, value in enumerate(event))


_MOST_KNOWN = 5000
"""Events whose series are remembered."""


def _familiar(code: str) -> str:
    """Give a code that smtpd or rules know, or that is x.y.0; others as x.x of their class."""
    if not code[:1].isdigit():
        return code
    code = canonical_code[code.encode()]
    return code if code in _CODES or code in familiar_codes() else f"{code[0]}.x.x"
