"""What the log says is waiting: recipients whose delivery was deferred and will be tried again.

In: deferrals, deliveries and ends of messages, in log order. Out: whether a deferral repeats one
that was counted, how many wait by verdict, and who was given up when a message expired.
Lost: beyond `limit` recipients the messages noted first are forgotten, counted in `overflows`;
messages older than LIFETIME are taken for gone. What expires without having been in memory is not
counted.

A message that arrived before the memory begins (first start, gap, overflow) may have been tried
unseen: what is not in memory and belongs to such a message is no first attempt.
No address is kept: a recipient is a keyed hash of the address and of the Postfix instance.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from operator import itemgetter

from exporter.counts.deferred_message import Message
from exporter.counts.totals import Verdict
from exporter.counts.versions import Versions
from exporter.records.line import Delivery
from exporter.verdict.classify import CAUSES, SUSPENDED

LIMIT = 50_000
"""Recipients remembered."""

LIFETIME = 10 * 24 * 60
"""Minutes a message is remembered; Postfix' maximal_queue_lifetime is five days by default."""

_RESOLUTION = 2.0
"""Seconds by which a log's time stamp and delay may be cut off."""

_DELAY = itemgetter(Delivery._fields.index("delay"))
_BITS = {cause: 1 << place for place, cause in enumerate(CAUSES)}
_BITS[SUSPENDED] = 0  # never counts as earlier
_CAUSES = len(CAUSES)
_ANY_LENGTH = 1 << 20
_ALL = (1 << _CAUSES) - 1
_NOBODY = Verdict("", "", "")
"""Stands at the places of `verdicts` that are free."""


@dataclass(frozen=True, slots=True)
class QueueState:
    """The memory as the checkpoint keeps it; `begin` in seconds since the epoch, log time.

    `messages` are by queue id; the number of a recipient is the causes counted so far as bits, and
    above them the place of its last verdict in `verdicts`.
    """

    begin: float | None = None
    overflows: int = 0
    verdicts: tuple[Verdict, ...] = ()
    messages: Mapping[bytes, bytes] = field(default_factory=dict)


