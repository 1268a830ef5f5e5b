"""Why a destination refuses, by the rules that decided, and why Postfix does not try it."""

from __future__ import annotations

from grafana_foundation_sdk.models import dashboard as models

from dashboards.src import causes
from dashboards.src.panels import About, Column, Query, bars, listing, mapped
from dashboards.src.promql import AT_THE_END, HERE, LAST_WEEK, RANGE, RATE, minutes, reasons_here

_MOST = 10


def over_time() -> models.Panel:
    """Show which rules decided when."""
    key = "cause, reason"
    rates = f"sum by ({key}) ({reasons_here('rate', RATE)}) > 0"
    totals = f"sum by ({key}) ({reasons_here('increase', RANGE, AT_THE_END)}) > 0"
    return bars(
        About(
            title="Reasons per minute",
            question="Why does it refuse, by the rule that decided, and since when?",
            reading="First failures, those that Postfix did not try left out. Of all domains of the"
            " provider, for reasons are counted by provider; of a receiver in no table none are"
            " known.",
            width=14,
            unit="short",
            nothing="All was delivered, or the receiver is in no table",
        ),
        [
            Query(
                minutes(f"({rates} and on ({key}) topk({_MOST}, {totals}))"),
                "{{cause}} {{reason}}",
            )
        ],
        causes.colours(" .*"),
    )


def suspended() -> models.Panel:
    """Show what Postfix did not try, by the cause that it repeats."""
    tried = f"postfix_suspended_attempts_total{{{HERE}}}[{RATE}]"
    return bars(
        About(
            title="Suspended per minute, by cause",
            question="Why does Postfix not even try?",
            reading="After failures it suspends a destination; this is what it repeats then.",
            width=10,
            unit="short",
            nothing="All was tried",
        ),
        [Query(minutes(f"(sum by (cause) (rate({tried})) > 0)"), "{{cause}}")],
        causes.colours(),
    )


def table() -> models.Panel:
    """List the rules that decided, with their words."""
    key = "cause, provider, reason"

    def counts(when: str = "") -> str:
        return f"sum by ({key}) ({reasons_here('increase', RANGE, when)})"

    most = f"topk({_MOST}, {counts()} > 0)"
    joined = 'label_join({}, "advice", " ", "cause", "reason")'
    figure = {"unit": "short", "decimals": 0}
    return listing(
        About(
            title="Reasons, what they mean, and what to check next",
            question="Which rules decided, and what does each ask for?",
            reading="Of the provider, as above, within the time shown and in the same hours last"
            " week. The rules are in docs/codes.md.",
            width=24,
            unit="short",
            nothing="-",
        ),
        [
            Column("reason", 260, properties={"displayName": "Reason"}),
            Column("cause", 130, properties={"displayName": "Cause", **mapped(causes.names())}),
            Column("provider", 110, properties={"displayName": "Provider"}),
            Column(
                "advice",
                properties={
                    "displayName": "Meaning, and what to check next",
                    **mapped(causes.of_reasons()),
                },
            ),
        ],
        [
            Column("Messages", 90, joined.format(most), figure),
            Column(
                "Last week",
                90,
                joined.format(f"({counts(LAST_WEEK)} and on ({key}) {most})"),
                figure,
            ),
        ],
        sort_by=("Messages",),
    )
