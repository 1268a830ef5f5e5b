"""Panels that stand on more than one dashboard."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from grafana_foundation_sdk.models import dashboard as models

from dashboards.src import causes
from dashboards.src.panels import (
    CRITICAL,
    NEUTRAL,
    WARNING,
    About,
    Query,
    Steps,
    bars,
    comparison,
    number,
    word,
)
from dashboards.src.promql import (
    FAILED,
    LAST_WEEK,
    TARGETS,
    default,
    minutes,
)


def figure(
    title: str,
    question: str,
    expression: str,
    nothing: str,
    steps: Steps = ((None, NEUTRAL),),
    *,
    reading: str = "",
    unit: str = "short",
    decimals: int | None = 0,
) -> models.Panel:
    """Show one figure, four columns wide; `nothing` is said when there is none."""
    about = About(
        title=title,
        question=question,
        reading=reading,
        width=4,
        unit=unit,
        decimals=decimals,
        nothing=nothing,
    )
    return number(about, Query(expression), steps)


def kind(question: str, which: str, answers: str, nothing: str) -> models.Panel:
    """Tell of the only series of `answers`, by its cause and class, whether it may pass."""
    return word(
        About(
            title="Temporary or permanent",
            question=question,
            reading=f"{which}; transient is 4.x.x, permanent 5.x.x.",
            width=4,
            unit="string",
            nothing=nothing,
        ),
        Query(f'label_join({answers}, "kind", " ", "cause", "dsn_class")'),
        "kind",
        causes.durations(),
    )


def refused_since(begun: str) -> models.Panel:
    """Show the time that `promql.since` gives."""
    return number(
        About(
            title="Refused since",
            question="Since when does it refuse?",
            reading="When its refusals in 15 minutes first reached a tenth of their peak within"
            " the time shown.",
            width=4,
            unit="dateTimeAsIsoNoDateIfToday",
            nothing="No refusals",
        ),
        Query(begun),
    )


def concentration(title: str, whose: str, refused: str, every: str, width: int) -> models.Panel:
    """Show a destination's share of all refusals, where there are enough for a share to tell."""
    enough = default("cluster_min_recipients")
    return number(
        About(
            title=title,
            question="Is it one receiver, or many?",
            reading=f"{whose} share of all refusals, from {enough:g} refusals on;"
            f" {default('cluster_share'):.0%} is a cluster.",
            width=width,
            unit="percentunit",
            decimals=0,
            nothing="Too few refusals",
        ),
        Query(f"{refused} / ({every} >= {enough:g})"),
        ((None, NEUTRAL), (default("cluster_share"), WARNING), (0.8, CRITICAL)),
    )


def by_cause(question: str, reading: str, attempts: Callable[[str, str], str]) -> models.Panel:
    """Show what was not delivered over time; `attempts` gives those of matchers, and when."""
    return bars(
        About(
            title="Not delivered per minute, by cause",
            question=question,
            reading=f"{reading} Dashed: the same hours last week.",
            width=12,
            unit="short",
            nothing="All was delivered",
        ),
        [
            Query(
                minutes(f"(sum by (cause) ({attempts(FAILED, '')}) > 0)"),
                "{{cause}}",
            ),
            comparison(minutes(f"sum({attempts(FAILED, LAST_WEEK)})"), "all, last week"),
        ],
        causes.colours(),
    )


def log_age(width: int, properties: Mapping[str, object]) -> models.Panel:
    """Show whether the figures are of now."""
    return number(
        About(
            title="Log age",
            question="Can I trust these figures?",
            reading="How long ago the exporter that is furthest behind read a line; a host without"
            " mail has an old log.",
            width=width,
            unit="s",
            decimals=0,
            nothing="No exporter",
        ),
        Query(
            f"time() - min(postfix_exporter_last_line_timestamp_seconds{{{TARGETS}}})",
            properties=properties,
        ),
        ((None, NEUTRAL), (default("catch_up_lag_seconds"), WARNING), (1800, CRITICAL)),
    )
