"""A checkpoint that was damaged anyhow: it is never believed, and moved aside."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from exporter.checkpoint.file import FORMAT, Checkpoint, CheckpointError
from exporter.checkpoint.state import State
from tests.by_hand import Exporter


def test_checkpoint_cut_anywhere(exporter: Exporter) -> None:
    """A checkpoint that ends anywhere before its end is damage, and moved aside."""
    whole = Path(exporter.checkpoint.path).read_bytes()
    for length in range(len(whole)):
        _expect_damage(exporter, whole[:length])


NOISE: dict[str, Callable[[bytes, int], bytes]] = {
    "noise": lambda whole, _: os.urandom(len(whole)),
    "NULs from somewhere on": lambda whole, place: whole[:place] + bytes(len(whole) - place),
    "noise from somewhere on": lambda whole, place: whole[:place] + os.urandom(len(whole) - place),
    "NULs somewhere": lambda whole, place: whole[:place] + bytes(9) + whole[place + 9 :],
    "another end": lambda whole, place: whole + whole[place:],
}


@pytest.mark.parametrize("name", NOISE)
def test_checkpoint_of_noise(name: str, exporter: Exporter) -> None:
    """Noise and NULs, as a disk may leave them, are damage."""
    whole = Path(exporter.checkpoint.path).read_bytes()
    for place in range(0, len(whole) - 9, 50):
        _expect_damage(exporter, NOISE[name](whole, place))


def test_any_bit_changed(exporter: Exporter) -> None:
    """No single bit is changed unnoticed; the number of another format is refused as such."""
    path = Path(exporter.checkpoint.path)
    whole = path.read_bytes()
    number = whole.index(str(FORMAT).encode())
    for place in range(8 * len(whole)):
        changed = bytearray(whole)
        changed[place // 8] ^= 1 << place % 8
        if place // 8 == number and changed[number] in b"0123456789":
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
    for key, value in itertools.product(json.loads(content), values):
        changed = json.dumps({**json.loads(content), key: value}, separators=(",", ":"))
        path.write_bytes(b"".join([form, changed.encode() + b"\n", *others]))
        assert checkpoint.load() == (None, True), (key, value)
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
