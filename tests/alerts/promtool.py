"""Running scenarios with promtool.

Most of what a scenario takes is evaluating rules that have nothing to do, so several are evaluated
at once, each as jobs of its own; that they do not disturb each other is a promise of the rules.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from alerts.src import alerts, recording, thresholds
from alerts.src.rules import OFTEN, SELDOM
from tests.alerts.scenarios.scenario import Scenario
from tests.pages import ROOT
from tests.tools import tool

RULES = {
    path.name: path.read_text("utf-8") for path in sorted((ROOT / "alerts").glob("postfix-*.yml"))
}
READ_BY_NONE = {"postfix-reasons.yml"}
"""Words for templates: no expression reads them, and evaluating them takes its time."""
ORDER = [one.name for one in (thresholds.group(), *recording.groups(), *alerts.groups())]
_TOGETHER = 16
"""So many scenarios of about the same length are evaluated at once."""
_RARELY = {"GOGC": "400"}
"""promtool collects its garbage when the heap has grown fivefold, to 200 MB: a sixth less to do."""
_IN_SIGHT = 300
"""Seconds for which Prometheus shows a sample: 2.42 still at their end, 3 no longer."""
_LARGE = 300
"""Scenarios with so many series are alone: promtool's queries may read 10,000 samples."""


def failure(
    scenarios: Sequence[Scenario], rules: Mapping[str, str], evaluated: int = 0
) -> str | None:
    """Run scenarios at once against rule files, name -> text; give promtool's complaint, if any.

    Rules are `evaluated` every so many seconds, or in short scenarios as often as they say.
    """
    without = {one.without for one in scenarios} | READ_BY_NONE
    files = {name: text for name, text in rules.items() if name not in without}
    if _every(scenarios, evaluated) == OFTEN:
        files = {name: in_their_intervals(text) for name, text in files.items()}
    if any(one.extra for one in scenarios):
        files["extra.yml"] = _thresholds(scenarios)
    test = json.dumps(unit_test(scenarios, list(files), evaluated))
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (files | {"test.yml": test}).items():
            (Path(folder) / name).write_text(text, "utf-8")
        command = ["nice", "-n", "19", tool("promtool"), "test", "rules", "test.yml"]
        ended = subprocess.run(
            command,
            cwd=folder,
            env=os.environ | _RARELY,
            capture_output=True,
            text=True,
            check=False,
        )
    return None if ended.returncode == 0 else _shortened(ended.stdout + ended.stderr)


@lru_cache(maxsize=8)
def in_their_intervals(text: str) -> str:
    """Give a rule file whose slow groups come around every second time, if all do as often as most.

    promtool evaluates all groups alike, so the rules of a slower one say what they said before
    when it is not their turn.
    """
    slow = f"{SELDOM}s"
    if f"\n  interval: {slow}\n" not in text:
        return text
    read = yaml.safe_load(text)
    for group in read["groups"]:
        if group.pop("interval", "") == slow:
            turn = f"on () (vector(time() % {2 * OFTEN}) == 0)"
            for rule in group["rules"]:
                labels = ",".join(f'{key}="{of}"' for key, of in rule.get("labels", {}).items())
                before = f"{rule['record']}{{{labels}}} offset {OFTEN}s"
                rule["expr"] = f"({rule['expr']}) and {turn} or {before} unless {turn}"
    return json.dumps(read)


class Runs:
    """Scenarios that run side by side in the background, and give way to whatever else runs."""

    def __init__(
        self, scenarios: Iterable[Scenario], rules: Mapping[str, str], evaluated: int = 0
    ) -> None:
        self._pool = ThreadPoolExecutor(os.cpu_count())
        self._ended: dict[str, Future[dict[str, str]]] = {}
        for together in packs(scenarios):
            ended = self._pool.submit(_complaints, together, rules, evaluated)
            self._ended |= {one.name: ended for one in together}

    def complaint(self, name: str) -> str | None:
        """Wait for a scenario; give promtool's complaint, if it has one."""
        return self._ended[name].result().get(name)

    def stop(self) -> None:
        """Begin no more of them."""
        self._pool.shutdown(cancel_futures=True)


