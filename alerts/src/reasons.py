"""Why receivers refuse, in words: what alerts say of the rules that decided.

A template cannot read causes.yaml, so each rule that has words of its own is a series with them; a
template asks for those of the three reasons that it names. No alert's expression reads them.
"""

from __future__ import annotations

from alerts.src.rules import SELDOM, Expression, Group, Record
from exporter.verdict.classify import Rule
from exporter.verdict.knowledge import built_in

ADVICE = "postfix:refusal_reason:info"
"""1 for each reason; the label `advice` says what it means and what to check next."""


def group() -> Group:
    """Give the group of what reasons mean."""
    return Group(
        "postfix-refusal-reasons",
        "What the label `reason` of postfix_refusal_reasons_total means, as the exporter's rules say"
        " it; those that are not here mean what their cause does.",
        tuple(map(_record, filter(_has_words, built_in().rules))),
        SELDOM,
    )


def advice(rule: Rule) -> str:
    """Give what a rule means and what to check next, as far as it says more than its cause."""
    return " ".join(filter(None, (rule.meaning, rule.next and f"Next: {rule.next}")))


def _has_words(rule: Rule) -> bool:
    return bool(rule.id and advice(rule))


def _record(rule: Rule) -> Record:
    return Record(
        ADVICE,
        f"{rule.cause}.",
        Expression("vector(1)"),
        {"reason": rule.id, "advice": advice(rule)},
    )
