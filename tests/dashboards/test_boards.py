"""The dashboards show which receiver refuses, and work in every Grafana from 9.5 on."""

from __future__ import annotations

import copy
import itertools
import json
import math
import re
import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models import dashboard as models

from dashboards.src import causes
from dashboards.src.__main__ import FOLDER, files
from dashboards.src.frame import DELIVERY, DESTINATION, EXPORTER, written
from dashboards.src.panels import NEUTRAL
from exporter.verdict.classify import CodePattern
from exporter.verdict.knowledge import built_in
from tests.dashboards import lint, runs
from tests.dashboards.asking import (
    BUILT_IN,
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
from tests.dashboards.server import Server
from tests.pages import ROOT

UIDS = (DELIVERY, DESTINATION, EXPORTER)
NEEDS_RULES = {
    "Share refused in 2 h, against the alert threshold",
    "Receivers that throttle or block, effective number",
}
MOST_SERIES = 50
UNANSWERED = {
    (title, "B", "provider")
    for title in (
        "Refused per minute, by destination",
        "Share refused in 2 h, against the alert threshold",
        "Recipients waiting for a retry",
    )
}
"""In the spike run one provider refuses, so there is no second one."""

Mutable = dict[str, Any]


def committed(uid: str) -> Mutable:
    """Read a dashboard as it is committed."""
    read: Mutable = json.loads((FOLDER / f"{uid}.json").read_text(encoding="utf-8"))
    return read


MUTATIONS: list[tuple[str, tuple[str | int, ...], object]] = [
    ("template-datasource-rule", ("templating", "list", "datasource", "name"), "prometheus"),
    ("template-datasource-rule", ("templating", "list", "datasource", "label"), "Source"),
    ("template-datasource-rule", ("templating", "list", "datasource", "type"), "constant"),
    ("template-job-rule", ("templating", "list", "job", "allValue"), ".*"),
    ("template-job-rule", ("templating", "list", "job", "multi"), False),
    ("template-job-rule", ("templating", "list", "job", "type"), "custom"),
    ("template-job-rule", ("templating", "list", "job", "name"), "jobs"),
    ("template-job-rule", ("templating", "list", "job", "datasource"), {"uid": "one"}),
    ("template-instance-rule", ("templating", "list", "instance", "label"), "Host"),
    ("template-label-promql-rule", ("templating", "list", "job", "query"), "label_values(a{, b)"),
    ("template-label-promql-rule", ("templating", "list", "job", "query"), "values(a, b)"),
    ("template-on-time-change-reload-rule", ("templating", "list", "job", "refresh"), 1),
    ("panel-datasource-rule", ("panels", "Log age", "datasource"), {"uid": "one"}),
    ("panel-datasource-rule", ("panels", "Log age", "targets", 0, "datasource"), {"uid": "one"}),
    ("panel-title-description-rule", ("panels", "Log age", "description"), ""),
    ("panel-title-description-rule", ("panels", "Log age", "title"), ""),
    ("panel-units-rule", ("panels", "Log age", "fieldConfig", "defaults", "unit"), "jiffies"),
    ("panel-units-rule", ("panels", "Destinations, worst first", "fieldConfig", "overrides", 1, "properties", 2, "value"), "pieces"),
    ("panel-no-targets-rule", ("panels", "Log age", "targets"), []),
    ("target-promql-rule", ("panels", "Log age", "targets", 0, "expr"), "sum(up"),
    ("target-rate-interval-rule", ("panels", "Log age", "targets", 0, "expr"), 'rate(a_total{job=~"$job", instance=~"$instance"}[5m])'),
    ("target-job-rule", ("panels", "Log age", "targets", 0, "expr"), 'up{instance=~"$instance"}'),
    ("target-job-rule", ("panels", "Log age", "targets", 0, "expr"), 'up{job="$job", instance=~"$instance"}'),
    ("target-instance-rule", ("panels", "Log age", "targets", 0, "expr"), 'up{job=~"$job"}'),
    ("target-counter-agg-rule", ("panels", "Log age", "targets", 0, "expr"), 'sum(a_total{job=~"$job", instance=~"$instance"})'),
    ("target-counter-agg-rule", ("panels", "Log age", "targets", 0, "expr"), 'max_over_time(a_total{job=~"$job", instance=~"$instance"}[1h])'),
    ("uneditable-dashboard-rule", ("editable",), True),
]  # fmt: skip
"""The rule that is broken, what is changed in the dashboard, and into what."""

BOARDS = {uid: committed(uid) for uid in UIDS}
every_board = pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)


