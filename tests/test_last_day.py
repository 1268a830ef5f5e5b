"""The verdict on the last day of the log: over restarts, kills, backlogs and the turn of the year."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from exporter.checkpoint.file import Checkpoint
from exporter.checkpoint.state import State
from exporter.config import Config, LogConfig
from exporter.heuristics.history import History
from exporter.page.overview import CHURN, NOTHING, OVER, PROBLEM, Overview, overview
from exporter.pipeline import Pipeline
from tests.lines import line
from tests.pages import ROOT

BEGIN = datetime(2026, 11, 16, 8, tzinfo=UTC)


def traffic(begin: datetime, hours: float, refused: str = "", *, year: bool = True) -> bytes:
    """Give lines for some hours: deliveries everywhere, and deferrals at a domain."""
    told = []
    for number in range(int(hours * 60)):
        moment = begin + timedelta(minutes=number)
        time = moment.isoformat() if year else f"{moment:%b %e %H:%M:%S}"
        header = f"{time} mx1 postfix/smtp[4711]: "
        told.append(line(3 * number, header=header, to=f"u{number}@other.example"))
        told.append(line(3 * number + 1, header=header, to=f"u{number}@third.example"))
        if refused:
            told.append(_refusal(3 * number + 2, header, f"u{number}@{refused}"))
    return b"".join(told)


def _refusal(number: int, header: str, to: str) -> bytes:
    domain = to.partition("@")[2]
    text = f"host mx.{domain}[203.0.113.7] said: 421 4.7.28 rate limited (in reply to RCPT TO)"
    relay = f"mx.{domain}[203.0.113.7]:25"
    fields = {"dsn": "4.7.28", "status": "deferred", "text": text, "relay": relay}
    return line(number, header=header, to=to, **fields)


@contextmanager
def exporter(folder: Path, now: datetime) -> Iterator[Pipeline]:
    """Give an exporter that goes on from its checkpoint; it ends like a kill, without a commit."""
    checkpoint = Checkpoint(str(folder / "checkpoint.json"))
    state, _ = checkpoint.load()
    log = LogConfig((str(folder / "mail.log"),), start="beginning")
    pipeline = Pipeline(
        Config(log=log, hold=0), checkpoint, state or State(), wall=lambda: now.timestamp()
    )
    pipeline.start()
    yield pipeline
    pipeline.close()
    checkpoint.close()


def write(folder: Path, content: bytes) -> None:
    """Append to the log."""
    with (folder / "mail.log").open("ab") as file:
        file.write(content)


def seen(pipeline: Pipeline) -> Overview:
    """Read and commit; give the verdict."""
    pipeline.poll()
    assert pipeline.commit()
    return overview(pipeline.published.recorded)


def quarters(history: History) -> dict[int, int]:
    """Give the attempts by quarter."""
    told: dict[int, int] = {}
    for run in history.attempts.values():
        for quarter, times in run:
            told[quarter] = told.get(quarter, 0) + times
    return told


def test_a_kill_keeps_the_verdict(tmp_path: Path) -> None:
    """Killed at any commit, it says after a restart what it would have said without."""
    log = traffic(BEGIN, 3, "refuses.example")
    now = BEGIN + timedelta(hours=3)
    for start in range(0, len(log), 9000):
        write(tmp_path, log[start : start + 9000])
        with exporter(tmp_path, now) as pipeline:
            told = seen(pipeline)

    once = tmp_path / "once"
    once.mkdir()
    write(once, log)
    with exporter(once, now) as pipeline:
        assert seen(pipeline) == told
    assert told.outcome == PROBLEM
    assert "refuses.example throttles your mail" in told.verdict
    with exporter(tmp_path, now + timedelta(hours=9)) as pipeline:
        assert overview(pipeline.published.recorded) == told


def test_a_backlog_is_not_of_now(tmp_path: Path) -> None:
    """A day that is read at once counts in its own quarters: what is over is told as over."""
    write(tmp_path, traffic(BEGIN, 2, "refuses.example") + traffic(BEGIN + timedelta(hours=2), 22))
    with exporter(tmp_path, BEGIN + timedelta(days=3)) as pipeline:
        told = seen(pipeline)
        counted = quarters(pipeline.published.recorded.history())
    assert told.outcome == OVER
    assert set(counted.values()) == {30, 45}
    assert len(counted) == 96


def test_what_is_older_than_a_day_is_let_go(tmp_path: Path) -> None:
    """A day later the problem is no longer told, and what was kept of it is gone."""
    write(tmp_path, traffic(BEGIN, 3, "refuses.example") + traffic(BEGIN + timedelta(hours=3), 24))
    with exporter(tmp_path, BEGIN + timedelta(days=3)) as pipeline:
        told = seen(pipeline)
        assert told.outcome == CHURN
        recorded = pipeline.published.recorded
    assert len(recorded.over) <= 96
    assert not any(labels[0] == "refuses.example" for _, labels in recorded.series.values())


def test_a_quiet_night_keeps_the_verdict(tmp_path: Path) -> None:
    """Without lines the last day is that of the log, not of the clock."""
    write(tmp_path, traffic(BEGIN, 3, "refuses.example"))
    with exporter(tmp_path, BEGIN + timedelta(hours=3)) as pipeline:
        evening = seen(pipeline)
    with exporter(tmp_path, BEGIN + timedelta(hours=13)) as pipeline:
        assert seen(pipeline) == evening


def test_new_year_without_years(tmp_path: Path) -> None:
    """Times without a year over New Year are one stretch."""
    eve = datetime(2026, 12, 31, 22, tzinfo=UTC)
    write(tmp_path, traffic(eve, 4, "refuses.example", year=False))
    with exporter(tmp_path, eve + timedelta(hours=4)) as pipeline:
        told = seen(pipeline)
        counted = quarters(pipeline.published.recorded.history())
    assert told.outcome == PROBLEM
    assert len(counted) == 16
    assert max(counted) - min(counted) == 15


def test_a_clock_that_runs_ahead(tmp_path: Path) -> None:
    """A line from the future does not push out the day."""
    ahead = traffic(BEGIN + timedelta(days=4000), 0.02)
    write(tmp_path, traffic(BEGIN, 3, "refuses.example") + ahead)
    with exporter(tmp_path, BEGIN + timedelta(hours=3)) as pipeline:
        assert seen(pipeline).outcome == PROBLEM


def test_a_reload_keeps_the_verdict(tmp_path: Path) -> None:
    """Another configuration goes on with the same day."""
    write(tmp_path, traffic(BEGIN, 3, "refuses.example"))
    with exporter(tmp_path, BEGIN + timedelta(hours=3)) as pipeline:
        before = seen(pipeline)
        log = LogConfig((str(tmp_path / "mail.log"),), start="beginning")
        other = pipeline.reconfigured(Config(log=log, hold=0))
        assert other.commit()
        assert overview(other.published.recorded) == before
        other.close()


def test_damage_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A day that was changed in the file is damage of the checkpoint, and nothing is believed."""
    write(tmp_path, traffic(BEGIN, 3, "refuses.example"))
    with exporter(tmp_path, BEGIN + timedelta(hours=3)) as pipeline:
        seen(pipeline)
    path = tmp_path / "checkpoint.json"
    content = path.read_bytes()
    place = content.index(b'["recent_over"') + 40
    path.write_bytes(content[:place] + b"!" + content[place + 1 :])
    checkpoint = Checkpoint(str(path))
    with caplog.at_level(logging.ERROR):
        assert checkpoint.load() == (None, True)
    assert "is damaged" in caplog.text
    checkpoint.close()


def test_no_mail_is_nothing_to_judge(tmp_path: Path) -> None:
    """An empty log has no verdict."""
    write(tmp_path, b"")
    with exporter(tmp_path, BEGIN) as pipeline:
        assert seen(pipeline).outcome == NOTHING


def test_the_sample_of_an_incident(tmp_path: Path) -> None:
    """The log that `make run` serves names who throttles."""
    write(tmp_path, (ROOT / "examples" / "incident.log").read_bytes())
    with exporter(tmp_path, datetime(2026, 11, 17, tzinfo=UTC)) as pipeline:
        assert seen(pipeline).verdict.startswith("Google (Gmail, Workspace) throttles your mail")
