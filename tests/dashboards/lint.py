"""The rules of Grafana's dashboard-linter, for all panels with data and not only for its few types.

The rules' names are the linter's own. Its exceptions stand in `dashboards/.lint`, which it reads
too; a query that is excepted is not looked at by that rule.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import promql_parser
import yaml
from grafana_foundation_sdk.models import units

from tests.pages import ROOT

Board = Mapping[str, Any]
Exceptions = frozenset[tuple[str, str, str, int]]
"""Rule, dashboard, panel, index of the target."""

DATASOURCE = ("${datasource}", "$datasource")
_UNITS = {value for name, value in vars(units).items() if isinstance(value, str) and name[0] != "_"}
_QUERY = re.compile(r"(\w+)\((.+)\)")
_FUNCTIONS = ("label_names", "label_values", "metrics", "query_result")
# durations that no query names itself, so that they are found again in what was parsed
_RATE_INTERVAL = 1009
_PLACEHOLDERS = {
    "__rate_interval": f"{_RATE_INTERVAL}s",
    "__range": "2003s",
    "__interval": "499s",
    "scope": "domain",
}


def complaints(board: Board) -> list[str]:
    """Give what the rules say against a dashboard, each with the name of its rule."""
    return [
        f"{rule}: {board['title']}: {said}"
        for rule, check in RULES.items()
        for said in check(board)
    ]


@cache
def exceptions() -> Exceptions:
    """Read the linter's configuration."""
    read = yaml.safe_load((ROOT / "dashboards" / ".lint").read_text())["exclusions"]
    return frozenset(
        (rule, entry["dashboard"], entry["panel"], int(entry["targetIdx"]))
        for rule, told in read.items()
        for entry in told["entries"]
    )


def with_data(board: Board) -> Iterator[Board]:
    """Give the panels that show data."""
    yield from (panel for panel in board["panels"] if panel["type"] not in ("text", "row"))


def variables(board: Board, kind: str) -> list[Board]:
    """Give the variables of a kind."""
    return [one for one in board["templating"]["list"] if one["type"] == kind]


def parsed(expression: str) -> promql_parser.Expr:
    """Parse PromQL in which variables stand; raises ValueError."""
    filled = re.sub(r"\$(\w+)", lambda found: _PLACEHOLDERS.get(found[1], found[0]), expression)
    return promql_parser.parse(filled)


def nodes(expression: promql_parser.Expr) -> list[tuple[Any, tuple[Any, ...]]]:
    """Give every node of an expression with those above it, the nearest last."""
    above: list[Any] = []
    found = []

    def enter(node: Any) -> None:
        found.append((node, tuple(above)))
        above.append(node)

    promql_parser.walk(expression, enter, lambda _: above.pop() and None)
    return found


# -- the dashboard and its variables ---------------------------------------------------------------


def _datasource(board: Board) -> Iterator[str]:
    sources = variables(board, "datasource")
    if not sources:
        yield "no data source variable"
    for source in sources:
        if source["name"] not in ("datasource", "prometheus_datasource"):
            yield f"data source variable is named {source['name']}"
        if source.get("label") not in ("Data source", "Prometheus data source"):
            yield f"data source variable is labelled {source.get('label')}"


def _target_variable(name: str) -> Callable[[Board], Iterator[str]]:
    def check(board: Board) -> Iterator[str]:
        found = [one for one in board["templating"]["list"] if one["name"] == name]
        if not found:
            yield f"no variable {name}"
        for one in found:
            wanted = {"type": "query", "label": name.capitalize(), "multi": True, "allValue": ".+"}
            yield from (
                f"variable {name}: {key} is {one.get(key)!r}"
                for key, value in wanted.items()
                if one.get(key) != value
            )
            if one.get("datasource", {}).get("uid") not in DATASOURCE:
                yield f"variable {name}: data source is not the variable"

    return check


def _label_promql(board: Board) -> Iterator[str]:
    for one in variables(board, "query"):
        found = _QUERY.fullmatch(one["query"])
        if not found or found[1] not in _FUNCTIONS:
            yield f"variable {one['name']}: no function of Grafana's: {one['query']}"
            continue
        selected = re.sub(r", \w+$", "", found[2]) if found[1] == "label_values" else found[2]
        try:
            parsed(selected)
        except ValueError as error:
            yield f"variable {one['name']}: {error}"


def _reload(board: Board) -> Iterator[str]:
    for one in variables(board, "query"):
        if one.get("refresh") != 2:
            yield f"variable {one['name']} does not follow the time range"


