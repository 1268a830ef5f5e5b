"""Rotation beyond pygtail's table: races, links, and files that are let go."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from exporter.sources import chain
from exporter.sources.files import Identity, open_listed
from exporter.sources.rotation import (
    LogFiles,
    Unsettled,
)
from tests.reading import Log, Reader


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


@pytest.mark.parametrize("way", ["relative", "by a linked folder"])
def test_folder_of_two_names(way: str, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a log's real path is another than its name, a rotated copy is one file, and is read once."""
    folder = log.path.parent
    monkeypatch.chdir(folder)
    (folder / "link").symlink_to(".")
    named = Path(log.path.name) if way == "relative" else folder / "link" / log.path.name
    reader = Reader(named)
    reader.poll()
    log.write(2)
    log.path.rename(f"{log.path}.1")
    log.write(2)
    listed = [one.identity for one in LogFiles(str(named)).listed()]
    assert len(listed) == len(set(listed)) == 2
    reader.restart()
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


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("restart", [False, True])
def test_log_that_the_next_line_makes_is_quiet(log: Log, restart: bool, packed: bool) -> None:
    """A rotation that makes no new file is no fault: what was read to its end stands beside it."""
    reader = Reader(log.path)
    reader.poll()
    log.write(2)
    log.shift()
    for _ in range(3):
        reader.poll()
        reader.wait_until_quiet()
        assert reader.follower.problem is None
    if packed:
        old = log.path.with_name("mail.log.1")
        old.with_name("mail.log.1.gz").write_bytes(gzip.compress(old.read_bytes()))
        old.unlink()
    if restart:
        reader.restart()
    reader.poll()
    assert reader.follower.problem is None
    log.write(2)
    reader.poll()
    log.expect(reader)


@pytest.mark.parametrize("read", [False, True])
def test_missing_log_is_told(log: Log, read: bool) -> None:
    """A log without its copy is missing; so is one of which nothing was ever read but the end."""
    reader = Reader(log.path, from_end=True)
    if read:
        reader.poll()
        log.write(1)
        reader.poll()
    log.shift()
    if read:
        log.path.with_name("mail.log.1").unlink()
    reader.poll()
    assert reader.follower.problem == "no such file"
