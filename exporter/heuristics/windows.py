"""Windows that slide over a history: who failed how often, of how many.

In: a History in order. Out: for a quarter, the sums of the windows that end with it.
Pure. A destination is a recipient domain (scope `domain`), a provider (scope `provider`), or the
provider where a table knows it and else the domain (scope `receiver`).

Failures are few, so their sums slide; what a destination took is looked up only where someone asks.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import NamedTuple

from exporter.counts.totals import Attempt, Verdict
from exporter.heuristics.figures import figures, quarters
from exporter.heuristics.history import History, Run
from exporter.verdict.classify import DELIVERED, SUSPENDED
from exporter.verdict.destination import REMAINDERS

DOMAIN, PROVIDER, RECEIVER = "domain", "provider", "receiver"
NEVER = 1 << 32
"""A quarter that never comes."""

_NO_PROVIDER = frozenset({"", "other", "unknown"})


class Destination(NamedTuple):
    """Who gets mail, seen in one of the scopes."""

    scope: str
    name: str

    def is_named(self) -> bool:
        """Whether it is one destination, and not the rest of them."""
        return self.name not in REMAINDERS


class Caused(NamedTuple):
    """A destination and a cause."""

    destination: Destination
    cause: str


def destinations(domain: str, provider: str) -> tuple[Destination, Destination, Destination]:
    """Give the domain, the provider and the receiver of an attempt."""
    known = provider not in _NO_PROVIDER
    receiver = provider if known else domain
    return (
        Destination(DOMAIN, domain),
        Destination(PROVIDER, provider),
        Destination(RECEIVER, receiver),
    )


def cause_of(cause: str) -> str:
    """Give the cause as the heuristics see it: `content` tells no more than `other`."""
    return "other" if cause == "content" else cause


def causes_named(cause: str) -> tuple[str, ...]:
    """Give the causes that a finding's cause stands for; none where it is of any."""
    if cause == "policy":
        return figures().causes["policy"]
    return (cause,) if cause else ()


def is_first(attempt: Attempt) -> bool:
    """Whether it is a receiver's first verdict on a message."""
    if attempt.cause == DELIVERED:
        return True
    return attempt.repeat != "true" and attempt.cause not in figures().causes["no_verdict"]


class Timeline:
    """The sum of runs, ready for windows."""

    def __init__(self, runs: Iterable[Run]) -> None:
        rises: dict[int, int] = defaultdict(int)
        for run in runs:
            for quarter, times in run:
                rises[quarter] += times
        self._quarters = array("I", sorted(rises))
        self._sums = array("Q", accumulate((rises[one] for one in self._quarters), initial=0))

    def total(self, begin: int, end: int) -> int:
        """Give the sum of the quarters from `begin` to before `end`."""
        quarters_, sums = self._quarters, self._sums
        return sums[bisect_left(quarters_, end)] - sums[bisect_left(quarters_, begin)]

    def last(self, end: int) -> int | None:
        """Give the last quarter before `end` in which there was something."""
        place = bisect_left(self._quarters, end)
        return self._quarters[place - 1] if place else None


class Sums:
    """Failures of the windows that end with a quarter; `advance` goes on to the next one."""

    def __init__(self, history: History, first: int) -> None:
        self.end = first
        """The quarter behind the windows."""
        self.failures: dict[str, dict[Caused, int]] = {}
        self.refused: dict[str, dict[Caused, int]] = {}
        self.windows = {window: quarters(window) for window in figures().windows}
        for window in self.windows:
            self.failures[window], self.refused[window] = defaultdict(int), defaultdict(int)
        self.last_failed: dict[Caused, int] = {}
        """The last quarter in which an attempt failed."""
        self._failed = _ByQuarter(_failures(history))
        self._newly_refused = _ByQuarter(_refusals(history))
        self._failing = _ByQuarter(_failing(history))
        self._counted = _ByQuarter(((), run) for run in _only_counted(history))

    def is_empty(self) -> bool:
        """Whether nothing failed within the longest window."""
        return not any(self.failures.values()) and not any(self.refused.values())

    def next_rise(self) -> int:
        """Give the next quarter in which something is counted, the last there can be if none."""
        every = (self._failed, self._newly_refused, self._failing, self._counted)
        return min(events.next_from(self.end) for events in every)

    def advance(self) -> None:
        """Take in the quarter that is next, and let go of what is older than each window."""
        for window, length in self.windows.items():
            for sums, events in (
                (self.failures[window], self._failed),
                (self.refused[window], self._newly_refused),
            ):
                _add(sums, events.of(self.end), 1)
                _add(sums, events.of(self.end - length), -1)
        for caused, _ in self._failing.of(self.end):
            for one in caused:
                self.last_failed[one] = self.end
        self.end += 1