def packs(scenarios: Iterable[Scenario]) -> Iterator[list[Scenario]]:
    """Give what is evaluated at once, the longest first.

    Alone is a large scenario, and one that changes the rules of all jobs.
    """
    alone: list[list[Scenario]] = []
    by_interval: dict[int, list[Scenario]] = {}
    for one in sorted(scenarios, key=lambda one: -one.evaluations()):
        changes_all = one.without or not all(job for _, job, _ in one.extra)
        if changes_all or len(one.series) >= _LARGE:
            alone.append([one])
        else:
            by_interval.setdefault(one.minutes_per_sample(), []).append(_by_itself(one))
    packed = [
        of[first : first + _TOGETHER]
        for of in by_interval.values()
        for first in range(0, len(of), _TOGETHER)
    ]
    yield from sorted(packed + alone, key=lambda pack: -pack[0].evaluations())


def _by_itself(scenario: Scenario) -> Scenario:
    """Give the scenario with its name in each of its jobs."""
    job = f'job="{scenario.name} '
    return replace(
        scenario,
        series=[replace(one, name=one.name.replace('job="', job)) for one in scenario.series],
        extra=tuple((name, f"{scenario.name} {of}", value) for name, of, value in scenario.extra),
    )


def _every(scenarios: Sequence[Scenario], evaluated: int) -> int:
    """Give after how many seconds rules are evaluated again: where samples are seldom, as seldom."""
    return evaluated or max(OFTEN, 60 * scenarios[0].minutes_per_sample())


def _complaints(
    together: Sequence[Scenario], rules: Mapping[str, str], evaluated: int
) -> dict[str, str]:
    """Give who fails, and promtool's words; all of them when none does alone."""
    complaint = failure(together, rules, evaluated)
    if complaint is None:
        return {}
    alone = {one.name: failure([one], rules, evaluated) for one in together}
    failed = {name: why for name, why in alone.items() if why}
    return failed or {one.name: f"only beside others: {complaint}" for one in together}


def _shortened(output: str) -> str:
    return re.sub(r"\n\s*\n+", "\n", output).strip()


def unit_test(scenarios: Sequence[Scenario], names: list[str], evaluated: int) -> dict[str, Any]:
    """Give promtool's test of scenarios with rule files, evaluated every so many seconds."""
    minutes = scenarios[0].minutes_per_sample()
    every = _every(scenarios, evaluated)
    return {
        "rule_files": names,
        "evaluation_interval": f"{every}s",
        # in any order, unless so seldom that a group cannot see what another recorded before
        "group_eval_order": ORDER if every >= _IN_SIGHT else [],
        "tests": [
            {
                "name": ", ".join(one.name for one in scenarios),
                "interval": f"{minutes}m",
                "input_series": [
                    one.as_input(minutes)
                    for scenario in scenarios
                    for counted in scenario.series
                    for one in (counted, *counted.in_outcomes())
                ],
                "promql_expr_test": [
                    {
                        "expr": _alerts(scenario, firing=bool(expected), alone=len(scenarios) == 1),
                        "eval_time": f"{moment}m",
                        "exp_samples": [_sample(alert) for alert in sorted(expected)],
                    }
                    for scenario in scenarios
                    for moment, expected in scenario.moments
                ]
                + _nobody_else(scenarios),
            }
        ],
    }


def _alerts(scenario: Scenario, *, firing: bool, alone: bool) -> str:
    """Give the query of a scenario's alerts: those that fire, or any; one without a job counts."""
    jobs = "" if alone else f'job=~"|{scenario.name} .+"'
    if not firing:
        return f"ALERTS{{{jobs}}}"
    return f'group by (alertname, scope, destination) (ALERTS{{alertstate="firing", {jobs}}})'


def _nobody_else(scenarios: Sequence[Scenario]) -> list[dict[str, Any]]:
    """Ask at the end whether within a day an alert had a job that is no scenario's."""
    if len(scenarios) == 1:
        return []
    jobs = "|".join(f"{one.name} .+" for one in scenarios)
    last = max(moment for one in scenarios for moment, _ in one.moments)
    expression = f'last_over_time(ALERTS{{job!~"|{jobs}"}}[1d])'
    return [{"expr": expression, "eval_time": f"{last}m", "exp_samples": []}]


def _sample(alert: str) -> dict[str, Any]:
    labels = dict(zip(("alertname", "scope", "destination"), alert.split(), strict=False))
    inner = ", ".join(f'{name}="{value}"' for name, value in labels.items())
    return {"labels": f"{{{inner}}}", "value": 1}


def _thresholds(scenarios: Iterable[Scenario]) -> str:
    rules = [
        {
            "record": "postfix:alert_threshold",
            "labels": {"name": name} | ({"job": job} if job else {"twice": "yes"}),
            "expr": f"vector({value:g})",
        }
        for scenario in scenarios
        for name, job, value in scenario.extra
    ]
    return yaml.safe_dump({"groups": [{"name": "overrides", "rules": rules}]})
