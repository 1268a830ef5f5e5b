"""The counters: delivery records in, in log order, totals per series out.

In: the records of a block in log order, and which messages ended. Out: an immutable Totals, and
the memory that must outlive the process.
Lost: nothing; beyond the bound on domains a record is counted under `other`.

How it is fast: what was sent is tallied by its bytes as they stand in the log; only at a commit
does outcomes.py turn each distinct combination into labels. What failed is judged one by one, in
log order. So that any cut of the log into blocks gives the same labels, the places of domains
change hands only where everything tallied has its labels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from operator import itemgetter

from exporter.counts.domains import Domains, DomainsState
from exporter.counts.outcomes import Outcomes
from exporter.counts.queue import DeferredRecipients, QueueState
from exporter.counts.recipients import Recipients
from exporter.counts.refused import RefusedRecipients
from exporter.counts.routes import MOST, Routes, route_of, way_of
from exporter.counts.sums import Sums
from exporter.counts.totals import Totals, Verdict
from exporter.records.ends import Ended
from exporter.records.line import Delivery
from exporter.records.parse import Records
from exporter.records.timestamps import minutes, seconds
from exporter.verdict.judge import PROBES, Judge

FUTURE = 86400.0
"""Seconds by which a log's clock may be ahead; a time beyond is none."""

TURN_OVER = 60.0
"""Seconds between two looks for domains that leave."""

_WAITS = frozenset({b"deferred", b"SOFTBOUNCE"})

_Reader = Callable[[bytes], float | None]
_TIMESTAMP, _QUEUE_ID = map(itemgetter, map(Delivery._fields.index, ("timestamp", "queue_id")))


@dataclass(frozen=True, slots=True)
class Memory:
    """What counting must remember besides the totals; see the modules that it is of.

    `providers` are by recipient domain as it stands in the log.
    """

    queue: QueueState = field(default_factory=QueueState)
    domains: DomainsState = field(default_factory=DomainsState)
    refused: Mapping[Verdict, bytes] = field(default_factory=dict)
    providers: Mapping[bytes, str] = field(default_factory=dict)


