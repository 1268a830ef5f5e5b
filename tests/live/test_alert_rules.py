"""The alert rules tell a cluster from churn."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator

import pytest

from alerts.src.rules import SELDOM
from tests.alerts.promtool import RULES, Runs
from tests.alerts.scenarios import SCENARIOS
from tests.alerts.scenarios.scenario import Scenario
from tests.pages import ROOT
from tests.tools import tool

_ALL = bool(os.environ.get("ALL_SCENARIOS"))  # make test-scenarios
_LONG = 800
"""Evaluations of a scenario of days, which takes minutes."""

ASKED = [one for one in SCENARIOS if _ALL or one.evaluations() < _LONG]
OF_ANY_INTERVAL = [
    one for one in SCENARIOS if one.name[0] in "WQS" and one.minutes_per_sample() == 1
]
"""Scenarios of groups that are evaluated as often as Prometheus is told to."""


@pytest.fixture(scope="module")
def scenario_runs(request: pytest.FixtureRequest) -> Iterator[Runs]:
    """Begin all scenarios that are asked for."""
    yield from _begun(request, "scenario_runs")


@pytest.fixture(scope="module")
def seldom_runs(request: pytest.FixtureRequest) -> Iterator[Runs]:
    """Begin those that are asked for with rules that are seldom evaluated."""
    yield from _begun(request, "seldom_runs", SELDOM)


def _begun(request: pytest.FixtureRequest, fixture: str, evaluated: int = 0) -> Iterator[Runs]:
    asked = [
        item.callspec.params["scenario"]
        for item in request.session.items
        if isinstance(item, pytest.Function) and fixture in item.fixturenames
    ]
    runs = Runs([scenario for scenario in SCENARIOS if scenario in asked], RULES, evaluated)
    yield runs
    runs.stop()


@pytest.mark.parametrize("scenario", ASKED, ids=lambda scenario: scenario.name)
def test_scenario(scenario: Scenario, scenario_runs: Runs) -> None:
    """At every moment exactly the named alerts fire; at a quiet one none is even pending."""
    complaint = scenario_runs.complaint(scenario.name)
    assert complaint is None, f"{scenario.name}: {scenario.requirement}\n{complaint}"


@pytest.mark.parametrize("scenario", OF_ANY_INTERVAL, ids=lambda scenario: scenario.name)
def test_scenario_of_seldom_evaluations(scenario: Scenario, seldom_runs: Runs) -> None:
    """So it is with a sample a minute and rules that are evaluated every four minutes."""
    complaint = seldom_runs.complaint(scenario.name)
    assert complaint is None, f"{scenario.name}: {scenario.requirement}\n{complaint}"


def test_promtool_accepts_the_rules() -> None:
    """`promtool check rules` finds nothing, lint included."""
    paths = [str(ROOT / "alerts" / name) for name in RULES]
    checked = subprocess.run(
        [tool("promtool"), "check", "rules", "--lint=all", "--lint-fatal", *paths],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr
