"""A checkpoint that cannot be written or read: it serves on, says why, and recovers by itself."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import pytest

from tests.lines import lines
from tests.pages import run
from tests.scene import Fault, Scene, expect_all_counted, goes_on_after_commit, has_counted
from tests.service import eventually, running


def _checkpoint_becomes_a_folder(scene: Scene) -> None:
    scene.checkpoint.rename(scene.aside)
    scene.checkpoint.mkdir()


def _checkpoint_comes_back(scene: Scene) -> None:
    scene.checkpoint.rmdir()
    scene.aside.rename(scene.checkpoint)


STATE_FAULTS = {
    "permission of the folder": Fault(
        lambda scene: scene.state.chmod(0o500),
        lambda scene: scene.state.chmod(0o755),
        "Permission denied",
    ),
    "folder gone": Fault(
        lambda scene: scene.state.rename(scene.aside),
        lambda scene: scene.aside.rename(scene.state),
        "No such file or directory",
    ),
    "folder in the checkpoint's place": Fault(
        _checkpoint_becomes_a_folder,
        _checkpoint_comes_back,
        "Is a directory",
    ),
    "folder in the temporary file's place": Fault(
        lambda scene: scene.checkpoint.with_name("checkpoint.json.tmp").mkdir(),
        lambda scene: scene.checkpoint.with_name("checkpoint.json.tmp").rmdir(),
        "Is a directory",
    ),
}
NO_START = ("folder gone", "folder in the checkpoint's place")
"""Without a checkpoint it is a first start, and what is no file is refused."""

REPLACING = ("permission of the folder", "folder in the temporary file's place")
"""What is in the way of a new file only: a process appends to the one that it has."""


@pytest.mark.parametrize(
    ("name", "restarted"),
    [
        (name, restarted)
        for name in STATE_FAULTS
        for restarted in (False, True)
        if name not in (NO_START if restarted else REPLACING)
    ],
)
def test_checkpoint_that_cannot_be_written(name: str, restarted: bool, scene: Scene) -> None:
    """What is wrong is told once, in counter and readiness; what was committed stays; then all is."""
    expect_all_counted(STATE_FAULTS[name], goes_on_after_commit, 20, restarted, scene)


@pytest.mark.parametrize("name", REPLACING)
def test_checkpoint_that_cannot_be_replaced(name: str, scene: Scene) -> None:
    """What is in the way of a new file hinders no commit that appends, and none is lost by it."""
    fault = STATE_FAULTS[name]
    with scene.open_log() as writer, scene.exporter() as service:
        eventually(service.ready)
        fault.begin(scene)
        writer.write(lines(0, 10))
        eventually(partial(has_counted, service, 10))
        assert service.stop() == 0
    fault.end(scene)
    with scene.exporter() as service:
        eventually(partial(has_counted, service, 10))


def test_damaged_checkpoint_is_moved_aside(log: Path, tmp_path: Path) -> None:
    """Noise in the checkpoint is one error; the exporter starts anew and counts a gap."""
    (tmp_path / "checkpoint.json").write_bytes(os.urandom(999))
    with running(tmp_path, "--postfix.logfile-path", log) as service:
        assert service.log.count("level=error") == 1
        assert "is damaged" in service.log
        assert service.page()["postfix_exporter_log_gaps_total"] == {(): 1}
        assert len(list(tmp_path.glob("checkpoint.json.damaged-*"))) == 1


def test_checkpoint_that_cannot_be_read(log: Path, tmp_path: Path) -> None:
    """A checkpoint that is a folder, or of a newer version, is left alone: one error, code 1."""
    (tmp_path / "folder").mkdir()
    newer = tmp_path / "newer.json"
    newer.write_text('{"format": 99}')
    for path, told in (
        (tmp_path / "folder", "is no regular file"),
        (newer, "written by another version"),
    ):
        ended = run("--postfix.logfile-path", log, "--checkpoint.file", path)
        assert ended.returncode == 1
        assert ended.stderr.count("\n") == 1
        assert told in ended.stderr
        assert path.exists()


def test_state_folder_that_cannot_be_made(log: Path, tmp_path: Path) -> None:
    """A state folder that cannot be made is one error and code 1."""
    (tmp_path / "file").touch()
    ended = run("--postfix.logfile-path", log, "--checkpoint.file", tmp_path / "file" / "c.json")
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert "cannot be written: " in ended.stderr
