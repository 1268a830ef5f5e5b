"""Each way in which pygtail 0.14.0, used as it is, loses or doubles lines or raises.

The numbers are those of the table in docs/pygtail.md. In every case our reader is exact, or says
the loss aloud.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from exporter.checkpoint.blocks import FORMAT
from exporter.checkpoint.file import Checkpoint
from tests.pages import ROOT
from tests.reading import Log, Reader, numbers

ROWS: dict[int, Callable[[Path], None]] = {}

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".xz": lzma.compress,
    ".bz2": bz2.compress,
}


def row(*row_numbers: int) -> Callable[[Callable[[Path], None]], Callable[[Path], None]]:
    """Mark a case as that of rows of the table."""

    def register(case: Callable[[Path], None]) -> Callable[[Path], None]:
        ROWS.update(dict.fromkeys(row_numbers, case))
        return case

    return register


def pack(path: Path, ending: str) -> None:
    """Pack a file as logrotate does: the time of the last change is kept in whole seconds."""
    status = path.stat()
    packed = path.with_name(path.name + ending)
    packed.write_bytes(PACKERS[ending](path.read_bytes()))
    os.utime(packed, (int(status.st_atime), int(status.st_mtime)))
    path.unlink()


def started(folder: Path, count: int = 3) -> tuple[Log, Reader]:
    """Give a log with lines that have been read."""
    log = Log(folder)
    log.write(count)
    reader = Reader(log.path)
    reader.poll()
    return log, reader


@row(1, 2)
def partial_last_line(folder: Path) -> None:
    """A half-written line waits for its other half."""
    log, reader = started(folder)
    log.append(b"line ")
    assert reader.poll() == []
    reader.restart()
    log.append(b"3\n")
    log.written += 1
    reader.poll()
    log.expect(reader)


@row(3)
def rename_and_create(folder: Path) -> None:
    """Rotation by rename loses nothing, alive or down."""
    log, reader = started(folder)
    log.write(2)
    log.shift()
    log.write(2)
    reader.poll()
    log.write(1)
    log.shift()
    log.write(1)
    reader.restart()
    reader.poll()
    log.expect(reader)


@row(4)
def late_lines_to_the_old_file(folder: Path) -> None:
    """What the writer adds to the renamed file before it lets go is read, alive and after a start."""
    log, reader = started(folder)
    old = log.rename("mail.log.1")
    log.path.touch()
    log.write(2, old)
    reader.poll()
    log.write(1)
    reader.poll()
    log.write(1, old)
    reader.poll()
    reader.restart()
    log.write(1, old)
    reader.poll()
    log.expect(reader)


@row(5)
def gap_between_rename_and_create(folder: Path) -> None:
    """While there is no live file the reader waits, and the next poll goes on."""
    log, reader = started(folder)
    log.write(1)
    log.rename("mail.log.1")
    reader.poll()
    reader.restart()
    reader.poll()
    log.write(2)
    reader.poll()
    log.expect(reader)


@row(6)
def old_file_ends_without_newline(folder: Path) -> None:
    """An unfinished last line does not hold the reader on a dead file; it is read when quiet."""
    log, reader = started(folder)
    log.append(b"line 3")
    log.shift()
    log.append(b"line 4\n")
    assert numbers(reader.poll()) == [4]
    reader.wait_until_quiet()
    assert numbers(reader.poll()) == [3]
    log.append(b"line 5\n")
    assert numbers(reader.poll()) == [5]
    assert reader.gaps == 0


@row(7, 8)
def copytruncate_while_down(folder: Path) -> None:
    """A copy made while the reader was down is read to its end, however far the file has grown."""
    for grown in (1, 9):
        place = folder / str(grown)
        place.mkdir()
        log, reader = started(place)
        log.write(2)
        log.copy_and_truncate()
        log.write(grown)
        reader.restart()
        reader.poll()
        log.expect(reader)


@row(9)
def copytruncate_alive(folder: Path) -> None:
    """A truncation under the open file is noticed, and the copy is read to its end."""
    log, reader = started(folder)
    for _ in range(3):
        log.write(2)
        log.shift_copies()
        log.copy_and_truncate()
        log.write(7)
        reader.poll()
    log.expect(reader)


@row(10, 12, 13)
def truncated_without_a_copy(folder: Path) -> None:
    """After a truncation without a copy every new line is read, smaller or grown past the place."""
    for grown in (1, 9):
        place = folder / str(grown)
        place.mkdir()
        log, reader = started(place)
        reader.poll()
        os.truncate(log.path, 0)
        log.write(grown)
        reader.poll()
        log.expect(reader)


@row(11)
def truncated_beside_an_old_copy(folder: Path) -> None:
    """An old longer copy of another week is not read after a truncation."""
    log = Log(folder)
    old = log.path.with_name("mail.log.1")
    old.write_bytes(b"other week\n" * 99)
    os.utime(old, (1, 1))
    log.write(3)
    reader = Reader(log.path)
    reader.poll(2)
    os.truncate(log.path, 0)
    log.write(2)
    reader.poll()
    log.expect(reader)


@row(14, 15)
def dated_names(folder: Path) -> None:
    """Dated names are followed, hourly ones too, also where an old .1 lies about."""
    log, reader = started(folder)
    old = log.path.with_name("mail.log.1")
    old.write_bytes(b"other year\n")
    os.utime(old, (1, 1))
    for name in ("-20261122", "-2026112307", "-20261123-1795464970", ".20261124-010203"):
        log.write(1)
        log.rename("mail.log" + name)
        log.write(1)
        reader.restart()
        reader.poll()
    log.expect(reader)


@row(16, 18)
def packed_while_down(folder: Path) -> None:
    """The unread end of a file that was packed while the reader was down is read."""
    for ending in PACKERS:
        place = folder / ending[1:]
        place.mkdir()
        log, reader = started(place)
        log.write(2)
        log.shift()
        log.write(1)
        pack(log.path.with_name("mail.log.1"), ending)
        reader.restart()
        reader.poll()
        log.expect(reader)


@row(17)
def copytruncate_and_packed_while_down(folder: Path) -> None:
    """A packed copy is read like a plain one."""
    log, reader = started(folder)
    log.write(2)
    pack(log.copy_and_truncate(), ".gz")
    log.write(4)
    reader.restart()
    reader.poll()
    log.expect(reader)


@row(19)
def two_rotations_while_down(folder: Path) -> None:
    """The files between the place and the live file are read whole, packed or not."""
    log, reader = started(folder)
    for ending in ("", ".gz", ".bz2", ""):
        log.write(2)
        log.shift()
        if ending:
            pack(log.path.with_name("mail.log.1"), ending)
    log.write(2)
    reader.restart()
    reader.poll()
    log.expect(reader)


@row(20)
def two_rotations_between_polls(folder: Path) -> None:
    """The middle file of two rotations between polls is read."""
    log, reader = started(folder)
    for _ in range(3):
        log.write(2)
        log.shift()
    log.write(2)
    reader.poll()
    log.expect(reader)


@row(21)
def inode_reused(folder: Path) -> None:
    """A new file under the old inode is another file: content decides."""
    log, reader = started(folder)
    log.write(1)
    copy = log.path.with_name("mail.log.1")
    copy.write_bytes(log.path.read_bytes())
    log.path.write_bytes(b"")  # the same inode, other content
    log.write(9)
    reader.restart()
    reader.poll()
    log.expect(reader)


@row(22)
def rotation_between_start_and_first_read(folder: Path) -> None:
    """A rotation between the start of the reader and its first read loses nothing."""
    log, reader = started(folder)
    log.write(2)
    reader.restart()
    reader.follower.settle()
    log.shift()
    log.write(2)
    reader.poll()
    log.expect(reader)


@row(23, 24, 25)
def missing_at_the_start(folder: Path) -> None:
    """A log that appears after a start at the end is read from its first line, also once rotated."""
    log = Log(folder)
    reader = Reader(log.path, from_end=True)
    assert reader.poll() == []
    assert reader.follower.problem == "no such file"
    log.write(3)
    reader.poll()
    assert reader.follower.problem is None
    log.shift()
    log.write(2)
    reader.restart()
    reader.poll()
    log.expect(reader)


@row(26)
def start_at_the_end_of_a_half_line(folder: Path) -> None:
    """A start in the middle of a line begins with the next one, also after a restart."""
    for restart in (False, True):
        place = folder / str(restart)
        place.mkdir()
        log = Log(place)
        log.append(b"line of old\nunfin")
        reader = Reader(log.path, from_end=True)
        reader.poll()
        if restart:
            reader.restart()
        log.append(b"ished\n")
        log.write(2)
        reader.poll()
        log.expect(reader)


@row(27)
def permission_denied(folder: Path) -> None:
    """An unreadable log is a problem that is told, and reading goes on when it is gone."""
    log, reader = started(folder)
    (folder / "real").mkdir()
    os.rename(log.path, folder / "real" / "mail.log")
    os.symlink("mail.log", log.path)  # a loop: cannot be opened by root either
    reader.restart()
    assert reader.poll() == []
    assert reader.follower.problem
    os.unlink(log.path)
    os.rename(folder / "real" / "mail.log", log.path)
    log.write(1)
    reader.poll()
    assert reader.follower.problem is None
    log.expect(reader)


@row(28, 29)
def killed_at_any_moment(folder: Path) -> None:
    """What was read after the last commit is read again, what was before it is not."""
    log, reader = started(folder)
    log.write(2)
    reader.poll_first_block()
    reader.restart()
    log.write(2)
    reader.poll()
    log.expect(reader)


@row(30, 31)
def place_file_empty_or_damaged(folder: Path) -> None:
    """A damaged checkpoint is moved aside with one error; it never stops the exporter."""
    for content in (b"", b"{", b"12\n", b"\0" * 99, b"[]", b'{"format": %d}' % FORMAT):
        path = folder / "checkpoint.json"
        path.write_bytes(content)
        checkpoint = Checkpoint(str(path))
        assert checkpoint.load() == (None, True)
        assert not path.exists()
        checkpoint.close()


@row(33)
def place_in_the_middle_of_a_line(folder: Path) -> None:
    """A place that is not behind the line read last is not taken: content decides."""
    log, reader = started(folder)
    data = log.path.read_bytes()
    log.path.write_bytes(b"x" + data)  # every offset is wrong by one now
    log.write(1)
    reader.restart()
    reader.poll()
    assert reader.gaps == 1


@row(34, 35, 36)
def bytes_that_are_no_utf8(folder: Path) -> None:
    """Bytes are bytes: no encoding can stop the reader, nor a poll between two of them."""
    log, reader = started(folder)
    log.append(b"\xe9\xff latin \xc3")
    reader.poll()
    log.append(b"\xbc\n")
    assert reader.poll() == [b"\xe9\xff latin \xc3\xbc"]


@row(37)
def lone_carriage_return(folder: Path) -> None:
    """Only a newline ends a line."""
    log, reader = started(folder)
    log.append("a\rb\x0b\x0c\u2028c\r\n".encode())
    assert reader.poll() == ["a\rb\x0b\x0c\u2028c\r".encode()]


@row(38)
def nuls_after_a_crash(folder: Path) -> None:
    """NULs before a line do not swallow it, however many there are."""
    log, reader = started(folder)
    log.append(b"\0" * 300_000)
    log.write(2)
    reader.poll()
    log.expect(reader)


@row(39)
def very_long_line(folder: Path) -> None:
    """A line without end is dropped piece by piece; memory stays bounded, the next line is read."""
    log, reader = started(folder)
    log.append(b"x" * 1_000_000)
    reader.poll()
    assert len(reader.follower._chain.held[-1].lines.tail) <= 256
    reader.restart()
    log.append(b"x" * 1_000_000 + b"\n")
    log.write(2)
    reader.poll()
    log.expect(reader)


HARMLESS = {
    32: "tests/live/test_full_disk.py",
    40: "exporter/sources/files.py",  # on_update is not used
    41: "tests/sources/test_files.py",  # the seam
    42: "bench/README.md",
}


@pytest.mark.parametrize("number", sorted(ROWS))
def test_row(number: int, tmp_path: Path) -> None:
    """Our reader is exact, or says the loss aloud, where pygtail alone is not."""
    ROWS[number](tmp_path)


def test_every_row_has_a_case() -> None:
    """Each row of the table is covered here or named with the place where it is."""
    table = (ROOT / "docs" / "pygtail.md").read_text(encoding="utf-8")
    rows = {int(number) for number in re.findall(r"(?m)^\| (\d+) \|", table)}
    assert rows == set(ROWS) | set(HARMLESS)
    assert all((ROOT / place).exists() for place in HARMLESS.values())
