"""The figures that an operator may tune, each a series of its own; heuristics.yaml has them."""

from __future__ import annotations

from alerts.src.rules import Expression, Group, Record
from exporter.heuristics.figures import Threshold, figures

THRESHOLDS = figures().thresholds

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
