"""What is our own fault without a word of any receiver: by instance, for each host has its own."""

from __future__ import annotations

from alerts.src.outage import FAILING, OUTAGE, SOLE
from alerts.src.rules import Expression, Record
from alerts.src.series import ANSWERED, OUTCOMES, OWN_ERRORS, UNREACHABLE
from alerts.src.thresholds import threshold

NOWHERE = "instance:postfix_nothing_delivered:recipients"
OWN_FAILURES = "instance:postfix_own_failures:recipients"

_DELIVERED = "instance:postfix_delivered:increase15m"
_TRIED = "75m"
"""Longer than Postfix waits between two attempts (maximal_backoff_time)."""


def rules() -> tuple[Record, ...]:
    """Give the rules of our own faults."""
    return (_delivered(), _nothing_delivered(), *_own_failures())


def _delivered() -> Record:
    return Record(
        _DELIVERED,
        "Messages that an instance delivered within a quarter of an hour.",
        Expression(f'sum by (job, instance) (increase({OUTCOMES}{{cause="delivered"}}[15m]) > 0)'),
    )


def _nothing_delivered() -> Record:
    waiting = _waiting("network|local")
    theirs = _waiting("network|local", f" and on (job, instance, domain) {FAILING}")
    return Record(
        NOWHERE,
        "Recipients that wait where mail finds no way out: tries fail, for hours nothing was"
        " delivered and nobody refused, more wait than were delivered within Postfix'"
        " maximal_queue_lifetime, and most of them for no sole receiver. It needs no memory of who"
        " took mail before.",
        Expression(
            f"{waiting} >= {threshold('own_min_recipients')}",
            (
                f"and on (job, instance) (last_over_time({UNREACHABLE}[{_TRIED}])"
                f" or last_over_time({OWN_ERRORS}[{_TRIED}]))",
                f"unless on (job, instance) last_over_time({ANSWERED}[2h])",
                f"unless on (job, instance) sum_over_time({_DELIVERED}[5d:15m])"
                f" > on (job, instance) {waiting}",
                f"unless on (job, instance) {OUTAGE}",
                f"unless on (job, instance) ({theirs} * 2 >= {waiting} and on (job, instance) {SOLE})",
            ),
        ),
    )


def _own_failures() -> tuple[Record, ...]:
    """Give the recipients that our own errors concern: those that wait, and those that bounced."""
    few = f"sum_over_time({_DELIVERED}[2h:15m]) * {threshold('own_min_ratio')}"
    bounced = f'sum_over_time({OWN_ERRORS}{{status="bounced"}}[2h:15m])'
    still = f'and on (job, instance) last_over_time({OWN_ERRORS}{{status="deferred"}}[{_TRIED}])'
    parts = (
        ("deferred", "wait", _waiting("local"), (still,)),
        ("bounced", "were bounced in 2h", bounced, ()),
    )
    return tuple(
        Record(
            OWN_FAILURES,
            f"Recipients that {did} for errors of our own.",
            Expression(
                f"{recipients} >= {threshold('own_min_recipients')}",
                (
                    *guards,
                    f"unless on (job, instance) {few} > on (job, instance) {recipients}",
                ),
            ),
            {"status": status},
        )
        for status, did, recipients, guards in parts
    )


def _waiting(causes: str, of: str = "") -> str:
    return f'sum by (job, instance) (postfix_deferred_recipients{{cause=~"{causes}"}}{of})'
