"""From tallies to series: what was counted by bytes gets its labels.

In: deliveries by route, failures by outcome, and what counts by agent alone, as counts.py tallied
them. Out: sums by labels.
Lost: nothing; the bounds on domains and codes have `other` and `5.x.x` for what is beyond them.

Codes, agents and the words of `status=` are looked up here, once for each distinct combination and
not for each record.
"""

from __future__ import annotations

from collections import Counter

from exporter.counts.domains import Domains
from exporter.counts.routes import Route, Routes
from exporter.counts.sums import Sums
from exporter.counts.totals import AgentStatus, Probe, Verdict
from exporter.records.line import SENT
from exporter.verdict.classify import DELIVERED, SUSPENDED
from exporter.verdict.judge import PROBES, Judge, canonical_code, status_of

Labels = tuple[str, str, str, bytes, bytes, bytes]
"""Domain, provider, cause; origin, dsn and status as logged."""

_MOST = 1 << 11
"""Outcomes tallied before they are settled; a commit comes earlier, as a rule."""

_NO_REFUSAL = frozenset({SUSPENDED, "local", "network"})
"""Causes that are no word of a receiver about a recipient."""


class Outcome:
    """What failures are counted as: first ones, repeated ones, and recipients newly refused."""

    __slots__ = ("is_refusal", "labels", "refused", "times", "verdict")

    def __init__(self, labels: Labels) -> None:
        domain, provider, cause, _, _, _ = self.labels = labels
        self.times, self.refused = [0, 0], 0
        self.verdict = Verdict(domain, provider, cause)
        self.is_refusal = cause not in _NO_REFUSAL


class _ByLabels(dict[Labels, Outcome]):
    def __missing__(self, labels: Labels) -> Outcome:
        outcome = self[labels] = Outcome(labels)
        return outcome


class Outcomes:
    """Failures by their labels, and records that count by origin and status alone."""

    def __init__(self, judge: Judge, domains: Domains, sums: Sums) -> None:
        self._judge = judge
        self._domains = domains
        self._sums = sums
        self.of = _ByLabels()
        """The outcome of these labels, a new one where there is none."""
        self.apart: Counter[tuple[bytes, bytes]] = Counter()
        """Records by origin and status as logged."""

    def is_full(self) -> bool:
        """Tell whether it is time to settle."""
        return len(self.of) > _MOST

    def settle(self, routes: Routes) -> None:
        """Turn all that was tallied, deliveries by route as well, into series; forget it."""
        used = {domain for domain, *_ in self.of}
        for route, times in routes.take():
            self._settle_sent(route, times, used)
        for outcome in self.of.values():
            self._settle_failures(outcome)
        self.of.clear()
        for (origin, status), times in self.apart.items():
            self._count_by_agent(origin, status, times)
            if status in PROBES:
                self._sums.probes[Probe(status_of(status))] += times
        self.apart.clear()
        self._domains.used(used)

    def _settle_sent(self, route: Route, times: int, used: set[str]) -> None:
        """Count deliveries; add the label of their domain to those that are used."""
        origin, domain, relay, dsn = route
        judge = self._judge
        self._count_by_agent(origin, SENT, times)
        if judge.is_remote_agent[origin] and not judge.internal[relay]:
            label, code = self._domains.label(domain), canonical_code[dsn]
            used.add(label)
            labels = label, judge.provider(domain, relay), code, "sent", DELIVERED, False
            self._sums.add_attempts(labels, times)

    def _settle_failures(self, outcome: Outcome) -> None:
        domain, provider, cause, origin, dsn, status = outcome.labels
        self._count_by_agent(origin, status, sum(outcome.times))
        code, word = canonical_code[dsn], status_of(status)
        for repeat, times in zip((False, True), outcome.times, strict=True):
            if times:
                self._sums.add_attempts((domain, provider, code, word, cause, repeat), times)
        if outcome.refused:
            self._sums.refused[outcome.verdict] += outcome.refused

    def _count_by_agent(self, origin: bytes, status: bytes, times: int) -> None:
        agent = AgentStatus(self._judge.agent_of[origin], status_of(status))
        self._sums.by_agent[agent] += times
