"""The scenarios of the alert rules give the same verdicts from counts by quarter of an hour."""

from __future__ import annotations

import pytest

from exporter.heuristics.judging import judged
from tests.alerts.scenarios.later import LATER
from tests.alerts.scenarios.ours import NOT_OURS, OURS
from tests.alerts.scenarios.problems import POSITIVE
from tests.alerts.scenarios.quiet import NEGATIVE
from tests.alerts.scenarios.scenario import Alerts, Scenario
from tests.heuristics.quarters import LAST, history_of, labels_of

SCENARIOS = {one.name: one for one in (*POSITIVE, *LATER, *OURS, *NEGATIVE, *NOT_OURS)}

INSTANCES = "the rules look at each instance of a job; a log is looked at as a whole"
LAG = "what is read late is the past for a rule that sees it rise now; a log has its own clock"
DIFFERENCES = {
    "P7d": "the rule waits an hour before it says that a destination is unreachable; as P29",
    "P18": INSTANCES,
    "P18b": INSTANCES,
    "P18c": INSTANCES,
    "P18d": INSTANCES,
    "P18e": INSTANCES,
    "P26b": "recipients that wait since before a log began are not told in it",
    "P29": "a report tells a list that is bad at many receivers as one problem in any case",
    "P30": "an alert is kept for a while when a burst has left its short window; a verdict is of now",
    "N13": LAG,
    "N13c": LAG,
    "N24b": LAG,
    "N18": "it fails by tenths of a message, which a log does not have",
}
"""Where verdicts and alerts differ, and why."""


def agrees(scenario: Scenario) -> bool:
    """Whether verdicts and alerts are the same at each moment of a scenario."""
    return all(found_at(scenario, at) == of_delivery(alerts) for at, alerts in scenario.moments)


def found_at(scenario: Scenario, moment: int) -> Alerts:
    """Give the verdicts at a moment, of all jobs, as the scenarios name alerts."""
    found = set()
    for job in {labels_of(one).get("job") for one in scenario.series}:
        of_job = [one for one in scenario.series if labels_of(one).get("job") == job]
        begin = LAST - moment // 15 - 1
        last = dict(judged(history_of(of_job, moment), begin, LAST + 1)).get(LAST, ())
        found |= {" ".join(filter(None, (one.alert, *one.destination))) for one in last}
    return frozenset(found)


def of_delivery(alerts: Alerts) -> Alerts:
    """Give the alerts that are of delivery, and not of the watcher itself."""
    return frozenset(one for one in alerts if not one.startswith(("PostfixExp", "PostfixLog")))


@pytest.mark.parametrize("name", SCENARIOS)
def test_verdicts_are_those_of_the_rules(name: str) -> None:
    """Each moment of each scenario is judged as the rules do, but for what is named."""
    assert agrees(SCENARIOS[name]) is (name not in DIFFERENCES), DIFFERENCES.get(name, "")
