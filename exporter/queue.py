"""What the log says is waiting: recipients whose delivery was deferred and will be tried again.

In: delivery records in log order. Out: those of them that are a recipient's first attempt.
Lost: beyond `limit` recipients the messages noted first are forgotten, counted in `overflows`.
A message that arrived before the memory begins (first start, gap, overflow) may have been tried
unseen: its attempts are not taken for first ones.
No address is kept: a recipient is a keyed hash of log host, Postfix instance, queue id, address.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from operator import itemgetter

from exporter.parse import Delivery

LIMIT = 50_000
"""Recipients remembered."""

_RESOLUTION = 1.0
"""Seconds by which a log's time stamp and delay may be cut off."""

_DELAY = itemgetter(Delivery._fields.index("delay"))
_WAITS = frozenset({b"deferred", b"SOFTBOUNCE"})
_NOTED = 4  # bytes of the time at which a message was noted, before its recipients' digests
_DIGEST = 8


@dataclass(frozen=True, slots=True)
class QueueState:
    """The memory as the checkpoint keeps it; `begin` in seconds since the epoch, log time."""

    begin: float | None
    waiting: dict[str, str]
    overflows: int


class DeferredRecipients:
    """Bounded memory of deferred recipients, grouped by queue id for a quick look-up."""

    def __init__(self, key: bytes, state: QueueState | None = None, limit: int = LIMIT) -> None:
        self._hash = hashlib.blake2b(digest_size=_DIGEST, key=key)
        self._limit = limit
        self._waiting: dict[bytes, bytes] = {}
        self.begin = state.begin if state else None
        self.overflows = state.overflows if state else 0
        for queue_id, noted in (state.waiting if state else {}).items():
            self._waiting[queue_id.encode()] = bytes.fromhex(noted)
        self._size = sum(_count(noted) for noted in self._waiting.values())

    def __len__(self) -> int:
        return self._size

    def state(self) -> QueueState:
        """Give the memory for the checkpoint."""
        waiting = {queue_id.decode(): noted.hex() for queue_id, noted in self._waiting.items()}
        return QueueState(self.begin, waiting, self.overflows)

    def begin_anew(self) -> None:
        """Take note of a gap: what arrived before the next record may have been tried unseen."""
        self.begin = None

    def first_attempts(
        self, deliveries: list[Delivery], seconds: Callable[[bytes], float | None]
    ) -> list[Delivery]:
        """Note the deferred of `deliveries`, all in log order; give the first attempts.

        `seconds` reads a record's time stamp.
        """
        if not deliveries:
            return []
        now = seconds(deliveries[0][0])
        if now is None:
            now = self.begin or 0.0
        if self.begin is None:
            self.begin = now
        deliveries = self._arrived_since(deliveries, now, seconds)
        again = self._note(deliveries, int(now).to_bytes(_NOTED))
        if not again:  # the usual case
            return deliveries
        return [delivery for place, delivery in enumerate(deliveries) if place not in again]

    def _arrived_since(
        self, deliveries: list[Delivery], now: float, seconds: Callable[[bytes], float | None]
    ) -> list[Delivery]:
        """Note, and leave out, what arrived before the memory begins."""
        begin = (self.begin or 0.0) - _RESOLUTION
        digits = max(map(len, map(_DELAY, deliveries)))
        if now - 10.0**digits >= begin:  # no delay of so few digits reaches back that far
            return deliveries
        if now - max(map(float, set(map(_DELAY, deliveries)))) >= begin:
            return deliveries
        since = []
        for delivery in deliveries:
            moment = seconds(delivery[0])
            if (now if moment is None else moment) - float(delivery[6]) >= begin:
                since.append(delivery)
            else:
                self._note([delivery], int(now).to_bytes(_NOTED))
        return since

    def _note(self, deliveries: Iterable[Delivery], stamp: bytes) -> set[int]:
        """Note records, at the time `stamp`; give the places of recipients that waited already."""
        waiting, again = self._waiting, set()
        for place, delivery in enumerate(deliveries):
            queue_id = delivery[2]
            if queue_id in waiting:
                if self._waits_already(delivery):
                    again.add(place)
            elif delivery[9] in _WAITS:
                waiting[queue_id] = stamp + self._digest(delivery)
                self._size += 1
                if self._size > self._limit:
                    self._forget_oldest()
        return again

    def _waits_already(self, delivery: Delivery) -> bool:
        """Note a record of a message some of whose recipients wait; tell whether this one does."""
        queue_id = delivery[2]
        noted, digest = self._waiting[queue_id], self._digest(delivery)
        place = _find(noted, digest)
        if delivery[9] in _WAITS:
            if place < 0:
                self._waiting[queue_id] = noted + digest
                self._size += 1
        elif place >= 0:
            self._shrink(queue_id, noted[:place] + noted[place + _DIGEST :])
        return place >= 0

    def _shrink(self, queue_id: bytes, noted: bytes) -> None:
        self._size -= 1
        if len(noted) > _NOTED:
            self._waiting[queue_id] = noted
        else:
            del self._waiting[queue_id]

    def _forget_oldest(self) -> None:
        # many at once: a dict is slow to give its first key when those before it are gone
        while self._size > self._limit:
            for queue_id in list(islice(self._waiting, max(1, self._limit // 16))):
                noted = self._waiting.pop(queue_id)
                self._size -= _count(noted)
                self.overflows += _count(noted)
            self.begin = max(self.begin or 0.0, float(int.from_bytes(noted[:_NOTED])))

    def _digest(self, delivery: Delivery) -> bytes:
        hashed = self._hash.copy()
        hashed.update(b"\0".join((_instance(delivery[1]), *delivery[2:5])))
        return hashed.digest()


@lru_cache(maxsize=1024)
def _instance(origin: bytes) -> bytes:
    """Give log host and Postfix instance: retries come from other services of the instance."""
    return origin.partition(b"/")[0]


def _find(noted: bytes, digest: bytes) -> int:
    """Give the place of a digest among those noted, -1 without one."""
    place = noted.find(digest, _NOTED)
    while place >= 0 and (place - _NOTED) % _DIGEST:
        place = noted.find(digest, place + 1)
    return place


def _count(noted: bytes) -> int:
    return (len(noted) - _NOTED) // _DIGEST
