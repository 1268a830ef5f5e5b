"""The counters: delivery records in, in log order, totals per series out.

In: the records of a block in log order, and which messages ended. Out: an immutable Totals, and
the memory that must outlive the process.
Lost: nothing; beyond the bound on domains a record is counted under `other`.

Two halves share the tallies: counting.py fills them in the order of the log, settling.py empties
them at a commit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from exporter.counts.counting import Counting
from exporter.counts.deferred import DeferredRecipients, QueueState
from exporter.counts.delivery_times import DeliveryTimes
from exporter.counts.domains import Domains, DomainsState
from exporter.counts.failures import Failures
from exporter.counts.receivers import Receivers
from exporter.counts.recipients import Recipients
from exporter.counts.refused import RefusedRecipients
from exporter.counts.routes import MOST, Routes
from exporter.counts.senders import SenderOptions, Senders, SendersState
from exporter.counts.settling import Settling
from exporter.counts.sums import Sums
from exporter.counts.totals import Refusal, Totals
from exporter.records.line import Delivery
from exporter.records.parse import Records
from exporter.records.removed import Ended, Requeued
from exporter.verdict.judge import Judge


@dataclass(frozen=True, slots=True)
class Memory:
    """What counting must remember besides the totals; see the modules that it is of.

    `providers` are by recipient domain as it stands in the log.
    """

    queue: QueueState = field(default_factory=QueueState)
    domains: DomainsState = field(default_factory=DomainsState)
    refused: Mapping[Refusal, bytes] = field(default_factory=dict)
    providers: Mapping[bytes, str] = field(default_factory=dict)
    senders: SendersState = field(default_factory=SendersState)


class Counts:
    """Counts records, going on from `totals` and `memory`.

    `key` keys the hashes of recipients, `clock` gives seconds and never goes back; at most
    `receivers_limit` receivers that no table knows are named. Without `senders` none are counted,
    and what was counted of them is given up; likewise where something else named them.
    `delivery_times` counts how long deliveries took, where that is wanted.
    """

    def __init__(
        self,
        judge: Judge,
        domains: Domains,
        key: bytes,
        clock: Callable[[], float],
        totals: Totals,
        memory: Memory,
        receivers_limit: int,
        senders: SenderOptions | None = None,
        delivery_times: DeliveryTimes | None = None,
    ) -> None:
        self._judge = judge
        self.domains = domains
        self.queue = DeferredRecipients(memory.queue)
        self._refusals = RefusedRecipients(memory.refused)
        recipients = Recipients(key, self.queue.former, self.queue.told_former)
        if senders is None or senders.by != memory.senders.by:
            totals = replace(totals, senders={}, forgotten_senders={})
        self._sums = sums = Sums(totals, delivery_times)
        self.senders = senders and Senders(
            senders, recipients.instance, sums.senders, clock, memory.senders, key
        )
        receivers = Receivers(receivers_limit, totals.attempts)
        self._failures = failures = Failures()
        self._routes = routes = Routes(judge, domains, receivers)
        self._counting = Counting(
            *(judge, domains, receivers, routes, failures, sums),
            self.queue,
            self._refusals,
            recipients,
            self.senders,
        )
        self._settling = Settling(
            *(judge, domains, receivers, routes, failures, sums, clock), self.senders
        )

    def add_lines(self, records: Records) -> None:
        """Count the lines of a block by result."""
        self._sums.add_lines(records)

    def senders_of(self, records: Records) -> Sequence[str]:
        """Give the senders of the delivery records of a block where they are counted."""
        return () if self.senders is None else self.senders.of(records)

    def learn_senders(self, records: Records) -> None:
        """Take note of who sent what is in the queue, from a block that is not counted."""
        if self.senders is not None:
            self.senders.learn(records)

    def add(self, deliveries: list[Delivery], now: float, senders: Sequence[str] = ()) -> None:
        """Count delivery records in log order; `now` is in seconds since the epoch.

        `senders` are as `senders_of` gives them.
        """
        if deliveries:
            self._counting.add(deliveries, now, senders)
        if self._is_full():
            self._settling.settle()

    def _is_full(self) -> bool:
        """Whether it is time to settle."""
        return (
            len(self._routes) > MOST
            or self._failures.is_full()
            or self._sums.late.is_full()
            or (self._sums.delivery_times is not None and self._sums.delivery_times.is_full())
            or (self.senders is not None and self.senders.is_full())
        )

    def requeue(self, requeued: Requeued) -> None:
        """Take note of a message that goes on under another queue id."""
        self._counting.requeue(requeued)

    def end(self, ended: Iterable[Ended]) -> None:
        """Take note of messages that left the queue."""
        self._counting.end(ended)

    def totals(self) -> Totals:
        """Give the totals as they are now, after idle domains have left where a look is due."""
        self._settling.settle()
        left = self._settling.turn_over()
        if left is not None:
            self.queue.forget(left, self._counting.minute)
            if left:
                self._refusals.forget(left)
        return self._sums.totals()

    def memory(self) -> Memory:
        """Give what must be remembered; it shares the queue's messages: to be used at once."""
        return Memory(
            self.queue.state(),
            self.domains.state(),
            self._refusals.state(),
            dict(self._judge.last_provider),
            SendersState() if self.senders is None else self.senders.state(),
        )
