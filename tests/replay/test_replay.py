"""A log is replayed: what fires and when; hosts, quiet nights, and what users reported."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from replay.alerts import Episode
from replay.playing import Span
from tests.pages import ROOT
from tests.replay.days import HOUR, MINUTE, fired, healthy, played, run, throttled
from tests.replay.reported import bad_list, dead_relay, flooded_mailbox
from tests.triage.reports import NOON, THROTTLED, Log


def minutes(episode: Episode) -> list[float]:
    """Give the minutes after NOON at which an alert was pending, fired and was over."""
    times = (episode.pending, episode.firing, episode.resolved)
    return [(one - NOON) / MINUTE for one in times if one is not None]


@pytest.fixture(scope="module")
def throttling(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a log of 150 minutes in which a receiver throttles in the first 50."""
    log = healthy(Log(), NOON, NOON + 2.5 * HOUR)
    throttled(log, NOON, NOON + 50 * MINUTE, 200)
    return log.write(tmp_path_factory.mktemp("log") / "mail.log")


def test_what_fires_is_told_with_the_times_of_the_log(throttling: Path) -> None:
    """An alert is told with its labels, its own times, what it says, and the verdict."""
    code, written = run("--format", "json", throttling)
    assert code == 3
    told = json.loads(written)
    [alert] = told["alerts"]
    assert alert["labels"]["alertname"] == "PostfixDestinationThrottled"
    assert alert["labels"]["destination"] == "big.example"
    assert alert["summary"] == "A receiver throttles our mail."
    pending, firing, resolved = (
        datetime.fromisoformat(alert[state]) for state in ("pending", "firing", "resolved")
    )
    begin = datetime.fromtimestamp(NOON, UTC)
    assert begin + timedelta(minutes=10) < pending < begin + timedelta(minutes=30)
    assert firing - pending == timedelta(minutes=15)
    # 15 minutes until it is no longer failing, and keep_firing_for
    assert begin + timedelta(minutes=90) < resolved < begin + timedelta(minutes=105)
    assert told["verdict"].startswith("big.example throttles your mail")
    code, text = run(throttling)
    assert code == 3
    assert "PostfixDestinationThrottled (warning)  scope domain, destination big.example" in text
    assert "postfix-triage says: big.example throttles your mail; it is over." in text


def test_the_page_shows_what_is_printed() -> None:
    """alerts/README.md shows what a log of the corpus gives."""
    page = (ROOT / "alerts/README.md").read_text("utf-8")
    [(log, expected)] = re.findall(r"(?ms)^\$ make replay LOG=(\S+)\n(.*?)^```$", page)
    ended = subprocess.run(
        [sys.executable, "-m", "replay", log],
        cwd=ROOT,
        env=os.environ | {"TZ": "UTC"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stdout == expected, ended.stderr


def test_its_quiet_twin(tmp_path: Path) -> None:
    """As many deferrals of one recipient, and some of others, are no alert; the exit code is 0."""
    log = healthy(Log(), NOON, NOON + 1.5 * HOUR)
    for number in range(200):
        log.add(NOON + number * 15, "me@big.example", THROTTLED, "4.7.28")
    throttled(log, NOON, NOON + 50 * MINUTE, 3)
    code, text = run(log.write(tmp_path / "mail.log"))
    assert code == 0
    assert "No alert fired." in text
    assert "Ordinary churn" in text


def test_a_quiet_night_is_scraped_too(tmp_path: Path) -> None:
    """An alert ends in hours without a line, and comes again after them."""
    log = Log()
    for begin in (NOON, NOON + 6 * HOUR):
        healthy(log, begin, begin + HOUR, seconds=30)
        throttled(log, begin, begin + 50 * MINUTE, 200)
    told = played(log.write(tmp_path / "mail.log"))
    assert fired(told) == ["PostfixDestinationThrottled"] * 2
    first, second = (minutes(one) for one in told.episodes)
    assert 90 < first[2] < 105
    assert 360 < second[0] < second[1] < 420
    assert len(second) == 2


def test_only_the_time_that_is_asked_for(throttling: Path) -> None:
    """A Prometheus that comes later has not seen what was before it, and the exporter has."""
    told = played(throttling, span=Span(since=NOON + 40 * MINUTE, until=NOON + 80 * MINUTE))
    assert (told.begin, told.end) == (NOON + 40 * MINUTE, NOON + 80 * MINUTE)
    assert fired(told) == []


def test_hosts_beside_each_other_are_one_sender(tmp_path: Path) -> None:
    """Logs of the same time are exporters of one job: below the minimum each, together an alert."""
    paths = []
    for number in range(2):
        log = healthy(Log(f"mx{number}"), NOON + number, NOON + HOUR)
        throttled(log, NOON + number, NOON + 50 * MINUTE, 60)
        paths.append(log.write(tmp_path / f"mx{number}.log"))
    assert fired(played(*paths)) == ["PostfixDestinationThrottled"]
    assert fired(played(paths[0])) == []


def test_what_is_pending_at_the_end() -> None:
    """What is pending when the log ends is told; `--after` goes on without a line."""
    log = ROOT / "tests/corpus/escapes/mail.traditional.log"
    code, text = run(log)
    assert (code, "No alert fired." in text, "PostfixOwnErrors" in text) == (0, True, False)
    code, text = run("--after", "12m", log)
    assert code == 0
    assert "and still at the end" in text
    assert "tells --after 1h" in text
    code, text = run("--after", "40m", log)
    assert code == 3
    assert "PostfixOwnErrors (warning)" in text


def test_a_bad_list_speaks_and_the_mailbox_that_its_bounces_flood_is_silent(tmp_path: Path) -> None:
    """A wave of twelve minutes is told at the largest receivers, and once; 3,500 deferrals are not."""
    log = healthy(Log(), NOON, NOON + HOUR)
    bad_list(log, NOON - HOUR, NOON + 10 * MINUTE)
    flooded_mailbox(log, NOON, NOON + HOUR)
    log.lines = [one for one in log.lines if one[0] >= NOON]  # the second wave alone
    told = played(log.write(tmp_path / "mail.log"))
    of_receivers, once = "PostfixListQualityDegraded", "PostfixListQualityWidely"
    assert set(fired(told)) == {of_receivers, once}
    named = {dict(one.labels).get("destination") for one in told.episodes if one.firing is not None}
    assert {"largest.example", "google", "second.example", "microsoft-consumer"} <= named
    assert not any(name in named for name in ("own.example", "d0.example"))


@pytest.mark.parametrize("taken", ["e", "d"])
def test_a_dead_relay_speaks(taken: str, tmp_path: Path) -> None:
    """A host of which nothing gets out is told once, whoever took the only mail that did."""
    log = dead_relay(Log(), NOON, 5 / 24, taken)
    told = played(log.write(tmp_path / "mail.log"))
    sole = ["PostfixDestinationUnreachable"] if taken == "d" else []
    assert fired(told) == [*sole, "PostfixNothingDelivered"]
    lasting = {one.rule.name for one in told.episodes if one.resolved is None}
    assert "PostfixNothingDelivered" in lasting
