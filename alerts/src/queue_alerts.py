"""The alert rules for the queue: it cannot be read, or the log says something else of it."""

from __future__ import annotations

from alerts.src.annotations import EXPORTER, named_by_meaning
from alerts.src.queue import IN_LOG, IN_QUEUE
from alerts.src.rules import Alert, Expression
from alerts.src.series import OURS
from alerts.src.thresholds import threshold

_DIFFERENCE = f"abs({IN_QUEUE} - {IN_LOG})"
_BOTH = f"({IN_QUEUE} + {IN_LOG})"
_FORGOTTEN = "increase(postfix_exporter_queue_overflows_total[1d]) > 0"
"""More wait than the exporter remembers from the log."""

_LABELS = {"severity": "warning", "category": "monitoring"}


def alerts() -> tuple[Alert, ...]:
    """Give the alerts on the queue."""
    return _unreadable(), _differs()


def _unreadable() -> Alert:
    meaning = "The queue is to be read, and cannot be."
    return named_by_meaning(
        "PostfixQueueUnreadable",
        meaning,
        Expression("postfix_up == 0", (f"and on (job, instance) {OURS}",)),
        ("10m", ""),
        _LABELS,
        (
            "{{ $labels.instance }} cannot read the queue at {{ $labels.path }}; its log says"
            " why. Is Postfix down, or is the exporter not in the group postdrop?",
        ),
        EXPORTER,
    )


def _differs() -> Alert:
    meaning = "For hours the queue holds another number of deferred recipients than the log tells."
    return named_by_meaning(
        "PostfixQueueDiffers",
        meaning,
        Expression(
            f"{_DIFFERENCE} >= {threshold('difference_min_recipients')}",
            (
                f"and on (job, instance) {_DIFFERENCE} / {_BOTH}"
                f" >= {threshold('difference_min_ratio')}",
                f"unless on (job, instance) {_FORGOTTEN}",
            ),
        ),
        ("2h", ""),
        _LABELS,
        (
            '{{ $labels.instance }}: {{ $value | printf "%.0f" }} deferred recipients more or'
            " less in the queue than the log tells of. Was mail deleted, does mail wait for a"
            " transport of our own, or is it the log of another host, too?",
        ),
        EXPORTER,
    )
