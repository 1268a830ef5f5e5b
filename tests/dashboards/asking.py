"""A dashboard's queries as Grafana would ask them, and what it would make of the answers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from dashboards.src.frame import DELIVERY
from tests.dashboards.boards import BOARDS
from tests.dashboards.lint import Board, with_data
from tests.dashboards.runs import BEGIN, END
from tests.dashboards.server import Series, Server

STEP = 300
SCOPES = {"domain": "gmail.com", "provider": "google"}
"""By scope the receiver that limits our rate in the run `spike`."""

BUILT_IN = {
    "__range": f"{END - BEGIN:.0f}s",
    "__interval": f"{STEP}s",
    "__rate_interval": f"{STEP + 60}s",
}


def values(job: str, scope: str = "domain") -> dict[str, str]:
    """Give the variables' values for a run."""
    chosen = {"job": job, "instance": ".+", "scope": scope, "destination": SCOPES[scope]}
    return chosen | BUILT_IN


def chosen(server: Server, job: str, scope: str = "domain") -> dict[str, str]:
    """Give the variables' values for a run with those that Delivery health asks Prometheus for."""
    given = values(job, scope)
    return given | {name: _interpolated(server, name, given) for name in ("worst", "listed")}


def _interpolated(server: Server, name: str, given: Mapping[str, str]) -> str:
    """Give the value of a variable as Grafana writes it into a query."""
    [variable] = [one for one in BOARDS[DELIVERY]["templating"]["list"] if one["name"] == name]
    query = variable["query"].removeprefix("query_result(").removesuffix(")")
    found = [one.labels["destination"] for one in server.instant(filled(query, given), END)]
    if not variable.get("multi"):
        return found[0] if found else ""
    return f"({'|'.join(re.escape(one).replace(chr(92), 2 * chr(92)) for one in found)})"


def filled(text: str, variables: Mapping[str, str]) -> str:
    """Put in the values of variables; `$1` stays, as in Grafana."""
    return re.sub(r"\$(\w+)", lambda found: variables.get(found[1], found[0]), text)


def targets(board: Board) -> Iterator[tuple[Board, Board]]:
    """Give every panel with each of its queries."""
    yield from ((panel, target) for panel in with_data(board) for target in panel["targets"])


def asked(server: Server, target: Board, variables: Mapping[str, str]) -> list[Series]:
    """Give what a query answers for the whole run."""
    expression = filled(target["expr"], variables)
    if target.get("instant"):
        return server.instant(expression, END)
    return server.range(expression, BEGIN, END, STEP)


def figure(server: Server, panel: Board, variables: Mapping[str, str]) -> float | None:
    """Give the value that a stat panel shows."""
    series = asked(server, panel["targets"][0], variables)
    return float(series[0].values[-1][1]) if series else None


def colour(panel: Board, value: float) -> str:
    """Give the colour in which a value is shown."""
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    reached = [step for step in steps if step["value"] is None or value >= step["value"]]
    return str(reached[-1]["color"])


def mapped(panel: Board, label: str, value: str) -> str:
    """Give the text that a panel shows for a label's value, by its first mapping that fits."""
    overrides = [
        one["value"]
        for override in panel["fieldConfig"]["overrides"]
        if override["matcher"]["options"] == label
        for one in override["properties"]
        if one["id"] == "mappings"
    ]
    for mapping in (overrides or [panel["fieldConfig"]["defaults"]["mappings"]])[0]:
        options = mapping["options"]
        if mapping["type"] == "value" and value in options:
            return str(options[value]["text"])
        if mapping["type"] == "regex" and re.fullmatch(options["pattern"], value):
            return str(options["result"]["text"])
    return value


def rows(server: Server, panel: Board, variables: Mapping[str, str]) -> list[dict[str, Any]]:
    """Give a table's rows as its transformations merge and sort them."""
    merged: dict[tuple[tuple[str, str], ...], dict[str, Any]] = {}
    for target in panel["targets"]:
        for series in asked(server, target, variables):
            key = tuple(sorted(series.labels.items()))
            row = merged.setdefault(key, dict(series.labels))
            row[f"Value #{target['refId']}"] = float(series.values[0][1])
    found = list(merged.values())
    for step in panel["transformations"]:
        if step["id"] == "sortBy":
            [order] = step["options"]["sort"]
            found.sort(key=lambda row: row.get(order["field"], 0), reverse=order["desc"])
    return found
