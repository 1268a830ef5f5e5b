"""A commit that fails or is killed at any step, or finds no room."""

from __future__ import annotations

import errno
import os
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.by_hand import Exporter

Step = tuple[str, str, int]
"""Kind of commit; a system call of it, and the how manieth of that name."""

STEPS: list[Step] = [
    ("append", "write", 1),
    ("append", "fsync", 1),
    ("replace", "open", 1),
    ("replace", "write", 1),
    ("replace", "write", 5),
    ("replace", "fsync", 1),
    ("replace", "replace", 1),
    ("replace", "open", 2),  # the folder
    ("replace", "fsync", 2),
]


class Killed(BaseException):
    """The end of the process, as far as it can be had within one."""


def make_due(kind: str, exporter: Exporter) -> None:
    """Let the next commit append to the file, or replace it as the first of a process does."""
    if kind == "replace":
        exporter.checkpoint.load()


@pytest.fixture
def ending(exporter: Exporter, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Give what makes one of the system calls of a commit end otherwise."""
    path = exporter.checkpoint.path
    ours = {path + ".tmp", os.path.dirname(path)}

    @contextmanager
    def ending(step: Step, end: BaseException) -> Iterator[None]:
        kind, name, number = step
        call, made = getattr(os, name), count(1)

        def called(*arguments: Any, **options: Any) -> Any:
            if (name != "open" or arguments[0] in ours) and next(made) == number:
                raise end
            return call(*arguments, **options)

        make_due(kind, exporter)
        with monkeypatch.context() as patched:
            patched.setattr(os, name, called)
            yield
        assert next(made) > number, "the commit has no such step"

    return ending


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
@pytest.mark.parametrize("step", STEPS)
def test_step_fails(
    step: Step, number: int, exporter: Exporter, ending: Callable[..., Any]
) -> None:
    """Whichever step fails: what was shown stays, the reason is told, the next commit has it all."""
    with ending(step, OSError(number, os.strerror(number))):
        assert exporter.read(2) == {"a": 3}
    health = exporter.pipeline.published.health
    assert health.checkpoint_failures == 1
    assert f"cannot be written: {os.strerror(number)}" in str(health.checkpoint_problem)
    assert exporter.read(1) == {"a": 6}
    assert exporter.pipeline.published.health.checkpoint_problem is None
    assert exporter.killed().shown() == {"a": 6}


@pytest.mark.parametrize("step", STEPS)
def test_killed_after_a_step_failed(
    step: Step, exporter: Exporter, ending: Callable[..., Any]
) -> None:
    """Killed before the next commit: nothing falls, and what was not committed is read again."""
    with ending(step, OSError(errno.EIO, "Input/output error")):
        exporter.read(2)
    assert exporter.killed().shown()["a"] >= 3
    assert exporter.read(1) == {"a": 6}


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_a_step(step: Step, exporter: Exporter, ending: Callable[..., Any]) -> None:
    """Killed in the middle of a commit: the same."""
    with pytest.raises(Killed), ending(step, Killed()):
        exporter.read(2)
    assert exporter.killed().shown()["a"] >= 3
    assert exporter.read(1) == {"a": 6}


@contextmanager
def _room_for(length: int) -> Iterator[None]:
    """Let no file grow beyond this length: a write ends short, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (length, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("kind", ["append", "replace"])
def test_room_for_any_part(kind: str, exporter: Exporter) -> None:
    """Wherever the write of a commit ends, what was committed stays, as does what is shown."""
    path = Path(exporter.checkpoint.path)
    make_due(kind, exporter)
    before = path.read_bytes()
    first, length = (len(before), 100) if kind == "append" else (0, 1000)
    for room in range(first, first + length):
        with _room_for(room):
            assert not exporter.pipeline.commit()
    assert path.read_bytes() == before
    assert exporter.pipeline.published.health.checkpoint_failures == length
    assert exporter.read(2) == {"a": 5}
    for _ in range(5):
        with _room_for(path.stat().st_size + 50):
            assert not exporter.pipeline.commit()
        assert exporter.killed().shown() == {"a": 5}


def _deleted(path: Path) -> None:
    path.unlink()


def _folder_made_anew(path: Path) -> None:
    path.parent.rename(path.parent.with_name("before"))
    path.parent.mkdir()


def _replaced_by_a_backup(path: Path) -> None:
    backup = path.with_name("backup")
    backup.write_bytes(path.read_bytes())
    backup.replace(path)


def _overwritten(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-10])


def _emptied(path: Path) -> None:
    os.truncate(path, 0)


HARMS = [_deleted, _folder_made_anew, _replaced_by_a_backup, _overwritten, _emptied]


@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: harm.__name__.strip("_"))
def test_file_is_harmed_meanwhile(harm: Callable[[Path], None], tmp_path: Path) -> None:
    """Whoever deletes, replaces or cuts the file: the next commit writes a whole one."""
    folder = tmp_path / "state"
    folder.mkdir()
    exporter = Exporter(tmp_path, hold=0, state=folder)
    exporter.read(4)
    harm(Path(exporter.checkpoint.path))
    assert exporter.read(2) == {"a": 6}
    assert exporter.killed().shown() == {"a": 6}
    exporter.close()


def test_close_fails(exporter: Exporter, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a file system says only at the close is no end, and no other file is written to."""
    close = os.close

    def fails(descriptor: int) -> None:
        close(descriptor)
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patched:
        patched.setattr(os, "close", fails)
        exporter.checkpoint.load()
        assert exporter.read(1) == {"a": 3}  # the folder, too, is closed
    other = Path(exporter.checkpoint.path).with_name("other")
    with other.open("wb"):
        assert exporter.read(1) == {"a": 5}
        assert exporter.read(1) == {"a": 6}
    assert other.read_bytes() == b""
    assert exporter.killed().shown() == {"a": 6}


def test_file_that_lay_there_gives_no_rights(exporter: Exporter) -> None:
    """A temporary file that others may read makes no checkpoint that they may read."""
    temporary = Path(exporter.checkpoint.path + ".tmp")
    temporary.touch()
    temporary.chmod(0o666)
    exporter.killed()
    assert Path(exporter.checkpoint.path).stat().st_mode & 0o137 == 0
