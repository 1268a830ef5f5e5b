"""Panels as they all look: colours, legends, what they say when there is nothing to show.

Only what Grafana 9.5 to 13 all know is used: coloured values rather than backgrounds, and the
colour modes `thresholds`, `fixed` and `palette-classic`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from string import ascii_uppercase
from typing import TypeVar

from grafana_foundation_sdk.builders import (
    common,
    dashboard,
    prometheus,
    stat,
    statushistory,
    table,
    text,
    timeseries,
)
from grafana_foundation_sdk.models import common as common_models
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models import prometheus as prometheus_models
from grafana_foundation_sdk.models import text as text_models

DATASOURCE = common_models.DataSourceRef(type_val="prometheus", uid="${datasource}")

# Okabe and Ito's colours, which a colour-blind reader tells apart
GOOD = "#009E73"
WARNING = "#E69F00"
CRITICAL = "#D55E00"
QUIET = "#0072B2"
NEXT = "#56B4E9"
REST = "#BBBBBB"
NEUTRAL = "text"

Steps = Sequence[tuple[float | None, str]]
"""From which value on which colour; the first has none."""

# pixels; left to itself, Grafana shows short figures largest
_LARGE, _SMALL = 34, 22
_DATES = ("dateTimeAsIsoNoDateIfToday",)

Properties = Mapping[str, object]
Drawn = TypeVar("Drawn", stat.Panel, timeseries.Panel, table.Panel, statushistory.Panel)


@dataclass(frozen=True, slots=True)
class Query:
    """A PromQL expression; `{{label}}` in the legend stands for the label's value."""

    expression: str
    legend: str = ""
    properties: Properties = field(default_factory=dict)
    """How its series differ from the panel's others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a panel is for; `nothing` is said when there is no value."""

    title: str
    question: str
    reading: str = ""
    width: int
    unit: str
    nothing: str
    decimals: int | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; without a width it takes what is left.

    `name` is the label, or the heading of the values of `expression`.
    """

    name: str
    width: int = 0
    expression: str = ""
    properties: Properties = field(default_factory=dict)


def number(
    about: About, query: Query, steps: Steps = ((None, NEUTRAL),), *, named: bool = False
) -> models.Panel:
    """Give one figure; `named` shows whose it is, too."""
    panel = (
        _drawn(stat.Panel(), about, [query], instant=True)
        .text(_sized(_LARGE if about.unit not in _DATES else _SMALL))
        .text_mode(_TEXT_MODE[named])
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .graph_mode(common_models.BigValueGraphMode.NONE)
        .color_mode(common_models.BigValueColorMode.VALUE)
        .color_scheme(_by_thresholds())
        .thresholds(_thresholds(steps))
    )
    return panel.build()


_TEXT_MODE = {
    True: common_models.BigValueTextMode.VALUE_AND_NAME,
    False: common_models.BigValueTextMode.VALUE,
}


def word(
    about: About, query: Query, label: str, mappings: list[models.ValueMapping]
) -> models.Panel:
    """Give what a label of the only series means."""
    panel = (
        _drawn(stat.Panel(), about, [query], instant=True, as_table=True)
        .text_mode(common_models.BigValueTextMode.VALUE)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).fields(f"/^{label}$/"))
        .graph_mode(common_models.BigValueGraphMode.NONE)
        .color_mode(common_models.BigValueColorMode.VALUE)
        .color_scheme(_by_thresholds())
        .thresholds(_thresholds(((None, NEUTRAL),)))
        .mappings(mappings)
        .text(_sized(_SMALL))
    )
    return panel.build()


def lines(
    about: About,
    queries: Sequence[Query],
    colours: Mapping[str, str] | None = None,
    every: str = "1m",
) -> models.Panel:
    """Give lines over time, a point `every` so often, in a colour by pattern of their names."""
    panel = _over_time(about, queries, colours or {}).line_width(2).fill_opacity(0).interval(every)
    return panel.build()


def bars(
    about: About, queries: Sequence[Query], colours: Mapping[str, str] | None = None
) -> models.Panel:
    """Give stacked bars over time, in a colour by pattern of their names."""
    panel = (
        _over_time(about, queries, colours or {})
        .draw_style(common_models.GraphDrawStyle.BARS)
        .stacking(common.StackingConfig().mode(common_models.StackingMode.NORMAL).group("A"))
        .fill_opacity(80)
        .line_width(1)
        .interval("5m")
    )
    return panel.build()


def history(about: About, query: Query, steps: Steps) -> models.Panel:
    """Give a row of coloured fields for each series: a lit row, or a lit column."""
    panel = (
        _drawn(statushistory.Panel(), about, [query])
        .show_value(common_models.VisibilityMode.NEVER)
        .row_height(0.85)
        .col_width(0.9)
        .color_scheme(_by_thresholds())
        .thresholds(_thresholds(steps))
        .legend(_legend())
        .interval("15m")
    )
    return panel.build()


def listing(
    about: About, key: Sequence[Column], columns: Sequence[Column], *, sort_by: Sequence[str]
) -> models.Panel:
    """Give a table: a row for each value of the key's labels, the largest first."""
    queries = [Query(column.expression) for column in columns]
    panel = _drawn(table.Panel(), about, queries, instant=True, as_table=True)
    for column in key:
        panel.override_by_name(column.name, _column(column))
    several = len(columns) > 1
    values = {
        column.name: f"Value #{ref}" if several else "Value"
        for ref, column in zip(ascii_uppercase, columns, strict=False)
    }
    for column in columns:
        panel.override_by_name(values[column.name], _column(column, display_name=True))
    order = ["Time", *(column.name for column in key), *values.values()]
    panel.transformations(
        [
            models.DataTransformerConfig("merge", options={}),
            _organized(order),
            # each keeps the order before where it finds no difference
            *(_sorted(values[name]) for name in reversed(sort_by)),
        ]
    )
    return panel.build()


