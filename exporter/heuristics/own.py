"""Is it our own fault, without a word of any receiver? The alert rules' tests, on a history.

In: a History in order. Out: whether mail goes nowhere, or fails for errors of our own.
Pure. A log is taken for one instance. Who waits is not in a history: what is counted are recipients
whose first deferral it has, so those that wait since before it are left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

from exporter.counts.totals import Attempt, Verdict
from exporter.heuristics.clusters import EVERYWHERE, Finding
from exporter.heuristics.figures import figures, quarters
from exporter.heuristics.history import History, Run
from exporter.heuristics.outage import RETRIES, answers
from exporter.heuristics.windows import Destination, Timeline, destinations
from exporter.verdict.classify import DELIVERED, SUSPENDED

NOTHING_DELIVERED = "PostfixNothingDelivered"
OWN_ERRORS = "PostfixOwnErrors"
LOCAL = "local"

_NO_WAY_OUT = ("network", LOCAL)
_LIFETIME = quarters("5d")
_DAY, _TWO_HOURS, _HOUR = map(quarters, ("1d", "2h", "1h"))


class Own:
    """Judges quarters of a history."""

    def __init__(self, history: History) -> None:
        self._is = figures().values()
        self._delivered = Timeline(
            run for attempt, run in history.attempts.items() if attempt.cause == DELIVERED
        )
        self._answered = Timeline(answers(history))
        self._first = {cause: Timeline(first_runs(history, (cause,))) for cause in _NO_WAY_OUT}
        self._tried = {
            cause: Timeline(run for of, run in history.attempts.items() if of.cause == cause)
            for cause in _NO_WAY_OUT
        }
        self._first_at = _first_at(history)

    def findings(self, end: int, sole: Collection[Destination] = ()) -> Iterator[Finding]:
        """Give what is our own fault in the quarter before `end`.

        That nothing is delivered is none where most of it is for `sole` receivers that cannot be
        reached: who it was that took mail says more than that nobody does.
        """
        if self._goes_nowhere(end, sole):
            cause = max(_NO_WAY_OUT, key=lambda one: self._first[one].total(end - _LIFETIME, end))
            yield Finding(NOTHING_DELIVERED, EVERYWHERE, cause)
        if self._is_still(LOCAL, end):
            failed = self._first[LOCAL].total(end - _DAY, end)
            delivered = self._delivered.total(end - _TWO_HOURS, end)
            if failed >= max(self._is["own_min_recipients"], self._is["own_min_ratio"] * delivered):
                yield Finding(OWN_ERRORS, EVERYWHERE, LOCAL)

    def _goes_nowhere(self, end: int, sole: Collection[Destination]) -> bool:
        answered = self._answered.last(end)
        if answered is not None and answered >= end - _TWO_HOURS - _HOUR:
            return False
        if not any(self._is_still(cause, end) for cause in _NO_WAY_OUT):
            return False
        begin = end - _LIFETIME
        stuck = sum(first.total(begin, end) for first in self._first.values())
        theirs = sum(self._first_at[of].total(begin, end) for of in sole if of in self._first_at)
        lasts = any(tried.total(begin, end - _HOUR) for tried in self._tried.values())
        return (
            lasts
            and stuck >= self._is["own_min_recipients"]
            and stuck >= self._delivered.total(begin, end)
            and not (sole and theirs * 2 >= stuck)
        )

    def _is_still(self, cause: str, end: int) -> bool:
        return self._tried[cause].total(end - RETRIES, end) > 0


def _first_at(history: History) -> dict[Destination, Timeline]:
    """Give by destination who failed for the first time without a way out."""
    runs: dict[Destination, list[Run]] = defaultdict(list)
    for attempt, run in history.attempts.items():
        if is_first_of(attempt, _NO_WAY_OUT, history.suspended):
            for of in destinations(attempt.domain, attempt.provider):
                runs[of].append(run)
    return {of: Timeline(those) for of, those in runs.items()}


def first_runs(history: History, causes: Collection[str]) -> Iterator[Run]:
    """Yield first failures for causes, and first deferrals without a try that repeat such."""
    return (
        run
        for attempt, run in history.attempts.items()
        if is_first_of(attempt, causes, history.suspended)
    )


def is_first_of(attempt: Attempt, causes: Collection[str], suspended: Iterable[Verdict]) -> bool:
    """Whether a recipient failed for the first time, for a cause or for one that is repeated."""
    if attempt.repeat == "true":
        return False
    return attempt.cause in causes or (
        attempt.cause == SUSPENDED
        and any(Verdict(attempt.domain, attempt.provider, cause) in suspended for cause in causes)
    )
