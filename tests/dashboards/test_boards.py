"""A dashboard is whole: places, variables, links, legends, words."""

from __future__ import annotations

import itertools
import json
import re
import urllib.parse
from collections.abc import Iterator

import promql_parser
import pytest
import yaml

from dashboards.src.frame import DELIVERY, DESTINATION, EXPORTER, POSTFIX
from exporter.counts.families import FAMILIES
from exporter.page.collectors import NAMES
from exporter.page.queue import all_queue_families
from tests.dashboards import lint
from tests.dashboards.asking import (
    BUILT_IN,
    filled,
    targets,
    values,
)
from tests.dashboards.boards import BOARDS, UIDS, Mutable, every_board
from tests.pages import ROOT

NEEDS_RULES = {
    "Worst destination",
    "Refused since",
    "Concentration",
    "Destinations, worst first",
    "Refused per minute, by destination",
    "Share refused, by destination",
    "Share refused in 2 h, against the alert threshold",
    "Receivers that throttle or block, effective number",
}
"""Panels of which nothing is left without the recording rules."""

FLEET = "postfix_delivery_attempts_total"
HUGE = f'sum(increase({FLEET}{{job=~"$job", instance=~"$instance"}}[$__range]))'


@every_board
def test_grid(board: Mutable) -> None:
    """Ids are unique; rows are full, and no panel lies on another."""
    places = [one["gridPos"] for one in board["panels"]]
    taken = [
        (x, y)
        for at in places
        for x in range(at["x"], at["x"] + at["w"])
        for y in range(at["y"], at["y"] + at["h"])
    ]
    height = max(y for _, y in taken) + 1
    assert sorted(taken) == sorted(itertools.product(range(24), range(height)))
    ids = [one["id"] for one in board["panels"]]
    assert len(set(ids)) == len(ids)


@every_board
def test_titles_fit(board: Mutable) -> None:
    """No title of a narrow panel is cut: 26 characters fit into four columns."""
    for one in board["panels"]:
        assert len(filled(one["title"], values("spike"))) <= 6.5 * one["gridPos"]["w"], one["title"]


@every_board
def test_variables(board: Mutable) -> None:
    """Every variable that is used is defined, and every one that is defined is used."""
    defined = {one["name"] for one in board["templating"]["list"]}
    used = set(re.findall(r"\$\{?([a-z_]\w*)", json.dumps(board))) - set(BUILT_IN)
    used -= {"__all", "__field", "__value", "__url_time_range"}
    assert used == defined


@every_board
def test_hidden_variables(board: Mutable) -> None:
    """What is found by a hidden variable follows the time shown and is in no address: it is found anew."""
    hidden = {one["name"] for one in board["templating"]["list"] if one.get("hide") == 2}
    assert hidden == ({"worst", "listed"} if board is BOARDS[DELIVERY] else set())
    for one in board["templating"]["list"]:
        assert one["skipUrlSync"] == (one["name"] in hidden)
        assert one.get("refresh") == 2 or one["name"] not in hidden


@every_board
def test_links(board: Mutable) -> None:
    """Links lead to a dashboard of the set and take time, data source, job and instance."""
    for link in board["links"]:
        assert link["url"].removeprefix("/d/") in UIDS
        assert link["keepTime"]
        assert link["includeVars"]
    for url in urls(board["panels"]):
        uid, _, query = url.removeprefix("/d/").partition("?")
        assert uid in UIDS
        kept = {part for part in query.split("&") if part.startswith("${")}
        assert kept == {
            "${datasource:queryparam}",
            "${job:queryparam}",
            "${instance:queryparam}",
            "${__url_time_range}",
        }
        assert set(urllib.parse.parse_qs(query)) <= {f"var-{name}" for name in names(uid)}


def test_alerts_lead_here() -> None:
    """Every address that an alert gives is a dashboard, with variables that it has."""
    rules = yaml.safe_load((ROOT / "alerts" / "postfix-alerts.yml").read_text())
    given = {
        rule["annotations"]["dashboard_url"] for group in rules["groups"] for rule in group["rules"]
    }
    for url in given:
        uid, _, query = url.partition("/d/")[2].partition("?")
        assert uid in UIDS
        assert set(urllib.parse.parse_qs(query)) <= {f"var-{name}" for name in names(uid)}
    assert {url.partition("/d/")[2].partition("?")[0] for url in given} == set(UIDS)


@every_board
def test_annotations(board: Mutable) -> None:
    """Firing alerts are drawn, and the labels that select them are labels that alerts have."""
    [annotation] = board["annotations"]["list"]
    assert 'ALERTS{alertstate="firing", job=~"$job"' in annotation["expr"]
    rules = (ROOT / "alerts" / "postfix-alerts.yml").read_text(encoding="utf-8")
    for category in re.findall(r'category="(\w+)"', annotation["expr"]):
        assert f"category: {category}}}" in rules


@every_board
def test_legends(board: Mutable) -> None:
    """A label that a legend names is one that the query keeps."""
    for one, target in targets(board):
        for label in re.findall(r"\{\{(\w+)\}\}", target.get("legendFormat", "")):
            kept = re.findall(r"by \(([^)]*)\)", target["expr"])
            assert any(label in by.split(", ") for by in kept), one["title"]


