"""The alert rules for what is our own fault, without a word of any receiver: by instance."""

from __future__ import annotations

from alerts.src.annotations import (
    advice,
    annotate,
    since,
    top_codes_of,
    top_domains_of,
    top_reasons_of,
)
from alerts.src.own import NOWHERE, OWN_FAILURES
from alerts.src.rules import Alert, Expression
from exporter.heuristics.own import NOTHING_DELIVERED, OWN_ERRORS


def alerts() -> tuple[Alert, ...]:
    """Give the alerts on hosts whose mail goes nowhere, or fails by our own fault."""
    return _nothing_delivered(), _own_errors()


def _nothing_delivered() -> Alert:
    return Alert(
        NOTHING_DELIVERED,
        "Nothing gets out of a host, and nobody knows of a better time.",
        Expression(f"max by (job, instance) ({NOWHERE})"),
        "1h",
        "30m",
        {"severity": "critical", "category": "deliverability"},
        annotate(
            NOTHING_DELIVERED,
            "A mail host delivers nothing, nobody refuses, and mail waits.",
            (
                '{{ $labels.instance }}, job {{ $labels.job }}: {{ $value | printf "%.0f" }}'
                " recipients wait, and for two hours nothing was delivered or refused.",
                since(NOTHING_DELIVERED, "job", "instance"),
                top_codes_of("network|local"),
                top_reasons_of("network|local"),
                "Is there a relay host, and does its name resolve? Look at DNS, at the way out over"
                " port 25 or to the relay, and at credentials there.",
            ),
        ),
    )


def _own_errors() -> Alert:
    return Alert(
        OWN_ERRORS,
        "Mail fails for errors of our own Postfix, host or account at a smarthost.",
        Expression(f"max by (job, instance) ({OWN_FAILURES})"),
        "15m",
        "30m",
        {"severity": "warning", "category": "deliverability"},
        annotate(
            OWN_ERRORS,
            "Mail fails for errors of our own: configuration, certificates, disk, or account.",
            (
                '{{ $labels.instance }}, job {{ $labels.job }}: {{ $value | printf "%.0f" }}'
                " recipients wait or were bounced in 2h for an error of our own.",
                since(OWN_ERRORS, "job", "instance"),
                top_codes_of("local"),
                top_domains_of("local"),
                top_reasons_of("local"),
                advice("local"),
            ),
        ),
    )
