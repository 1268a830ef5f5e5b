"""What the log says is waiting: recipients whose delivery was deferred and will be tried again.

In: deferrals, deliveries, ends and new queue ids of messages, in log order. Out: whether a deferral
repeats one that was counted, how many wait by verdict, and who was given up when a message expired.
Lost: beyond `limit` recipients the messages noted first are forgotten, counted in `overflows`;
messages older than LIFETIME are taken for gone. What expires without having been in memory is not
counted.

A message that arrived before the memory begins (first start, gap, overflow) may have been tried
unseen: what is not in memory and belongs to such a message is no first attempt.
A deferral that was suspended repeats an older failure without a try: it is told as that failure,
and is no first one of its cause for the next try.
No address is kept: a recipient is a keyed hash of the address and of the log host.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain, islice
from operator import itemgetter
from typing import Any

from exporter.counts.deferred_message import (
    Message,
    drop,
    has,
    joined,
    minute_of,
    new,
    note,
    packed,
    parted,
    recipients,
    renamed,
    size,
    unpacked,
)
from exporter.counts.totals import Refusal, Verdict
from exporter.counts.versions import Versions
from exporter.counts.waiting import ALL_CAUSES, BIT_OF, CAUSE_BITS, UNTRIED, Waiting
from exporter.records.line import Delivery

LIMIT = 50_000
"""Recipients remembered."""

LIFETIME = 10 * 24 * 60
"""Minutes a message is remembered; Postfix' maximal_queue_lifetime is five days by default."""

_RESOLUTION = 2.0
"""Seconds by which a log's time stamp and delay may be cut off."""

_DELAY = itemgetter(Delivery._fields.index("delay"))
_ANY_LENGTH = 1 << 20


@dataclass(frozen=True, slots=True)
class QueueState:
    """The memory as the checkpoint keeps it; `begin` in seconds since the epoch, log time.

    `messages` are by queue id; the numbers of recipients and `verdicts` are as in waiting.py.
    `former` is what the names of recipients began with in an earlier build, as far as no line has
    told yet what it is now.
    """

    begin: float | None = None
    overflows: int = 0
    verdicts: tuple[Verdict, ...] = ()
    messages: Mapping[bytes, bytes] = field(default_factory=dict)
    former: frozenset[bytes] = frozenset()