def panel(board: Mutable, title: str) -> Mutable:
    """Give a panel by its title."""
    [found] = [one for one in board["panels"] if one["title"] == title]
    return dict(found)


class TestFiles:
    """What is committed is what the source makes."""

    @pytest.mark.parametrize(("name", "text"), files().items(), ids=[*files()])
    def test_generated(self, name: str, text: str) -> None:
        """Every generated file is as `make dashboards` writes it."""
        assert (FOLDER / name).read_text(encoding="utf-8") == text

    @pytest.mark.parametrize("uid", UIDS)
    def test_sdk_reader(self, uid: str) -> None:
        """The SDK's reader takes a dashboard, and gives it back unchanged."""
        register_default_plugins()
        assert written(models.Dashboard.from_json(committed(uid))) == (
            FOLDER / f"{uid}.json"
        ).read_text(encoding="utf-8")

    @every_board
    def test_for_every_way_in(self, board: Mutable) -> None:
        """One form serves import, files and the sidecar: nothing of one Grafana is in it."""
        assert board["schemaVersion"] == 39
        assert not {"id", "version", "__inputs", "__requires"} & set(board)
        assert all("pluginVersion" not in one for one in board["panels"])

    def test_config_maps(self) -> None:
        """The sidecar finds the same JSON in ConfigMaps that have its label."""
        maps = list(yaml.safe_load_all((FOLDER / "provisioning/kubernetes.yml").read_text()))
        held = {name: text for one in maps for name, text in one["data"].items()}
        assert held == {f"{uid}.json": (FOLDER / f"{uid}.json").read_text() for uid in UIDS}
        assert {one["metadata"]["labels"]["grafana_dashboard"] for one in maps} == {"1"}

    @pytest.mark.parametrize("uid", UIDS)
    def test_picture(self, uid: str) -> None:
        """The README shows a picture of each dashboard, small enough for a page."""
        picture = f"docs/images/{uid}.png"
        assert f"]({picture})" in (ROOT / "README.md").read_text(encoding="utf-8")
        assert (ROOT / picture).stat().st_size < 300_000

    def test_provisioning(self) -> None:
        """The examples name what Grafana asks of a provider of files and of a data source."""
        [provider] = yaml.safe_load((FOLDER / "provisioning/dashboards.yml").read_text())[
            "providers"
        ]
        [source] = yaml.safe_load((FOLDER / "provisioning/datasources.yml").read_text())[
            "datasources"
        ]
        assert provider["type"] == "file"
        assert provider["options"]["path"]
        assert source["type"] == "prometheus"
        assert source["jsonData"]["timeInterval"]


class TestLint:
    """Grafana's own linter has nothing to say, and ours would say it."""

    @every_board
    def test_clean(self, board: Mutable) -> None:
        """No rule of the linter is broken on any panel with data."""
        assert lint.complaints(board) == []

    def test_exceptions_are_needed(self) -> None:
        """Only queries of recorded series are excepted, and only from naming an instance."""
        recorded = {
            ("target-instance-rule", board["title"], one["title"], index)
            for board in BOARDS.values()
            for one in lint.with_data(board)
            for index, target in enumerate(one["targets"])
            if ":postfix" in target["expr"]
        }
        assert lint.exceptions() == recorded

    @pytest.mark.parametrize(("rule", "path", "value"), MUTATIONS)
    def test_mutation(self, rule: str, path: tuple[str | int, ...], value: object) -> None:
        """A dashboard that breaks a rule is complained of by that rule."""
        board = copy.deepcopy(BOARDS[DELIVERY])
        place: Any = board
        for key in path[:-1]:
            place = place[key] if not isinstance(place, list) or isinstance(key, int) else next(
                one for one in place if key in (one.get("name"), one.get("title"))
            )  # fmt: skip
        assert place[path[-1]] != value
        place[path[-1]] = value
        assert rule in {said.partition(":")[0] for said in lint.complaints(board)}

    def test_every_rule_has_a_mutation(self) -> None:
        """No rule is without a dashboard that breaks it."""
        assert {rule for rule, _, _ in MUTATIONS} == set(lint.RULES)


