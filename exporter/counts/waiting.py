"""How many recipients wait, by the verdict of their last deferral.

In: verdicts that recipients get and leave. Out: the number of a recipient in the memory of the
queue, and how many wait with each verdict.
Lost: nothing; places of verdicts with which nobody waits are given to others after a commit.

The number of a recipient has the causes of its deferrals as bits, and above them the place of its
last verdict. The bit of `suspended` stands for any deferral without a try.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from exporter.counts.totals import Refusal, Verdict
from exporter.verdict.classify import CAUSES, SUSPENDED

CAUSE_BITS = 16
"""Bits of a number that are causes."""

ALL_CAUSES = (1 << CAUSE_BITS) - 1
BIT_OF = {cause: 1 << place for place, cause in enumerate(CAUSES)}
UNTRIED = BIT_OF[SUSPENDED]

_SPARE = 1 << 10
_NOBODY = Verdict("", "", "")
"""Stands at the places of `verdicts` that are free."""


class Waiting:
    """Counts who waits; `numbers` are of the recipients that wait already."""

    def __init__(self, verdicts: Iterable[Verdict], numbers: Iterable[int]) -> None:
        self.verdicts = list(verdicts)
        self.place_of: dict[Refusal, int] = {
            verdict: place for place, verdict in enumerate(self.verdicts) if verdict != _NOBODY
        }
        self._free = [place for place, verdict in enumerate(self.verdicts) if verdict == _NOBODY]
        times = Counter(number >> CAUSE_BITS for number in numbers)
        self.times = [times[place] for place in range(len(self.verdicts))]
        """How many recipients wait, by place."""
        self.recipients = times.total()

    def by_verdict(self) -> dict[Verdict, int]:
        """Give the number of recipients that wait, by verdict."""
        every = zip(self.verdicts, self.times, strict=True)
        return {verdict: times for verdict, times in every if times}

    def verdict(self, number: int) -> Verdict:
        """Give the last verdict of a recipient."""
        return self.verdicts[number >> CAUSE_BITS]

    def new_place(self, verdict: Verdict) -> int:
        """Give a place to a verdict that has none; somebody must join it."""
        if not self._free and len(self.verdicts) > 2 * self.recipients + _SPARE:
            self.free_places()
        if self._free:
            place = self._free.pop()
            self.verdicts[place] = verdict
        else:
            place = len(self.verdicts)
            self.verdicts.append(verdict)
            self.times.append(0)
        self.place_of[verdict] = place
        return place

    def free_places(self) -> None:
        """Let go of the places of verdicts with which nobody waits."""
        for verdict, place in [one for one in self.place_of.items() if not self.times[one[1]]]:
            del self.place_of[verdict]
            self.verdicts[place] = _NOBODY
            self._free.append(place)

    def join(self, place: int) -> None:
        """Let one more recipient wait with a verdict."""
        self.times[place] += 1
        self.recipients += 1

    def leave(self, number: int) -> None:
        """Let a recipient wait no more."""
        self.recipients -= 1
        self.times[number >> CAUSE_BITS] -= 1
