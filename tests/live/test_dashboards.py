"""On real series the dashboards show a spike at a glance, and are quiet on a calm day."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import pytest

from dashboards.src.frame import DELIVERY, DESTINATION, POSTFIX
from dashboards.src.panels import NEUTRAL
from exporter.verdict.knowledge import built_in
from tests.dashboards import lint, runs
from tests.dashboards.asking import (
    SCOPES,
    asked,
    chosen,
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
    given = chosen(server, "spike", scope)
    for one, target in targets(board):
        series = asked(server, target, given)
        where = f"{one['title']}, {target['refId']}"
        assert len(series) <= MOST_SERIES, where
        assert bool(series) != ((one["title"], target["refId"], scope) in UNANSWERED), where
        assert all(math.isfinite(float(v)) for s in series for _, v in s.values), where


@every_scope
@every_board
def test_calm(server: Server, board: Mutable, scope: str) -> None:
    """On the calm run every answer is a number, and no figure has a colour."""
    given = chosen(server, "calm", scope)
    for one in lint.with_data(board):
        answers = [asked(server, target, given) for target in one["targets"]]
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
    given = chosen(server, "calm", scope)
    assert [figure(server, one, given) for one in first] == [None] * 4


@every_scope
def test_first_row(server: Server, scope: str) -> None:
    """On the spike run the first row says who, of what kind, since when, how concentrated."""
    board, given = BOARDS[DELIVERY], chosen(server, "spike", scope)
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
    first, *others = rows(server, table, chosen(server, "spike", scope))
    assert first["destination"] == SCOPES[scope]
    assert first["Value #A"] > max(other["Value #A"] for other in others)


@every_scope
def test_next_step(server: Server, scope: str) -> None:
    """At the receiver the page says what to check next, in the exporter's words."""
    shown = panel(BOARDS[DESTINATION], "What to check next at $destination")
    [answer] = asked(server, shown["targets"][0], chosen(server, "spike", scope))
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
    ("job", "uid", "drawn"),
    [
        (
            "spike",
            DELIVERY,
            {
                *(("PostfixDestinationThrottled", name) for name in SCOPES.values()),
                ("PostfixFatalErrors", None),
            },
        ),
        ("spike", POSTFIX, {("PostfixFatalErrors", None)}),
        ("calm", DELIVERY, set()),
        ("calm", POSTFIX, set()),
    ],
)
def test_alerts_are_drawn(
    server: Server, job: str, uid: str, drawn: set[tuple[str, str | None]]
) -> None:
    """A firing alert is an annotation where it belongs; the calm run has none."""
    [annotation] = BOARDS[uid]["annotations"]["list"]
    expression = filled(annotation["expr"], values(job))
    series = server.range(expression, runs.BEGIN, runs.END, 60)
    assert {(one.labels["alertname"], one.labels.get("destination")) for one in series} == drawn


ALL_TOGETHER = (
    "sum by (cause, status, repeat) (postfix_delivery_attempts_total{job='spike'})"
    " - on (cause, status, repeat) postfix_delivery_outcomes_total{job='spike'}"
)
"""What the small counter differs by from the sum of the large one."""


def test_small_counter_is_the_large_one(server: Server) -> None:
    """What shares and totals are drawn from is at each scrape the sum over all destinations."""
    found = server.range(ALL_TOGETHER, runs.BEGIN + runs.SCRAPES, runs.END, runs.SCRAPES)
    assert len(found) > 3
    assert {value for one in found for _, value in one.values} == {"0"}


@pytest.mark.parametrize("title", ["Delivered", "Deferred", "Bounced"])
def test_shares_are_those_of_the_raw_counters(server: Server, title: str) -> None:
    """A share of all mail is what the counters by destination give, to a thousandth."""
    shown = panel(BOARDS[DELIVERY], title)
    expression = str(shown["targets"][0]["expr"])
    raw = expression.replace("postfix_delivery_outcomes_total", "postfix_delivery_attempts_total")
    assert raw != expression
    [wanted] = server.instant(filled(raw, values("spike")), runs.END)
    assert figure(server, shown, values("spike")) == pytest.approx(
        float(wanted.values[0][1]), abs=0.001
    )


@every_scope
def test_table_is_what_the_raw_counters_tell(server: Server, scope: str) -> None:
    """What is recorded by quarters of an hour adds up to what each destination was sent."""
    table = panel(BOARDS[DELIVERY], "Destinations, worst first")
    found = rows(server, table, chosen(server, "spike", scope))
    assert len(found) > 1
    for letter, matchers in (
        ("A", 'cause=~"throttled|blocked|authentication|content|other"'),
        ("I", 'cause!~"suspended|local|greylisted"'),
    ):
        for row in found:
            labels = f'job="spike", {scope}="{row["destination"]}", repeat!="true", {matchers}'
            raw = f"sum(increase(postfix_delivery_attempts_total{{{labels}}}[6h]))"
            [counted] = server.instant(f"{raw} or vector(0)", runs.END)
            told = float(counted.values[0][1])
            assert row[f"Value #{letter}"] == pytest.approx(told, rel=0.05, abs=1), row


def test_without_rules(server: Server) -> None:
    """Where nothing is recorded, Delivery health says so first of all, and only there."""
    worst = panel(BOARDS[DELIVERY], "Worst destination")
    given = values("spike") | {"worst": "", "listed": "()"}
    assert asked(server, worst["targets"][0], given) == []
    [said] = asked(server, worst["targets"][0], given | {"job": "without"})
    assert said.labels == {"destination": "no recording rules"}
    assert colour(worst, float(said.values[0][1])) == NEUTRAL
