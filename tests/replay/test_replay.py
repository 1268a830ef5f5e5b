"""A log is replayed: what fires and when, on a quiet night, of several files, and bad input."""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from exporter.config import Config
from exporter.sources.rotation import ROTATED
from replay.__main__ import main
from replay.alerts import Episode
from replay.logs import logs
from replay.pages import Pages
from replay.playing import Span
from replay.prometheus import STEP
from tests.pages import ROOT
from tests.replay.days import HOUR, MINUTE, fired, healthy, played, throttled
from tests.replay.reported import bad_list, dead_relay, flooded_mailbox
from tests.triage.reports import NOON, THROTTLED, Log


def run(*arguments: Path | str) -> tuple[int, str]:
    """Run the command; give its exit code, and what it writes or complains of."""
    written = io.StringIO()
    with redirect_stdout(written), redirect_stderr(written):
        code = main([str(one) for one in arguments])
    return code, written.getvalue()


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


def pages(*paths: Path) -> tuple[list[tuple[str, ...]], list[object]]:
    """Give the files of each log that the paths name, and the pages of the first of them."""
    found = logs([str(path) for path in paths], ROTATED)
    begin = int(found[0].first // STEP) * STEP
    of = Pages(found[0], Config(), begin, {"postfix_delivery_attempts_total"})
    last = int(found[0].last) + 3 * STEP
    told: list[object] = [
        {tuple(pair for pair in labels if pair[0] != "instance"): value for labels, value in one}
        for one in (of.page(moment).items() for moment in range(begin, last, STEP))
    ]
    return [tuple(map(os.path.basename, one.files)) for one in found], told


def parts(folder: Path, names: Sequence[str], form: str = "iso") -> list[Path]:
    """Write half an hour over New Year into files, the oldest first."""
    begin = datetime(2026, 12, 31, 23, 45).timestamp()
    log = healthy(Log(form=form), begin, begin + 30 * MINUTE)
    throttled(log, begin, begin + 30 * MINUTE, 20)
    folder.mkdir()
    texts = [f"{line}\n".encode() for _, line in sorted(log.lines)]
    size = -(-len(texts) // len(names))
    for number, name in enumerate(names):
        content = b"".join(texts[number * size : (number + 1) * size])
        path = folder / name
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        os.utime(path, (begin + 40 * MINUTE, begin + 40 * MINUTE))
    return [folder / name for name in names]


ROTATIONS = {
    "rotated and packed": ["mail.log.2.gz", "mail.log.1", "mail.log"],
    "days with names of their own": ["z-monday.log", "a-tuesday.log", "m-wednesday.log"],
}


@pytest.mark.parametrize("form", ["iso", "old"])
@pytest.mark.parametrize("names", ROTATIONS.values(), ids=ROTATIONS)
def test_files_in_any_order_are_one_log(names: list[str], form: str, tmp_path: Path) -> None:
    """Files of one log, packed or not, with or without a year, give the pages of a single file."""
    files, told = pages(*sorted(parts(tmp_path / "parts", names, form)))
    assert files == [tuple(names)]
    assert told == pages(*parts(tmp_path / "whole", ["mail.log"]))[1]
    assert len(told) > 30


def test_a_glob_and_standard_input(throttling: Path, tmp_path: Path) -> None:
    """A glob is expanded; `-` is what standard input has."""
    short = b"".join(throttling.read_bytes().splitlines(keepends=True)[:300])
    (tmp_path / "mail.log").write_bytes(short)
    code, expected = run("--format", "json", f"{tmp_path}/*.log")
    command = [sys.executable, "-m", "replay", "--format", "json", "-"]
    ended = subprocess.run(command, cwd=ROOT, input=short, capture_output=True, check=False)
    assert (ended.returncode, ended.stdout.decode()) == (code, expected)
    assert code == 0


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


BAD: dict[str, tuple[list[str], int, str]] = {
    "no log": ([], 2, "make replay LOG="),
    "no such file": (["{}/none.log"], 1, "none.log"),
    "no file of a glob": (["{}/none*"], 1, "no file matches"),
    "no time in it": (["{}/text"], 1, "no line has a time that can be read"),
    "no such time": (["--since", "2030-01-01", "{}/mail.log"], 1, "see --since"),
    "a wrong time": (["--since", "soon", "{}/mail.log"], 2, "--since: expected"),
    "a wrong duration": (["--after", "1 hour", "{}/mail.log"], 2, "--after: expected"),
    "years": (["{}/mail.log", "{}/ahead.log"], 1, "leave its lines out with --since"),
    "no rules": (["--rules", "{}", "{}/mail.log"], 1, "name the folder that holds"),
    "no such rule": (["--rules", "{}/rules", "{}/mail.log"], 1, "cannot evaluate"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_says_what_to_do(name: str, tmp_path: Path) -> None:
    """What cannot be replayed ends with what is wrong, where, and what to do."""
    log = Log()
    log.add(NOON, "u@a.example")
    log.write(tmp_path / "mail.log")
    ahead = Log()
    ahead.add(NOON + 40 * 365 * 86400, "u@a.example")
    ahead.write(tmp_path / "ahead.log")
    (tmp_path / "text").write_text("hello\n" * 10)
    (tmp_path / "rules").mkdir()
    rule = "groups: [{name: a, rules: [{record: 'a:b', expr: 'sum('}]}]\n"
    for file in ("thresholds", "recording", "alerts"):
        (tmp_path / "rules" / f"postfix-{file}.yml").write_text(rule)
    arguments, code, told = BAD[name]
    got, text = run(*(one.format(tmp_path) for one in arguments))
    assert (got, told in text) == (code, True), text


def test_without_prometheus(throttling: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Prometheus is missing, it is said what to install."""
    monkeypatch.setenv("PATH", "")
    code, text = run(throttling)
    assert code == 1
    assert "install Debian's package prometheus" in text


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
