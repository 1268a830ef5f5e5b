"""Who failed a delivery attempt, and why: provider and cause of a record.

In: delivery records in log order. Out: the labels that a record's text and relay decide.
Lost: nothing. A record that names no host is the provider's that was last seen for the domain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from exporter.records.agents import origin_of
from exporter.records.line import Delivery
from exporter.verdict.bounded import Recent
from exporter.verdict.classify import (
    SUSPENDED,
    SUSPENSION,
    Classifier,
    Rule,
    head_of_replies,
    speaker_and_words,
    stands_alone,
    told_by,
    words_of_reply,
)
from exporter.verdict.destination import Relays, domain_label
from exporter.verdict.providers import (
    BY_RECIPIENT,
    BY_RELAY,
    OTHER,
    UNKNOWN,
    ProviderTable,
    is_named,
    relay_in_text,
)

MOST_DOMAINS = 10_000
"""Domains whose provider is remembered."""

PROBES = frozenset({b"deliverable", b"undeliverable"})
"""Statuses of address verification, which is not mail."""

NO_RELAY = b"none"
"""What a record without a relay has in its place."""

CLIENT = "smtp"
"""The agent whose failures Postfix repeats where it suspends a destination."""

_MOST_KEPT = 1 << 12
_MOST_WAYS = 1 << 13
_MOST_DECIDED = 1 << 11
"""Decisions remembered: most replies come again and again."""

_REPLIES = (b"host ", SUSPENSION + b"host ")
"""How texts begin that may be a receiver's, and repeat the recipient."""

_Case = tuple[str, str, bytes, bytes, bool, str, bytes]
"""Provider and agent; dsn and status as logged; whether Postfix did not try; who speaks, and the
words."""

_Told = tuple[bool, str | None, bool, str, bytes]
"""Whether a record names a host of our own; the provider that it names; whether Postfix did not
try; who speaks, and the words."""

_K = TypeVar("_K")
_V = TypeVar("_V")
_NEW = object()


class Memo(dict[_K, _V]):
    """Results of `compute` by argument: the last `limit`, and as many that were needed before."""

    def __init__(self, compute: Callable[[_K], _V], limit: int = _MOST_KEPT) -> None:
        super().__init__()
        self._compute = compute
        self._limit = limit
        self._older: dict[_K, Any] = {}

    def __missing__(self, key: _K) -> Any:
        value = self._older.get(key, _NEW)
        if value is _NEW:
            value = self._compute(key)
        if len(self) >= self._limit:
            self._older = self.copy()
            self.clear()
        self[key] = value
        return value


@dataclass(frozen=True, slots=True, eq=False)
class Decision:
    """Why an attempt failed: the rule that tells it, and the labels of the attempt.

    `is_suspended` says that Postfix did not try, and `rule` is of the failure that it repeats.
    """

    rule: Rule
    is_suspended: bool
    code: str
    status: str
    cause: str


Judged = tuple[str, Decision]
"""The provider that failed an attempt, and why."""


