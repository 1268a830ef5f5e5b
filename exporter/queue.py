"""What the log says is waiting: recipients whose delivery was deferred and will be tried again.

In: delivery records in log order. Out: those of them that are a recipient's first attempt.
Lost: beyond `limit` recipients the messages noted first are forgotten, counted in `overflows`.
A message that arrived before the memory begins (first start, gap, overflow) may have been tried
unseen: its attempts are not taken for first ones.
No address is kept: a recipient is a keyed hash of log host, Postfix instance, queue id, address.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
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
        waiting = self._waiting  # grows on the way
        again = {
            place
            for place, delivery in enumerate(deliveries)
            if (delivery[9] in _WAITS or delivery[2] in waiting) and not self._note(delivery, now)
        }
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
                self._note(delivery, now)
        return since

    def _note(self, delivery: Delivery, now: float) -> bool:
        """Note one record; tell whether its recipient is not waiting already."""
        queue_id = delivery[2]
        digest = self._digest(delivery)
        noted = self._waiting.get(queue_id)
        if noted is None:
            if delivery[9] in _WAITS:
                self._grow(queue_id, int(now).to_bytes(_NOTED) + digest)
            return True
        place = _find(noted, digest)
        if delivery[9] in _WAITS:
            if place < 0:
                self._grow(queue_id, noted + digest)
        elif place >= 0:
            self._shrink(queue_id, noted[:place] + noted[place + _DIGEST :])
        return place < 0

    def _grow(self, queue_id: bytes, noted: bytes) -> None:
        self._waiting[queue_id] = noted
        self._size += 1
        if self._size > self._limit:
            self._forget_oldest()

    def _shrink(self, queue_id: bytes, noted: bytes) -> None:
        self._size -= 1
        if len(noted) > _NOTED:
            self._waiting[queue_id] = noted
        else:
            del self._waiting[queue_id]

    def _forget_oldest(self) -> None:
        # many at once: a dict is slow to give its first key when those before it are gone
        for queue_id in list(islice(self._waiting, max(1, self._limit // 16))):
            noted = self._waiting.pop(queue_id)
            self._size -= _count(noted)
            self.overflows += _count(noted)
            self.begin = max(self.begin or 0.0, float(int.from_bytes(noted[:_NOTED])))

    def _digest(self, delivery: Delivery) -> bytes:
        instance = delivery[1].partition(b"/")[0]
        hashed = self._hash.copy()
        hashed.update(b"\0".join((instance, delivery[2], delivery[3], delivery[4].lower())))
        return hashed.digest()


def _find(noted: bytes, digest: bytes) -> int:
    """Give the place of a digest among those noted, -1 without one."""
    place = noted.find(digest, _NOTED)
    while place >= 0 and (place - _NOTED) % _DIGEST:
        place = noted.find(digest, place + 1)
    return place


def _count(noted: bytes) -> int:
    return (len(noted) - _NOTED) // _DIGEST
