"""What an alert says of reasons, senders and servers, as promtool expands its templates."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from alerts.src import quarters, server, server_alerts, thresholds
from alerts.src.reasons import ADVICE, advice, group
from alerts.src.rules import OFTEN, SELDOM, Group, render
from alerts.src.series import CATCHING_UP
from alerts.src.thresholds import JOBS
from exporter.verdict.knowledge import built_in
from tests.alerts.promtool import RULES
from tests.alerts.scenarios.servers import SERVER
from tests.alerts.series import (
    HOUR,
    Series,
    attempts,
    background,
    deferred,
    delivered,
    joined,
    series,
)
from tests.tools import tool

SENDERS = "postfix_sender_attempts_total"
REASONS = "postfix_refusal_reasons_total"


def _reason(name: str, rate: float, provider: str = "google", cause: str = "throttled") -> Series:
    return series(
        REASONS, ((HOUR, rate),), "", provider=provider, cause=cause, reason=name
    )  # fmt: skip


def _sender(name: str, rate: float, provider: str = "google", cause: str = "throttled") -> Series:
    return series(
        SENDERS, ((HOUR, rate),), "", provider=provider, cause=cause, sender=name
    )  # fmt: skip


def _word(reason: str, words: str) -> Series:
    return Series(f'{ADVICE}{{reason="{reason}",advice="{words}"}}', values=f"1x{HOUR}")


WORDS = [_word("rate", "They limit. Next: Slow down."), _word("fourth", "Never told.")]
ALL = [
    *background(HOUR),
    *WORDS,
    _reason("rate", 1.5),
    _reason("own-rule", 0.5),
    _reason("third", 0.25),
    _reason("fourth", 0.125),
    _reason("of-another-cause", 9, cause="blocked"),
    _reason("of-others", 9, provider="other"),
]
TOLD = "Reasons at google in 2h: rate (90): They limit. Next: Slow down. own-rule (30). third (15)."
REFUSED_BY_ALL = joined(
    [
        *delivered(f"{name}.test", (HOUR, 1)),
        *attempts(f"{name}.test", "blocked", (HOUR, 0.2)),
    ]
    for name in "abcd"
)
SAYS = {
    "a provider's reasons, with what they mean": (
        [*ALL, *attempts("gmail.com", "throttled", (HOUR, 2), provider="google")],
        "PostfixDestinationThrottled",
        {"gmail.com": TOLD, "google": TOLD},
    ),
    "a receiver in no table": (
        [*ALL, *attempts("a.test", "throttled", (HOUR, 2))],
        "PostfixDestinationThrottled",
        {"a.test": ""},
    ),
    "many receivers": (
        [*REFUSED_BY_ALL, *WORDS, _reason("rate", 0.2, "gmx", "blocked")],
        "PostfixRefusedWidely",
        {"": "Reasons: gmx rate (12): They limit. Next: Slow down."},
    ),
    "errors of our own": (
        [
            *background(HOUR),
            *attempts("a.test", "local", (HOUR, 0.5)),
            *deferred("a.test", "local", 30, HOUR),
            *WORDS,
            _reason("rate", 0.5, "", "local"),
        ],
        "PostfixOwnErrors",
        {"": "Codes: 4.7.5 (30). Domains: a.test (30). Reasons: rate (30): They limit."},
    ),
    "a bad list at many receivers": (
        [
            *joined(delivered(f"{name}.test", (HOUR, 1)) for name in "abc"),
            *joined(
                attempts(f"{name}.test", "unknown_recipient", (HOUR, rate))
                for name, rate in (("a", 1), ("b", 0.75), ("c", 0.5))
            ),
            *WORDS,
            _reason("rate", 0.5, "other", "unknown_recipient"),
        ],
        "PostfixListQualityWidely",
        {"": "Reasons: other rate (30): They limit."},
    ),
}
"""What happened, an alert, and what it says of reasons, by its destination."""


def descriptions(
    happened: list[Series],
    alert: str,
    folder: Path,
    moment: int = HOUR,
    rules: Mapping[str, str] = RULES,
    evaluated: int = OFTEN,
) -> dict[str, str]:
    """Give an alert's descriptions by destination: promtool says them where none is expected."""
    test = {
        "rule_files": [name for name in rules if name != "postfix-reasons.yml"],
        "evaluation_interval": f"{evaluated}s",
        "tests": [
            {
                "interval": "1m",
                "input_series": [one.as_input(1) for one in happened],
                "alert_rule_test": [{"eval_time": f"{moment}m", "alertname": alert}],
            }
        ],
    }
    for name, text in ({**rules, "test.yml": json.dumps(test)}).items():
        (folder / name).write_text(text, "utf-8")
    ended = subprocess.run(
        [tool("promtool"), "test", "rules", "test.yml"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    found: dict[str, str] = {}
    destination = ""
    for line in (ended.stdout + ended.stderr).splitlines():
        if "Labels:{" in line:
            destination = line.partition('destination="')[2].partition('"')[0]
        if "Annotations:{" in line:
            found[destination] = line.partition('description="')[2].partition('", runbook_url=')[0]
    return found


@pytest.mark.parametrize("case", SAYS)
def test_reasons(case: str, tmp_path: Path) -> None:
    """An alert names the three most frequent reasons of its cause, and what to do about each."""
    happened, alert, says = SAYS[case]
    told = descriptions(happened, alert, tmp_path)
    assert told.keys() == says.keys()
    for destination, reasons in says.items():
        assert reasons in told[destination]
        assert reasons or "Reasons" not in told[destination]


SENDING = [
    *background(HOUR),
    _sender("news.example", 1.75),
    _sender("<>", 0.125),
    _sender("b.example", 0.0625),
    _sender("a.example", 0.0625),
    _sender("of-another-cause", 9, cause="delivered"),
    _sender("of-others", 9, provider="other"),
]


def test_senders(tmp_path: Path) -> None:
    """An alert names the senders of most of what a provider refuses, and their shares."""
    (google, others) = (tmp_path / name for name in ("google", "others"))
    happened = [*SENDING, *attempts("gmail.com", "throttled", (HOUR, 2), provider="google")]
    google.mkdir()
    told = descriptions(happened, "PostfixDestinationThrottled", google)
    assert told.keys() == {"gmail.com", "google"}
    for text in told.values():
        assert "Senders of what google refuses in 2h: news.example (87.5%) <> (6.25%)" in text
        assert text.count("3.125%") == 1
        assert "of-another-cause" not in text
    others.mkdir()
    happened = [*SENDING, *attempts("a.test", "throttled", (HOUR, 2))]
    told = descriptions(happened, "PostfixDestinationThrottled", others)
    assert told.keys() == {"a.test"}
    assert "Senders" not in told["a.test"]


def test_worst_receivers_of_a_bad_list(tmp_path: Path) -> None:
    """A list that is bad at many receivers names those with most of it, the worst first."""
    happened, alert, _ = SAYS["a bad list at many receivers"]
    told = descriptions(happened, alert, tmp_path)[""]
    assert "at 3 receivers far more addresses than usual do not exist." in told
    assert re.search(r"Receivers: a\.test \(\d+\) b\.test \(\d+\) c\.test \(\d+\)\.", told)


def of_servers() -> dict[str, str]:
    """Give the rules that the alerts on Postfix itself need: all take their time to evaluate."""
    needed = {JOBS, CATCHING_UP, "job:postfix_alert_threshold:resolved"}
    before = [rule for rule in quarters.rules() if rule.name in needed]
    groups = (thresholds.group(), Group("before", "", tuple(before)), *server.groups())
    return {"servers.yml": render("", (*groups, server_alerts.group()))}


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("S1", "2505 messages wait, usual are \\d+\\. "),
        ("S2", "the oldest message in the queue maildrop has been there for 2\\dm 0s\\. "),
        ("S3", "15 fatal errors in 15m\\. Services: smtpd \\(\\d+\\)\\. Since "),
        ("S4", "450 failed logins in 15m, usual are 15\\. Logins in 15m: accepted \\(30\\)\\. "),
        ("S5", "30 times in 15m .* later, usual are 0\\. Codes: 4\\.3\\.5 \\(30\\)\\. "),
        ("S6", "75 TLS handshakes of smtpd failed in 15m, usual are [12]\\. "),
    ],
)
def test_what_a_server_says(name: str, says: str, tmp_path: Path) -> None:
    """An alert on Postfix itself says how many, what is usual, and of what."""
    [scenario] = [one for one in SERVER if one.name == name]
    moment, alerts = next((moment, alerts) for moment, alerts in scenario.moments if alerts)
    [alert] = alerts
    told = descriptions(scenario.series, alert, tmp_path, moment, of_servers(), SELDOM)
    assert re.search(says, told[""])


def test_every_rule_with_words_of_its_own() -> None:
    """Each built-in rule that has an id and says more than its cause has a series that says it."""
    said = {rule.labels["reason"]: rule.labels["advice"] for rule in group().rules}
    rules = [rule for rule in built_in().rules if rule.id]
    assert said == {rule.id: advice(rule) for rule in rules if rule.meaning or rule.next}
    for rule in rules:
        assert rule.next in said.get(rule.id, rule.next)
