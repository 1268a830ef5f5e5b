"""Every log of the corpus gives the verdict that the alert rules give.

The logs are replayed through the shipped rules, those of a day beside each other as jobs of their
own, and go on without a line for as long as an alert may be pending. A log is judged by quarters of
an hour that end with its last line.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

import pytest

from exporter.config import Config
from exporter.heuristics.figures import quarter_of
from exporter.heuristics.judging import judged
from exporter.sources.rotation import ROTATED
from exporter.triage.cli import read
from exporter.triage.reading import Span as Whole
from replay.logs import Log, logs
from replay.playing import Span, play
from replay.prometheus import prometheus
from tests.pages import CORPUS
from tests.triage.reports import run

_PENDING = 40 * 60.0
"""Seconds after which an alert fires that had what it needs when the log ended."""

EXPIRED, WIDELY, LIST, OURS = (
    "PostfixMessagesExpired",
    "PostfixRefusedWidely",
    "PostfixListQualityDegraded",
    "PostfixOwnErrors",
)
_MIXED = {
    WIDELY,
    f"{LIST} provider generic.example",
    f"{EXPIRED} domain generic-a.example",
    f"{EXPIRED} domain refused.example",
    f"{EXPIRED} provider generic.example",
    f"{EXPIRED} provider google",
}
_ROTATED = {
    WIDELY,
    *(f"{LIST} domain {name}" for name in ("gmail.com", "yahoo.com")),
    *(f"{LIST} provider {name}" for name in ("google", "yahoo")),
}
_NEWER = {
    WIDELY,
    OURS,
    *(f"{EXPIRED} provider {name}" for name in ("good.example", "google", "tls.example")),
    *(f"{EXPIRED} domain {name}.example" for name in ("generic-a", "greet554", "refused", "third")),
}
ALERTS: dict[str, set[str]] = {
    "container/cri-partial.log": _MIXED,
    "container/cri.log": _MIXED,
    "container/docker.log": _MIXED,
    "escapes/mail.rfc3339.log": {OURS},
    "escapes/mail.rfc5424.log": {OURS},
    "escapes/mail.traditional.log": {OURS},
    "mixed-maillog/maillog": _MIXED,
    "mixed-reduced/mail.traditional.log": {WIDELY, f"{LIST} provider generic.example"},
    "mixed-syslog/mail.rfc3339.log": _MIXED,
    "mixed-syslog/mail.rfc5424.log": _MIXED,
    "mixed-syslog/mail.traditional.log": _MIXED,
    "postfix-3.11-maillog/maillog.gz": _NEWER,
    "postfix-3.11/mail.log.gz": _NEWER | {f"{EXPIRED} domain tlssec.example"},
    "rotation-copytruncate/mail.log*": _ROTATED,
    "rotation-create/mail.log*": _ROTATED,
    "rotation-create/unrotated.log.gz": _ROTATED,
    "scenario-a-ratelimit-gmail/mail.log": {
        "PostfixDestinationThrottled domain gmail.com",
        "PostfixDestinationThrottled provider google",
    },
    "scenario-c-auth-gmail/mail.log": {
        "PostfixDestinationAuthenticationFailing domain gmail.com",
        "PostfixDestinationAuthenticationFailing provider google",
    },
    "scenario-d-nouser-spike/mail.log": {
        f"{LIST} domain workspace-customer.example",
        f"{LIST} provider google",
    },
    "scenario-f-healthy/mail.log": set(),
    "scenario-g-local-outage/mail.log": {"PostfixOwnNetworkOutage"},
}
"""What fires for each log of the corpus; the files of a rotation are one log."""


@pytest.fixture(scope="module")
def fired() -> dict[str, set[str]]:
    """Replay all logs; give what fired for each."""
    found: dict[str, set[str]] = defaultdict(set)
    for _, of_a_day in groupby(sorted(map(_log, ALERTS), key=lambda log: log.first), _day):
        with prometheus() as engine:
            played = play(list(of_a_day), Config(), engine, span=Span(after=_PENDING))
        for one in played.episodes:
            labels = dict(one.labels)
            if one.firing is not None:
                names = (labels.get(name, "") for name in ("alertname", "scope", "destination"))
                found[labels["job"]].add(" ".join(filter(None, names)))
    return found


def _log(name: str) -> Log:
    [log] = logs([str(CORPUS / name)], ROTATED)
    return replace(log, job=name)


def _day(log: Log) -> object:
    return datetime.fromtimestamp(log.first, UTC).date()


def findings(name: str) -> set[str]:
    """Give what the report makes its problems of, named as the alerts."""
    reading = read([str(CORPUS / name)], Config(), Whole())
    assert reading.first is not None
    assert reading.last is not None
    quarters = judged(reading.history, quarter_of(reading.first), quarter_of(reading.last) + 1)
    found = {one for _, of_quarter in quarters for one in of_quarter}
    return {" ".join(filter(None, (one.alert, *one.destination))) for one in found}


@pytest.mark.parametrize("name", ALERTS)
def test_verdicts_are_the_alerts(name: str, fired: dict[str, set[str]]) -> None:
    """What fires for a log of the corpus is what the report of it is made of, and its problems."""
    assert fired[name] == ALERTS[name]
    assert findings(name) == ALERTS[name]
    code, written = run("--format", "json", "--quiet", CORPUS / name)
    told = {problem["alert"] for problem in json.loads(written)["problems"]}
    assert told == _names(ALERTS[name])
    assert code == (3 if ALERTS[name] else 0)


def _names(alerts: Iterable[str]) -> set[str]:
    return {alert.split(" ")[0] for alert in alerts}


def test_every_log_of_the_corpus_is_compared() -> None:
    """No log of the corpus is left out."""
    compared = {path for name in ALERTS for path in CORPUS.glob(name)}
    assert compared == {path for path in CORPUS.glob("*/*") if _is_log(path)}


def _is_log(path: Path) -> bool:
    return "log" in path.name.removesuffix(".gz") and path.suffix != ".csv"