class Counts:
    """Counts records, going on from `totals` and `memory`.

    `key` keys the hashes of recipients, `clock` gives seconds and never goes back.
    """

    def __init__(
        self,
        judge: Judge,
        domains: Domains,
        key: bytes,
        clock: Callable[[], float],
        totals: Totals,
        memory: Memory,
    ) -> None:
        self._judge = judge
        self.domains = domains
        self._clock = clock
        self._recipients = Recipients(key)
        self.queue = DeferredRecipients(memory.queue)
        self._refusals = RefusedRecipients(memory.refused)
        self._sums = Sums(totals)
        self._outcomes = Outcomes(judge, domains, self._sums)
        self._routes = Routes(judge, domains)
        self._minutes: dict[bytes, int | None] = {}
        self._minute, self._latest = 0, 0.0
        self._next_turn_over = clock() + TURN_OVER

    # -- in the order of the log -----------------------------------------------------------------

    def add_lines(self, records: Records) -> None:
        """Count the lines of a block by result."""
        self._sums.add_lines(records)

    def add(self, deliveries: list[Delivery], now: float) -> None:
        """Count delivery records in log order; `now` tells the year of a traditional time stamp."""
        if not deliveries:
            return
        self._minutes = minutes(map(_TIMESTAMP, deliveries), now)
        self._latest = now + FUTURE
        self.queue.look_at(deliveries, self._minutes.values())
        reader = partial(seconds, now=now)
        sent = [one for one in deliveries if not one[9]]
        failed = [one for one in deliveries if one[9]]
        self._routes.add(map(route_of, sent), map(way_of, failed))
        waiting = self.queue.messages.keys() & map(_QUEUE_ID, deliveries)
        waiting.update(map(_QUEUE_ID, failed))
        watched, all_watched = self._routes.watched, self._routes.all_watched
        apart = [one for one in deliveries if all_watched or one[2] in waiting or one[4] in watched]
        delays = self._add_one_by_one(apart, reader)
        if not all_watched:
            others = [one for one in sent if one[2] not in waiting and one[4] not in watched]
            delays += self._first_delays(others, reader)
        self._sums.delays.add(delays)
        if len(self._routes) > MOST or self._outcomes.is_full():
            self._outcomes.settle(self._routes)

    def _add_one_by_one(self, deliveries: list[Delivery], reader: _Reader) -> list[bytes]:
        """Count the failures among records, and note what the others tell, in log order.

        Gives `delays=` of first attempts.
        """
        watched, all_watched = self._routes.watched, self._routes.all_watched
        messages = self.queue.messages
        delays, first = [], []
        for delivery in deliveries:
            if delivery[4] in watched or all_watched:
                self._meet(delivery)
            if delivery[9]:
                if self._add_failure(delivery, reader):
                    delays.append(delivery[7])
            elif not (
                (message := messages.get(delivery[2]))
                and message.may_have(delivery[3])
                and self._is_settled(delivery)
            ):
                first.append(delivery)
        return delays + self._first_delays(first, reader)

    def _meet(self, delivery: Delivery) -> None:
        """Take note of the domain of a record, and of whose relay it was delivered by."""
        judge, domain = self._judge, delivery[4]
        provider = judge.provider_at[delivery[5]]
        if provider is not None and judge.last_seen.get(domain) is not provider:
            judge.last_seen.note(domain, provider)
        if (
            domain not in self.domains.known
            and delivery[9] not in PROBES
            and judge.is_remote(delivery)
        ):
            self.domains.meet(domain, delivery[2])

    def end(self, ended: Iterable[Ended]) -> None:
        """Take note of messages that left the queue."""
        for message in ended:
            instance = self._recipients.instance[message.origin]
            for verdict in self.queue.ended(message.queue_id, instance):
                if message.expired:
                    self._sums.expired[verdict] += 1

    def _add_failure(self, delivery: Delivery, reader: _Reader) -> bool:
        """Count a record of what was not sent; tell whether it has the delays of a first attempt.

        `reader` reads a time stamp.
        """
        timestamp, origin, queue_id, local_part, domain, _, _, _, dsn, status, _ = delivery
        judged = None if status in PROBES else self._judge.failure(delivery)
        if judged is None:
            self._outcomes.apart[origin, status] += 1
            if status not in _WAITS and queue_id in self.queue.messages:
                self._is_settled(delivery)
            return False
        provider, rule = judged
        labels = self.domains.label(domain), provider, rule.cause, origin, dsn, status
        outcome = self._outcomes.of[labels]
        verdict = outcome.verdict
        moment = self._minutes[timestamp]
        if moment is not None and 60 * moment <= self._latest:
            self._minute = moment  # else it is that of the one before
        waiting, refused = self._recipients.names(delivery)
        waited, repeat = False, False
        if status not in _WAITS:
            waited = self.queue.settled(queue_id, waiting)
        elif (
            before := self.queue.deferred(queue_id, waiting, local_part, verdict, self._minute)
        ) is None:
            repeat = self.queue.is_old(delivery, reader)
        else:
            waited, repeat = True, before
        outcome.times[repeat] += 1
        if outcome.is_refusal and self._refusals.note(verdict, refused, self._minute):
            outcome.refused += 1
        return self._routes.tries[origin] and not (
            waited or repeat or self.queue.is_old(delivery, reader)
        )

    def _is_settled(self, delivery: Delivery) -> bool:
        """Note that a recipient of a message some of whose recipients wait is done; did it wait."""
        return self.queue.settled(delivery[2], self._recipients.names(delivery)[0])

    def _first_delays(self, sent: list[Delivery], reader: _Reader) -> list[bytes]:
        """Give `delays=` of what was sent to remote destinations at once."""
        untried, hops, digits = self._routes.untried, self._routes.hops, self.queue.digits
        return [
            one[7]
            for one in sent
            if one[5] not in hops
            and one[1] not in untried
            and (len(one[6]) <= digits or not self.queue.is_old(one, reader))
        ]

    # -- at a commit -----------------------------------------------------------------------------

    def totals(self) -> Totals:
        """Give the totals as they are now, after a turn-over of domains where one is due."""
        self._outcomes.settle(self._routes)
        if self._clock() >= self._next_turn_over:
            self._turn_over()
        return self._sums.totals()

    def memory(self) -> Memory:
        """Give what must be remembered; it shares the queue's messages: to be used at once."""
        return Memory(
            self.queue.state(),
            self.domains.state(),
            self._refusals.state(),
            dict(self._judge.last_seen),
        )

    def _turn_over(self) -> None:
        """Let idle domains leave."""
        self._next_turn_over = self._clock() + TURN_OVER
        gone = self.domains.turn_over()
        self._routes.forget()
        self.queue.forget(gone, self._minute)
        if gone:
            self._sums.forget(gone)
            self._refusals.forget(gone)
