"""Which senders have series of their own: the bound on the label `sender`.

In: how many attempts each sender had, at commits. Out: label values; at most `limit` of them are
senders, the rest is `other`.
Lost: nothing; of the traffic of senders without series the smallest is forgotten, and a restart
keeps the power of two that it is.

A sender gets series with its first attempt while there is room. Without room, one with far more
traffic takes the place of the one that has least: a stranger whose mail was forwarded once does not
keep out who sends every day. Traffic counts half after a day.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from hashlib import blake2b
from heapq import nlargest
from math import log2

from exporter.counts.bounded_labels import DAY, FOLDED, BoundedLabels
from exporter.counts.sender_ids import UNKNOWN
from exporter.verdict.destination import REMAINDERS, domain_label

NULL_SENDER = "<>"
"""The label of the null reverse-path (RFC 5321, 4.5.5): notifications."""

_REMAINDERS = REMAINDERS | {NULL_SENDER, UNKNOWN}

_DIGEST = 4
"""Bytes of a hash that name a user."""

_TRACKED = 4
"""Times the limit: senders without series whose traffic is known."""

_WORTH_KEEPING = 16
"""Attempts that a restart need not forget."""

_LEAST, _TIMES = 100, 2
"""Attempts, and times the traffic of the one that has a place, which outdo it."""


def sender_of_domain(name: bytes) -> str:
    """Give the sender that a name stands for, of those that records/senders.py gives."""
    if not name:
        return NULL_SENDER
    return domain_label(name[1:] if name.startswith(b"@") else b"")


def sender_of_user(key: bytes, name: bytes) -> str:
    """Give the sender that a user is, without a name: nobody can tell it without the key."""
    if not name:
        return "none"
    return "user-" + blake2b(name, digest_size=_DIGEST, key=key).hexdigest()


class SenderLabels(BoundedLabels):
    """The senders with series of their own."""

    def __init__(
        self,
        limit: int,
        idle: float,
        clock: Callable[[], float],
        running: int = 0,
        active: Mapping[str, int] | None = None,
        left: Mapping[str, int] | None = None,
        traffic: Mapping[str, int] | None = None,
    ) -> None:
        super().__init__(limit, idle, clock, running, active or {}, left or {})
        self._traffic = {who: 2.0**power for who, power in (traffic or {}).items()}
        self._decayed = self._running()

    def traffic(self) -> dict[str, int]:
        """Give the traffic for the checkpoint, as powers of two: these seldom change."""
        return {who: int(log2(n)) for who, n in self._traffic.items() if n >= _WORTH_KEEPING}

    def label(self, sender: str) -> str:
        """Give the label of a sender whose traffic was noted."""
        return sender if sender in self._active or sender in _REMAINDERS else FOLDED

    def note_traffic(self, attempts: Mapping[str, int]) -> None:
        """Take note of attempts by sender, in log order of the senders."""
        traffic = self._traffic
        for sender, times in attempts.items():
            if sender not in _REMAINDERS:
                traffic[sender] = traffic.get(sender, 0.0) + times
                if sender not in self._active and self._has_room(sender):
                    self._admit(sender)
        self.note_use(attempts)
        if len(traffic) > len(self) + _TRACKED * self._limit:
            self._forget_least()

    def _forget_least(self) -> None:
        """Forget the smallest; what is left counts less by as much as they had.

        So whoever has more than its share of all traffic is never forgotten, however many others
        there are (Misra and Gries, 1982).
        """
        others = {who: times for who, times in self._traffic.items() if who not in self._active}
        cut = nlargest(_TRACKED * self._limit // 2, others.values())[-1]
        for who, times in others.items():
            if times > cut:
                self._traffic[who] = times - cut
            else:
                del self._traffic[who]

    def turn_over(self) -> set[str]:
        """Let idle senders leave, and those with more traffic take places; give those that left."""
        now = self._running()
        share = 0.5 ** ((now - self._decayed) / DAY)
        self._decayed = now
        self._traffic = {who: share * times for who, times in self._traffic.items()}
        return super().turn_over()

    def _newcomers(self) -> list[str]:
        """Give who fills the room that there is, and who outdoes one that has a place."""
        outside = [who for who in self._traffic if who not in self._active]
        outside.sort(key=lambda who: (-self._traffic[who], who))
        room = max(0, self._limit - len(self._active))
        inside = [0.0] * room + sorted(self._traffic.get(who, 0.0) for who in self._active)
        pairs = zip(outside, inside, strict=False)
        return [
            who
            for place, (who, least) in enumerate(pairs)
            if place < room or self._traffic[who] >= max(_LEAST, _TIMES * least)
        ]

    def _outdone(self, number: int, leaving: Collection[str]) -> list[str]:
        """Give those with the least traffic."""
        staying = [who for who in self._active if who not in leaving]
        return sorted(staying, key=lambda who: (self._traffic.get(who, 0.0), who))[:number]
