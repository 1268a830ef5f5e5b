"""The alert rules tell a cluster from churn."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.alerts.promtool import RULES, failure
from tests.alerts.scenarios import SCENARIOS, Scenario


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_scenario(scenario: Scenario, tmp_path: Path) -> None:
    """At every moment exactly the named alerts fire; at a quiet one none is even pending."""
    complaint = failure(scenario, RULES, tmp_path)
    assert complaint is None, f"{scenario.name}: {scenario.requirement}\n{complaint}"
