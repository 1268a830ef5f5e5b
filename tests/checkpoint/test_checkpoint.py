"""The checkpoint file: what is kept, and what is done about what does not fit."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from exporter.checkpoint import file
from exporter.checkpoint.blocks import FORMAT, Blocks
from exporter.checkpoint.file import Checkpoint, CheckpointError
from exporter.checkpoint.state import State
from exporter.config import Config
from exporter.tally import Tally
from tests.pages import CORPUS


def test_everything_is_kept(state: State, tmp_path: Path) -> None:
    """What is saved is loaded again, every field of it."""
    assert all(getattr(state, name) != getattr(State(), name) for name in State.__slots__)
    folder = tmp_path / "deep" / "er"
    checkpoint = Checkpoint(str(folder / "checkpoint.json"))
    checkpoint.save(state)
    assert checkpoint.load() == (state, False)
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["checkpoint.json", "checkpoint.json.lock"]
    checkpoint.close()


def test_each_state_replaces_the_one_before(state: State, tmp_path: Path) -> None:
    """A state is kept whole whatever was saved before it: nothing of that is in the file."""
    checkpoint = Checkpoint(str(tmp_path / "checkpoint.json"))
    first, *others = state.totals.attempts.items()
    for attempts in (dict(others), dict([*others, first]), {}, dict([first, *others])):
        changed = replace(state, totals=replace(state.totals, attempts=attempts), held={})
        checkpoint.save(changed)
        assert checkpoint.load() == (changed, False)
    checkpoint.save(state)
    assert checkpoint.load() == (state, False)
    checkpoint.close()


def test_counting_goes_on(state: State) -> None:
    """Counters and memory that were loaded go on as if nothing had happened."""
    log = (CORPUS / "mixed-maillog" / "maillog").read_bytes()
    half = log.index(b"\n", len(log) // 2) + 1
    whole = Tally(Config(), State())
    whole.add(log)
    first = Tally(Config(), State(installation_key=state.installation_key))
    first.add(log[:half])
    kept = State(
        totals=first.published().totals,
        memory=first.counts.memory(),
        installation_key=state.installation_key,
    )
    second = Tally(Config(), kept)
    second.add(log[half:])
    assert second.published().totals == whole.published().totals


def test_nobody_else_may_read_it(state: State, tmp_path: Path) -> None:
    """Others have no access to the file."""
    checkpoint = Checkpoint(str(tmp_path / "checkpoint.json"))
    checkpoint.save(state)
    assert os.stat(tmp_path / "checkpoint.json").st_mode & 0o007 == 0
    checkpoint.close()


@pytest.mark.parametrize("number", [1, 2, 3, 4, FORMAT + 1, 99])
def test_another_format_is_left_alone(number: int, state: State, tmp_path: Path) -> None:
    """A file of another format, older or newer, is refused by its number and stays as it is."""
    path = tmp_path / "checkpoint.json"
    checkpoint = Checkpoint(str(path))
    checkpoint.save(state)
    path.write_bytes(path.read_bytes().replace(b":%d}" % FORMAT, b":%d}" % number, 1))
    before = path.read_bytes()
    with pytest.raises(CheckpointError, match=rf"\(format {number}, this one reads {FORMAT}\)"):
        checkpoint.load()
    assert path.read_bytes() == before
    checkpoint.close()


def test_what_is_no_file_is_left_alone(tmp_path: Path) -> None:
    """A device, a folder or a FIFO is never replaced."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for path in (fifo, tmp_path, Path(os.devnull)):
        with pytest.raises(CheckpointError, match="is no regular file"):
            Checkpoint(str(path))
        assert not path.is_file()


def test_failed_write_leaves_the_file(state: State, tmp_path: Path) -> None:
    """When a write fails, the file before stays as it was."""
    path = tmp_path / "checkpoint.json"
    checkpoint = Checkpoint(str(path))
    checkpoint.save(state)
    before = path.read_bytes()
    checkpoint.load()  # the next one replaces the file
    os.mkdir(f"{path}.tmp")
    with pytest.raises(CheckpointError, match="cannot be written: Is a directory"):
        checkpoint.save(State())
    assert path.read_bytes() == before
    checkpoint.close()


def test_file_is_replaced_when_it_has_grown(
    state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is appended never takes much more room than the first block; no commit is lost by it."""
    monkeypatch.setattr(file, "LEAST", 0)
    path = tmp_path / "checkpoint.json"
    checkpoint = Checkpoint(str(path))
    checkpoint.save(state)
    first, sizes = path.stat().st_size, []
    for gaps in range(1000):
        checkpoint.save(replace(state, gaps=gaps))
        sizes.append(path.stat().st_size)
    assert max(sizes) < 2 * first + 1000
    assert len([size for size, next in pairwise(sizes) if next < size]) > 1
    assert checkpoint.load() == (replace(state, gaps=999), False)
    checkpoint.close()


def test_what_is_written_is_what_changed(state: State, tmp_path: Path) -> None:
    """A commit writes a fraction of the file; what was written and how often is counted."""
    checkpoint = Checkpoint(str(tmp_path / "checkpoint.json"))
    checkpoint.save(state)
    first = checkpoint.bytes_written
    checkpoint.save(replace(state, gaps=7, committed=1795464924.5))
    assert checkpoint.bytes_written - first < 250
    assert checkpoint.bytes_written == (tmp_path / "checkpoint.json").stat().st_size
    assert checkpoint.commits == 2
    checkpoint.close()


def test_second_instance_is_refused_while_the_first_goes_on(state: State, tmp_path: Path) -> None:
    """Another exporter on the same file is refused, whatever the first has written since."""
    first = Checkpoint(str(tmp_path / "checkpoint.json"))
    for gaps in range(3):
        first.save(replace(state, gaps=gaps))
        with pytest.raises(CheckpointError, match="in use by another exporter"):
            Checkpoint(first.path)
    first.close()


def test_rows_are_written_as_they_come(tmp_path: Path) -> None:
    """A whole checkpoint is never in memory as text: each row is in the file before the next."""
    descriptor = os.open(tmp_path / "checkpoint.json", os.O_RDWR | os.O_CREAT, 0o640)
    blocks = Blocks(descriptor)

    def rows() -> Iterator[bytes]:
        for number in range(3):
            written = (tmp_path / "checkpoint.json").read_bytes()
            assert written.count(b"row") == number
            yield b'["row"]'

    blocks.begin(rows())
    blocks.close()
    assert (tmp_path / "checkpoint.json").read_bytes().count(b"row") == 3