def _add(
    sums: dict[Caused, int], events: Iterable[tuple[tuple[Caused, ...], int]], sign: int
) -> None:
    for caused, times in events:
        for one in caused:
            sums[one] += sign * times
            if not sums[one]:
                del sums[one]


class _ByQuarter:
    """Rises by quarter: the number of a series and how much it rose, in four bytes each."""

    def __init__(self, runs: Iterable[tuple[tuple[Caused, ...], Run]]) -> None:
        self._series: list[tuple[Caused, ...]] = []
        self._rises: dict[int, array[int]] = {}
        for number, (caused, run) in enumerate(runs):
            self._series.append(caused)
            for quarter, times in run:
                rises = self._rises.get(quarter)
                if rises is None:
                    rises = self._rises[quarter] = array("I")
                rises.extend((number, times))
        self._quarters = sorted(self._rises)

    def next_from(self, quarter: int) -> int:
        """Give the first quarter with a rise that is not before this one."""
        place = bisect_left(self._quarters, quarter)
        return self._quarters[place] if place < len(self._quarters) else NEVER

    def of(self, quarter: int) -> Iterator[tuple[tuple[Caused, ...], int]]:
        rises = self._rises.get(quarter, ())
        pairs = iter(rises)
        for number, times in zip(pairs, pairs, strict=True):
            yield self._series[number], times


def _caused(domain: str, provider: str, cause: str) -> tuple[Caused, ...]:
    """Give what counts a failure: not by receiver what many receivers do not say at once."""
    of = destinations(domain, provider)
    cause = cause_of(cause)
    chosen = of if cause in figures().causes["wide"] else of[:2]
    return tuple(Caused(one, cause) for one in chosen if one.name)


def _failures(history: History) -> Iterator[tuple[tuple[Caused, ...], Run]]:
    for attempt, run in history.attempts.items():
        if attempt.cause not in (DELIVERED, "mailbox") and is_first(attempt):
            yield _caused(attempt.domain, attempt.provider, attempt.cause), run


def _failing(history: History) -> Iterator[tuple[tuple[Caused, ...], Run]]:
    failing = figures().causes["failing"]
    for attempt, run in history.attempts.items():
        if attempt.cause in failing:
            yield _caused(attempt.domain, attempt.provider, attempt.cause), run


def _only_counted(history: History) -> Iterator[Run]:
    """Yield what fails without a verdict, or is given up: there may be something to judge."""
    yield from history.expired.values()
    for attempt, run in history.attempts.items():
        if attempt.cause in ("local", SUSPENDED):
            yield run


def _refusals(history: History) -> Iterator[tuple[tuple[Caused, ...], Run]]:
    counted = {*figures().causes["clustered"], "content"}
    for verdict, run in history.refused.items():
        if verdict.cause in counted:
            yield _caused(*verdict), run


class Taken:
    """On how many messages each destination gave a verdict; sums are made when one is asked for."""

    def __init__(self, history: History) -> None:
        self._runs: dict[Destination, list[Run]] = defaultdict(list)
        self._failed: dict[Caused, list[Run]] = defaultdict(list)
        of_scope: dict[str, list[Run]] = defaultdict(list)
        for attempt, run in history.attempts.items():
            if not is_first(attempt):
                continue
            for one in destinations(attempt.domain, attempt.provider):
                if one.name:
                    self._runs[one].append(run)
                    of_scope[one.scope].append(run)
        for failed, run in _failures(history):
            for caused in failed:
                self._failed[caused].append(run)
        self._timelines: dict[Destination, Timeline] = {}
        self._failures: dict[Caused, Timeline] = {}
        self._traffic = {scope: Timeline(runs) for scope, runs in of_scope.items()}

    def messages(self, of: Destination, begin: int, end: int) -> int:
        """Give the messages on which a destination gave a verdict."""
        timeline = self._timelines.get(of)
        if timeline is None:
            timeline = self._timelines[of] = Timeline(self._runs.get(of, ()))
        return timeline.total(begin, end)

    def failures(self, of: Caused, begin: int, end: int) -> int:
        """Give the messages that failed for a cause at a destination."""
        timeline = self._failures.get(of)
        if timeline is None:
            timeline = self._failures[of] = Timeline(self._failed.get(of, ()))
        return timeline.total(begin, end)

    def traffic(self, scope: str, begin: int, end: int) -> int:
        """Give the messages of all destinations of a scope."""
        timeline = self._traffic.get(scope)
        return timeline.total(begin, end) if timeline else 0


def verdict_destinations(verdict: Verdict) -> Iterator[Destination]:
    """Give the domain and the provider of a verdict."""
    yield from (one for one in destinations(verdict.domain, verdict.provider)[:2] if one.name)
