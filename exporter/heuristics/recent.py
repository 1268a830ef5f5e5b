"""What was counted in the last day of the log, by quarter of an hour.

In: totals, each with the quarter in which they were reached. Out: a History, and what must be kept
over a restart.
Lost: quarters that are older than a day; who a destination was, beyond MOST of a quarter, and
beyond MOST_SERIES while it goes on.

Only the quarter that goes on changes with a commit. One that is over is bytes: the numbers of its
series and how much each rose. So a commit writes and copies little.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from heapq import nlargest
from typing import Any, NamedTuple

from exporter.counts.domains import FOLDED
from exporter.counts.totals import Attempt, Reason, Totals, Verdict
from exporter.counts.versions import Versions
from exporter.heuristics.figures import quarters
from exporter.heuristics.history import History, rises_between
from exporter.verdict.classify import DELIVERED

KEPT = quarters("1d")
"""Quarters that are kept, the one that goes on among them."""

MOST = 2000
"""Destinations that are named: those with most failures, then those with most mail."""

MOST_DELIVERED, MOST_SERIES = 6_000, 12_000
"""Series after which a destination that takes mail, and one that refuses it, is named no more until
there is room again: so that the quarter that goes on is small, too."""

FAMILIES = {
    "attempts": Attempt,
    "refused": Verdict,
    "expired": Verdict,
    "suspended": Verdict,
    "reasons": Reason,
}
"""What is kept of totals."""


_BYTES = 8
"""Bytes of a series in a quarter that is over: its number, and how much it rose."""


class Series(NamedTuple):
    """A series: its family, and its labels."""

    family: str
    labels: Any


@dataclass(frozen=True, slots=True)
class Recorded:
    """What is known of the last day; nobody changes it.

    `series` are by number. `over` are quarters that are over, packed; `rises` are those of
    `quarter`, by series; None before the first.
    """

    series: Mapping[int, Series] = field(default_factory=dict)
    over: Mapping[int, bytes] = field(default_factory=dict)
    quarter: int | None = None
    rises: Mapping[int, int] = field(default_factory=dict)

    def end(self) -> int:
        """Give the quarter behind the last one, 0 without any."""
        known = (*self.over, *(() if self.quarter is None else (self.quarter,)))
        return max(known, default=-1) + 1

    def check(self) -> None:
        """Raise ValueError for what nobody recorded."""
        try:
            used = set(self.rises).union(*map(_numbers, self.over.values()))
            whole = all(len(packed) % _BYTES == 0 for packed in self.over.values())
        except struct.error as error:
            raise ValueError(f"quarters: {error}") from None
        if not whole or not used <= self.series.keys():
            raise ValueError("quarters: of series that are unknown, or a part of one")

    def history(self, most: int = MOST) -> History:
        """Give the rises of all quarters, with so many destinations named."""
        counted: Counter[Series] = Counter()
        for _, number, times in self._all():
            counted[self.series[number]] += times
        named = _named(counted, most)
        to = {number: _folded(series, named) for number, series in self.series.items()}
        history = History()
        for quarter, number, times in self._all():
            family, labels = to[number]
            getattr(history, family)[labels].add(quarter, times)
        return history

    def _all(self) -> Iterator[tuple[int, int, int]]:
        for quarter in sorted(self.over):
            for number, times in _unpacked(self.over[quarter]):
                yield quarter, number, times
        if self.quarter is not None:
            for number, times in self.rises.items():
                yield self.quarter, number, times


class Recent:
    """Keeps the last day, going on from what was recorded and from the totals of then."""

    def __init__(self, recorded: Recorded, totals: Totals) -> None:
        self._series = dict(recorded.series)
        self._numbers: dict[str, dict[Any, int]] = {family: {} for family in FAMILIES}
        for number, (family, labels) in self._series.items():
            self._numbers[family][labels] = number
        self._over = dict(recorded.over)
        self._quarter = recorded.quarter
        self._rises = dict(recorded.rises)
        self._next = max(self._series, default=0) + 1
        self._before = totals
        self._named: Versions[int, Series] = Versions()
        self._risen: Versions[int, int] = Versions()

    def note(self, quarter: int | None, totals: Totals) -> None:
        """Note what totals, reached in a quarter, are more than those before.

        Without a quarter, as before the first time of a log, nothing is noted.
        """
        before, self._before = self._before, totals
        if quarter is None:
            return
        if quarter != self._quarter:
            self._turn(quarter)
        for family in FAMILIES:
            for labels, times in rises_between(getattr(before, family), getattr(totals, family)):
                self._add(family, labels, times)

    def recorded(self) -> Recorded:
        """Give what is known now."""
        return Recorded(
            self._named.of(self._series),
            dict(self._over),
            self._quarter,
            self._risen.of(self._rises),
        )

    def _add(self, family: str, labels: Any, times: int) -> None:
        number = self._numbers[family].get(labels)
        if number is None and self._is_full(family, labels):
            family, labels = _folded(Series(family, labels), frozenset())
            number = self._numbers[family].get(labels)
        if number is None:
            number = self._numbers[family][labels] = self._next
            self._next += 1
            self._series[number] = Series(family, labels)
            self._named.set_keys.add(number)
        self._rises[number] = self._rises.get(number, 0) + times
        self._risen.set_keys.add(number)

    def _is_full(self, family: str, labels: Any) -> bool:
        """Whether there is no room for another series of a destination; failures have more."""
        is_delivered = family == "attempts" and labels.cause == DELIVERED
        return len(self._series) >= (MOST_DELIVERED if is_delivered else MOST_SERIES)

    def _turn(self, quarter: int) -> None:
        """Close the quarter that went on, and let go of those a day before the latest."""
        self._close()
        self._quarter = quarter
        oldest = max(quarter, *self._over, 0) - KEPT + 1
        self._over = {one: packed for one, packed in self._over.items() if one >= oldest}
        self._release()

    def _close(self) -> None:
        if self._quarter is None:
            return
        rises = self._rises
        self._risen.removed.update(rises)
        self._rises = {}
        if self._quarter in self._over:  # a log that jumped back
            counted = Counter(rises)
            counted.update(dict(_unpacked(self._over[self._quarter])))
            rises = dict(counted)
        series = self._series
        named = _named(Counter({series[number]: times for number, times in rises.items()}), MOST)
        if named is not None:
            self._fold(rises, named)
            rises, self._rises = self._rises, {}
            self._risen.removed.update(rises)
        self._over[self._quarter] = _packed(rises)

    def _fold(self, rises: Mapping[int, int], named: frozenset[str]) -> None:
        for number, times in rises.items():
            self._add(*_folded(self._series[number], named), times)

    def _release(self) -> None:
        """Forget series that rose in no quarter that is kept."""
        used: set[int] = set()
        for packed in self._over.values():
            used.update(_numbers(packed))
        for number in [one for one in self._series if one not in used]:
            family, labels = self._series.pop(number)
            del self._numbers[family][labels]
            self._named.removed.add(number)


def _packed(rises: Mapping[int, int]) -> bytes:
    return struct.pack(f"<{2 * len(rises)}I", *rises, *rises.values())


def _numbers(packed: bytes) -> tuple[int, ...]:
    return struct.unpack_from(f"<{len(packed) // _BYTES}I", packed)


def _unpacked(packed: bytes) -> Iterable[tuple[int, int]]:
    numbers = struct.unpack(f"<{len(packed) // 4}I", packed)
    half = len(numbers) // 2
    return zip(numbers[:half], numbers[half:], strict=True)


def _named(counted: Mapping[Series, int], most: int) -> frozenset[str] | None:
    """Give the domains that are named, None where all are."""
    weights: dict[str, list[int]] = {}
    for (family, labels), times in counted.items():
        if family != "reasons":
            is_failure = family != "attempts" or labels.cause != DELIVERED
            weights.setdefault(labels.domain, [0, 0])[0 if is_failure else 1] += times
    if len(weights) <= most:
        return None
    return frozenset(nlargest(most, weights, key=lambda domain: (weights[domain], domain)))


def _folded(series: Series, named: frozenset[str] | None) -> Series:
    family, labels = series
    if named is None or family == "reasons" or labels.domain in named:
        return series
    return Series(family, labels._replace(domain=FOLDED))
