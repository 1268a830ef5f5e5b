"""The seam to pygtail: what is relied on, and that its own bookkeeping stays off."""

from __future__ import annotations

import gc
import gzip
import importlib.metadata
import os
from contextlib import closing
from pathlib import Path

import pytest

from exporter.sources.blocks import BLOCK, Truncated
from exporter.sources.files import Segment
from tests.lines import lines


def test_version() -> None:
    """The seam was tried with this version; another one must be tried anew."""
    assert importlib.metadata.version("pygtail") == "0.14.0"


def test_iterating_stops_and_resumes(tmp_path: Path) -> None:
    """At the end of the file iterating stops; iterating again goes on with what came."""
    log = tmp_path / "mail.log"
    log.write_bytes(lines(0, 3))
    segment = Segment(str(log))
    assert list(segment) == [lines(0, 3)]
    assert list(segment) == []
    with log.open("ab") as file:
        file.write(lines(3, 5))
    assert list(segment) == [lines(3, 5)]
    segment.close()


def test_blocks_are_bounded(tmp_path: Path) -> None:
    """A long file comes in blocks of whole lines, none larger than BLOCK."""
    log = tmp_path / "mail.log"
    log.write_bytes(lines(0, 5000))
    segment = Segment(str(log))
    blocks = list(segment)
    assert len(blocks) > 3
    assert all(len(block) <= BLOCK and block.endswith(b"\n") for block in blocks)
    assert b"".join(blocks) == lines(0, 5000)
    segment.close()


def test_name_is_never_followed(tmp_path: Path) -> None:
    """A renamed file is read on; a new file under its name is not."""
    log = tmp_path / "mail.log"
    log.write_bytes(lines(0, 1))
    segment = Segment(str(log))
    assert list(segment) == [lines(0, 1)]
    log.rename(tmp_path / "mail.log.1")
    log.write_bytes(lines(7, 9))
    assert list(segment) == []
    segment.close()


def test_nothing_is_written_or_opened_again(tmp_path: Path) -> None:
    """No offset file appears, and a segment that is closed and forgotten opens nothing."""
    log = tmp_path / "mail.log"
    log.write_bytes(lines(0, 3))
    before = os.listdir("/proc/self/fd")
    segment = Segment(str(log))
    list(segment)
    segment.close()
    del segment
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) == len(before)
    assert os.listdir(tmp_path) == ["mail.log"]


def test_truncation_between_reads_is_noticed(tmp_path: Path) -> None:
    """Proof and news come from one read: what stands at the old place is not taken for news."""
    log = tmp_path / "mail.log"
    log.write_bytes(lines(0, 3))
    segment = Segment(str(log))
    list(segment)
    log.write_bytes(lines(100, 200))
    with pytest.raises(Truncated):
        list(segment)
    segment.close()


def test_mark_is_found_in_a_packed_copy(tmp_path: Path) -> None:
    """The mark of a plain file is held by its packed copy, and by no other file."""
    log, packed, other = tmp_path / "mail.log", tmp_path / "mail.log.1.gz", tmp_path / "other"
    log.write_bytes(lines(0, 30))
    packed.write_bytes(gzip.compress(lines(0, 40)))
    other.write_bytes(lines(1, 31))
    segment = Segment(str(log))
    list(segment)
    mark = segment.mark()
    held = {}
    for path in (packed, other):
        with closing(Segment(str(path))) as candidate:
            held[path.name] = candidate.holds(mark)
    assert held == {"mail.log.1.gz": True, "other": False}
    copy = Segment(str(packed))
    copy.resume(mark)
    assert list(copy) == [lines(30, 40)]
    copy.close()
    segment.close()