def _organized(order: Sequence[str]) -> models.DataTransformerConfig:
    places = {name: place for place, name in enumerate(order)}
    options = {"excludeByName": {"Time": True}, "indexByName": places, "renameByName": {}}
    return models.DataTransformerConfig("organize", options=options)


def _sorted(name: str) -> models.DataTransformerConfig:
    options = {"fields": {}, "sort": [{"field": name, "desc": True}]}
    return models.DataTransformerConfig("sortBy", options=options)


def note(title: str, markdown: str, width: int) -> models.Panel:
    """Give a text in Markdown."""
    panel = text.Panel().title(title).mode(text_models.TextMode.MARKDOWN).content(markdown)
    return panel.span(width).build()


def comparison(expression: str, legend: str) -> Query:
    """Give what is to be compared with, as a dashed line."""
    return Query(expression, legend, _dashed(NEUTRAL))


def limit(expression: str, legend: str) -> Query:
    """Give an alert threshold, as a dashed line."""
    return Query(expression, legend, _dashed(CRITICAL))


def fixed(colour: str) -> Properties:
    """Give one colour."""
    return {"color": {"mode": "fixed", "fixedColor": colour}}


def mapped(mappings: list[models.ValueMapping]) -> Properties:
    """Give the words for values."""
    return {"mappings": mappings}


def _dashed(colour: str) -> Properties:
    return {
        **fixed(colour),
        "custom.drawStyle": "line",
        "custom.fillOpacity": 0,
        "custom.lineStyle": {"fill": "dash", "dash": [10, 10]},
        "custom.lineWidth": 2,
        "custom.stacking": {"group": "A", "mode": "none"},
    }


def _drawn(
    panel: Drawn,
    about: About,
    queries: Sequence[Query],
    *,
    instant: bool = False,
    as_table: bool = False,
) -> Drawn:
    panel.title(about.title).description(f"{about.question} {about.reading}".strip())
    panel.datasource(DATASOURCE).span(about.width).unit(about.unit).no_value(about.nothing)
    if about.decimals is not None:
        panel.decimals(about.decimals)
    for ref, query in zip(ascii_uppercase, queries, strict=False):
        target = prometheus.Dataquery().expr(query.expression).ref_id(ref).datasource(DATASOURCE)
        target = target.instant() if instant else target.range()
        if as_table:
            target.format(prometheus_models.PromQueryFormat.TABLE)
        panel.with_target(target.legend_format(query.legend) if query.legend else target)
        if query.properties:
            panel.override_by_query(ref, _values(query.properties))
    return panel


def _over_time(
    about: About, queries: Sequence[Query], colours: Mapping[str, str]
) -> timeseries.Panel:
    tooltip = common.VizTooltipOptions().mode(common_models.TooltipDisplayMode.MULTI)
    panel = _drawn(timeseries.Panel(), about, queries)
    for pattern, colour in colours.items():
        panel.override_by_regexp(pattern, _values(fixed(colour)))
    return (
        panel.color_scheme(dashboard.FieldColor().mode(models.FieldColorModeId.PALETTE_CLASSIC))
        .legend(_legend())
        .tooltip(tooltip.sort(common_models.SortOrder.DESCENDING))
        .axis_soft_min(0)
        .min(0)
        .show_points(common_models.VisibilityMode.NEVER)
    )


def _sized(pixels: int) -> common.VizTextDisplayOptions:
    return common.VizTextDisplayOptions().title_size(_SMALL).value_size(pixels)


def _legend() -> common.VizLegendOptions:
    legend = common.VizLegendOptions().display_mode(common_models.LegendDisplayMode.LIST)
    return legend.placement(common_models.LegendPlacement.BOTTOM).show_legend(True)


def _by_thresholds() -> dashboard.FieldColor:
    return dashboard.FieldColor().mode(models.FieldColorModeId.THRESHOLDS)


def _thresholds(steps: Steps) -> dashboard.ThresholdsConfig:
    config = dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE)
    return config.steps([models.Threshold(value, colour) for value, colour in steps])


def _column(column: Column, *, display_name: bool = False) -> list[models.DynamicConfigValue]:
    width = {"custom.width": column.width} if column.width else {}
    named = {"displayName": column.name} if display_name else {}
    return _values({**width, **named, **column.properties})


def _values(properties: Properties) -> list[models.DynamicConfigValue]:
    return [models.DynamicConfigValue(name, value) for name, value in properties.items()]
