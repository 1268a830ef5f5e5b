"""Delivery records in the order of the log.

In: the records of a block, and the messages that left the queue. Out: tallies of deliveries
(routes.py) and failures (failures.py), delays, and the memories of who waits (deferred.py) and of
who was refused (refused.py).
Lost: nothing.

Why it is written so. Nine of ten records are deliveries that tell nothing new. These are tallied
by their bytes as they stand in the log, a whole block in one call of Counter.update, and get their
labels only at a commit (settling.py), once for each distinct route. What must be seen one by one,
in log order, are failures, for they are judged by provider, code and reply; records of messages
some of whose recipients wait, for a recipient may be done; and records that change what is known of
their domain. A block is therefore walked through three times by comprehensions, which cost a
fraction of a loop in Python, and only the few records that are left go through the loop. Fields are
taken by their place in the record and not by name, for a name costs twice as much there.
Both halves of a block must tell the same story: a delivery is judged by the domain's last provider
at the commit, which is right because a domain with several providers is always inspected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from operator import itemgetter

from exporter.counts.deferred import DeferredRecipients
from exporter.counts.domains import Domains
from exporter.counts.failures import Failure, Failures
from exporter.counts.receivers import Receivers
from exporter.counts.recipients import Recipients
from exporter.counts.refused import RefusedRecipients
from exporter.counts.routes import Routes, delivered_of, route_of
from exporter.counts.senders import Senders
from exporter.counts.sums import Sums
from exporter.records.line import Delivery
from exporter.records.removed import Ended, Requeued
from exporter.records.timestamps import minutes, seconds
from exporter.verdict.classify import SUSPENDED
from exporter.verdict.judge import PROBES, Judge, Judged

FUTURE = 86400.0
"""Seconds by which a log's clock may be ahead; a time beyond is none."""

_WAITS = frozenset({b"deferred", b"SOFTBOUNCE"})
"""Statuses after which the recipient stays in the queue, as logged."""

_NO_REFUSAL = frozenset({"local", "network", SUSPENDED})
"""Causes of attempts that are no word of a receiver about a recipient."""

_ReadTime = Callable[[bytes], float | None]
_TIMESTAMP, _QUEUE_ID = map(itemgetter, map(Delivery._fields.index, ("timestamp", "queue_id")))
_ORIGIN_AND_STATUS = itemgetter(*map(Delivery._fields.index, ("origin", "status")))


