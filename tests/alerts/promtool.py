"""Running scenarios with promtool."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import yaml

from tests.alerts.scenarios import Scenario
from tests.pages import ROOT
from tests.tools import tool

RULES = {
    path.name: path.read_text("utf-8") for path in sorted((ROOT / "alerts").glob("postfix-*.yml"))
}
_FIRING = 'group by (alertname, scope, destination) (ALERTS{alertstate="firing"})'


def failure(scenario: Scenario, rules: Mapping[str, str], folder: Path) -> str | None:
    """Run a scenario against rule files, name -> text; give promtool's complaint, if it has one."""
    names = [name for name in rules if name != scenario.without]
    for name in names:
        (folder / name).write_text(rules[name], "utf-8")
    if scenario.extra:
        names.append("extra.yml")
        (folder / "extra.yml").write_text(_thresholds(scenario), "utf-8")
    test = folder / "test.yml"
    test.write_text(json.dumps(_test_file(scenario, names)), "utf-8")
    command = ["nice", "-n", "19", tool("promtool"), "test", "rules", test.name]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return None if ended.returncode == 0 else _shortened(ended.stdout + ended.stderr)


class Runs:
    """Scenarios that run side by side in the background, and give way to whatever else runs."""

    def __init__(self, scenarios: Iterable[Scenario], rules: Mapping[str, str]) -> None:
        self._pool = ThreadPoolExecutor(os.cpu_count())
        longest_first = sorted(scenarios, key=lambda one: -max(minute for minute, _ in one.moments))
        self._ended = {one.name: self._pool.submit(_run, one, rules) for one in longest_first}

    def complaint(self, name: str) -> str | None:
        """Wait for a scenario; give promtool's complaint, if it has one."""
        return self._ended[name].result()

    def stop(self) -> None:
        """Begin no more of them."""
        self._pool.shutdown(cancel_futures=True)


def _run(scenario: Scenario, rules: Mapping[str, str]) -> str | None:
    with tempfile.TemporaryDirectory() as folder:
        return failure(scenario, rules, Path(folder))


def _shortened(output: str) -> str:
    return re.sub(r"\n\s*\n+", "\n", output).strip()


def _test_file(scenario: Scenario, names: list[str]) -> dict[str, Any]:
    minutes = scenario.minutes_per_sample()
    return {
        "rule_files": names,
        "evaluation_interval": f"{minutes}m",
        "tests": [
            {
                "name": scenario.name,
                "interval": f"{minutes}m",
                "input_series": [one.as_input(minutes) for one in scenario.series],
                "promql_expr_test": [
                    {
                        "expr": _FIRING if expected else "ALERTS",
                        "eval_time": f"{moment}m",
                        "exp_samples": [_sample(alert) for alert in sorted(expected)],
                    }
                    for moment, expected in scenario.moments
                ],
            }
        ],
    }


def _sample(alert: str) -> dict[str, Any]:
    labels = dict(zip(("alertname", "scope", "destination"), alert.split(), strict=False))
    inner = ", ".join(f'{name}="{value}"' for name, value in labels.items())
    return {"labels": f"{{{inner}}}", "value": 1}


def _thresholds(scenario: Scenario) -> str:
    rules = [
        {
            "record": "postfix:alert_threshold",
            "labels": {"name": name} | ({"job": job} if job else {"twice": "yes"}),
            "expr": f"vector({value:g})",
        }
        for name, job, value in scenario.extra
    ]
    return yaml.safe_dump({"groups": [{"name": "overrides", "rules": rules}]})
