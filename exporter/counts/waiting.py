"""How many recipients wait, by the verdict of their last deferral.

In: verdicts that recipients get and leave. Out: the number of a recipient in the memory of the
queue, and how many wait with each verdict.
Lost: nothing; the place of a verdict with which nobody waits any more is given to another one.

The number of a recipient has the causes of its deferrals as bits, and above them the place of its
last verdict. The bit of `suspended` stands for any deferral without a try.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from exporter.counts.totals import Verdict
from exporter.verdict.classify import CAUSES, SUSPENDED

CAUSE_BITS = 16
"""Bits of a number that are causes."""

ALL_CAUSES = (1 << CAUSE_BITS) - 1
BIT_OF = {cause: 1 << place for place, cause in enumerate(CAUSES)}
UNTRIED = BIT_OF[SUSPENDED]

_NOBODY = Verdict("", "", "")
"""Stands at the places of `verdicts` that are free."""


class Waiting:
    """Counts who waits; `numbers` are of the recipients that wait already."""

    def __init__(self, verdicts: Iterable[Verdict], numbers: Iterable[int]) -> None:
        self.verdicts = list(verdicts)
        self.place_of = {
            verdict: place for place, verdict in enumerate(self.verdicts) if verdict != _NOBODY
        }
        self._free = [place for place, verdict in enumerate(self.verdicts) if verdict == _NOBODY]
        self._times = Counter(number >> CAUSE_BITS for number in numbers)
        self.recipients = self._times.total()

    def by_verdict(self) -> dict[Verdict, int]:
        """Give the number of recipients that wait, by verdict."""
        return {self.verdicts[place]: times for place, times in self._times.items()}

    def verdict(self, number: int) -> Verdict:
        """Give the last verdict of a recipient."""
        return self.verdicts[number >> CAUSE_BITS]

    def new_place(self, verdict: Verdict) -> int:
        """Give a place to a verdict that has none; somebody must join it."""
        if self._free:
            place = self._free.pop()
            self.verdicts[place] = verdict
        else:
            place = len(self.verdicts)
            self.verdicts.append(verdict)
        self.place_of[verdict] = place
        return place

    def join(self, place: int) -> None:
        """Let one more recipient wait with a verdict."""
        self._times[place] += 1
        self.recipients += 1

    def move(self, number: int, place: int) -> None:
        """Let a recipient that waits wait with another verdict."""
        self._times[place] += 1
        self._give_up(number >> CAUSE_BITS)

    def leave(self, number: int) -> None:
        """Let a recipient wait no more."""
        self.recipients -= 1
        self._give_up(number >> CAUSE_BITS)

    def _give_up(self, place: int) -> None:
        """Let one recipient less wait with a verdict, whose place is free with its last one."""
        self._times[place] -= 1
        if not self._times[place]:
            del self._times[place]
            del self.place_of[self.verdicts[place]]
            self.verdicts[place] = _NOBODY
            self._free.append(place)