def _uneditable(board: Board) -> Iterator[str]:
    if board.get("editable", True):
        yield "is editable"


# -- panels ----------------------------------------------------------------------------------------


def _panel_datasource(board: Board) -> Iterator[str]:
    for panel in with_data(board):
        sources = [panel.get("datasource"), *(one.get("datasource") for one in _targets(panel))]
        if any((source or {}).get("uid") not in DATASOURCE for source in sources):
            yield f"{panel['title']}: data source is not the variable"


def _title_description(board: Board) -> Iterator[str]:
    for panel in with_data(board):
        if not panel.get("title") or not panel.get("description"):
            yield f"panel {panel['id']}: no title or no description"


def _panel_units(board: Board) -> Iterator[str]:
    for panel in with_data(board):
        config = panel["fieldConfig"]
        used = [config["defaults"].get("unit")]
        used += [
            one.get("value")
            for override in config["overrides"]
            for one in override["properties"]
            if one["id"] == "unit"
        ]
        yield from (f"{panel['title']}: unit {unit!r}" for unit in used if unit not in _UNITS)


def _no_targets(board: Board) -> Iterator[str]:
    for panel in with_data(board):
        if not _targets(panel):
            yield f"{panel['title']}: no query"


def _targets(panel: Board) -> list[Board]:
    return list(panel.get("targets") or ())


# -- queries ---------------------------------------------------------------------------------------


def _queries(board: Board, rule: str) -> Iterator[tuple[str, promql_parser.Expr]]:
    """Give the valid queries that a rule must look at, each with where it stands."""
    excepted = exceptions()
    for panel in with_data(board):
        for index, target in enumerate(_targets(panel)):
            if (rule, board["title"], panel["title"], index) in excepted:
                continue
            try:
                yield f"{panel['title']}, {target['refId']}", parsed(target["expr"])
            except ValueError:
                continue  # another rule tells


def _promql(board: Board) -> Iterator[str]:
    for panel in with_data(board):
        for target in _targets(panel):
            try:
                parsed(target["expr"])
            except ValueError as error:
                yield f"{panel['title']}, {target['refId']}: {error}"


def _rate_interval(board: Board) -> Iterator[str]:
    for where, expression in _queries(board, "target-rate-interval-rule"):
        for node, above in nodes(expression):
            if (
                isinstance(node, promql_parser.MatrixSelector)
                and node.range.total_seconds() != _RATE_INTERVAL
                and _function(above) in ("rate", "irate")
            ):
                yield f"{where}: a rate that is not over $__rate_interval"


def _matcher(label: str) -> Callable[[Board], Iterator[str]]:
    def check(board: Board) -> Iterator[str]:
        for where, expression in _queries(board, f"target-{label}-rule"):
            for node, _ in nodes(expression):
                if isinstance(node, promql_parser.VectorSelector) and not any(
                    (one.name, one.op, one.value) == (label, promql_parser.MatchOp.Re, f"${label}")
                    for one in node.matchers.matchers
                ):
                    yield f'{where}: {node.name} without {label}=~"${label}"'

    return check


def _counters(board: Board) -> Iterator[str]:
    for where, expression in _queries(board, "target-counter-agg-rule"):
        for node, above in nodes(expression):
            if (
                isinstance(node, promql_parser.VectorSelector)
                and (node.name or "").endswith("_total")
                and _function(above[:-1]) not in ("rate", "irate", "increase")
            ):
                yield f"{where}: {node.name} without rate, irate or increase"


def _function(above: tuple[Any, ...]) -> str:
    """Give the function that a node is the argument of."""
    return above[-1].func.name if above and isinstance(above[-1], promql_parser.Call) else ""


RULES: dict[str, Callable[[Board], Iterator[str]]] = {
    "template-datasource-rule": _datasource,
    "template-job-rule": _target_variable("job"),
    "template-instance-rule": _target_variable("instance"),
    "template-label-promql-rule": _label_promql,
    "template-on-time-change-reload-rule": _reload,
    "panel-datasource-rule": _panel_datasource,
    "panel-title-description-rule": _title_description,
    "panel-units-rule": _panel_units,
    "panel-no-targets-rule": _no_targets,
    "target-promql-rule": _promql,
    "target-rate-interval-rule": _rate_interval,
    "target-job-rule": _matcher("job"),
    "target-instance-rule": _matcher("instance"),
    "target-counter-agg-rule": _counters,
    "uneditable-dashboard-rule": _uneditable,
}
