"""Why the exporter judges records as it does: logs in, decisions and their rules out.

In: blocks of lines. Out: a paragraph for each kind of decision, the most frequent first. Records
are of one kind if nothing but what is personal or singular sets them apart. No address is shown.
Lost: beyond MOST kinds, what the others are; how many records they are is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from exporter.records.line import Delivery
from exporter.records.parse import Parser
from exporter.records.shares import Shares
from exporter.verdict.classify import Rule
from exporter.verdict.destination import domain_label
from exporter.verdict.judge import PROBES, Judge, Memo, canonical_code, relay_of, status_of
from exporter.verdict.knowledge import built_in
from exporter.verdict.registered import registered_domain
from exporter.verdict.skeleton import skeleton

MOST = 5_000
"""Kinds of decisions that are told apart."""

_MOST_DOMAINS = 1_000
_MOST_SHOWN = 8  # values of a condition


class _Kind(NamedTuple):
    """What records of one kind have in common; without a rule, `decision` is all."""

    decision: str
    relay: str
    said: str
    rule: Rule | None


@dataclass(slots=True)
class _Group:
    """The records of one kind: how many, and the domains they were for."""

    times: int = 0
    domains: set[str] = field(default_factory=set)


class Explained:
    """Groups decisions; `every` says that records without a failure count, too."""

    def __init__(self, judge: Judge, *, every: bool) -> None:
        self._judge, self._every = judge, every
        self._domain_of = Memo(_domain_of)
        self._groups: dict[_Kind, _Group] = {}
        self.beyond = 0
        """Records whose kind is one too many."""
        self.own = self.remote = 0
        """Records of agents that reach remote destinations: to relays of our own, and beyond."""

    def add(self, delivery: Delivery) -> None:
        """Take note of a record."""
        kind = self._kind_of(delivery)
        if kind is None:
            return
        group = self._groups.get(kind)
        if group is None:
            if len(self._groups) >= MOST:
                self.beyond += 1
                return
            group = self._groups[kind] = _Group()
        group.times += 1
        if len(group.domains) < _MOST_DOMAINS:
            group.domains.add(domain_label(delivery.domain))

    def told(self) -> Iterator[str]:
        """Yield the paragraphs, the most frequent first."""
        by_times = sorted(self._groups.items(), key=lambda found: (-found[1].times, found[0][:3]))
        for kind, group in by_times:
            yield "\n  ".join(_told(kind, group)) + "\n"
        if self.beyond:
            yield f"{self.beyond:,} records of more than {MOST:,} kinds are not told apart\n"

    def _kind_of(self, delivery: Delivery) -> _Kind | None:
        judge, status = self._judge, status_of(delivery.status)
        provider = judge.provider_seen[delivery.domain, delivery.relay]
        if provider is not None:
            judge.last_provider.note(delivery.domain, provider)
        if delivery.status in PROBES:
            return self._other(f"status={status}: an address probe, not mail")
        if judge.is_remote(delivery):
            self.remote += 1
        else:
            agent = judge.agent_of[delivery.origin]
            self.own += bool(judge.remote_agent[delivery.origin])
            return self._other(f"agent={agent} status={status}: no attempt at a remote destination")
        code = canonical_code[delivery.dsn]
        if not delivery.status:
            if not self._every:
                return None
            provider = judge.provider(delivery.domain, delivery.relay)
            return _Kind(
                f"provider={provider} dsn_code={code} status=sent cause=delivered", "", "", None
            )
        failure = judge.failure(delivery)
        if failure is None:
            return None
        provider, decision = failure
        return _Kind(
            f"provider={provider} dsn_code={code} status={status} cause={decision.cause}",
            self._domain_of[relay_of(delivery)],
            skeleton(delivery.text, delivery.local_part),
            decision.rule,
        )

    def _other(self, decision: str) -> _Kind | None:
        return _Kind(decision, "", "", None) if self._every else None


def explained(
    blocks: Iterable[bytes],
    parser: Parser,
    judge: Judge,
    shares: Shares | None = None,
    *,
    every: bool = False,
) -> Explained:
    """Group what is decided about the records in blocks; count in `shares` what lines are."""
    found = Explained(judge, every=every)
    for block in blocks:
        records = parser.parse(block)
        if shares is not None:
            shares.add(block, records)
        for delivery in map(Delivery._make, records.deliveries):
            found.add(delivery)
    return found


def _domain_of(relay: bytes) -> str:
    host = relay.partition(b"[")[0].decode("ascii", "replace").lower()
    if "@" in host:
        return "invalid"  # no host name; it may be an address
    return registered_domain(host) or host or "none"


def _told(kind: _Kind, group: _Group) -> Iterator[str]:
    times = f"{group.times:,} record{'s' * (group.times > 1)}"
    domains = sorted(group.domains)
    of = domains[0] if len(domains) == 1 else f"{len(domains)} domains"
    if len(domains) >= _MOST_DOMAINS:
        of = f"at least {_MOST_DOMAINS} domains"
    relay = f" relay={kind.relay}" if kind.relay else ""
    yield f"{times}: {kind.decision}{relay}, for {of}"
    if kind.rule is not None:
        yield f"said: {kind.said}"
        yield from _told_of(kind.rule)


def _told_of(rule: Rule) -> Iterator[str]:
    cause = built_in().causes[rule.cause]
    fits = "; ".join(
        f"{key}: {', '.join(allowed[:_MOST_SHOWN])}{', …' if len(allowed) > _MOST_SHOWN else ''}"
        for key, allowed in rule.conditions().items()
    )
    yield f"rule: {rule.id} ({rule.origin}: {fits or 'everything'})"
    yield f"meaning: {rule.meaning or cause.meaning}"
    yield f"next: {rule.next or cause.next}"
    if rule.source:
        yield f"source: {rule.source}" + (" (unverified)" if rule.unverified else "")