class DeferredRecipients:
    """Bounded memory of deferred recipients, by message."""

    def __init__(self, state: QueueState, limit: int = LIMIT) -> None:
        self._limit = limit
        self.begin = state.begin
        self.overflows = state.overflows
        self.digits = 0
        """No message is old whose delay has at most so many digits, among those looked at."""
        self._verdicts = list(state.verdicts)
        self._place_of = {
            verdict: place for place, verdict in enumerate(state.verdicts) if verdict != _NOBODY
        }
        self._free = [place for place, verdict in enumerate(state.verdicts) if verdict == _NOBODY]
        self.messages = {name: Message.unpacked(packed) for name, packed in state.messages.items()}
        self._packed = dict(state.messages)
        self._changed: dict[bytes, None] = {}  # those that are new in their order
        self._versions: Versions[bytes, bytes] = Versions()
        self._waiting = Counter(
            packed >> _CAUSES for message in self.messages.values() for _, packed in message
        )
        self._size = self._waiting.total()

    def __len__(self) -> int:
        return self._size

    def state(self) -> QueueState:
        """Give the memory for the checkpoint; only messages that changed are packed anew."""
        for queue_id in self._versions.removed:
            self._packed.pop(queue_id, None)
        for queue_id in self._changed:
            if message := self.messages.get(queue_id):
                self._packed[queue_id] = message.packed()
        self._versions.set_keys.update(self._changed)
        self._changed.clear()
        messages = self._versions.of(self._packed)
        return QueueState(self.begin, self.overflows, tuple(self._verdicts), messages)

    def waiting(self) -> dict[Verdict, int]:
        """Give the number of recipients that wait, by verdict."""
        return {self._verdicts[place]: times for place, times in self._waiting.items()}

    def begin_anew(self) -> None:
        """Take note of a gap: what arrived before the next line may have been tried unseen."""
        self.begin = None

    def deferred(
        self, queue_id: bytes, recipient: bytes, local_part: bytes, verdict: Verdict, minute: int
    ) -> bool | None:
        """Note a deferral; tell whether the recipient had one with this cause before.

        Gives None for a recipient that is not in memory.
        """
        message = self.messages.get(queue_id)
        if message is None:
            message = self.messages[queue_id] = Message(minute)
            self._changed.pop(queue_id, None)
        self._changed[queue_id] = None
        bit = _BITS[verdict.cause]
        place = self._place_of.get(verdict)
        if place is None:
            place = self._new_place(verdict)
        before = message.note(recipient, place << _CAUSES | bit, _ALL)
        if before is not None and before >> _CAUSES == place:
            return bool(before & bit)
        self._waiting[place] += 1
        self._size += 1
        if before is not None:
            self._leave(before)
            return bool(before & bit)
        message.mark(local_part)
        if self._size > self._limit:
            self._forget_oldest()
        return None

    def settled(self, queue_id: bytes, recipient: bytes) -> bool:
        """Note that a recipient waits no more; tell whether it did."""
        message = self.messages.get(queue_id)
        packed = message.drop(recipient) if message else None
        if packed is None:
            return False
        self._changed[queue_id] = None
        self._leave(packed)
        self._end_if_empty(queue_id)
        return True

    def _end_if_empty(self, queue_id: bytes) -> None:
        if not self.messages[queue_id]:
            del self.messages[queue_id]
            self._versions.removed.add(queue_id)

    def ended(self, queue_id: bytes, instance: bytes = b"") -> list[Verdict]:
        """Note that a message left the queue; give the last verdicts of those that waited.

        `instance` is what the digests of its recipients begin with.
        """
        return self._drop(queue_id, lambda recipient, _: recipient.startswith(instance))

    def _drop(self, queue_id: bytes, leaves: Callable[[bytes, int], bool]) -> list[Verdict]:
        """Drop recipients of a message; give their last verdicts."""
        message = self.messages.get(queue_id)
        if message is None:
            return []
        self._changed[queue_id] = None
        leaving = [(name, packed) for name, packed in message if leaves(name, packed)]
        verdicts = [self._verdicts[packed >> _CAUSES] for _, packed in leaving]
        for name, packed in leaving:
            message.drop(name)
            self._leave(packed)
        self._end_if_empty(queue_id)
        return verdicts

    def forget(self, domains: Iterable[str], minute: int) -> None:
        """Forget recipients of domains that left, and messages too old to be in the queue."""
        gone = frozenset(domains)
        places = {place for verdict, place in self._place_of.items() if verdict.domain in gone}
        for queue_id, message in list(self.messages.items()):
            if minute - message.minute > LIFETIME:
                self.ended(queue_id)
            elif places:
                self._drop(queue_id, lambda _, packed: packed >> _CAUSES in places)

    def look_at(self, deliveries: list[Delivery], minutes: Collection[int | None]) -> None:
        """Take note of the records that `is_old` will be asked about; `minutes` are their times."""
        self.digits = _ANY_LENGTH
        if self.begin is None:
            return
        times = [60.0 * minute for minute in minutes if minute is not None]
        since_begin = min(times) - self.begin + _RESOLUTION if len(times) == len(minutes) else 0.0
        digits = len(str(int(since_begin))) - 1 if since_begin >= 1.0 else 0
        # soon after the beginning it takes the delays themselves to tell that no message is old
        if digits > 3 or since_begin < max(map(float, set(map(_DELAY, deliveries)))):
            self.digits = digits

    def is_old(self, delivery: Delivery, seconds: Callable[[bytes], float | None]) -> bool:
        """Whether the message of a record arrived before the memory begins.

        `seconds` reads a record's time stamp.
        """
        if self.begin is None or len(delivery[6]) <= self.digits:
            return False
        moment = seconds(delivery[0])
        return moment is not None and moment - float(delivery[6]) < self.begin - _RESOLUTION

    def _new_place(self, verdict: Verdict) -> int:
        if self._free:
            place = self._free.pop()
            self._verdicts[place] = verdict
        else:
            place = len(self._verdicts)
            self._verdicts.append(verdict)
        self._place_of[verdict] = place
        return place

    def _leave(self, packed: int) -> None:
        """Take one recipient from a verdict, and let the verdict's place go with the last one."""
        place = packed >> _CAUSES
        self._waiting[place] -= 1
        self._size -= 1
        if not self._waiting[place]:
            del self._waiting[place]
            del self._place_of[self._verdicts[place]]
            self._verdicts[place] = _NOBODY
            self._free.append(place)

    def _forget_oldest(self) -> None:
        # many at once: a dict is slow to give its first key when those before it are gone
        enough, minute = self._limit - self._limit // 16, 0
        for queue_id in list(islice(self.messages, max(1, self._limit // 16))):
            if self._size <= enough:
                break
            minute = self.messages[queue_id].minute
            self.overflows += len(self.ended(queue_id))
        # what is forgotten arrived before it was noted
        self.digits = 0
        self.begin = max(self.begin or 0.0, 60.0 * minute)