class Judge:
    """Judges records one by one, in log order; `agents` are those that reach remote destinations.

    `providers` is what an earlier run saw last, by domain as it stands in the log; `way` is one of
    providers.WAYS.
    """

    def __init__(
        self,
        agents: Iterable[str],
        relays: Relays,
        table: ProviderTable,
        classifier: Classifier,
        providers: Mapping[bytes, str],
        way: str = BY_RELAY,
    ) -> None:
        remote = frozenset(agents)
        self._classifier = classifier
        self._told: Memo[tuple[bytes, bytes, bytes], _Told] = Memo(
            lambda said: self._tell(*said), _MOST_DECIDED
        )
        self._heads: Memo[bytes, bytes] = Memo(head_of_replies, _MOST_DECIDED)
        """How most replies begin, by relay."""
        self._decided: Memo[_Case, Decision] = Memo(self._decide, _MOST_DECIDED // 2)
        self._stand_in: Memo[bytes, bytes] = Memo(classifier.stand_in, _MOST_DECIDED)
        self._ruled: Memo[_Case, Decision] = Memo(self._rule, _MOST_DECIDED)
        """Decisions on words without numbers."""
        self._decisions: Recent[tuple[int, bool, str, str], Decision] = Recent(_MOST_DECIDED)
        self._by_recipient = table.of_domain if way == BY_RECIPIENT else None
        self.last_provider = Recent(MOST_DOMAINS, {} if self._by_recipient else providers)
        self.is_internal = Memo(relays.is_internal)
        self._of_relay: Memo[bytes, str | None] = Memo(
            lambda relay: None if self.is_internal[relay] else table.of_relay(relay)
        )
        self.provider_seen: Memo[tuple[bytes, bytes], str | None] = Memo(
            self._provider_seen, _MOST_WAYS
        )
        """Provider by domain and relay; None for a relay that is our own or names no host.

        A domain whose exchangers have names of its own is nobody's customer, so `other`.
        """
        self.agent_of: Memo[bytes, str] = Memo(lambda origin: origin_of(origin).agent)
        self.remote_agent: Memo[bytes, str] = Memo(
            lambda origin: agent if (agent := self.agent_of[origin]) in remote else ""
        )
        """The agent by origin; empty for one that reaches no remote destinations."""

    def is_remote(self, delivery: Delivery) -> bool:
        """Whether a record is about a remote destination, and not a hop in our own system."""
        return self.leads_out(delivery[1], relay_of(delivery))

    def leads_out(self, origin: bytes, relay: bytes) -> bool:
        """Whether what an origin hands to a relay leaves our own system."""
        return self.remote_agent[origin] != "" and not self.is_internal[relay]

    def _provider_seen(self, way: tuple[bytes, bytes]) -> str | None:
        domain, relay = way
        if self._by_recipient:
            return self._by_recipient(domain_label(domain))
        found = self._of_relay[relay]
        if found is None or not is_named(found):
            return found
        return OTHER if f".{domain_label(domain)}".endswith(f".{found}") else found

    def provider(self, domain: bytes, relay: bytes) -> str:
        """Give the provider for a domain and the relay of a record, both as in the log."""
        found = self.provider_seen[domain, relay]
        return self.last_provider.get(domain, UNKNOWN) if found is None else found

    def failure(self, delivery: Delivery) -> Judged | None:
        """Tell who failed an attempt and why; None unless it was at a remote destination."""
        return next(self.failures((delivery,)))

    def failures(self, deliveries: Iterable[Delivery]) -> Iterator[Judged | None]:
        """Yield who failed attempts and why, as `failure` does.

        A record is judged when it is asked for, by the providers that were seen last by then.
        """
        remote_agent, last_provider = self.remote_agent, self.last_provider
        known, heads, decided = self._told, self._heads, self._decided
        for _, origin, _, local_part, domain, relay, _, _, _, dsn, status, text in deliveries:
            head = heads[relay]
            if text[: len(head)] == head:
                words = words_of_reply(text, len(head), local_part + b"@" + domain)
                told = self._told_of(domain, relay, False, "reply", words)
            elif text.startswith(_REPLIES):
                told = self._tell(relay, domain, text, local_part + b"@" + domain)
            else:
                told = known[relay, domain, text]
            is_internal, provider, is_suspended, speaker, words = told
            agent = remote_agent[origin]
            if not agent or is_internal:
                yield None
                continue
            if provider is None or (relay == NO_RELAY and (provider is OTHER or "." in provider)):
                # a text may name a dead host of a known provider
                provider = last_provider.get(domain, provider or UNKNOWN)
            if is_suspended:
                agent = CLIENT
            ruled = OTHER if "." in provider else provider  # no rule names others
            yield provider, decided[ruled, agent, dsn, status, is_suspended, speaker, words]

    def _tell(self, relay: bytes, domain: bytes, text: bytes, address: bytes = b"") -> _Told:
        named = relay if relay != NO_RELAY else relay_in_text(text)
        told, is_suspended = told_by(text)
        who, words = speaker_and_words(told, address, domain if b"." in domain else b"", named)
        return self._told_of(domain, named, is_suspended, who, words)

    def _told_of(
        self, domain: bytes, relay: bytes, is_suspended: bool, speaker: str, words: bytes
    ) -> _Told:
        """Give what is told of a relay; of the domain's name in its reply no decision is."""
        if speaker == "reply" and (place := words.find(name := domain.lower())) >= 0:
            alone = stands_alone(name, words, place)
            words = words.replace(name, self._stand_in[name]) if alone else words
        return (
            self.is_internal[relay],
            self.provider_seen[domain, relay],
            is_suspended,
            speaker,
            words,
        )

    def _decide(self, case: _Case) -> Decision:
        return self._ruled[*case[:-1], self._classifier.without_numbers(case[-1])]

    def _rule(self, case: _Case) -> Decision:
        provider, agent, dsn, logged, is_suspended, speaker, words = case
        code, status = canonical_code[dsn], status_of(logged)
        rule = self._classifier.decide(provider, agent, code, status, speaker, words)
        key = id(rule), is_suspended, code, status
        if key not in self._decisions:
            cause = SUSPENDED if is_suspended else rule.cause
            self._decisions.note(key, Decision(rule, is_suspended, code, status, cause))
        return self._decisions[key]


def relay_of(delivery: Delivery) -> bytes:
    """Give the relay of a record, or the host that the text names where it has none."""
    relay = delivery[5]
    return relay_in_text(delivery[11]) if relay == NO_RELAY else relay


@cache
def status_of(status: bytes) -> str:
    """Give the label `status`: Postfix' word in lower case."""
    return status.decode().lower() if status else "sent"


def _canonical(dsn: bytes) -> str:
    return ".".join(str(int(part)) for part in dsn.split(b"."))


canonical_code = Memo(_canonical)
"""Enhanced status codes (RFC 3463) without leading zeros, by what is logged: 5.07.01 is 5.7.1."""
