"""A commit: what was tallied as logged gets its labels, and idle domains leave.

In: deliveries by route, and failures as they were judged, as counting.py tallied them.
Out: sums by the labels of the page.
Lost: nothing; the bounds on domains and codes have `other` and `5.x.x` for what is beyond them.

Codes and agents are looked up here, once for each distinct combination and not for each record.
Domains lose and get their series only here, where everything that was tallied has its labels: so
any cut of the log into blocks gives the same counts.
"""

from __future__ import annotations

from collections.abc import Callable

from exporter.counts.domains import Domains
from exporter.counts.failures import Failure, Failures
from exporter.counts.receivers import Receivers
from exporter.counts.routes import Delivered, Route, Routes
from exporter.counts.senders import Senders
from exporter.counts.sums import Sums
from exporter.counts.totals import AgentStatus, Attempt, Probe, Verdict
from exporter.records.fields import SENT
from exporter.verdict.classify import DELIVERED, SUSPENDED
from exporter.verdict.judge import PROBES, Judge, Memo, canonical_code, status_of

TURN_OVER = 60.0
"""Seconds between two looks for domains that leave."""


class Settling:
    """Turns tallies into sums; `clock` gives seconds and never goes back."""

    def __init__(
        self,
        judge: Judge,
        domains: Domains,
        receivers: Receivers,
        routes: Routes,
        failures: Failures,
        sums: Sums,
        clock: Callable[[], float],
        senders: Senders | None = None,
    ) -> None:
        self._judge = judge
        self._domains = domains
        self._receivers = receivers
        self._routes = routes
        self._failures = failures
        self._sums = sums
        self._clock = clock
        self._senders = senders
        self._next_turn_over = clock() + TURN_OVER
        self._agent_status: Memo[tuple[bytes, bytes], AgentStatus] = Memo(
            lambda logged: AgentStatus(judge.agent_of[logged[0]], status_of(logged[1]))
        )

    def settle(self) -> None:
        """Add all that was tallied to the sums, and forget it."""
        used = {failure[0] for failure in self._failures.judged}
        ways = self._routes.ways
        for delivered, times in self._routes.take():
            self._settle_delivered(delivered, times, used)
        for failure, times in self._failures.judged.items():
            self._settle_failure(failure, times)
        for (origin, status), times in self._failures.by_origin.items():
            self._count_by_agent(origin, status, times)
            if status in PROBES:
                self._sums.probes[Probe(status_of(status))] += times
        self._failures.judged.clear()
        self._failures.by_origin.clear()
        self._domains.note_use(used)
        provider_of = Memo(self._provider_of)
        self._sums.late.settle(provider_of.__getitem__)
        if self._sums.delivery_times is not None:
            self._sums.delivery_times.settle()
        if self._senders is not None:
            self._senders.settle(ways, provider_of.__getitem__)

    def turn_over(self) -> set[str] | None:
        """Let idle domains leave where a look is due: give their labels, None where it is not.

        Everything must have been settled before.
        """
        if self._clock() < self._next_turn_over:
            return None
        self._next_turn_over = self._clock() + TURN_OVER
        left = self._domains.turn_over()
        self._routes.forget()
        if self._senders is not None:
            self._senders.turn_over()
        if left:
            self._sums.forget(left)
            self._receivers.turn_over(self._sums.attempts())
        return left

    def _provider_of(self, route: Route) -> str | None:
        """Give the provider of deliveries on a route; None unless it leads out of our system."""
        origin, domain, relay = route
        judge = self._judge
        return judge.provider(domain, relay) if judge.leads_out(origin, relay) else None

    def _settle_delivered(self, delivered: Delivered, times: int, used: set[str]) -> None:
        """Count deliveries; add the label of their domain to those that are used."""
        origin, domain, relay, dsn = delivered
        judge = self._judge
        self._count_by_agent(origin, SENT, times)
        if judge.leads_out(origin, relay):
            label, code = self._domains.label(domain), canonical_code[dsn]
            used.add(label)
            provider = self._receivers.label(label, judge.provider(domain, relay))
            attempt = Attempt(label, provider, code[0], code, "sent", DELIVERED, "false")
            self._sums.add_attempts(attempt, times)

    def _settle_failure(self, failure: Failure, times: int) -> None:
        domain, provider, decision, is_repeat, is_newly_refused = failure
        code, cause, rule = decision.code, decision.cause, decision.rule
        repeat = "true" if is_repeat else "false"
        attempt = Attempt(domain, provider, code[0], code, decision.status, cause, repeat)
        self._sums.add_attempts(attempt, times)
        if cause == SUSPENDED:
            self._sums.suspended.add(Verdict(domain, provider, rule.cause), times)
        elif not is_repeat:
            self._sums.add_reason(provider, cause, rule.id, times)
        if is_newly_refused:
            self._sums.refused.add(Verdict(domain, provider, cause), times)

    def _count_by_agent(self, origin: bytes, status: bytes, times: int) -> None:
        self._sums.by_agent[self._agent_status[origin, status]] += times