class TestBoards:
    """A dashboard is whole: places, variables, links, legends, words."""

    @every_board
    def test_grid(self, board: Mutable) -> None:
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
    def test_titles_fit(self, board: Mutable) -> None:
        """No title of a narrow panel is cut: 26 characters fit into four columns."""
        for one in board["panels"]:
            assert len(filled(one["title"], values("spike"))) <= 6.5 * one["gridPos"]["w"], one[
                "title"
            ]

    @every_board
    def test_variables(self, board: Mutable) -> None:
        """Every variable that is used is defined, and every one that is defined is used."""
        defined = {one["name"] for one in board["templating"]["list"]}
        used = set(re.findall(r"\$\{?([a-z_]\w*)", json.dumps(board))) - set(BUILT_IN)
        used -= {"__all", "__field", "__value", "__url_time_range"}
        assert used == defined

    @every_board
    def test_links(self, board: Mutable) -> None:
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

    def test_alerts_lead_here(self) -> None:
        """Every address that an alert gives is a dashboard, with variables that it has."""
        rules = yaml.safe_load((ROOT / "alerts" / "postfix-alerts.yml").read_text())
        given = {
            rule["annotations"]["dashboard_url"]
            for group in rules["groups"]
            for rule in group["rules"]
        }
        for url in given:
            uid, _, query = url.partition("/d/")[2].partition("?")
            assert uid in UIDS
            assert set(urllib.parse.parse_qs(query)) <= {f"var-{name}" for name in names(uid)}
        assert {url.partition("/d/")[2].partition("?")[0] for url in given} == set(UIDS)

    @every_board
    def test_annotations(self, board: Mutable) -> None:
        """Firing alerts are drawn, and the labels that select them are labels that alerts have."""
        [annotation] = board["annotations"]["list"]
        assert 'ALERTS{alertstate="firing", job=~"$job"' in annotation["expr"]
        rules = (ROOT / "alerts" / "postfix-alerts.yml").read_text(encoding="utf-8")
        for category in re.findall(r'category="(\w+)"', annotation["expr"]):
            assert f"category: {category}}}" in rules

    @every_board
    def test_legends(self, board: Mutable) -> None:
        """A label that a legend names is one that the query keeps."""
        for one, target in targets(board):
            for label in re.findall(r"\{\{(\w+)\}\}", target.get("legendFormat", "")):
                kept = re.findall(r"by \(([^)]*)\)", target["expr"])
                assert any(label in by.split(", ") for by in kept), one["title"]

    @every_board
    def test_features_of_grafana(self, board: Mutable) -> None:
        """Nothing is used that Grafana 9.5 does not know."""
        shown = {one["type"] for one in board["panels"]}
        assert shown <= {"stat", "timeseries", "table", "status-history", "text"}
        text = json.dumps(board)
        assert set(re.findall(r'"mode": "(\w+(?:-\w+)+)"', text)) <= {"palette-classic"}
        assert set(re.findall(r'"colorMode": "(\w+)"', text)) <= {"value"}
        used = {step["id"] for one in board["panels"] for step in one.get("transformations", ())}
        assert used <= {"merge", "organize", "sortBy"}

    @every_board
    def test_words(self, board: Mutable) -> None:
        """A panel says which question it answers, and says so in words when there is no answer."""
        for one in lint.with_data(board):
            assert re.match(r"[A-Z$][^?]*\?(?: |$)", one["description"]), one["title"]
            assert one["fieldConfig"]["defaults"]["noValue"], one["title"]

    def test_works_without_rules(self) -> None:
        """Without recorded series every panel but two, which say so, has something to show."""
        needing = {
            one["title"]: one["fieldConfig"]["defaults"]["noValue"]
            for board in BOARDS.values()
            for one in lint.with_data(board)
            if all(":postfix" in target["expr"] for target in one["targets"])
        }
        assert set(needing) == NEEDS_RULES
        assert all("recording rules" in text for text in needing.values())


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


