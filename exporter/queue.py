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

from exporter.parse import Delivery

LIMIT = 50_000
"""Recipients remembered."""

_RESOLUTION = 1.0
"""Seconds by which a log's time stamp and delay may be cut off."""

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
        self._key = key
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
        waits = {delivery[2] for delivery in deliveries if delivery[9] in _WAITS}
        if not waits and self._waiting.keys().isdisjoint(d[2] for d in deliveries):
            return deliveries
        known = self._waiting
        return [
            delivery
            for delivery in deliveries
            if (delivery[2] not in known and delivery[2] not in waits)
            or self._is_first(delivery, now)
        ]

    def _arrived_since(
        self, deliveries: list[Delivery], now: float, seconds: Callable[[bytes], float | None]
    ) -> list[Delivery]:
        """Note, and leave out, what arrived before the memory begins."""
        begin = (self.begin or 0.0) - _RESOLUTION
        longest = max(map(float, {delivery[6] for delivery in deliveries}))
        if now - longest >= begin:
            return deliveries
        since = []
        for delivery in deliveries:
            moment = seconds(delivery[0])
            if (now if moment is None else moment) - float(delivery[6]) >= begin:
                since.append(delivery)
            else:
                self._is_first(delivery, now)
        return since

    def _is_first(self, delivery: Delivery, now: float) -> bool:
        queue_id = delivery[2]
        noted = self._waiting.get(queue_id, b"")
        digest = self._digest(delivery)
        place = _find(noted, digest)
        if delivery[9] in _WAITS:
            if place < 0:
                self._waiting[queue_id] = (noted or int(now).to_bytes(_NOTED)) + digest
                self._size += 1
                self._forget_oldest()
        elif place >= 0:
            self._size -= 1
            rest = noted[:place] + noted[place + _DIGEST :]
            if len(rest) > _NOTED:
                self._waiting[queue_id] = rest
            else:
                del self._waiting[queue_id]
        return place < 0

    def _forget_oldest(self) -> None:
        while self._size > self._limit:
            noted = self._waiting.pop(next(iter(self._waiting)))
            self._size -= _count(noted)
            self.overflows += _count(noted)
            self.begin = max(self.begin or 0.0, float(int.from_bytes(noted[:_NOTED])))

    def _digest(self, delivery: Delivery) -> bytes:
        instance = delivery[1].partition(b"/")[0]
        recipient = b"\0".join((instance, delivery[2], delivery[3], delivery[4].lower()))
        return hashlib.blake2b(recipient, digest_size=_DIGEST, key=self._key).digest()


def _find(noted: bytes, digest: bytes) -> int:
    """Give the place of a digest among those noted, -1 without one."""
    places: Iterable[int] = range(_NOTED, len(noted), _DIGEST)
    return next((place for place in places if noted.startswith(digest, place)), -1)


def _count(noted: bytes) -> int:
    return (len(noted) - _NOTED) // _DIGEST
