"""Panels of what collectors count, and what a panel says where they are off."""

from __future__ import annotations

from collections.abc import Sequence

from grafana_foundation_sdk.models import dashboard as models

from dashboards.src.panels import About, Query, bars, lines
from dashboards.src.promql import AT_THE_END, RANGE, RATE, TARGETS, minutes

MOST = 10
"""The most series or rows that are told apart."""

HOUR = "1h"
"""Long enough for a share to tell of few messages."""

QUEUE = "Not read: queue is off"
SENDERS = "Not counted: senders is off"
MESSAGES = "collector messages"


def collector(name: str) -> str:
    """Give the words for a figure that a collector always has."""
    return f"Collector {name} is off"


def off(*names: str) -> str:
    """Give the words for what was never there, or a collector does not count."""
    several = "collectors" if len(names) > 1 else "collector"
    return f"Nothing, or {several} {', '.join(names)} off"


def counted(
    name: str, matchers: str = "", when: str = "", window: str = RANGE, *, total: bool = True
) -> str:
    """Give how often something was within a window; to be summed."""
    return f"increase({_selected(name, matchers, total=total)}[{window}]{when})"


def per_minute(name: str, matchers: str = "", *, total: bool = True) -> str:
    """Give its rate; to be summed, then multiplied by `minutes`."""
    return f"rate({_selected(name, matchers, total=total)}[{RATE}])"


def _selected(name: str, matchers: str, *, total: bool = True) -> str:
    inner = ", ".join(filter(None, (TARGETS, matchers)))
    return f"postfix_{name}{'_total' if total else ''}{{{inner}}}"


def trend(
    title: str,
    question: str,
    queries: Sequence[Query],
    nothing: str,
    *,
    reading: str = "",
    unit: str = "short",
    width: int = 12,
) -> models.Panel:
    """Give lines over time."""
    return lines(_about(title, question, nothing, reading, unit, width), queries)


def stacked(
    title: str, question: str, queries: Sequence[Query], nothing: str, *, reading: str = ""
) -> models.Panel:
    """Give bars over time."""
    return bars(_about(title, question, nothing, reading, "short", 12), queries)


def most_frequent(name: str, labels: str, legend: str) -> Query:
    """Give a counter by the minute and by labels, of those values that were most frequent."""
    rates = f"sum by ({labels}) ({per_minute(name)}) > 0"
    totals = f"sum by ({labels}) ({counted(name, when=AT_THE_END)}) > 0"
    return Query(minutes(f"({rates} and on ({labels}) topk({MOST}, {totals}))"), legend)


def _about(title: str, question: str, nothing: str, reading: str, unit: str, width: int) -> About:
    return About(
        title=title, question=question, reading=reading, width=width, unit=unit, nothing=nothing
    )
