"""What the last day of the log comes to, for a person.

In: what was published. Out: an Overview: the verdict, problems, the worst destinations.
Lost: nothing; an overview that is asked for while another is made may be the one before.

Judging thousands of destinations takes time, which reading needs: it is done when somebody asks,
not again before the next commit, and at most for a SHARE of the time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from exporter.counts.totals import Attempt
from exporter.heuristics import words
from exporter.heuristics.history import History
from exporter.heuristics.measuring import Measure, Problem
from exporter.heuristics.problems import problems
from exporter.heuristics.recent import KEPT, Recorded
from exporter.heuristics.windows import is_first
from exporter.heuristics.worst import Row, worst
from exporter.tally import Published
from exporter.verdict.classify import DELIVERED

PROBLEM, OVER, CHURN, NOTHING = "problem", "over", "churn", "nothing"
_NOT_YET = "Nothing to judge yet: no mail to the outside has been read so far."

SHARE = 60.0
"""Times the duration of a judging that pass before the next one."""

_ROWS = 10
_JUDGED = 200
"""Destinations that are judged by name (heuristics/naming.py); the others are one."""


@dataclass(frozen=True, slots=True)
class Overview:
    """What a day comes to; `end` is the quarter of an hour behind it, 0 where nothing is known."""

    outcome: str
    verdict: str
    end: int = 0
    problems: tuple[Problem, ...] = ()
    worst: tuple[Row, ...] = ()


class Overviews:
    """Gives the overview of what is published; `clock` is in seconds and never goes back."""

    def __init__(
        self, published: Callable[[], Published], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.published = published
        self._clock = clock
        self._judging = threading.Lock()
        self._judged: Recorded | None = None
        self._overview = overview(Recorded())
        self._next = 0.0

    def latest(self) -> Overview:
        """Give the latest overview; what takes long is done by one thread at a time."""
        is_first_of_all = self._judged is None
        if self._judging.acquire(blocking=is_first_of_all):
            try:
                self._judge()
            finally:
                self._judging.release()
        return self._overview

    def _judge(self) -> None:
        recorded, begin = self.published().recorded, self._clock()
        if recorded is self._judged or (self._judged is not None and begin < self._next):
            return
        self._overview = overview(recorded)
        self._judged = recorded
        now = self._clock()
        self._next = now + SHARE * (now - begin)


def overview(recorded: Recorded) -> Overview:
    """Judge what was recorded."""
    end = recorded.end()
    history = recorded.history(_JUDGED)
    found = problems(Measure(history, end), end - KEPT) if end else []
    found.sort(key=lambda one: not one.goes_on)
    ended = {key: sum(run.times) for key, run in history.attempts.items() if is_first(key)}
    verdict = _verdict(found, history, ended) if end else (NOTHING, _NOT_YET)
    return Overview(*verdict, end, tuple(found), worst(ended, _ROWS))


def _verdict(found: list[Problem], history: History, ended: dict[Attempt, int]) -> tuple[str, str]:
    if found:
        return PROBLEM if found[0].goes_on else OVER, words.verdict(found)
    if not history.attempts:
        return NOTHING, "Nothing to judge: no mail to the outside was seen in the last day."
    if not ended:
        return NOTHING, f"Nothing to judge: {words.NO_VERDICT}."
    failures = sum(times for key, times in ended.items() if key.cause != DELIVERED)
    return CHURN, words.churn(sum(ended.values()), failures)
