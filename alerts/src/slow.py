"""What changes slowly: six hours and a day, what is usual, what is remembered."""

from __future__ import annotations

from alerts.src import outage, problems
from alerts.src.concentration import baselines, totals
from alerts.src.destinations import EXPIRED, FAILURES, VERDICTS, by_cause, by_scope
from alerts.src.rules import SELDOM, Expression, Group, Record
from alerts.src.series import (
    BASE,
    LAST_FAILED,
    NO_PROVIDER,
    RECENT,
    longer_windows,
    two_hours,
)

_RECIPIENTS = "destination_cause:postfix_refused_recipients"
_EXPIRED = "destination:postfix_expired_recipients:increase15m"
_BY_PROVIDER = "domain_provider:postfix_first_attempts:increase15m"


def group() -> Group:
    """Give the group of what changes slowly."""
    return Group(
        "postfix-delivery-slow",
        "What changes slowly: six hours and a day, what is usual, what is remembered, and what some"
        " messages an hour or a day come to.",
        (
            _last_failed(),
            *by_scope(
                f"{_RECIPIENTS}:increase2h",
                "Distinct recipients refused in 2h.",
                lambda scope: by_cause(
                    f"{BASE}postfix_refused_recipients:increase15m", scope, two_hours
                ),
            ),
            *longer_windows(_RECIPIENTS, "Distinct recipients refused"),
            *longer_windows("destination_cause:postfix_failures", FAILURES, "network"),
            *longer_windows("destination:postfix_first_attempts", VERDICTS),
            *totals("6h"),
            *totals("1d"),
            *baselines(),
            _expired(),
            *_provider(),
            *outage.memory(),
            *problems.slow_rules(),
        ),
        SELDOM,
    )


def _last_failed() -> Record:
    return Record(
        LAST_FAILED,
        "When attempts last failed for any cause but `network`, to a quarter of an hour, if within"
        " half a day: is it still failing in the longer windows? It remembers itself.",
        Expression(
            'destination_cause:postfix_failing_attempts:increase15m{cause!="network"} * 0 + time()\n'
            f"or last_over_time({LAST_FAILED}[1h]) > time() - {max(RECENT.values()):g} * 3600"
        ),
    )


def _expired() -> Record:
    return Record(
        "destination:postfix_expired_recipients:increase1d",
        f"{EXPIRED} in a day.",
        # a second short of a day, so that each point is in one window alone
        Expression(f"sum_over_time({_EXPIRED}[86399s:5m]) / 3"),
    )


def _provider() -> tuple[Record, ...]:
    """Give who takes a domain's mail: most of it within a day, so that the label seldom changes."""
    known = f'{BASE}postfix_first_attempts:increase15m{{provider!~"{NO_PROVIDER}"}}'
    return (
        Record(
            _BY_PROVIDER,
            "Messages on which a known provider gave a verdict, by domain.",
            Expression(f"sum by (job, domain, provider) ({known})"),
        ),
        Record(
            "destination:postfix_provider:info",
            "1; the label `provider` says who took most of the domain's mail within a day.",
            Expression(
                "group by (job, destination, provider) (label_replace(\n"
                f"  topk by (job, domain) (1, sum_over_time({_BY_PROVIDER}[1d])),\n"
                '  "destination", "$1", "domain", "(.*)"\n'
                "))"
            ),
        ),
    )
