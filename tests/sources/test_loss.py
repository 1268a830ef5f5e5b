"""What cannot be read any more: the rest is read whole, and the gap is said."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

from tests.reading import Log, Reader, numbers


def test_rotated_away_unread_is_said(log: Log) -> None:
    """When the file with the mark is gone, what is left is read whole and one gap is counted."""
    reader = Reader(log.path)
    reader.poll()
    os.utime(log.path, (1, 1))
    reader.restart()
    log.path.unlink()
    log.write(2, log.path.with_name("mail.log.1"))
    log.write(2)
    reader.poll(3)
    assert numbers(reader.got) == [0, 1, 2, 3, 4, 5, 6]
    assert reader.gaps == 1


def test_damaged_packed_file_is_said(log: Log) -> None:
    """A packed file that ends too early gives what it holds, one gap, and does not stop the rest."""
    reader = Reader(log.path)
    reader.poll()
    log.write(2)
    log.shift()
    log.path.with_name("mail.log.1").unlink()
    whole = gzip.compress(b"".join(b"line %d\n" % number for number in range(5)))
    log.path.with_name("mail.log.1.gz").write_bytes(whole[:-6])
    log.write(2)
    reader.restart()
    reader.poll(3)
    assert numbers(reader.got) == list(range(7))
    assert reader.gaps == 1


def test_copies_are_looked_through_once(log: Log) -> None:
    """While a log stays empty behind a gap, its packed copies are not read again at each poll."""
    reader = Reader(log.path)
    log.write(100_000)  # the mark must be far behind the copies' beginning
    reader.poll()
    log.path.unlink()
    old = log.path.with_name("mail.log.2.gz")
    old.write_bytes(gzip.compress(b"".join(b"%d\n" % n**9 for n in range(100_000))))
    os.utime(old, (1, 1))
    log.append(b"")
    reader.restart()
    reader.poll(2)
    assert reader.gaps == 1
    before = bytes_read()
    reader.poll(10)
    assert bytes_read() - before < old.stat().st_size
    log.write(2)
    reader.poll()
    assert numbers(reader.got)[-2:] == [log.written - 2, log.written - 1]


def bytes_read() -> int:
    """Give how much this process has read so far."""
    return int(Path("/proc/self/io").read_text("ascii").partition("rchar: ")[2].split("\n")[0])
