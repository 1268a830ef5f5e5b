"""The rule files are what their source says, and each scenario has a name of its own."""

from __future__ import annotations

import promql_parser
import yaml

from alerts.src import alerts, reasons, recording
from alerts.src.__main__ import FOLDER, files
from alerts.src.rules import OFTEN, SELDOM
from tests.alerts.promtool import RULES
from tests.alerts.scenarios import SCENARIOS
from tests.dashboards.lint import nodes


def test_scenario_names() -> None:
    """A scenario is called once."""
    names = [scenario.name for scenario in SCENARIOS]
    assert len(names) == len(set(names))


def test_no_group_is_out_of_sight() -> None:
    """A group with an interval of its own is evaluated before its samples are out of sight."""
    intervals = {
        group.interval
        for group in (*recording.groups(), *alerts.groups(), reasons.group())
        if group.interval
    }
    assert intervals == {OFTEN, SELDOM}
    assert max(intervals) < 300
    assert 300 % OFTEN == 0, "each moment is in three quarters of an hour"


def test_rule_files_are_generated() -> None:
    """The rule files are what their source says."""
    written = files()
    assert written == {name: (FOLDER / name).read_text("utf-8") for name in written}
    assert RULES.items() <= written.items()


def test_no_time_stamp_of_an_expression() -> None:
    """No rule asks for timestamp(): VictoriaMetrics answers for what has ended (docs/surprises.md)."""
    rules = [
        rule
        for content in RULES.values()
        for group in yaml.safe_load(content)["groups"]
        for rule in group["rules"]
    ]
    called = {
        node.func.name
        for rule in rules
        for node, _ in nodes(promql_parser.parse(rule["expr"]))
        if isinstance(node, promql_parser.Call)
    }
    assert "increase" in called
    assert "timestamp" not in called