class TestCauses:
    """What a code means and what to check next is what the exporter knows."""

    def test_every_cause(self) -> None:
        """Every cause has a colour, and the note tells of each that is no delivery."""
        assert set(causes.COLOURS) == set(built_in().causes)
        [note] = [one for one in BOARDS[DESTINATION]["panels"] if one["type"] == "text"]
        for cause in causes.failing():
            told = built_in().causes[cause]
            assert (
                f"| {causes.shown(cause)} | {told.meaning} | {told.next} |"
                in (note["options"]["content"])
            )

    @pytest.mark.parametrize(
        ("key", "meaning"),
        [
            ("throttled google 4.7.28", "Google limits mail of our address, network or domain; the text says which."),
            ("throttled other 4.7.28", "Mail flood detected."),
            ("authentication other 5.7.26", "Multiple authentication checks failed."),
            ("unknown_recipient yahoo 5.1.1", "Bad destination mailbox address."),
            ("blocked unknown 5.0.0", built_in().causes["blocked"].meaning),
        ],
    )  # fmt: skip
    def test_meaning(self, key: str, meaning: str) -> None:
        """The first rule that decides by provider and code tells, else the cause."""
        assert (
            mapped(
                panel(BOARDS[DESTINATION], "Codes, what they mean, and what to check next"),
                "meaning",
                key,
            )
            == meaning
        )

    def test_patterns(self) -> None:
        """A pattern of codes fits the same codes in Grafana as in the exporter."""
        codes = [f"{c}.{s}.{d}" for c in "45" for s in range(8) for d in range(0, 999, 7)]
        for pattern in {code for rule in built_in().rules for code in rule.code}:
            expected = [code for code in codes if CodePattern(pattern).fits(code)]
            expression = re.compile(causes.expression(pattern))
            assert [code for code in codes if expression.fullmatch(code)] == expected, pattern

    def test_blocked_is_permanent(self) -> None:
        """A block is permanent in any class: a greeting that refuses is logged with class 4."""
        shown = panel(BOARDS[DELIVERY], "Temporary or permanent")
        assert mapped(shown, "kind", "blocked 4") == "Blocked, permanent"
        assert mapped(shown, "kind", "authentication 5") == "Authentication, permanent"
        assert mapped(shown, "kind", "throttled 4") == "Throttled, transient"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Give a Prometheus that holds both runs."""
    folder = tmp_path_factory.mktemp("runs")
    runs.fill(folder)
    with Server(folder) as running:
        yield running


every_scope = pytest.mark.parametrize("scope", SCOPES)


class TestRuns:
    """On real series the dashboards show a spike at a glance, and are quiet on a calm day."""

    @every_scope
    @every_board
    def test_every_query_answers(self, server: Server, board: Mutable, scope: str) -> None:
        """On the spike run every query has an answer of numbers, of at most 50 series."""
        for one, target in targets(board):
            series = asked(server, target, values("spike", scope))
            where = f"{one['title']}, {target['refId']}"
            assert len(series) <= MOST_SERIES, where
            assert bool(series) != ((one["title"], target["refId"], scope) in UNANSWERED), where
            assert all(math.isfinite(float(v)) for s in series for _, v in s.values), where

    @every_scope
    @every_board
    def test_calm(self, server: Server, board: Mutable, scope: str) -> None:
        """On the calm run every answer is a number, and no figure has a colour."""
        for one in lint.with_data(board):
            answers = [asked(server, target, values("calm", scope)) for target in one["targets"]]
            numbers = [float(v) for series in answers for s in series for _, v in s.values]
            assert all(map(math.isfinite, numbers)), one["title"]
            if one["type"] == "stat" and not one["fieldConfig"]["defaults"].get("mappings"):
                assert {colour(one, number) for number in numbers} <= {NEUTRAL}, one["title"]

    @every_scope
    def test_calm_says_so(self, server: Server, scope: str) -> None:
        """On the calm run the first row says in words that nothing is refused."""
        first = [one for one in BOARDS[DELIVERY]["panels"] if one["gridPos"]["y"] == 0][:4]
        said = [one["fieldConfig"]["defaults"]["noValue"] for one in first]
        assert said == ["No refusals"] * 3 + ["Too few refusals"]
        assert [figure(server, one, values("calm", scope)) for one in first] == [None] * 4

    @every_scope
    def test_first_row(self, server: Server, scope: str) -> None:
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
    def test_worst_first(self, server: Server, scope: str) -> None:
        """The worst destination of the spike stands first in the table."""
        table = panel(BOARDS[DELIVERY], "Destinations, worst first")
        first, *others = rows(server, table, values("spike", scope))
        assert first["destination"] == SCOPES[scope]
        assert first["Value #A"] > max(other["Value #A"] for other in others)

    @every_scope
    def test_next_step(self, server: Server, scope: str) -> None:
        """At the receiver the page says what to check next, in the exporter's words."""
        shown = panel(BOARDS[DESTINATION], "What to check next at $destination")
        [answer] = asked(server, shown["targets"][0], values("spike", scope))
        [rule] = [
            one
            for one in built_in().rules
            if one.provider == ("google",) and one.code == ("4.7.0", "4.7.28")
        ]
        assert mapped(shown, "next", answer.labels["next"]) == rule.next

    def test_destinations_to_choose(self, server: Server) -> None:
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
    def test_alerts_are_drawn(self, server: Server, job: str, destinations: set[str]) -> None:
        """A firing alert is an annotation; the calm run has none."""
        [annotation] = BOARDS[DELIVERY]["annotations"]["list"]
        expression = filled(annotation["expr"], values(job))
        series = server.range(expression, runs.BEGIN, runs.END, 60)
        assert {one.labels["destination"] for one in series} == destinations
