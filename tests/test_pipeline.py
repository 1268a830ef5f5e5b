"""How far the page is behind the log, and how often is committed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from exporter.checkpoint.file import Checkpoint
from exporter.checkpoint.state import State
from exporter.config import CheckpointConfig, Config, LogConfig
from exporter.pipeline import HEARTBEAT, Pipeline
from exporter.service import POLL_INTERVAL
from tests.by_hand import WALL, Clock
from tests.lines import line


class Host:
    """A log that grows, and its exporter, with clocks that are set by hand."""

    def __init__(self, folder: Path, checkpoint: CheckpointConfig) -> None:
        self.log = folder / "mail.log"
        self.log.touch()
        self.clock = Clock()
        self.checkpoint = Checkpoint(str(folder / "checkpoint.json"), self.clock)
        config = Config(
            log=LogConfig((str(self.log),), start="beginning"), hold=0, checkpoint=checkpoint
        )
        self.pipeline = Pipeline(config, self.checkpoint, State(), clock=self.clock, wall=self.wall)
        self.pipeline.start()

    def wall(self) -> float:
        """Give the time of day in seconds since the epoch."""
        return WALL + self.clock.now

    def polls(self, seconds: float, *, writes: bool) -> Iterator[float]:
        """Let time pass, with a line before each poll if it writes; give the age of the page."""
        for _ in range(int(seconds / POLL_INTERVAL)):
            self.clock.now += POLL_INTERVAL
            if writes:
                moment = datetime.fromtimestamp(self.wall(), UTC).isoformat()
                with self.log.open("ab") as file:
                    file.write(line(header=f"{moment} mx1 postfix/smtp[4711]: "))
            self.pipeline.poll()
            yield self.wall() - (self.pipeline.published.last_line_seconds or 0.0)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """Give a host whose exporter has the configuration that it has by default."""
    host = Host(tmp_path, CheckpointConfig())
    yield host
    host.pipeline.close()
    host.checkpoint.close()


def test_page_is_at_most_five_seconds_behind(host: Host) -> None:
    """Under a steady pace the page's last line is at most 5 s old, and the time of a poll."""
    ages = list(host.polls(600, writes=True))
    assert max(ages[int(5 / POLL_INTERVAL) :]) <= 5 + POLL_INTERVAL


def test_at_most_fifteen_syncs_a_minute(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """While mail flows the disk is synced at most fifteen times a minute."""
    synced: list[None] = []
    sync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda file: synced.append(sync(file)))
    for _ in host.polls(600, writes=True):
        pass
    assert 100 < len(synced) <= 150


def test_first_line_after_a_pause_is_shown_at_once(host: Host) -> None:
    """Who waited for longer than the interval does not wait again."""
    list(host.polls(20, writes=False))
    assert next(host.polls(POLL_INTERVAL, writes=True)) == 0.0


def test_idle_exporter_commits_once_a_minute(host: Host) -> None:
    """Without a line only the heartbeat is written."""
    list(host.polls(60, writes=True))
    before = host.checkpoint.commits
    list(host.polls(600, writes=False))
    assert host.checkpoint.commits - before <= 600 / HEARTBEAT + 1


def test_who_cannot_wait(tmp_path: Path) -> None:
    """With an interval of 0.5 s each poll is shown."""
    host = Host(tmp_path, CheckpointConfig(interval=0.5))
    assert max(host.polls(60, writes=True)) == 0.0
    host.pipeline.close()
    host.checkpoint.close()
