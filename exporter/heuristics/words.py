"""A problem in words: what the report, the landing page and --explain say alike.

In: a Problem. Out: its title, what its codes and reasons mean, and what to check next, in order.
Pure. Causes, reasons and providers say what verdict/data says of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from exporter.heuristics.clusters import EVERYWHERE
from exporter.heuristics.figures import figures
from exporter.heuristics.measuring import Problem
from exporter.heuristics.windows import Destination, causes_named
from exporter.verdict.classify import Rule
from exporter.verdict.knowledge import built_in
from exporter.verdict.providers import Provider

_FEW = 3
"""Receivers that a title names."""


def title(problem: Problem) -> str:
    """Give a problem's name, with its receivers where they are few."""
    receivers = problem.receivers
    names = [name_of(of.destination) for of in receivers[:_FEW]]
    if len(receivers) > _FEW:
        names = [names[0], f"{len(receivers) - 1} more"]
    *before, last = names or ["nobody"]
    who = f"{', '.join(before)} and {last}" if before else last
    return figures().verdicts[problem.alert].format(who=who)


def verdict(problems: Sequence[Problem]) -> str:
    """Give one sentence on problems, the worst of which comes first."""
    more = f" And {len(problems) - 1} more." if len(problems) > 1 else ""
    going = "it goes on" if problems[0].goes_on else "it is over"
    return f"{title(problems[0])}; {going}.{more}"


NO_VERDICT = (
    "no receiver gave a verdict; all attempts were put off as new, failed by our own configuration"
    " or account, or were not made after an earlier failure"
)
"""Why there is nothing to judge where mail was sent, but no message got so far."""


def churn(messages: int, failures: int) -> str:
    """Give one sentence on messages among which there is no problem."""
    share = (messages - failures) / messages if messages else 0.0
    return (
        f"Ordinary churn: {share:.1%} of {messages:,} messages were taken, and no receiver"
        " stands out."
    )


def name_of(destination: Destination) -> str:
    """Give a receiver's name for a person: a provider's own, or the domain."""
    if destination == EVERYWHERE:
        return "every receiver"
    provider = _providers().get(destination.name)
    return provider.name if provider and provider.name else destination.name


def causes_of(problem: Problem) -> tuple[str, ...]:
    """Give the causes that a problem is of, as causes.yaml has them."""
    return causes_named(problem.cause)


def meaning_of_code(code: str) -> str:
    """Give what an enhanced status code means, "" where only the cause tells."""
    return _meanings().get(code) or _meanings().get("x" + code[1:], "")


def reasons(problem: Problem) -> Iterator[tuple[str, int, str]]:
    """Give the reasons of a problem: the rule's id, how often, and what it means."""
    for reason, times in problem.reasons:
        rule = _rules().get(reason)
        yield reason, times, rule.meaning if rule else ""


def next_steps(problem: Problem) -> list[str]:
    """Give what to check next: the receiver's own page, the reasons' advice, the causes'.

    Who cannot be reached has nothing to say to us, nor who has not been asked.
    """
    steps = []
    for receiver in problem.receivers[:_FEW]:
        provider = _providers().get(receiver.destination.name)
        if provider and provider.postmaster and problem.cause not in ("network", "local"):
            steps.append(f"{provider.name} speaks to senders at {provider.postmaster}")
    rules = [_rules()[reason] for reason, _ in problem.reasons if reason in _rules()]
    steps += [rule.next for rule in rules if rule.next]
    steps += [built_in().causes[cause].next for cause in causes_of(problem)]
    if not problem.cause:
        steps.append(
            "Look at why it was deferred before; tell the senders, who must send it again."
        )
    return list(dict.fromkeys(steps))


@cache
def _providers() -> dict[str, Provider]:
    return {one.id: one for one in built_in().providers}


@cache
def _rules() -> dict[str, Rule]:
    return {rule.id: rule for rule in built_in().rules}


@cache
def _meanings() -> dict[str, str]:
    """Give what codes mean, of the rules that look at nothing but the code."""
    told: dict[str, str] = {}
    for rule in built_in().rules:
        if rule.meaning and set(rule.conditions()) <= {"code", "said", "reply"}:
            for code in rule.code:
                told.setdefault(code, rule.meaning)
    return told
