"""Rotation beyond pygtail's table: races, traps, several logs."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest

from exporter.sources import chain
from exporter.sources.files import Identity, open_listed
from exporter.sources.follow import Follower
from exporter.sources.rotation import (
    ROTATED,
    LogFiles,
    Unsettled,
    in_order,
    live_name,
    suffix_pattern,
)
from exporter.sources.watch import Watch
from tests.reading import Log, Reader, numbers


@pytest.fixture
def log(tmp_path: Path) -> Log:
    """Give a log with three lines."""
    log = Log(tmp_path)
    log.write(3)
    return log


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


def test_log_behind_a_symbolic_link(log: Log) -> None:
    """A log that is a link is rotated beside its target, as a kubelet does."""
    target = log.path.with_name("0.log")
    log.path.rename(target)
    log.path.symlink_to(target)
    reader = Reader(log.path)
    reader.poll()
    for restart in (False, True):
        for day in ("20261123-101010", "20261124-101010"):
            log.write(2)
            target.rename(f"{target}.{day if restart else day.replace('2026', '2025')}")
        log.write(2, target)
        if restart:
            reader.restart()
        reader.poll()
    log.expect(reader)


def test_middle_file_with_an_old_time(log: Log) -> None:
    """The order of names decides which files follow a packed one, not their times."""
    reader = Reader(log.path)
    reader.poll()
    for _ in range(2):
        log.shift()
        log.write(2)
    log.shift()
    packed = log.path.with_name("mail.log.3")
    log.path.with_name("mail.log.3.gz").write_bytes(gzip.compress(packed.read_bytes()))
    packed.unlink()
    for path in log.path.parent.glob("mail.log.*"):
        os.utime(path, (5, 5))
    log.write(2)
    reader.poll()
    log.expect(reader)


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


def test_listing_that_changes_is_not_used(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the folder changes between two looks nothing is decided; the next poll goes on."""
    reader = Reader(log.path)
    reader.poll()
    log.write(2)
    log.shift()
    log.write(2)
    looks = iter([0, 1])
    look = LogFiles._look

    def rotating(self: LogFiles) -> object:
        found = look(self)
        if next(looks, None) == 0:
            log.shift()
            log.write(1)
        return found

    with monkeypatch.context() as patched:
        patched.setattr(LogFiles, "_look", rotating)
        reader.poll()
    reader.poll()
    log.expect(reader)


def test_name_taken_by_another_file(log: Log) -> None:
    """What is opened must be what was listed."""
    listed = LogFiles(str(log.path)).listed()[-1]
    with pytest.raises(FileNotFoundError):
        open_listed(listed.path, Identity(listed.identity.device, listed.identity.inode + 1))


