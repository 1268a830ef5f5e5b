"""A checkpoint that was damaged anyhow: it is never believed, and moved aside."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from exporter.checkpoint import format5, format6, format7, format8
from exporter.checkpoint.blocks import FORMAT
from exporter.checkpoint.file import Checkpoint, CheckpointError
from exporter.checkpoint.state import State
from tests.by_hand import Exporter


def test_first_block_cut_anywhere(exporter: Exporter) -> None:
    """A file that was replaced as a whole and ends too early is damage, and moved aside."""
    exporter.killed()
    whole = Path(exporter.checkpoint.path).read_bytes()
    for length in range(len(whole)):
        _expect_damage(exporter, whole[:length])


def test_appended_blocks_cut_anywhere(exporter: Exporter, caplog: pytest.LogCaptureFixture) -> None:
    """A file that ends in the middle of a commit is that of the commit before, and says so."""
    path = Path(exporter.checkpoint.path)
    exporter.killed()
    counted = {path.stat().st_size: 3}
    for times in (1, 2):
        total = exporter.read(times)["a"]
        counted[path.stat().st_size] = total
    whole = path.read_bytes()
    for length in range(min(counted), len(whole) + 1):
        path.write_bytes(whole[:length])
        caplog.clear()
        state, damaged = exporter.checkpoint.load()
        assert state
        assert not damaged
        last = max(size for size in counted if size <= length)
        assert sum(state.totals.attempts.values()) == counted[last]
        assert ("was not finished" in caplog.text) == (length != last)


NOISE: dict[str, Callable[[bytes, int], bytes]] = {
    "noise": lambda whole, _: os.urandom(len(whole)),
    "noise from somewhere on": lambda whole, place: whole[:place] + os.urandom(len(whole) - place),
    "NULs somewhere": lambda whole, place: whole[:place] + bytes(9) + whole[place + 9 :],
    "another end": lambda whole, place: whole + whole[place:],
}


@pytest.mark.parametrize("name", NOISE)
def test_checkpoint_of_noise(name: str, exporter: Exporter) -> None:
    """Noise and NULs, as a disk may leave them, are damage, in a commit that was appended too."""
    exporter.read(1)
    whole = Path(exporter.checkpoint.path).read_bytes()
    for place in range(0, len(whole) - 9, 50):
        _expect_damage(exporter, NOISE[name](whole, place))


def test_nuls_from_somewhere_on(exporter: Exporter) -> None:
    """NULs that end the last commit are of a power cut, and it is left out; more is damage."""
    exporter.killed()
    path = Path(exporter.checkpoint.path)
    counted = {path.stat().st_size: 3}
    for times in (1, 1):
        total = exporter.read(times)["a"]
        counted[path.stat().st_size] = total
    first, last, end = counted
    whole = path.read_bytes()
    for place in range(0, end, 7):
        torn = whole[:place] + bytes(end - place)
        # where not even the length of a commit is left, nobody knows how many there were
        is_head = any(size <= place < size + 28 for size in (first, last))
        if is_head or last <= place <= end - 16:
            path.write_bytes(torn)
            state, damaged = exporter.checkpoint.load()
            assert state
            assert not damaged
            before = max(size for size in counted if size <= place)
            assert sum(state.totals.attempts.values()) == counted[before]
        else:
            _expect_damage(exporter, torn)


def test_lines_of_another_kind_are_damage(exporter: Exporter) -> None:
    """Whatever stands in a line, it is damage and no other error."""
    whole = Path(exporter.checkpoint.path).read_bytes()
    head, rest = whole.split(b"\n", 1)
    for line in (b'["messages",[5],[1]]', b'["providers",[null],["x"]]', b'["rest",[[]],[1]]'):
        _expect_damage(exporter, b"\n".join([head, line, rest]))


UNKNOWN_FORMATS = set(b"0123456789") - set(
    b"%d%d%d%d%d" % (format5.FORMAT, format6.FORMAT, format7.FORMAT, format8.FORMAT, FORMAT)
)


def test_any_bit_changed(exporter: Exporter) -> None:
    """No single bit is changed unnoticed; the number of another format is refused as such."""
    exporter.killed().read(1)
    path = Path(exporter.checkpoint.path)
    whole = path.read_bytes()
    number = whole.index(str(FORMAT).encode())
    for place in range(8 * len(whole)):
        changed = bytearray(whole)
        changed[place // 8] ^= 1 << place % 8
        if place // 8 == number and changed[number] in UNKNOWN_FORMATS:
            path.write_bytes(changed)
            with pytest.raises(CheckpointError, match="written by another version"):
                exporter.checkpoint.load()
        else:
            _expect_damage(exporter, bytes(changed))


def _expect_damage(exporter: Exporter, content: bytes) -> None:
    path = Path(exporter.checkpoint.path)
    path.write_bytes(content)
    assert exporter.checkpoint.load() == (None, True)
    aside = list(path.parent.glob("checkpoint.json.damaged-*"))
    assert [each.read_bytes() for each in aside] == [content]
    aside[0].unlink()


def test_anything_changed_is_damage(state: State, tmp_path: Path) -> None:
    """A file that is valid JSON but not what was written is moved aside, whatever was changed."""
    path = tmp_path / "checkpoint.json"
    checkpoint = Checkpoint(str(path))
    checkpoint.save(state)
    form, content, *others = path.read_bytes().splitlines(keepends=True)
    values: list[object] = [None, -1, 10**400, float("inf"), "x", "\ud800", [], {}, [[]]]
    name, keys, _ = json.loads(content)
    for key, value in itertools.product(range(len(keys)), values):
        row = json.loads(content)
        row[2][key] = value
        changed = json.dumps(row, separators=(",", ":"))
        path.write_bytes(b"".join([form, changed.encode() + b"\n", *others]))
        assert checkpoint.load() == (None, True), (name, keys[key], value)
        assert not path.exists()
    checkpoint.close()


def test_lines_are_not_to_be_touched(state: State, tmp_path: Path) -> None:
    """A file with a line less, twice, out of order, changed or too many is moved aside."""
    path = tmp_path / "checkpoint.json"
    checkpoint = Checkpoint(str(path))
    checkpoint.save(state)
    lines = path.read_bytes().splitlines(keepends=True)
    for place, line in enumerate(lines):
        before, behind = lines[:place], lines[place + 1 :]
        for instead in ([], [line, line], [line.replace(b"1", b"2", 1) + b" "], [b"\n", line]):
            path.write_bytes(b"".join([*before, *instead, *behind]))
            assert checkpoint.load() == (None, True), (place, instead)
    path.write_bytes(b"".join([lines[0], *reversed(lines[1:-1]), lines[-1]]))
    assert checkpoint.load() == (None, True)
    checkpoint.close()


@pytest.mark.parametrize("cut", [0, 1, 100, -1, -3])
def test_cut_file_is_damage(cut: int, state: State, tmp_path: Path) -> None:
    """A file cut anywhere is moved aside."""
    path = tmp_path / "checkpoint.json"
    checkpoint = Checkpoint(str(path))
    checkpoint.save(state)
    path.write_bytes(path.read_bytes().rstrip()[:cut])
    assert checkpoint.load() == (None, True)
    checkpoint.close()
