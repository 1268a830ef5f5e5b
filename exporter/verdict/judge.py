"""Who failed a delivery attempt, and why: provider and cause of a record.

In: delivery records in log order. Out: the labels that a record's text and relay decide.
Lost: nothing. A record that names no host is the provider's that was last seen for the domain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import NamedTuple, TypeVar

from exporter.records.agents import origin_of
from exporter.records.line import Delivery
from exporter.verdict.bounded import Recent
from exporter.verdict.classify import (
    SUSPENDED,
    SUSPENSION,
    Classifier,
    Rule,
    speaker_and_words,
    told_by,
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

_MOST_KEPT = 1 << 15
_MOST_WAYS = 1 << 14
_MOST_DECIDED = 1 << 11
"""Decisions remembered: most replies come again and again."""

_DOT = ord(".")
_LENGTH = len(SUSPENSION)

_Case = tuple[str, str, bool, bytes, bytes, str, bytes]
"""Provider and agent; whether Postfix did not try; dsn and status as logged; who speaks, and the
words."""

_K = TypeVar("_K")
_V = TypeVar("_V")


class Memo(dict[_K, _V]):
    """Results of `compute` by argument; it forgets all when it grows beyond `limit`."""

    def __init__(self, compute: Callable[[_K], _V], limit: int = _MOST_KEPT) -> None:
        super().__init__()
        self._compute = compute
        self._limit = limit

    def __missing__(self, key: _K) -> _V:
        if len(self) >= self._limit:
            self.clear()
        value = self[key] = self._compute(key)
        return value


class Judged(NamedTuple):
    """Who failed an attempt, and the rule that tells why.

    `is_suspended` says that Postfix did not try, and `rule` is of the failure that it repeats.
    """

    provider: str
    rule: Rule
    is_suspended: bool

    @property
    def cause(self) -> str:
        """The label `cause` of the attempt."""
        return SUSPENDED if self.is_suspended else self.rule.cause


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
        self._decided: Memo[_Case, Judged] = Memo(self._decide, _MOST_DECIDED)
        self._rules: Memo[_Case, Rule] = Memo(self._rule, _MOST_DECIDED)
        """Rules for words without numbers, by providers that rules may name."""
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
        return self.remote_agent[delivery[1]] != "" and not self.is_internal[relay_of(delivery)]

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
        """Judge an attempt that was not delivered; None unless it was at a remote destination."""
        _, origin, _, local_part, domain, relay, _, _, dsn, status, text = delivery
        named = relay if relay != NO_RELAY else relay_in_text(text)
        agent = self.remote_agent[origin]
        if not agent or self.is_internal[named]:
            return None
        provider = self.provider_seen[domain, named]
        if provider is None or (relay == NO_RELAY and (provider is OTHER or "." in provider)):
            # a text may name a dead host of a known provider
            provider = self.last_provider.get(domain, provider or UNKNOWN)
        address = local_part + b"@" + domain
        told, is_suspended = text, False
        if text[:_LENGTH] == SUSPENSION:
            (told, is_suspended), agent = told_by(text), CLIENT
        speaker, words = speaker_and_words(told, address, domain if _DOT in domain else b"", named)
        return self._decided[provider, agent, is_suspended, dsn, status, speaker, words]

    def _decide(self, case: _Case) -> Judged:
        provider, agent, is_suspended, dsn, status, speaker, words = case
        ruled = OTHER if is_named(provider) else provider
        words = self._classifier.without_numbers(words)
        rule = self._rules[ruled, agent, is_suspended, dsn, status, speaker, words]
        return Judged(provider, rule, is_suspended)

    def _rule(self, case: _Case) -> Rule:
        provider, agent, _, dsn, status, speaker, words = case
        return self._classifier.decide(
            provider, agent, canonical_code[dsn], status_of(status), speaker, words
        )


def relay_of(delivery: Delivery) -> bytes:
    """Give the relay of a record, or the host that the text names where it has none."""
    relay = delivery[5]
    return relay_in_text(delivery[10]) if relay == NO_RELAY else relay


@cache
def status_of(status: bytes) -> str:
    """Give the label `status`: Postfix' word in lower case."""
    return status.decode().lower() if status else "sent"


def _canonical(dsn: bytes) -> str:
    return ".".join(str(int(part)) for part in dsn.split(b"."))


canonical_code = Memo(_canonical)
"""Enhanced status codes (RFC 3463) without leading zeros, by what is logged: 5.07.01 is 5.7.1."""
