"""The counters: delivery records in, totals per series out.

In: the records of a block in log order, and which messages ended. Out: an immutable Totals, and
the memory that must outlive the process.
Lost: nothing; beyond the bounds on domains and codes a record is counted under `other`, or under
its class as `5.x.x`.

How it is fast: what was sent is tallied by its bytes as they stand in the log; only at a commit is
each distinct combination turned into labels. What failed is judged one by one, in log order. So
that any cut of the log into blocks gives the same labels, the places of domains change hands only
where everything tallied has its labels.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from operator import itemgetter

from exporter.classify import DELIVERED, SUSPENDED
from exporter.delays import Delays
from exporter.domains import FOLDED, Domains, DomainsState
from exporter.judge import NO_RELAY, PROBES, Judge, Remembered, canonical_code, status_of
from exporter.knowledge import familiar_codes
from exporter.parse import RESULTS, SENT, Delivery, Ended, Records
from exporter.queue import DeferredRecipients, QueueState
from exporter.refused import DIGEST, RefusedRecipients
from exporter.series import BoundedSeries
from exporter.timestamps import minute, seconds
from exporter.totals import AgentStatus, Probe, Totals, Verdict

FUTURE = 86400.0
"""Seconds by which a log's clock may be ahead; a time beyond is none."""

TURN_OVER = 60.0
"""Seconds between two looks for domains that leave."""

_NEVER_TRIED = frozenset({"error", "retry"})
_NO_REFUSAL = frozenset({SUSPENDED, "local", "network"})
"""Causes that are no word of a receiver about a recipient."""

_WAITS = frozenset({b"deferred", b"SOFTBOUNCE"})
_MOST_TALLIED = 1 << 15
_WAITING = 8  # bytes of a recipient's digest that the queue keeps, before those of the refusals

_Labels = tuple[str, str, str, bytes, bytes, bytes]
"""Domain, provider, cause; origin, dsn and status as logged."""

_Reader = Callable[[bytes], float | None]
_Key = tuple[bytes, bytes, bytes, bytes]
_KEY = itemgetter(*map(Delivery._fields.index, ("origin", "domain", "relay", "dsn")))


@dataclass(frozen=True, slots=True)
class Memory:
    """What counting must remember besides the totals; see the modules that it is of.

    `providers` are by recipient domain as it stands in the log.
    """

    queue: QueueState = field(default_factory=QueueState)
    domains: DomainsState = field(default_factory=DomainsState)
    refused: Mapping[Verdict, bytes] = field(default_factory=dict)
    providers: Mapping[bytes, str] = field(default_factory=dict)


