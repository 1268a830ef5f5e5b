"""The log is truncated behind a copy of it: what was read before is not read again."""

from __future__ import annotations

import os

from tests.reading import Log, Reader


def test_moved_but_nothing_read_then_truncated(log: Log) -> None:
    """The place in a file that gave no line proves nothing: it is looked for again."""
    reader = Reader(log.path)
    reader.poll()
    log.shift()
    half = log.text(1)
    log.append(half[:4])
    reader.poll()
    log.shift_copies()
    log.path.with_name("mail.log.1").write_bytes(log.path.read_bytes() + half[4:])
    os.truncate(log.path, 0)
    log.write(1)
    reader.poll()
    log.expect(reader)


def test_copy_that_ends_before_the_mark(log: Log) -> None:
    """A line read between copying and truncating is in no file any more: no gap, nothing twice."""
    for restart in (False, True):
        log.path.unlink(missing_ok=True)
        for old in log.path.parent.glob("mail.log.*"):
            old.unlink()
        log.written = 0
        log.write(30)
        reader = Reader(log.path)
        reader.poll()
        copy = log.path.read_bytes()
        log.write(1)
        reader.poll()
        log.path.with_name("mail.log.1").write_bytes(copy)
        os.truncate(log.path, 0)
        log.write(2)
        if restart:
            reader.restart()
        reader.poll()
        log.expect(reader)
