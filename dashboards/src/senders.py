"""Whose mail a destination refuses, and how long what it put off took in the end."""

from __future__ import annotations

from grafana_foundation_sdk.models import dashboard as models

from dashboards.src.panels import About, Column, Query, bars, lines, listing
from dashboards.src.promql import (
    AT_THE_END,
    LAST_WEEK,
    RANGE,
    RATE,
    late_here,
    minutes,
    or_zero,
    senders_here,
)

_MOST = 10
_FAILED = 'cause!~"delivered|suspended"'
_TRIED = 'cause!="suspended"'


def over_time() -> models.Panel:
    """Show whose mail failed when."""
    rates = f"sum by (sender) ({senders_here('rate', RATE, _FAILED)}) > 0"
    totals = f"sum by (sender) ({senders_here('increase', RANGE, _FAILED, AT_THE_END)}) > 0"
    return bars(
        About(
            title="Failed attempts per minute, by sender",
            question="Which of our senders does it refuse, and since when?",
            reading="Retries are counted. Of all domains of the provider, for senders are counted"
            " by provider, and only where the configuration asks for it (senders.limit).",
            width=9,
            unit="short",
            nothing="All was delivered, or senders are not counted, or the receiver is in no table",
        ),
        [
            Query(
                minutes(f"({rates} and on (sender) topk({_MOST}, {totals}))"),
                "{{sender}}",
            )
        ],
        {},
    )


def table() -> models.Panel:
    """List the senders of what failed."""

    def counts(matchers: str, when: str = "") -> str:
        return f"sum by (sender) ({senders_here('increase', RANGE, matchers, when)})"

    failed, tried = counts(_FAILED), counts(_TRIED)
    most = f"topk({_MOST}, 1e6 * ({failed} > 0) or {tried} > 0)"
    listed = f"and on (sender) {most}"
    figure = {"unit": "short", "decimals": 0}
    share = {"unit": "percentunit", "decimals": 1}
    return listing(
        About(
            title="Senders",
            question="Whose mail is it that it refuses, and what share of each sender's is that?",
            reading="Attempts within the time shown, as beside it.",
            width=8,
            unit="short",
            nothing="-",
        ),
        [Column("sender", properties={"displayName": "Sender"})],
        [
            Column("Failed", 75, f"{or_zero(failed, tried)} {listed}", figure),
            Column("Share", 75, f"({or_zero(failed, tried)} / ({tried} > 0)) {listed}", share),
            Column("Last week", 85, f"{counts(_FAILED, LAST_WEEK)} {listed}", figure),
        ],
        sort_by=("Failed", "Share"),
    )


def in_the_end() -> models.Panel:
    """Show how long mail took that was deferred first."""
    return lines(
        About(
            title="Time until deferred mail was delivered",
            question="What does its throttling cost in time?",
            reading="From arrival to delivery, of recipients that were deferred before, at the"
            " provider, within six hours: half of them were faster than the lower line, 95 of 100"
            " faster than the upper one.",
            width=7,
            unit="s",
            nothing="Nothing was delivered after a deferral, or the receiver is in no table",
        ),
        [
            Query(f"histogram_quantile({quantile}, sum by (le) ({late_here()})) >= 0", name)
            for quantile, name in ((0.5, "half"), (0.95, "95 of 100"))
        ],
        {},
    )
