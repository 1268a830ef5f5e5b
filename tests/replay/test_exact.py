"""A replay gives the alerts that Prometheus' own rule engine gives, minute by minute."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from exporter.config import Config
from replay.evaluating import Ends
from replay.logs import logs
from replay.pages import Pages
from replay.playing import Played, samples_of
from replay.prometheus import STEP
from replay.remote_write import Labels
from replay.rules import FILES, blocks
from tests.alerts.promtool import ORDER, RULES
from tests.pages import ROOT
from tests.replay.days import HOUR, MINUTE, fired, healthy, played, throttled, unreachable
from tests.tools import tool
from tests.triage.reports import NOON, Log


def test_the_states_of_alerts_are_those_of_promtool(tmp_path: Path) -> None:
    """At each minute promtool, given the same pages and rule files, has the same alerts.

    In this log a cluster is kept after it is over, and an outage silences what it explains.
    """
    log = healthy(Log(), NOON, NOON + 70 * MINUTE)
    throttled(log, NOON, NOON + 50 * MINUTE, 200)
    unreachable(log, NOON + 70 * MINUTE, NOON + 2 * HOUR)
    path = healthy(log, NOON + 2 * HOUR, NOON + 2.5 * HOUR).write(tmp_path / "mail.log")
    told = played(path)
    assert {"PostfixDestinationThrottled", "PostfixOwnNetworkOutage"} <= set(fired(told))
    for file in FILES:
        (tmp_path / file).write_text(RULES[file], "utf-8")
    (tmp_path / "test.yml").write_text(json.dumps(unit_test([str(path)], told)), "utf-8")
    command = [tool("promtool"), "test", "rules", "test.yml"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def unit_test(files: list[str], told: Played) -> dict[str, object]:
    """Give promtool's test of a log's pages, with the alerts of a replay at each minute."""
    [log] = logs(files, "")
    names = {name for one in blocks(ROOT / "alerts") for of in one.rules for name in of.names()}
    pages = Pages(log, Config(), log.first, names)
    samples = samples_of(pages, Ends(), told.begin, told.end)
    moments = range(told.begin, told.end + 1, STEP)
    series = [
        {"series": _braces(labels), "values": _values(dict(values), moments)}
        for labels, values in samples.items()
    ]
    asked = [
        {
            "expr": "ALERTS",
            "eval_time": f"{(moment - told.begin) // STEP}m",
            "exp_samples": [
                {"labels": _braces(_alert(one.labels, state)), "value": 1}
                for one in told.episodes
                if (state := one.state_at(moment))
            ],
        }
        for moment in moments
    ]
    test = {"interval": "1m", "input_series": series, "promql_expr_test": asked}
    return {
        "rule_files": list(FILES),
        "evaluation_interval": "1m",
        "group_eval_order": ORDER,
        "tests": [test],
    }


def _alert(labels: Labels, state: str) -> Labels:
    return (*labels, ("__name__", "ALERTS"), ("alertstate", state))


def _braces(labels: Labels) -> str:
    named = dict(labels)
    metric = named.pop("__name__")
    return metric + "{" + ", ".join(f"{name}={json.dumps(of)}" for name, of in named.items()) + "}"


def _values(told: dict[int, float], moments: range) -> str:
    parts = []
    for moment in moments:
        value = told.get(moment)
        is_end = value is not None and value != value
        parts.append("_" if value is None else "stale" if is_end else f"{value:.17g}")
    return " ".join(parts)
