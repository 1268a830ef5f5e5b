"""Is it our own network? The alert rules' tests, on a history.

In: a History in order. Out: whether nobody answers in a quarter of an hour of those who did.
Pure. A log is taken for one instance.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from heapq import nlargest

from exporter.heuristics.clusters import EVERYWHERE, UNREACHABLE, Finding
from exporter.heuristics.figures import QUARTER, figures, quarters
from exporter.heuristics.history import History, Run
from exporter.heuristics.windows import DOMAIN, PROVIDER, Destination, Timeline
from exporter.verdict.classify import DELIVERED
from exporter.verdict.destination import REMAINDERS

OUTAGE = "PostfixOwnNetworkOutage"
RETRIES = 5
"""Quarters that are longer than Postfix waits between two attempts (maximal_backoff_time)."""

_LONGEST = quarters("8d")
"""After which it is forgotten who accepted mail."""

_ENOUGH = 300
"""Of more destinations those are remembered that took most."""

_NO_ANSWER = frozenset({"network", "unknown_recipient"})
"""Causes that may be known from DNS alone."""


class Outages:
    """Judges quarters of a history."""

    def __init__(self, history: History) -> None:
        self._is = figures().values()
        accepted: dict[str, list[Run]] = defaultdict(list)
        network: dict[tuple[str, str], list[Run]] = defaultdict(list)
        for attempt, run in history.attempts.items():
            if attempt.cause == DELIVERED and attempt.domain not in REMAINDERS:
                accepted[attempt.domain].append(run)
            elif attempt.cause == "network":
                network[attempt.domain, attempt.provider].append(run)
        self._answered = Timeline(answers(history))
        self._accepted = {domain: Timeline(runs) for domain, runs in accepted.items()}
        self._network = {of: Timeline(runs) for of, runs in network.items()}
        self._all_network = Timeline(run for runs in network.values() for run in runs)

    def findings(self, end: int) -> set[Finding]:
        """Give what is wrong in the quarter before `end`."""
        return set(self._findings(end))

    def _findings(self, end: int) -> Iterator[Finding]:
        if not self._all_network.total(end - RETRIES, end) or self._answered.last(end) == end - 1:
            return
        failing = set(self._unreachable(end))
        if not failing:
            return
        domains = {domain for domain, _ in failing}
        hosted = {(domain, provider) for domain, provider in failing if provider not in REMAINDERS}
        others = domains - {domain for domain, _ in hosted}
        receivers = len({provider for _, provider in hosted}) + len(others)
        share = len(domains) / max(1, len(self._remembered(end)))
        if self._is_outage(receivers, len(domains), share):
            yield Finding(OUTAGE, EVERYWHERE, "network")
        elif receivers < self._is["outage_min_receivers"] and share >= self._is["outage_min_ratio"]:
            for _, provider in hosted:
                yield Finding(UNREACHABLE, Destination(PROVIDER, provider), "network")
            for domain in others:
                yield Finding(UNREACHABLE, Destination(DOMAIN, domain), "network")

    def _is_outage(self, receivers: int, destinations: int, share: float) -> bool:
        return receivers >= self._is["outage_min_receivers"] and (
            share >= self._is["outage_min_ratio"]
            or (
                share >= self._is["outage_busy_ratio"]
                and destinations >= self._is["outage_busy_destinations"]
                and receivers >= self._is["outage_busy_receivers"]
            )
        )

    def _unreachable(self, end: int) -> Iterator[tuple[str, str]]:
        """Give who accepted mail, and was tried without an answer since anybody gave one."""
        answered = self._answered.last(end)
        since = max(end - RETRIES, 0 if answered is None else answered + 1)
        remembered = self._remembered(end)
        for (domain, provider), network in self._network.items():
            if domain in remembered and network.total(since, end):
                yield domain, provider

    def _remembered(self, end: int) -> set[str]:
        """Give the domains that accepted mail within a day before the last one that did."""
        memory = round(self._is["outage_memory_seconds"] / QUARTER)
        last = {domain: run.last(end) for domain, run in self._accepted.items()}
        latest = max((one for one in last.values() if one is not None), default=0)
        since = max(latest - memory, end - _LONGEST)
        recent = [domain for domain, one in last.items() if one is not None and one > since]
        if len(recent) > _ENOUGH:
            recent = nlargest(
                _ENOUGH, recent, key=lambda one: (self._accepted[one].total(since + 1, end), one)
            )
        return set(recent)


def answers(history: History) -> Iterator[Run]:
    """Yield what receivers took or refused."""
    none = {*_NO_ANSWER, *figures().causes["no_verdict"]}
    return (run for attempt, run in history.attempts.items() if attempt.cause not in none)
