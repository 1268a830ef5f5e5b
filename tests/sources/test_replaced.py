"""Something else lies in the log's place: its copy, a folder, a FIFO, a restored backup."""

from __future__ import annotations

import os
import shutil

import pytest

from tests.reading import Log, Reader


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
def test_log_replaced_by_something_else(log: Log, make: object) -> None:
    """A folder or a FIFO in the log's place is told and does not hang; the log comes back."""
    reader = Reader(log.path)
    reader.poll()
    old = log.rename("mail.log.1")
    make(log.path)  # type: ignore[operator]
    log.write(1, old)
    reader.poll(2)
    assert reader.follower.problem == "is no regular file"
    os.rmdir(log.path) if log.path.is_dir() else os.unlink(log.path)
    log.write(1)
    reader.poll()
    log.expect(reader)


def test_copy_in_progress_is_not_read_twice(log: Log) -> None:
    """A copy of what was read, half made or whole, adds nothing."""
    reader = Reader(log.path)
    reader.poll()
    old = log.rename("mail.log.1")
    log.path.write_bytes(old.read_bytes())  # another inode with the same lines
    reader.poll()
    log.write(2)
    reader.poll()
    log.expect(reader)


def test_log_replaced_by_its_copy(log: Log) -> None:
    """An editor that writes a copy and renames it over the log does not end the reading."""
    for restart in (False, True):
        reader = Reader(log.path)
        reader.poll()
        copy = log.path.with_name("copy")
        copy.write_bytes(log.path.read_bytes())
        copy.rename(log.path)
        log.write(2)
        if restart:
            reader.restart()
        reader.poll()
        log.write(1)
        reader.poll()
        log.expect(reader)


def test_copies_move_with_their_times(log: Log) -> None:
    """A folder restored from a backup, all times equal, is read like any other."""
    reader = Reader(log.path)
    reader.poll()
    for _ in range(2):
        log.write(2)
        log.shift()
    log.write(1)
    target = log.path.parent / "restored"
    target.mkdir()
    for path in log.path.parent.glob("mail.log*"):
        shutil.copy(path, target)
    for path in target.iterdir():
        os.utime(path, (5, 5))
    reader.path = target / "mail.log"
    reader.restart()
    reader.poll()
    log.expect(reader)