class DeferredRecipients:
    """Bounded memory of deferred recipients, by message."""

    def __init__(self, state: QueueState, limit: int = LIMIT) -> None:
        self._limit = limit
        self.begin = state.begin
        self.overflows = state.overflows
        self.digits = 0
        """No message is old whose delay has at most so many digits, among those looked at."""
        self._youngest = 0.0
        """Nor is one with a delay below so many seconds."""
        self.messages = {name: unpacked(message) for name, message in state.messages.items()}
        self._packed = {
            name: message
            for name, message in state.messages.items()
            if not isinstance(self.messages[name], bytes)
        }
        """Those of them that are no byte strings, as the state has them."""
        self._versions: Versions[bytes, bytes] = Versions()
        self.former = set(state.former)
        every = chain.from_iterable(map(recipients, self.messages.values()))
        self._waiting = Waiting(state.verdicts, (number for _, number in every))

    def __len__(self) -> int:
        return self._waiting.recipients

    def state(self) -> QueueState:
        """Give the memory for the checkpoint; only messages that changed are packed anew."""
        self._waiting.free_places()
        for queue_id in self._versions.changed(self.messages):
            message = self.messages[queue_id]
            if not isinstance(message, bytes):
                self._packed[queue_id] = packed(message)
        table: Mapping[bytes, Any] = self.messages
        messages = self._versions.of({**table, **self._packed} if self._packed else table)
        verdicts = tuple(self._waiting.verdicts)
        return QueueState(self.begin, self.overflows, verdicts, messages, frozenset(self.former))

    def waiting(self) -> dict[Verdict, int]:
        """Give the number of recipients that wait, by verdict."""
        return self._waiting.by_verdict()

    def begin_anew(self) -> None:
        """Take note of a gap: what arrived before the next line may have been tried unseen."""
        self.begin = None

    def deferred(
        self,
        queue_id: bytes,
        recipient: bytes,
        verdict: Refusal,
        is_suspended: bool,
        minute: int,
    ) -> bool | None:
        """Note a deferral; tell whether it repeats an earlier one of the recipient.

        It repeats one with its cause; without a try, one that was suspended, too.
        Gives None for a recipient that is not in memory.
        """
        bit = repeats = BIT_OF[verdict[2]]
        if is_suspended:
            bit, repeats = UNTRIED, bit | UNTRIED
        waiting = self._waiting
        place = waiting.place_of.get(verdict)
        if place is None:
            place = waiting.new_place(Verdict(*verdict))
        message = self.messages.get(queue_id) or new(minute)
        number = place << CAUSE_BITS | bit
        self.messages[queue_id], before = note(message, recipient, number, ALL_CAUSES)
        self._versions.note(queue_id)
        if before is not None:
            waiting.times[before >> CAUSE_BITS] -= 1
            waiting.times[place] += 1
            return bool(before & repeats)
        waiting.join(place)
        if waiting.recipients > self._limit:
            self._forget_oldest()
        return None

    def settled(self, queue_id: bytes, recipient: bytes) -> bool:
        """Note that a recipient waits no more; tell whether it did."""
        message = self.messages.get(queue_id)
        if message is None:
            return False
        message, number = drop(message, recipient)
        if number is None:
            return False
        self._waiting.leave(number)
        self._keep(queue_id, message)
        return True

    def _keep(self, queue_id: bytes, message: Message) -> None:
        """Go on with a message that changed, as long as somebody waits."""
        if size(message):
            self.messages[queue_id] = message
            self._versions.note(queue_id)
        else:
            self._let_go(queue_id)

    def _let_go(self, queue_id: bytes) -> Message:
        """Give up a message; nothing of it stays but what the next state must say."""
        self._versions.let_go(queue_id)
        self._packed.pop(queue_id, None)
        return self.messages.pop(queue_id)

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
        leaving = [(name, number) for name, number in recipients(message) if leaves(name, number)]
        verdicts = [self._waiting.verdict(number) for _, number in leaving]
        for name, number in leaving:
            message, _ = drop(message, name)
            self._waiting.leave(number)
        self._keep(queue_id, message)
        return verdicts

    def requeued(self, before: bytes, queue_id: bytes, instance: bytes) -> None:
        """Note that a message goes on under another queue id; `instance` as in `ended`.

        Of a message of which another instance has recipients, too, these stay what they were.
        """
        known = self.messages.get(before)
        if known is None or before == queue_id:
            return
        message, others = parted(known, instance)
        if not size(message):
            return
        self._keep(before, others)
        if queue_id in self.messages:  # it is used once; here for a log that tells otherwise
            message, known_twice = joined(message, self._let_go(queue_id))
            for number in known_twice:
                self._waiting.leave(number)
        self._keep(queue_id, message)

    def told_former(self, former: bytes, instance: bytes) -> None:
        """Take note of what is now `instance`, and is known under a former name still."""
        self.former.discard(former)
        for queue_id, message in list(self.messages.items()):
            if has(message, former):
                message, known_twice = renamed(message, former, instance)
                for number in known_twice:
                    self._waiting.leave(number)
                self._keep(queue_id, message)

    def forget(self, domains: Iterable[str], minute: int) -> None:
        """Forget recipients of domains that left, and messages too old to be in the queue."""
        gone = frozenset(domains)
        verdict = self._waiting.verdict
        leaves = any(domain in gone for domain, _, _ in self._waiting.place_of)
        for queue_id, message in list(self.messages.items()):
            if minute - minute_of(message) > LIFETIME:
                self.ended(queue_id)
            elif leaves:
                self._drop(queue_id, lambda _, number: verdict(number).domain in gone)

    def look_at(self, deliveries: list[Delivery], minutes: Collection[int | None]) -> None:
        """Take note of the records that `is_old` will be asked about; `minutes` are their times."""
        self.digits, self._youngest = _ANY_LENGTH, 0.0
        if self.begin is None:
            return
        times = [60.0 * minute for minute in minutes if minute is not None]
        since_begin = min(times) - self.begin + _RESOLUTION if len(times) == len(minutes) else 0.0
        self._youngest = since_begin
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
        delay = float(delivery[6])
        if delay < self._youngest:
            return False
        moment = seconds(delivery[0])
        return moment is not None and moment - delay < self.begin - _RESOLUTION

    def _forget_oldest(self) -> None:
        # many at once: a dict is slow to give its first key when those before it are gone
        enough, minute = self._limit - self._limit // 16, 0
        for queue_id in list(islice(self.messages, max(1, self._limit // 16))):
            if len(self) <= enough:
                break
            minute = max(minute, minute_of(self.messages[queue_id]))
            self.overflows += len(self.ended(queue_id))
        # what is forgotten arrived before it was noted
        self.digits, self._youngest = 0, 0.0
        self.begin = max(self.begin or 0.0, 60.0 * minute)
