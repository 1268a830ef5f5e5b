"""Grafana's own linter has nothing to say, and ours would say it."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from dashboards.src.frame import DELIVERY
from tests.dashboards import lint
from tests.dashboards.boards import BOARDS, Mutable, every_board

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


@every_board
def test_clean(board: Mutable) -> None:
    """No rule of the linter is broken on any panel with data."""
    assert lint.complaints(board) == []


def test_exceptions_are_needed() -> None:
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
def test_mutation(rule: str, path: tuple[str | int, ...], value: object) -> None:
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


def test_every_rule_has_a_mutation() -> None:
    """No rule is without a dashboard that breaks it."""
    assert {rule for rule, _, _ in MUTATIONS} == set(lint.RULES)