def test_listing_tells_a_rotation_under_way(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two looks that differ are Unsettled."""
    look = LogFiles._look

    def changing(self: LogFiles) -> object:
        found = look(self)
        if log.path.exists():
            log.rename("mail.log.1")
        return found

    monkeypatch.setattr(LogFiles, "_look", changing)
    with pytest.raises(Unsettled):
        LogFiles(str(log.path)).listed()


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


@pytest.mark.parametrize("restart", [False, True])
def test_packed_copy_that_ends_before_the_mark(log: Log, restart: bool) -> None:
    """Lines read from the open file after it was packed do not make the packed copy new."""
    log.write(30)
    reader = Reader(log.path)
    reader.poll()
    old = log.rename("mail.log.1")
    data = old.read_bytes()
    log.write(2, old)
    reader.poll()
    log.path.with_name("mail.log.1.gz").write_bytes(gzip.compress(data))
    old.unlink()
    log.write(2)
    if restart:
        reader.restart()
    reader.poll()
    log.expect(reader)


def _renamed_meanwhile(path: str, _listed: Identity) -> NoReturn:
    raise FileNotFoundError(path)


def _packed(log: Log, path: Path, late: int = 0) -> None:
    """Pack a copy as gzip does: with the time it saw first, and what a writer adds meanwhile."""
    seen = path.stat()
    log.write(late, path)
    packed = path.with_name(f"{path.name}.gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    os.utime(packed, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    path.unlink()


@pytest.mark.parametrize("meanwhile", ["nothing", "restart", "renamed"])
def test_file_that_was_written_while_it_was_packed(
    log: Log, meanwhile: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order of names tells what is behind a lost mark: a packed copy's time may be too old."""
    log.write(30)
    reader = Reader(log.path)
    reader.poll()
    old = log.rename("mail.log.1")
    data = old.read_bytes()
    log.path.touch()  # the next file, made before the late lines of the old one
    log.write(2, old)
    reader.poll()
    old.with_name("mail.log.1.gz").write_bytes(gzip.compress(data))
    old.unlink()
    log.shift()
    _packed(log, old, late=5)
    log.write(2)
    if meanwhile == "restart":
        reader.restart()
    if meanwhile == "renamed":
        with monkeypatch.context() as patched:
            patched.setattr(chain, "open_listed", _renamed_meanwhile)
            assert reader.poll() == []
    reader.poll()
    log.expect(reader)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("restart", [False, True])
def test_place_stays_while_the_live_file_has_no_line(log: Log, restart: bool, packed: bool) -> None:
    """The last file that gave a line is the place, packed and finished or quiet as it may be."""
    reader = Reader(log.path)
    reader.poll()
    log.write(2)
    log.shift()
    old = log.path.with_name("mail.log.1")
    if packed:
        old.with_name("mail.log.1.gz").write_bytes(gzip.compress(old.read_bytes()))
        old.unlink()
    half = log.text(1)
    log.append(half[:4])
    reader.restart()
    for _ in range(3):
        reader.poll()
        reader.wait_until_quiet()
        if restart:
            reader.restart()
    log.append(half[4:])
    reader.poll(2)
    log.expect(reader)


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


def test_predecessor_is_let_go_when_quiet(log: Log) -> None:
    """An old file is closed a minute after its last line; descriptors do not pile up."""
    reader = Reader(log.path)
    for _ in range(5):
        log.write(1)
        log.shift()
        log.write(1)
        reader.poll()
    assert len(reader.follower._chain.held) == 6
    reader.wait_until_quiet()
    reader.poll()
    assert len(reader.follower._chain.held) == 1
    log.expect(reader)


def test_held_files_are_bounded(log: Log) -> None:
    """However fast the rotation, only so many files are held open."""
    reader = Reader(log.path)
    for _ in range(3 * chain.MOST_HELD):
        log.write(1)
        log.shift_copies(99)
        log.rename("mail.log.1")
        log.write(1)
        reader.poll()
    assert len(reader.follower._chain.held) <= chain.MOST_HELD
    log.expect(reader)


@pytest.mark.parametrize(
    "options", ["create", "create\ncompress", "create\ndateext", "copytruncate", "nocreate"]
)
def test_real_logrotate(log: Log, options: str) -> None:
    """With logrotate itself, step by step, every line is read once."""
    config = log.path.with_name("logrotate.conf")
    config.write_text(f"{log.path} {{\nrotate 9\n{options}\n}}\n")
    config.chmod(0o644)
    reader = Reader(log.path)
    for _ in range(1 if "dateext" in options else 4):
        log.write(2)
        reader.restart()
        reader.poll()
        log.write(1)
        state = str(log.path.with_name("state"))
        subprocess.run(["logrotate", "-f", "-s", state, str(config)], check=True)
        log.write(2)
        reader.poll()
    log.expect(reader)


ORDER = {
    "numbered": [".10.gz", ".9", ".2.gz", ".1"],
    "dated": ["-20261120.gz", "-20261121", "-2026112207", "-2026112208"],
    "with seconds": ["-20261120-1795000000", "-20261121-1795086400"],
    "postfix logrotate": [".20261120-000001.gz", ".20261120-000002"],
}


@pytest.mark.parametrize("kind", ORDER)
def test_order_of_rotated_names(kind: str, tmp_path: Path) -> None:
    """Rotated copies are ordered by what their names say, oldest first, not by their times."""
    live = str(tmp_path / "mail.log")
    names = [live + suffix for suffix in ORDER[kind]]
    for name in reversed(names):
        Path(name).touch()
    assert in_order(live, sorted(names), suffix_pattern(ROTATED)) == names


STRANGERS = ["mail.log.2.gz.tmp", "mail.log.swp", "mail.log~", "mail.log.offset", "mail.login.1"]


@pytest.mark.parametrize("name", STRANGERS)
def test_strangers_are_no_copies(name: str) -> None:
    """Only strictly rotated names belong to a log."""
    suffix = suffix_pattern(ROTATED)
    assert in_order("mail.log", [name], suffix) == []
    assert live_name(name, suffix) in (None, "mail.login")


def test_several_logs_and_globs(tmp_path: Path) -> None:
    """A glob follows every log it finds, each once, rotated names left out, new ones as they come."""
    (tmp_path / "a.log").write_bytes(b"a\n")
    (tmp_path / "a.log.1").write_bytes(b"old\n")
    os.utime(tmp_path / "a.log.1", (1, 1))
    (tmp_path / "link.log").symlink_to(tmp_path / "a.log")
    patterns = [str(tmp_path / "*.log*"), str(tmp_path / "a.log")]
    watch = Watch(patterns, from_end=False)
    assert b"".join(watch.blocks()) == b"a\n"
    (tmp_path / "b.log").write_bytes(b"b\n")
    assert b"".join(watch.blocks()) == b"b\n"
    assert set(watch.problems().values()) == {None}


def test_copy_that_a_glob_finds(tmp_path: Path) -> None:
    """A rotated copy under a name of its own that a glob finds is not counted again, ever."""
    live, copy = tmp_path / "mail.log", tmp_path / "mail-20261123.log"
    pattern = str(tmp_path / "*.log")
    live.write_bytes(b"".join(b"line %d of the old file, long enough\n" % n for n in range(9)))
    watch = Watch([pattern], from_end=False)
    assert b"".join(watch.blocks()).count(b"\n") == 9
    live.rename(copy)
    live.write_bytes(b"new line\n")
    assert b"".join(watch.blocks()) == b"new line\n"
    for _ in range(2):
        places, copies = watch.places(), watch.copies()
        watch = Watch([pattern], known_patterns=[pattern], places=places, copies=copies)
        assert b"".join(watch.blocks()) == b""
    assert copies == (str(copy),)


def test_copy_that_is_named(tmp_path: Path) -> None:
    """A rotated copy named beside its log is no log of its own."""
    names = [str(tmp_path / "mail.log"), str(tmp_path / "mail.log.1")]
    watch = Watch(names, from_end=False)
    (tmp_path / "mail.log").write_bytes(b"line\n")
    assert b"".join(watch.blocks()) == b"line\n"
    os.rename(*names)
    (tmp_path / "mail.log").write_bytes(b"next\n")
    assert b"".join(watch.blocks()) == b"next\n"


def test_backlog_of_one_log_does_not_hold_up_another(tmp_path: Path) -> None:
    """Logs are read in turn, block by block."""
    (tmp_path / "a.log").write_bytes(b"a" * 99 + b"\n" + b"a\n" * 300_000)
    (tmp_path / "b.log").write_bytes(b"b\n")
    watch = Watch([str(tmp_path / "*.log")], from_end=False)
    blocks = list(watch.blocks())
    assert blocks.index(b"b\n") == 1
    assert len(blocks) > 3


def test_log_that_a_known_glob_finds_after_a_restart(tmp_path: Path) -> None:
    """What appeared while the exporter was down is read from its beginning; a new pattern's is not."""
    (tmp_path / "new.log").write_bytes(b"new\n")
    pattern = str(tmp_path / "*.log")
    assert b"".join(Watch([pattern], known_patterns=[pattern]).blocks()) == b"new\n"
    assert b"".join(Watch([pattern]).blocks()) == b""


def test_log_of_a_glob_that_is_gone(tmp_path: Path) -> None:
    """A log that a glob found and that was deleted is let go after a minute."""
    now = 0.0
    (tmp_path / "a.log").write_bytes(b"a\n")
    watch = Watch([str(tmp_path / "*.log")], from_end=False, clock=lambda: now)
    assert b"".join(watch.blocks()) == b"a\n"
    (tmp_path / "a.log").unlink()
    list(watch.blocks())
    now = chain.QUIET
    list(watch.blocks())
    assert watch.problems() == {str(tmp_path / "*.log"): "no file matches"}
    assert watch.places() == {}


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