@every_board
def test_features_of_grafana(board: Mutable) -> None:
    """Nothing is used that Grafana 9.5 does not know."""
    shown = {one["type"] for one in board["panels"]}
    assert shown <= {"stat", "timeseries", "table", "status-history", "text"}
    text = json.dumps(board)
    assert set(re.findall(r'"mode": "(\w+(?:-\w+)+)"', text)) <= {"palette-classic"}
    assert set(re.findall(r'"colorMode": "(\w+)"', text)) <= {"value"}
    used = {step["id"] for one in board["panels"] for step in one.get("transformations", ())}
    assert used <= {"merge", "organize", "sortBy"}


@every_board
def test_words(board: Mutable) -> None:
    """A panel says which question it answers, and says so in words when there is no answer."""
    for one in lint.with_data(board):
        assert re.match(r"[A-Z$][^?]*\?(?: |$)", one["description"]), one["title"]
        assert one["fieldConfig"]["defaults"]["noValue"], one["title"]


def test_works_without_rules() -> None:
    """Without recorded series Destination and Exporter health have something to show everywhere."""
    needing = {
        uid: {
            one["title"]
            for one in lint.with_data(board)
            if all(":postfix" in target["expr"] for target in one["targets"])
        }
        for uid, board in BOARDS.items()
    }
    assert needing == {
        DELIVERY: NEEDS_RULES,
        DESTINATION: set(),
        POSTFIX: set(),
        EXPORTER: set(),
    }


@every_board
def test_no_bucket_is_left_out(board: Mutable) -> None:
    """A quantile looks at all buckets: without the empty ones below, it takes the first to begin at 0."""
    for one in lint.with_data(board):
        for target in one["targets"]:
            for node, _ in lint.nodes(lint.parsed(target["expr"])):
                if isinstance(node, promql_parser.Call) and node.func.name == "histogram_quantile":
                    assert isinstance(node.args[1], promql_parser.AggregateExpr), one["title"]


def turned_on_by() -> dict[str, str]:
    """Give the key of the configuration or the collector that each optional series needs."""
    by_metric = {metric: FAMILIES[name].collector for name, (metric, _) in NAMES.items()}
    endings = ("", "_total", "_count", "_bucket")
    needed = {metric + end: word for metric, word in by_metric.items() for end in endings}
    queue = {family.name: "queue" for family in all_queue_families(())}
    return needed | queue | {"postfix_sender_attempts_total": "senders"}


def test_server_says_what_to_turn_on() -> None:
    """All on Server is off by default: each panel says without data what it needs, and reads no more."""
    needed = turned_on_by()
    for one in lint.with_data(BOARDS[POSTFIX]):
        read = {
            needed[node.name or ""]
            for target in one["targets"]
            for node, _ in lint.nodes(lint.parsed(target["expr"]))
            if isinstance(node, promql_parser.VectorSelector)
        }
        said = set(re.findall(r"\w+", one["fieldConfig"]["defaults"]["noValue"]))
        assert said & set(needed.values()) == read, one["title"]


def of_all_destinations(expression: str) -> list[str]:
    """Give how each look at the counters by destination that names none is narrowed."""
    found = []
    for node, _ in lint.nodes(lint.parsed(expression)):
        if isinstance(node, promql_parser.VectorSelector) and node.name == FLEET:
            matchers = {one.name: one for one in node.matchers.matchers}
            one = matchers.get("domain")  # the placeholder of $scope
            if one is None or one.op != promql_parser.MatchOp.Equal or one.value[0] != "$":
                found.append(str(node))
    return found


@every_board
def test_no_look_at_all_destinations(board: Mutable) -> None:
    """No panel and no variable reads the counters by destination but for one destination.

    A fleet has a hundred thousand of these series: read over hours they keep a Prometheus busy for
    minutes, each time the dashboard is refreshed.
    """
    queries = [target["expr"] for _, target in targets(board)]
    queries += [
        one["query"].removeprefix("query_result(").removesuffix(")")
        for one in lint.variables(board, "query")
        if one["query"].startswith("query_result(")
    ]
    assert [found for query in queries for found in of_all_destinations(query)] == []


@pytest.mark.parametrize(
    "expression",
    [
        HUGE,
        HUGE.replace("}[", ', $scope!~"other"}['),
        HUGE.replace("}[", ', $scope=~"$listed"}['),
        HUGE.replace("$__range", "$__rate_interval"),
    ],
)
def test_look_at_all_destinations_is_seen(expression: str) -> None:
    """A look that names no destination, or not just one, is noticed."""
    assert of_all_destinations(expression)


def urls(place: object) -> Iterator[str]:
    """Give every address in panels."""
    if isinstance(place, dict):
        yield from ([place["url"]] if "url" in place else [])
        yield from (url for inner in place.values() for url in urls(inner))
    elif isinstance(place, list):
        yield from (url for inner in place for url in urls(inner))


def names(uid: str) -> set[str]:
    """Give the names of a dashboard's variables."""
    return {one["name"] for one in BOARDS[uid]["templating"]["list"]}
