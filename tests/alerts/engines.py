"""The scenarios on Prometheus and on VictoriaMetrics, side by side: `make test-engines`.

promtool and vmalert-tool put the same series through the same rules, vmalert-tool through those of
alerts/vmalert/. At the scenarios' own moments both must give the same complete set of alerts. The
table says how much later vmalert is between them.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from alerts.src import alerts, recording, thresholds
from alerts.src.__main__ import FOLDER
from alerts.src.rules import OFTEN
from alerts.src.vmalert import in_steps
from tests.alerts.promtool import ORDER, READ_BY_NONE, RULES, packs, unit_test
from tests.alerts.scenarios import SCENARIOS
from tests.alerts.scenarios.scenario import OUTAGE, UNREACHABLE, Scenario

LATE, LATE_OUTAGE = 2 * OFTEN / 60, 4 * OFTEN / 60
"""So many minutes VictoriaMetrics may be later: with a cluster, with an outage."""
_SHORT = 300
"""Minutes of a scenario that are not too many: all of these take vmalert-tool some ten minutes."""
_BY = "min by (job, alertname, scope, destination)"
_ENGINES = {
    "Prometheus": (
        ("promtool", "test", "rules"),
        "promql_expr_test",
        f'{_BY} (min_over_time(timestamp(ALERTS{{alertstate="firing"}})[%dm:1m]))',
    ),
    "VictoriaMetrics": (
        ("vmalert-tool", "unittest", "--files"),
        "metricsql_expr_test",
        f'{_BY} (tfirst_over_time(ALERTS{{alertstate="firing"}}[%dm]))',
    ),
}
"""Each engine's command, its name for a question, and the question since when what fires."""

_THRESHOLDS = "postfix-thresholds.yml"
_STEPS = sorted(
    in_steps((*recording.groups(), *alerts.groups())), key=lambda group: group.offset or 0
)
_RULES = {
    "Prometheus": (
        {name: text for name, text in RULES.items() if name not in READ_BY_NONE},
        ORDER,
    ),
    "VictoriaMetrics": (
        {
            _THRESHOLDS: RULES[_THRESHOLDS],
            "postfix.yml": (FOLDER / "vmalert" / "postfix.yml").read_text("utf-8"),
        },
        [thresholds.group().name, *(group.name for group in _STEPS)],
    ),
}
"""Each engine's rule files, and the order of their groups."""

Began = dict[tuple[str, ...], float]
"""Scenario, alert and where it has them scope and destination -> the first minute at which it fires."""


def chosen() -> list[Scenario]:
    """Give problems and quiet days of some hours, by the minute, that can be evaluated together."""
    return [
        one
        for one in SCENARIOS
        if one.name[0] in "PN"
        and one.minutes_per_sample() == 1
        and one.evaluations() <= _SHORT
        and not one.without
        and all(job for _, job, _ in one.extra)
    ]


def asked(engine: str, together: Sequence[Scenario]) -> tuple[Began, list[str]]:
    """Give since when what fires, and what else the engine says of the scenarios' moments."""
    command, kind, question = _ENGINES[engine]
    files, order = _RULES[engine]
    # in their order, for how many minutes an order costs depends on the engine's luck
    test = unit_test(together, list(files), 0) | {"group_eval_order": order}
    last = max(moment for one in together for moment, _ in one.moments)
    began = {"expr": question % last, "eval_time": f"{last}m", "exp_samples": []}
    for one in test["tests"]:
        one[kind] = [*one.pop("promql_expr_test"), began]
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (files | {"test.yml": json.dumps(test)}).items():
            (Path(folder) / name).write_text(text, "utf-8")
        ended = subprocess.run(
            [*command, "test.yml"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
    answers = re.split(r"(?m)^ *expr: ", ended.stdout + ended.stderr)[1:]
    told = [one for one in answers if question[:40] in one]
    alone = together[0].name if len(together) == 1 else ""
    return dict(_began("".join(told), alone)), [one.strip() for one in answers if one not in told]


def _began(answer: str, alone: str) -> Iterator[tuple[tuple[str, ...], float]]:
    got = answer.partition("got:")[2]
    for labels, seconds in re.findall(r"\{([^}]*)\} ([\d.E+]+)", got):
        of = dict(re.findall(r'(\w+)="([^"]*)"', labels))
        names = [of[name] for name in ("alertname", "scope", "destination") if name in of]
        yield (alone or of.get("job", "").split(" ")[0], *names), float(seconds) / 60


def main() -> int:
    """Print the table; give 1 where the engines differ by more than they may."""
    scenarios = chosen()
    together = list(packs(scenarios))
    with ThreadPoolExecutor(2) as pool:
        answers = {
            engine: list(pool.map(asked, [engine] * len(together), together)) for engine in _ENGINES
        }
    wrong = 0
    for engine, parts in answers.items():
        for complaint in (one for _, complaints in parts for one in complaints):
            wrong += 1
            print(f"{engine} at a scenario's moment: {complaint}\n")
    began = {
        engine: {alert: minute for part, _ in parts for alert, minute in part.items()}
        for engine, parts in answers.items()
    }
    prometheus, victoria = began.values()
    print("| scenario | alert | Prometheus | VictoriaMetrics | later |\n|---|---|---|---|---|")
    for alert in sorted(prometheus | victoria):
        first, second = prometheus.get(alert), victoria.get(alert)
        later = None if first is None or second is None else second - first
        limit = LATE_OUTAGE if alert[1] in (OUTAGE, UNREACHABLE) else LATE
        wrong += later is None or not 0 <= later <= limit
        cells = (alert[0], " ".join(alert[1:]), _minute(first), _minute(second), _minute(later))
        print("| " + " | ".join(cells) + " |")
    moments = sum(len(one.moments) for one in scenarios)
    print(f"\n{len(scenarios)} scenarios, {moments} moments, {wrong} differences")
    return 1 if wrong else 0


def _minute(value: float | None) -> str:
    return "never" if value is None else f"{value:g}"


if __name__ == "__main__":
    sys.exit(main())