class Counting:
    """Tallies records; what it is made of it shares with Settling."""

    def __init__(
        self,
        judge: Judge,
        domains: Domains,
        receivers: Receivers,
        routes: Routes,
        failures: Failures,
        sums: Sums,
        queue: DeferredRecipients,
        refusals: RefusedRecipients,
        recipients: Recipients,
        senders: Senders | None = None,
    ) -> None:
        self._judge = judge
        self._domains = domains
        self._receivers = receivers
        self._routes = routes
        self._failures = failures
        self._sums = sums
        self._queue = queue
        self._refusals = refusals
        self._recipients = recipients
        self._senders = senders
        self._minutes: dict[bytes, int] = {}
        self.minute = 0
        """The time of the last failure that had one, in minutes since the epoch."""

    def add(self, deliveries: list[Delivery], now: float, senders: Sequence[str] = ()) -> None:
        """Count delivery records in log order; `now` tells the year of a traditional time stamp.

        `senders` are those of the records, where they are counted.
        """
        times = minutes(map(_TIMESTAMP, deliveries), now)
        self._queue.look_at(deliveries, times.values())
        self._minutes = {
            logged: minute
            for logged, minute in times.items()
            if minute is not None and 60 * minute <= now + FUTURE
        }
        read_time = partial(seconds, now=now)
        sent = [one for one in deliveries if not one[10]]
        failed = [one for one in deliveries if one[10]]
        routes = self._routes
        places = routes.add(map(delivered_of, sent), map(route_of, failed))
        self._failures.by_origin.update(map(_ORIGIN_AND_STATUS, failed))
        waiting = self._queue.messages.keys() & map(_QUEUE_ID, sent)
        waiting.update(map(_QUEUE_ID, failed))
        changing, inspects_all = routes.inspected_domains, routes.inspects_all
        inspected = [
            one
            for one in deliveries
            if one[10] or inspects_all or one[2] in waiting or one[4] in changing
        ]
        judged = self._judge.failures(failed)
        if self._senders is not None:
            judged = self._senders.add(deliveries, senders, places, failed, judged)
        delays = self._inspect(inspected, judged, read_time)
        if not inspects_all:
            others = [one for one in sent if one[2] not in waiting and one[4] not in changing]
            delays += self._first_delays(others, read_time)
        self._sums.delays.add(delays)
        if self._sums.delivery_times is not None:
            self._sums.delivery_times.add(sent, places, routes.ways)

    def requeue(self, requeued: Requeued) -> None:
        """Take note of a message that goes on under another queue id."""
        instance = self._recipients.instance[requeued.origin]
        self._queue.requeued(requeued.before, requeued.queue_id, instance)

    def end(self, ended: Iterable[Ended]) -> None:
        """Take note of messages that left the queue."""
        for message in ended:
            instance = self._recipients.instance[message.origin]
            for verdict in self._queue.ended(message.queue_id, instance):
                if message.expired:
                    self._sums.expired.add(verdict)

    def _inspect(
        self, deliveries: list[Delivery], judged: Iterator[Judged | None], read_time: _ReadTime
    ) -> list[bytes]:
        """Count the failures among records, and note what the others change, in log order.

        `judged` are the failures. Gives `delays=` of first attempts.
        """
        changing, inspects_all = self._routes.inspected_domains, self._routes.inspects_all
        messages = self._queue.messages
        delays, first, late = [], [], []
        failures: list[Failure] = []
        for delivery in deliveries:
            if delivery[4] in changing or inspects_all:
                self._note_domain(delivery)
            if delivery[10]:
                if self._add_failure(delivery, next(judged), read_time, failures):
                    delays.append(delivery[7])
            elif delivery[2] not in messages or not self._is_settled(delivery):
                first.append(delivery)
            else:
                late.append(delivery)
        self._failures.judged.update(failures)
        self._sums.late.add(late)
        return delays + self._first_delays(first, read_time)

    def _note_domain(self, delivery: Delivery) -> None:
        """Take note of the domain of a record, and of whose relay took or refused it."""
        judge, domain = self._judge, delivery[4]
        provider = judge.provider_seen[domain, delivery[5]]
        if provider is not None and judge.last_provider.get(domain) != provider:
            judge.last_provider.note(domain, provider)
        is_known = domain in self._domains.known
        is_named = provider is None or not self._receivers.could_name(provider)
        if (is_known and is_named) or delivery[10] in PROBES or not judge.is_remote(delivery):
            return
        if not is_known:
            self._domains.note_message(domain, delivery[2])
        if provider and not is_named:
            self._receivers.label(self._domains.label(domain), provider)

    def _add_failure(
        self, delivery: Delivery, judged: Judged | None, read_time: _ReadTime, tally: list[Failure]
    ) -> bool:
        """Count a record of what was not sent; tell whether its delays are of a first attempt."""
        timestamp, origin, queue_id, _, domain, _, _, _, _, _, status, _ = delivery
        if judged is None or status in PROBES:
            if status not in _WAITS and queue_id in self._queue.messages:
                self._is_settled(delivery)
            return False
        found, decision = judged
        label = self._domains.known.get(domain) or self._domains.label(domain)
        provider = self._receivers.label(label, found) if "." in found else found
        verdict = label, provider, decision.rule.cause
        self.minute = minute = self._minutes.get(timestamp, self.minute)
        waiting, refused = self._recipients.names(delivery)
        is_suspended, is_repeat = decision.cause == SUSPENDED, False
        queue = self._queue
        if status in _WAITS:
            before = queue.deferred(queue_id, waiting, verdict, is_suspended, minute)
            is_repeat = queue.is_old(delivery, read_time) if before is None else before
            is_first = before is None and not is_repeat
        else:
            waited = queue.settled(queue_id, waiting)
            is_first = not waited and not queue.is_old(delivery, read_time)
        is_new = decision.cause not in _NO_REFUSAL and self._refusals.note(verdict, refused, minute)
        tally.append((label, provider, decision, is_repeat, is_new))
        return is_first and self._routes.makes_attempts[origin]

    def _is_settled(self, delivery: Delivery) -> bool:
        """Note that a recipient of a message some of whose recipients wait is done; did it wait."""
        return self._queue.settled(delivery[2], self._recipients.names(delivery)[0])

    def _first_delays(self, sent: list[Delivery], read_time: _ReadTime) -> list[bytes]:
        """Give `delays=` of what was sent to remote destinations at once."""
        routes, digits = self._routes, self._queue.digits
        no_attempt, internal = routes.origins_without_attempts, routes.internal_relays
        return [
            one[7]
            for one in sent
            if one[5] not in internal
            and one[1] not in no_attempt
            and (len(one[6]) <= digits or not self._queue.is_old(one, read_time))
        ]
