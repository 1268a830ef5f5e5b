"""On real series the dashboards show a spike at a glance, and are quiet on a calm day."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import pytest

from dashboards.src.frame import DELIVERY, DESTINATION
from dashboards.src.panels import NEUTRAL
from exporter.verdict.knowledge import built_in
from tests.dashboards import lint, runs
from tests.dashboards.asking import (
    SCOPES,
    asked,
    colour,
    figure,
    filled,
    mapped,
    rows,
    targets,
    values,
)
from tests.dashboards.boards import BOARDS, Mutable, every_board, panel
from tests.dashboards.server import Server

MOST_SERIES = 50
UNANSWERED = {
    (title, "B", "provider")
    for title in (
        "Refused per minute, by destination",
        "Share refused in 2 h, against the alert threshold",
    )
} | {("Suspended per minute, by cause", "A", scope) for scope in SCOPES}
"""In the spike run one provider refuses and no second one, and Postfix tries all mail."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Give a Prometheus that holds both runs."""
    folder = tmp_path_factory.mktemp("runs")
    runs.fill(folder)
    with Server(folder) as running:
        yield running


every_scope = pytest.mark.parametrize("scope", SCOPES)


@every_scope
@every_board
def test_every_query_answers(server: Server, board: Mutable, scope: str) -> None:
    """On the spike run every query has an answer of numbers, of at most 50 series."""
    for one, target in targets(board):
        series = asked(server, target, values("spike", scope))
        where = f"{one['title']}, {target['refId']}"
        assert len(series) <= MOST_SERIES, where
        assert bool(series) != ((one["title"], target["refId"], scope) in UNANSWERED), where
        assert all(math.isfinite(float(v)) for s in series for _, v in s.values), where


@every_scope
@every_board
def test_calm(server: Server, board: Mutable, scope: str) -> None:
    """On the calm run every answer is a number, and no figure has a colour."""
    for one in lint.with_data(board):
        answers = [asked(server, target, values("calm", scope)) for target in one["targets"]]
        numbers = [float(v) for series in answers for s in series for _, v in s.values]
        assert all(map(math.isfinite, numbers)), one["title"]
        if one["type"] == "stat" and not one["fieldConfig"]["defaults"].get("mappings"):
            assert {colour(one, number) for number in numbers} <= {NEUTRAL}, one["title"]


@every_scope
def test_calm_says_so(server: Server, scope: str) -> None:
    """On the calm run the first row says in words that nothing is refused."""
    first = [one for one in BOARDS[DELIVERY]["panels"] if one["gridPos"]["y"] == 0][:4]
    said = [one["fieldConfig"]["defaults"]["noValue"] for one in first]
    assert said == ["No refusals"] * 3 + ["Too few refusals"]
    assert [figure(server, one, values("calm", scope)) for one in first] == [None] * 4


@every_scope
def test_first_row(server: Server, scope: str) -> None:
    """On the spike run the first row says who, of what kind, since when, how concentrated."""
    board, given = BOARDS[DELIVERY], values("spike", scope)
    who, kind, since, concentration = board["panels"][:4]
    [worst] = asked(server, who["targets"][0], given)
    assert worst.labels == {"destination": SCOPES[scope]}
    assert colour(who, float(worst.values[0][1])) != NEUTRAL
    [why] = asked(server, kind["targets"][0], given)
    assert mapped(kind, "kind", why.labels["kind"]) == "Throttled, transient"
    began = (figure(server, since, given) or 0) / 1000
    assert runs.BEGIN + 2 * 3600 <= began <= runs.BEGIN + 2 * 3600 + 600
    assert 0.9 < (figure(server, concentration, given) or 0) <= 1


@every_scope
def test_worst_first(server: Server, scope: str) -> None:
    """The worst destination of the spike stands first in the table."""
    table = panel(BOARDS[DELIVERY], "Destinations, worst first")
    first, *others = rows(server, table, values("spike", scope))
    assert first["destination"] == SCOPES[scope]
    assert first["Value #A"] > max(other["Value #A"] for other in others)


@every_scope
def test_next_step(server: Server, scope: str) -> None:
    """At the receiver the page says what to check next, in the exporter's words."""
    shown = panel(BOARDS[DESTINATION], "What to check next at $destination")
    [answer] = asked(server, shown["targets"][0], values("spike", scope))
    rule = next(
        one
        for one in built_in().rules
        if one.provider == ("google",) and "4.7.28" in one.code and len(one.conditions()) == 2
    )
    assert mapped(shown, "next", answer.labels["next"]) == rule.next


def test_destinations_to_choose(server: Server) -> None:
    """Without a link the dashboard opens at the receiver that refuses most; all are there."""
    [one] = [v for v in BOARDS[DESTINATION]["templating"]["list"] if v["name"] == "destination"]
    query = one["query"].removeprefix("query_result(").removesuffix(")")
    found = server.instant(filled(query, values("spike")), runs.BEGIN + 4 * 3600)
    assert found[0].labels["destination"] == "gmail.com"
    assert len(found) > 20
    assert re.search(one["regex"].strip("/"), 'x{destination="gmail.com"} 1 2')


@pytest.mark.parametrize(
    ("job", "destinations"), [("spike", set(SCOPES.values())), ("calm", set())]
)
def test_alerts_are_drawn(server: Server, job: str, destinations: set[str]) -> None:
    """A firing alert is an annotation; the calm run has none."""
    [annotation] = BOARDS[DELIVERY]["annotations"]["list"]
    expression = filled(annotation["expr"], values(job))
    series = server.range(expression, runs.BEGIN, runs.END, 60)
    assert {one.labels["destination"] for one in series} == destinations
