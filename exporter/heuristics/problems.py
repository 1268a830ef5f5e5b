"""Findings of many quarters of an hour to problems: what hangs together is one.

In: a History in order. Out: problems, the worst first, with the figures that a person asks for.
Pure. One bad list at twenty receivers is one problem, and so is a provider with its domains.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from exporter.heuristics.clusters import CLUSTER_ALERTS, Finding
from exporter.heuristics.history import History
from exporter.heuristics.judging import judged
from exporter.heuristics.measuring import Measure, Problem, verdict_of
from exporter.heuristics.own import NOTHING_DELIVERED, OWN_ERRORS
from exporter.heuristics.windows import DOMAIN, PROVIDER, Destination, is_first
from exporter.heuristics.worst import ranked


def problems(measure: Measure, first: int) -> list[Problem]:
    """Give the problems of a history from a quarter on, the worst first."""
    found: dict[tuple[str, str, str], dict[Finding, list[int]]] = defaultdict(dict)
    provider_of = _providers(measure.history)
    quarters_of: dict[Finding, list[int]] = defaultdict(list)
    for quarter, findings in judged(measure.history, first, measure.end, measure.taken):
        for one in sorted(findings):
            quarters_of[one].append(quarter)
    clustered = {one for one in quarters_of if one.destination.scope == PROVIDER}
    for one, when in quarters_of.items():
        found[_group(one, provider_of, clustered)][one] = when
    told = [measure.problem(findings) for findings in found.values()]
    return sorted(told, key=_rank)


def _rank(problem: Problem) -> tuple[int, int, str, Sequence[Destination]]:
    receivers = [of.destination for of in problem.receivers]
    return verdict_of(problem), -problem.failures, problem.cause, receivers


def _providers(history: History) -> dict[str, str]:
    """Give who takes most of each domain's mail."""
    taken: dict[str, Counter[str]] = defaultdict(Counter)
    for attempt, run in history.attempts.items():
        if is_first(attempt):
            taken[attempt.domain][attempt.provider] += sum(run.times)
    return {domain: ranked(providers)[0][0] for domain, providers in taken.items()}


def _group(
    finding: Finding, provider_of: Mapping[str, str], clustered: set[Finding]
) -> tuple[str, str, str]:
    """Give what findings have in common that are one problem."""
    alert, destination, cause = finding
    if alert == OWN_ERRORS:  # they are why nothing is delivered
        alert = NOTHING_DELIVERED
    if alert not in CLUSTER_ALERTS.values():
        return alert, "", cause
    if destination.scope == DOMAIN:
        by_provider = Destination(PROVIDER, provider_of.get(destination.name, ""))
        if finding._replace(destination=by_provider) in clustered:
            destination = by_provider
    return alert, destination.name, cause
