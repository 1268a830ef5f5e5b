"""What was counted in the last day of the log, by quarter of an hour.

In: totals, each with the quarter in which they were reached. Out: a History, and what must be kept
over a restart.
Lost: quarters that are older than a day; who a destination was, domain and provider, beyond MOST of
a quarter, and beyond MOST_SERIES while it goes on.

Only the quarter that goes on changes with a commit. One that is over is bytes: the numbers of its
series and how much each rose. So a commit writes and copies little.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from exporter.counts.totals import Attempt, Reason, Totals, Verdict
from exporter.counts.versions import Versions
from exporter.heuristics.figures import quarters
from exporter.heuristics.history import History, rises_between
from exporter.heuristics.naming import Named, Series, folded, heaviest
from exporter.verdict.classify import DELIVERED
from exporter.verdict.providers import is_named

KEPT = quarters("1d")
"""Quarters that are kept, the one that goes on among them."""

MOST = 2000
"""Domains that are named, and providers: those with most failures, then those with most mail."""

MOST_DELIVERED, MOST_SERIES, MOST_OF_PROVIDERS = 6_000, 12_000, 16_000
"""Series after which a destination that takes mail, and one that refuses it, is named no more until
there is room again: so that the quarter that goes on is small, too. Its provider is, if a table has
it, until there are MOST_OF_PROVIDERS: invented names of receivers push out none that we know."""

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
        counted = dict.fromkeys(self.series, 0)
        for _, rises in self._all():
            for number, times in rises:
                counted[number] += times
        named = heaviest({self.series[number]: times for number, times in counted.items()}, most)
        history = History()
        runs = {
            number: getattr(history, family)[labels]
            for number, series in self.series.items()
            if counted[number]
            for family, labels in (folded(series, named),)
        }
        for quarter, rises in self._all():
            for number, times in rises:
                runs[number].add(quarter, times)
        return history

    def _all(self) -> Iterator[tuple[int, Iterable[tuple[int, int]]]]:
        """Yield quarters, each with the numbers of series and how much they rose."""
        for quarter in sorted(self.over):
            yield quarter, _unpacked(self.over[quarter])
        if self.quarter is not None:
            yield self.quarter, self.rises.items()


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
        numbers = self._numbers[family]
        number = numbers.get(labels)
        for most, named in self._bounds(family, labels):
            if number is not None or len(self._series) < most:
                break
            labels = folded(Series(family, labels), named).labels
            number = numbers.get(labels)
        if number is None:
            number = numbers[labels] = self._next
            self._next += 1
            self._series[number] = Series(family, labels)
            self._named.note(number)
        self._rises[number] = self._rises.get(number, 0) + times
        self._risen.note(number)

    def _bounds(self, family: str, labels: Any) -> Iterator[tuple[int, Named]]:
        """Yield how many series there may be for one more, and who is named beyond them."""
        is_delivered = family == "attempts" and labels.cause == DELIVERED
        provider = labels.provider
        yield (
            MOST_DELIVERED if is_delivered else MOST_SERIES,
            Named(providers=frozenset({provider})),
        )
        yield MOST_SERIES if is_named(provider) else MOST_OF_PROVIDERS, Named()

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
        named = heaviest({series[number]: times for number, times in rises.items()}, MOST)
        for number, times in rises.items():
            self._add(*folded(series[number], named), times)
        rises, self._rises = self._rises, {}
        self._risen.removed.update(rises)
        self._over[self._quarter] = _packed(rises)

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
