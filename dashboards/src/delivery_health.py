"""Delivery health: which receiver refuses, of what kind it is, and since when."""

from __future__ import annotations

from grafana_foundation_sdk.models import dashboard as models

from dashboards.src import destinations, shared
from dashboards.src.frame import DELIVERY, Row, Variable, build, queried, scope, to_exporter
from dashboards.src.panels import CRITICAL, NEUTRAL, WARNING, About, Query, limit, lines, number
from dashboards.src.promql import (
    FIRST,
    JOBS,
    REFUSED,
    TARGETS,
    WORST,
    by_destination,
    counted,
    counted_in_all,
    default,
    no_rules,
    or_zero,
    per_minute_in_all,
    ratio,
    refused,
    since,
    threshold,
    total,
    total_of_all,
    worst,
    worst_first,
)

_MOST_LISTED = 25
_WHAT = "Is it throttling, a block, authentication, the list, or no word about us?"
_OF_ALL = "First attempts at all destinations, left-over ones included."
_SENT, _BOUNCED = 'status="sent"', 'status="bounced"'
_DEFERRED = 'status=~"deferred|softbounce"'
_THE_WORST = ", ".join((TARGETS, *WORST))
_FOUND = '/destination="([^"]+)"/'


def dashboard() -> str:
    """Give the dashboard's JSON."""
    return build(
        DELIVERY,
        "Which receivers refuse our mail, of what kind it is, and since when.",
        [scope(), _worst(), _listed()],
        'alertname=~"Postfix.*"',
        [
            Row(4, (*_verdict(), *_outcome())),
            Row(9, (destinations.refused_per_minute(), destinations.share_refused())),
            Row(10, (destinations.table(),)),
            Row(
                9,
                (
                    shared.by_cause(_WHAT, _OF_ALL, per_minute_in_all),
                    destinations.against_threshold(),
                ),
            ),
            Row(8, (destinations.waiting(), _spread())),
        ],
    )


def _worst() -> Variable:
    """Give the destination that all panels show in red."""
    return (
        queried("worst", "Worst", "It refused most.", f"query_result({worst()})")
        .regex(_FOUND)
        .hide(models.VariableHide.HIDE_VARIABLE)
    )


def _listed() -> Variable:
    """Give the destinations that panels tell apart."""
    everything = models.VariableOption(selected=True, text="All", value="$__all")
    most = worst_first(_MOST_LISTED)
    return (
        queried("listed", "Listed", "They are worth a look.", f"query_result({most})")
        .regex(_FOUND)
        .multi(True)
        .include_all(True)
        .current(everything)
        .hide(models.VariableHide.HIDE_VARIABLE)
    )


def _verdict() -> tuple[models.Panel, ...]:
    return (
        number(
            About(
                title="Worst destination",
                question="Which receiver refuses most, and how many messages?",
                reading="First refusals within the time shown, of all instances. A click leads to"
                " its codes.",
                width=4,
                unit="short",
                decimals=0,
                nothing="No refusals",
            ),
            Query(
                f"{total(refused(*WORST))} > 0 or {no_rules('destination')}",
                "{{destination}}",
                destinations.LINKED,
            ),
            ((None, NEUTRAL), (default("fast_min_failures"), CRITICAL)),
            named=True,
        ),
        shared.kind(
            "Why does it refuse, and may that pass by itself?",
            "The most frequent cause there",
            f"topk(1, sum by (cause, dsn_class) ({counted(REFUSED, targets=_THE_WORST)}) > 0)",
            "No refusals",
        ),
        shared.refused_since(f"max({since(by_destination(refused(*WORST)))})"),
        shared.concentration(
            "Concentration",
            "The worst destination's",
            f"max({total(refused(*WORST))})",
            total_of_all(refused()),
            3,
        ),
    )


def _outcome() -> tuple[models.Panel, ...]:
    everything = counted_in_all(FIRST)

    def share(title: str, question: str, matchers: str, *bad: float) -> models.Panel:
        part = or_zero(counted_in_all(f"{FIRST}, {matchers}"), everything)
        return number(
            About(
                title=title,
                question=question,
                reading="Of all first attempts within the time shown.",
                width=2,
                unit="percentunit",
                decimals=1,
                nothing="No mail",
            ),
            Query(ratio(part, everything)),
            ((None, NEUTRAL), *((value, WARNING) for value in bad)),
        )

    return (
        share("Delivered", "What share was delivered at once?", _SENT),
        share("Deferred", "What share must wait?", _DEFERRED, 0.2),
        share("Bounced", "What share was refused for good?", _BOUNCED, 0.05),
        shared.log_age(3, to_exporter()),
    )


def _spread() -> models.Panel:
    return lines(
        About(
            title="Receivers that throttle or block, effective number",
            question="Do many receivers refuse at once, as when an address is on a blocklist?",
            reading="The inverse of the Simpson index over 2 h, as the recording rules count it:"
            " below the line it is one receiver.",
            width=12,
            unit="short",
            decimals=1,
            nothing="No refusals, or the recording rules are not loaded",
        ),
        [
            Query(
                f"1 / (min by (job) (job:postfix_policy_failures:hhi2h{{{JOBS}}}) > 0)", "{{job}}"
            ),
            limit(f"1 / {threshold('cluster_share')}", "concentrated below"),
        ],
    )
