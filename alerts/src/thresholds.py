"""The figures that an operator may tune, each a series of its own."""

from __future__ import annotations

from dataclasses import dataclass

from alerts.src.rules import Expression, Group, Record


@dataclass(frozen=True, slots=True)
class Threshold:
    """A figure; ratios are between 0 and 1, times in seconds."""

    name: str
    value: float
    meaning: str


THRESHOLDS = tuple(
    Threshold(*figures)
    for figures in (
        ("cluster_share", 0.5, "Concentrated: the destination has at least this share of all failures of the cause."),
        ("cluster_minor_share", 0.1, "Or it has this share, and the lift below: two or three receivers push back at once."),
        ("cluster_lift", 5, "It fails this many times more often than all other destinations together."),
        ("cluster_min_recipients", 5, "Distinct recipients who were refused: one mailbox is no cluster, however many messages it refuses."),
        ("fast_min_failures", 50, "Messages refused in 2h."),
        ("fast_min_ratio", 0.1, "Share refused of the messages for the destination in 2h."),
        ("surge_min_failures", 200, "Messages refused in 2h, small in percent but far above what is usual."),
        ("surge_min_ratio", 0.01, "Lowest share refused in 2h that can be a surge."),
        ("surge_factor", 3, "Times the destination's own usual share."),
        ("slow_min_failures", 5, "Messages refused in 6h: some messages an hour."),
        ("slow_min_ratio", 0.6, "Share refused in 6h; above a half, because greylisting defers each message once."),
        ("crawl_min_failures", 5, "Messages refused in a day: some messages a day."),
        ("crawl_min_ratio", 0.8, "Share refused in a day."),
        ("slow_min_traffic", 0.005, "Share of the job's mail that a destination must have for the two slow pairs: the long tail of a bulk sender does not page."),
        ("baseline_min_attempts", 20, "Messages within the window of an earlier day for that day to tell what is usual."),
        ("baseline_min_traffic", 0.5, "And so many times the messages of now: a quiet hour of yesterday says nothing of today's campaign."),
        ("list_min_failures", 20, "Unknown recipients at a destination, in 2h or in a day."),
        ("list_min_ratio", 0.05, "Share of unknown recipients."),
        ("list_factor", 3, "Times the destination's own usual share of unknown recipients."),
        ("list_no_history_ratio", 0.1, "Share of unknown recipients where no earlier day tells what is usual."),
        ("widely_min_destinations", 3, "Receivers that refuse at once."),
        ("widely_min_ratio", 0.05, "Share of all mail that is refused, and share at each of these receivers."),
        ("widely_min_failures", 5, "Messages refused."),
        ("unreachable_min_failures", 50, "Messages that could not be handed over in 2h."),
        ("unreachable_min_ratio", 0.8, "Share of the messages for the destination."),
        ("outage_min_receivers", 2, "Receivers that are unreachable: of a single one it cannot be told whose fault it is."),
        ("outage_min_ratio", 0.8, "Share of the destinations that are remembered to accept mail."),
        ("outage_busy_destinations", 10, "So many unreachable destinations are an outage by a smaller share as well: not all of them are tried within an hour."),
        ("outage_busy_receivers", 3, "These must be of at least so many receivers: a hoster that is down may have a dozen of them."),
        ("outage_busy_ratio", 0.1, "That smaller share."),
        ("outage_memory_seconds", 86400, "A destination is remembered that accepted mail within this time before the last delivery, and within the last eight days."),
        ("expired_min_recipients", 5, "Recipients given up at a destination in a day."),
        ("catch_up_lag_seconds", 600, "An exporter that reads lines older than this tells of the past, not of now."),
        ("folded_min_ratio", 0.05, "Share of attempts counted as other for want of room."),
    )
)  # fmt: skip


JOBS = "job:postfix_delivery_seen:timestamp"
"""A series for each job that there is; see quarters.py."""


def group() -> Group:
    """Give the block of thresholds."""
    return Group(
        "postfix-alert-thresholds",
        "The one block to tune. Alerts compare with these series, dashboards draw them as lines.\n"
        "A threshold with a `job` label holds for that job alone and wins over the global one.",
        tuple(_record(threshold) for threshold in THRESHOLDS),
    )


def _record(threshold: Threshold) -> Record:
    return Record(
        "postfix:alert_threshold",
        threshold.meaning,
        Expression(f"vector({threshold.value:g})"),
        {"name": threshold.name},
    )


def resolved() -> tuple[Record, ...]:
    """Give the rules that choose for each job its own threshold, or else the global one."""
    return tuple(
        Record(
            "job:postfix_alert_threshold:resolved",
            f"{threshold.name} as it holds for each job.",
            Expression(
                f'max by (job) (postfix:alert_threshold{{name="{threshold.name}", job!=""}})\n'
                f"or on (job) {JOBS} * 0 + "
                f'scalar(postfix:alert_threshold{{name="{threshold.name}", job=""}})'
            ),
            {"name": threshold.name},
        )
        for threshold in THRESHOLDS
    )


def threshold(name: str) -> str:
    """Give what stands after an operator: the threshold of the job of the series before it."""
    if not any(one.name == name for one in THRESHOLDS):
        raise ValueError(f"no threshold is called {name}")
    return f'on (job) group_left () job:postfix_alert_threshold:resolved{{name="{name}"}}'
