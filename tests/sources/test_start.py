"""The first start: an old log is not news, what comes from then on is."""

from __future__ import annotations

import os

import pytest

from exporter.sources.follow import Follower
from exporter.sources.rotation import LogFiles
from tests.reading import Log, Reader, numbers


def test_start_at_the_end(log: Log) -> None:
    """A first run begins at the end: an old log must not look like a burst of now."""
    reader = Reader(log.path, from_end=True)
    assert reader.poll() == []
    log.write(2)
    assert numbers(reader.poll()) == [3, 4]


@pytest.mark.parametrize(("before", "first"), [(0.0, 0), (0.009, 0), (1.0, 3)])
def test_rotated_between_start_and_first_poll(log: Log, before: float, first: int) -> None:
    """It is read, though files bear the time of the kernel's last tick; older copies are not."""
    start = 1_795_000_000.0
    follower = Follower(LogFiles(str(log.path)), None, from_end=False, wall=lambda: start)
    os.utime(log.rename("mail.log.1"), (start - before, start - before))
    log.write(2)
    lines = b"".join(follower.poll()).splitlines()
    assert numbers(lines) == list(range(first, log.written))
    follower.close()


@pytest.mark.parametrize("live", [0, 2, None])
def test_start_at_the_end_beside_a_rotated_copy(log: Log, live: int | None) -> None:
    """A late line in the copy rotated last does not make its old lines new."""
    old = log.rename("mail.log.1")
    if live is not None:
        log.path.touch()
        log.write(live)
    reader = Reader(log.path, from_end=True)
    reader.poll()
    first = log.written
    log.write(1, old)
    log.write(2)
    reader.poll()
    reader.restart()
    reader.poll()
    assert numbers(reader.got) == list(range(first, log.written))


def test_place_before_the_first_line(log: Log) -> None:
    """Killed after the first commit and before the first line, the start is remembered."""
    reader = Reader(log.path, from_end=True)
    reader.follower.settle()
    reader.commit()
    log.write(2)
    reader.restart()
    assert numbers(reader.poll()) == [3, 4]


def test_unreadable_at_the_first_start_is_no_new_log(log: Log) -> None:
    """A log that could not be opened at the first start is old when it can be: it starts at the end."""
    os.rename(log.path, log.path.with_name("aside"))
    log.path.mkdir()
    reader = Reader(log.path, from_end=True)
    reader.poll()
    assert reader.follower.problem == "is no regular file"
    reader.restart()
    log.path.rmdir()
    os.rename(log.path.with_name("aside"), log.path)
    assert reader.poll() == []
    log.write(1)
    assert numbers(reader.poll()) == [3]
