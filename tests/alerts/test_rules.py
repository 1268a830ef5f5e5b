"""The rule files are what their source says, and each scenario has a name of its own."""

from __future__ import annotations

from alerts.src.__main__ import files
from tests.alerts.promtool import RULES
from tests.alerts.scenarios import SCENARIOS


def test_scenario_names() -> None:
    """A scenario is called once."""
    names = [scenario.name for scenario in SCENARIOS]
    assert len(names) == len(set(names))


def test_rule_files_are_generated() -> None:
    """The rule files are what their source says."""
    assert files() == RULES
