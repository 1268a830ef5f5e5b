"""What was counted by quarter of an hour.

In: totals, each with the time of the log when they were taken. Out: for each series how much it
rose in which quarter.
Lost: when within a quarter.

A quarter is the number of quarters of an hour since the epoch. Most series rise in few quarters, so
a run of them is two arrays and costs eight bytes a quarter in which it rose.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Generic, TypeVar

from exporter.counts.totals import Attempt, Reason, Sender, Totals, Verdict
from exporter.counts.versions import Version

_K = TypeVar("_K")


class Run:
    """How much a series rose in which quarter; quarters may come in any order until `sort`."""

    __slots__ = ("quarters", "times")

    def __init__(self) -> None:
        self.quarters, self.times = array("I"), array("I")

    def add(self, quarter: int, times: int) -> None:
        """Add to a quarter."""
        if self.quarters and self.quarters[-1] == quarter:
            self.times[-1] += times
        else:
            self.quarters.append(quarter)
            self.times.append(times)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """Give quarters and how much it rose in each."""
        return zip(self.quarters, self.times, strict=True)

    def total(self, begin: int, end: int) -> int:
        """Give the sum of the quarters from `begin` to before `end`; they must be in order."""
        first = bisect_left(self.quarters, begin)
        return sum(self.times[first : bisect_left(self.quarters, end, first)])

    def sort(self) -> None:
        """Put the quarters in order, each once."""
        if all(a < b for a, b in zip(self.quarters, self.quarters[1:], strict=False)):
            return
        rises: dict[int, int] = {}
        for quarter, times in self:
            rises[quarter] = rises.get(quarter, 0) + times
        self.quarters, self.times = array("I", sorted(rises)), array("I")
        self.times.extend(rises[quarter] for quarter in self.quarters)


class Rises(dict[_K, Run], Generic[_K]):
    """Runs by the labels of a series."""

    def __missing__(self, key: _K) -> Run:
        run = self[key] = Run()
        return run


class History:
    """Rises of all series that the heuristics look at."""

    def __init__(self) -> None:
        self.attempts: Rises[Attempt] = Rises()
        self.refused: Rises[Verdict] = Rises()
        self.expired: Rises[Verdict] = Rises()
        self.suspended: Rises[Verdict] = Rises()
        self.reasons: Rises[Reason] = Rises()
        self.senders: Rises[Sender] = Rises()
        self._before = Totals()

    def go_on_from(self, totals: Totals) -> None:
        """Take what was counted before as known: only what is more is a rise."""
        self._before = totals

    def note(self, quarter: int, totals: Totals) -> None:
        """Note what totals, taken in a quarter, are more than those before."""
        before, self._before = self._before, totals
        _note(self.attempts, quarter, before.attempts, totals.attempts)
        _note(self.refused, quarter, before.refused, totals.refused)
        _note(self.expired, quarter, before.expired, totals.expired)
        _note(self.suspended, quarter, before.suspended, totals.suspended)
        _note(self.reasons, quarter, before.reasons, totals.reasons)
        _note(self.senders, quarter, before.senders, totals.senders)

    def sort(self) -> None:
        """Put the quarters of all series in order."""
        every = (self.refused, self.expired, self.suspended, self.reasons, self.senders)
        for rises in (self.attempts, *every):
            for run in rises.values():
                run.sort()


def _note(
    rises: Rises[_K], quarter: int, before: Mapping[_K, int], after: Mapping[_K, int]
) -> None:
    for key, rise in rises_between(before, after):
        rises[key].add(quarter, rise)


def rises_between(before: Mapping[_K, int], after: Mapping[_K, int]) -> Iterator[tuple[_K, int]]:
    """Yield the series that rose, and how much; `after` may be the version behind `before`.

    They come in an order that does not depend on hashes of texts.
    """
    keys: Iterable[_K] = after
    left: Collection[_K] = ()
    if isinstance(after, Version):
        keys = after if after.earlier is None else sorted(after.set_keys)
        left = after.removed
    for key in keys:
        times = after.get(key, 0)
        rise = times - before.get(key, 0)
        if rise < 0 or (left and key in left):
            rise = times  # it had left and came back, and began anew
        if rise:
            yield key, rise