class _Outcome:
    """What a failure is counted as."""

    __slots__ = ("is_refusal", "labels", "verdict")

    def __init__(self, labels: _Labels) -> None:
        domain, provider, cause, _, _, _ = self.labels = labels
        self.verdict = Verdict(domain, provider, cause)
        self.is_refusal = cause not in _NO_REFUSAL


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
        self._hash = hashlib.blake2b(digest_size=_WAITING + DIGEST, key=key)
        self.queue = DeferredRecipients(memory.queue)
        self._refusals = RefusedRecipients(memory.refused)
        self._series = BoundedSeries(totals.attempts, familiar_codes())
        self._refused = Counter(totals.refused)
        self._expired = Counter(totals.expired)
        self._by_agent = Counter(totals.agents)
        self._probes = Counter(totals.probes)
        self._delays = Delays(totals.delays)
        self._lines = Counter(totals.lines)
        self._folded = totals.domains_folded
        self._left = totals.domains_forgotten
        self._forgotten = Counter(totals.forgotten)
        self._forgotten_refused = Counter(totals.forgotten_refused)
        self._forgotten_expired = Counter(totals.forgotten_expired)
        self._sent: Counter[_Key] = Counter()
        self._apart: Counter[tuple[bytes, bytes]] = Counter()
        self._judged: Counter[tuple[_Outcome, bool]] = Counter()
        self._outcome: Remembered[_Labels, _Outcome] = Remembered(_Outcome)
        self._used: set[str] = set()
        self._tries = Remembered(self._tries_remotely)
        self._instance = Remembered(self._instance_digest)
        self._timestamp, self._minute = b"", 0
        self._since: float | None = None
        self._next_turn_over = clock() + TURN_OVER

    # -- in the order of the log -----------------------------------------------------------------

    def add_lines(self, records: Records) -> None:
        """Count the lines of a block by result."""
        for result in RESULTS:
            self._lines[result] += getattr(records, result)

    def add(self, deliveries: list[Delivery], now: float) -> None:
        """Count delivery records in log order; `now` tells the year of a traditional time stamp."""
        if not deliveries:
            return
        provider_at, last_seen = self._judge.provider_at, self._judge.last_seen
        known, waiting = self.domains.known, self.queue.messages
        reader = partial(seconds, now=now)
        # none of these messages is older than a memory that begins there
        times = {minute(timestamp, now) for timestamp in {one[0] for one in deliveries}}
        since = self.queue.all_since(deliveries, times)
        self._since = self.queue.begin if since else None
        again = set()
        for place, delivery in enumerate(deliveries):
            domain = delivery[4]
            provider = provider_at[delivery[5]]
            if provider is not None and last_seen.get(domain) is not provider:
                last_seen.note(domain, provider)
            if domain not in known:
                self._meet(delivery)
            if delivery[9]:
                if self._add_failure(delivery, now, reader):
                    again.add(place)
            elif (
                (message := waiting.get(delivery[2]))
                and message.may_have(delivery[3])
                and self._is_settled(delivery)
            ):
                again.add(place)
        self._sent.update(map(_KEY, [delivery for delivery in deliveries if not delivery[9]]))
        self._delays.add(self._first_delays(deliveries, again, reader))
        if len(self._sent) + len(self._judged) > _MOST_TALLIED:
            self._settle()

    def _meet(self, delivery: Delivery) -> None:
        if delivery[9] not in PROBES and self._judge.is_remote(delivery):
            self.domains.meet(delivery[4], delivery[2])

    def end(self, ended: Iterable[Ended]) -> None:
        """Take note of messages that left the queue."""
        for message in ended:
            for verdict in self.queue.ended(message.queue_id, self._instance[message.origin]):
                if message.expired:
                    self._expired[verdict] += 1

    def _add_failure(self, delivery: Delivery, now: float, reader: _Reader) -> bool:
        """Count a record of what was not sent; tell whether its recipient waited already.

        `reader` reads a time stamp.
        """
        timestamp, origin, queue_id, local_part, domain, _, _, _, dsn, status, _ = delivery
        judged = None if status in PROBES else self._judge.failure(delivery)
        if judged is None:
            self._apart[origin, status] += 1
            is_final = status not in _WAITS and queue_id in self.queue.messages
            return is_final and self._is_settled(delivery)
        label = self.domains.label(domain)
        provider, rule = judged
        outcome = self._outcome[label, provider, rule.cause, origin, dsn, status]
        verdict = outcome.verdict
        if timestamp != self._timestamp:
            self._timestamp, self._minute = timestamp, self._minute_of(timestamp, now)
        digest = self._digest(local_part, domain)
        recipient = self._instance[origin] + digest[:_WAITING].hex()
        waited, repeat = False, False
        if status not in _WAITS:
            waited = self.queue.settled(queue_id, recipient)
        elif (
            before := self.queue.deferred(queue_id, recipient, local_part, verdict, self._minute)
        ) is None:
            repeat = self._is_old(delivery, reader)
        else:
            waited, repeat = True, before
        self._judged[outcome, repeat] += 1
        if outcome.is_refusal:
            self._refused[verdict] += self._refusals.note(verdict, digest[_WAITING:], self._minute)
        return waited

    def _minute_of(self, timestamp: bytes, now: float) -> int:
        """Give the minute of a record; that of the one before for a time that cannot be."""
        moment = minute(timestamp, now)
        return self._minute if moment is None or 60 * moment > now + FUTURE else moment

    def _is_settled(self, delivery: Delivery) -> bool:
        """Note that a recipient of a message some of whose recipients wait is done; did it wait."""
        digest = self._digest(delivery[3], delivery[4])
        recipient = self._instance[delivery[1]] + digest[:_WAITING].hex()
        return self.queue.settled(delivery[2], recipient)

    def _first_delays(
        self, deliveries: list[Delivery], again: set[int], reader: _Reader
    ) -> list[bytes]:
        """Give `delays=` of first attempts that were tried at remote destinations."""
        if again:
            deliveries = [one for place, one in enumerate(deliveries) if place not in again]
        if self.queue.begin != self._since:
            deliveries = [one for one in deliveries if not self.queue.is_old(one, reader)]
        tries, internal = self._tries, self._judge.internal
        return [
            one[7]
            for one in deliveries
            if tries[one[1]]
            and not internal[one[5]]
            and one[9] not in PROBES
            and (one[5] != NO_RELAY or self._judge.is_remote(one))
        ]

    def _is_old(self, delivery: Delivery, reader: _Reader) -> bool:
        return self.queue.begin != self._since and self.queue.is_old(delivery, reader)

    def _digest(self, local_part: bytes, domain: bytes) -> bytes:
        hashed = self._hash.copy()
        hashed.update((b"%b@%b" % (local_part, domain)).lower())
        return hashed.digest()

    def _instance_digest(self, origin: bytes) -> str:
        """Tell log hosts and Postfix instances apart; retries come from other services of one."""
        hashed = self._hash.copy()
        hashed.update(origin.partition(b"/")[0])
        return hashed.digest()[:2].hex()

    def _tries_remotely(self, origin: bytes) -> bool:
        judge = self._judge
        return judge.is_remote_agent[origin] and judge.agent_of[origin] not in _NEVER_TRIED

    # -- at a commit -----------------------------------------------------------------------------

    def totals(self) -> Totals:
        """Give the totals as they are now, after a turn-over of domains where one is due."""
        self._settle()
        if self._clock() >= self._next_turn_over:
            self._turn_over()
        return Totals(
            dict(self._series.totals),
            dict(self._refused),
            dict(self._expired),
            dict(self._by_agent),
            dict(self._probes),
            self._delays.histograms(),
            dict(self._lines),
            self._folded,
            self._left,
            dict(self._forgotten),
            dict(self._forgotten_refused),
            dict(self._forgotten_expired),
        )

    def memory(self) -> Memory:
        """Give what must be remembered; it shares the queue's messages: to be used at once."""
        return Memory(
            self.queue.state(),
            self.domains.state(),
            self._refusals.state(),
            dict(self._judge.last_seen),
        )

    def _settle(self) -> None:
        """Turn what was tallied by bytes into series."""
        for key, times in self._sent.items():
            self._count_sent(key, times)
        self._sent.clear()
        for (outcome, repeat), times in self._judged.items():
            domain, provider, cause, origin, dsn, status = outcome.labels
            self._count(domain, times)
            self._count_by_agent(origin, status, times)
            code, word = canonical_code[dsn], status_of(status)
            self._series.add((domain, provider, code, word, cause, repeat), times)
        self._judged.clear()
        for (origin, status), times in self._apart.items():
            self._count_by_agent(origin, status, times)
            if status in PROBES:
                self._probes[Probe(status_of(status))] += times
        self._apart.clear()
        self.domains.used(self._used)
        self._used.clear()

    def _count_sent(self, key: _Key, times: int) -> None:
        origin, domain, relay, dsn = key
        judge = self._judge
        self._count_by_agent(origin, SENT, times)
        if judge.is_remote_agent[origin] and not judge.internal[relay]:
            label, code = self.domains.label(domain), canonical_code[dsn]
            provider = judge.provider(domain, relay)
            self._count(label, times)
            self._series.add((label, provider, code, "sent", DELIVERED, False), times)

    def _count_by_agent(self, origin: bytes, status: bytes, times: int) -> None:
        self._by_agent[AgentStatus(self._judge.agent_of[origin], status_of(status))] += times

    def _count(self, domain: str, times: int) -> None:
        self._used.add(domain)
        if domain == FOLDED:
            self._folded += times

    def _turn_over(self) -> None:
        """Let idle domains leave; what they counted stays among the forgotten."""
        self._next_turn_over = self._clock() + TURN_OVER
        gone = self.domains.turn_over()
        self.queue.forget(gone, self._minute)
        if not gone:
            return
        self._left += len(gone)
        for attempt, times in self._series.forget(gone).items():
            self._forgotten[attempt._replace(domain="")] += times
        self._refusals.forget(gone)
        _move(self._refused, self._forgotten_refused, gone)
        _move(self._expired, self._forgotten_expired, gone)


def _move(counted: Counter[Verdict], forgotten: Counter[Verdict], domains: set[str]) -> None:
    for verdict in [one for one in counted if one.domain in domains]:
        forgotten[verdict._replace(domain="")] += counted.pop(verdict)
