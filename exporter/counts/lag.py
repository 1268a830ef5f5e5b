"""How far behind the lines are: the age of each block in, the greatest of the last minutes out.

A backlog of hours is read within a moment. The age of the last line alone would be small again
before anybody scrapes, and long before the counts of the past are shown (new_series.py holds them).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

SCRAPE = 60.0
"""Seconds that a reading is shown beyond the time for which its counts may be held, twice."""


class ReadLag:
    """The greatest age, in seconds, of lines read within the last `2 * hold + SCRAPE` seconds."""

    def __init__(self, hold: float, clock: Callable[[], float]) -> None:
        self._keep = 2 * hold + SCRAPE
        self._clock = clock
        self._ages: deque[tuple[float, float]] = deque()  # when read, and falling ages

    def note(self, age: float) -> None:
        """Take note of lines of this age that are read now."""
        while self._ages and self._ages[-1][1] <= age:
            self._ages.pop()
        self._ages.append((self._clock(), max(0.0, age)))

    def seconds(self) -> float:
        """Give the greatest age; 0 when nothing was read lately."""
        while self._ages and self._ages[0][0] < self._clock() - self._keep:
            self._ages.popleft()
        return self._ages[0][1] if self._ages else 0.0
