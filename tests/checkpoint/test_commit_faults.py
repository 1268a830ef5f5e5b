"""A commit that fails or is killed at any step, or finds no room."""

from __future__ import annotations

import errno
import os
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.by_hand import Exporter

STEPS = ("open", "fsync", "replace", "open the folder", "fsync the folder")
"""The system calls of a commit beside its writes."""


class Killed(BaseException):
    """The end of the process, as far as it can be had within one."""


@pytest.fixture
def ending(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Give what makes one of the system calls of a commit end otherwise."""

    @contextmanager
    def ending(step: str, end: BaseException) -> Iterator[None]:
        left = iter(STEPS)

        def instead(call: Callable[..., Any]) -> Callable[..., Any]:
            def called(*arguments: Any, **options: Any) -> Any:
                if next(left, None) == step:
                    raise end
                return call(*arguments, **options)

            return called

        with monkeypatch.context() as patched:
            for name in ("open", "fsync", "replace"):
                patched.setattr(os, name, instead(getattr(os, name)))
            yield
        assert step not in left, "the commit has no such step"

    return ending


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
@pytest.mark.parametrize("step", STEPS)
def test_step_fails(step: str, number: int, exporter: Exporter, ending: Callable[..., Any]) -> None:
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
    step: str, exporter: Exporter, ending: Callable[..., Any]
) -> None:
    """Killed before the next commit: nothing falls, and what was not committed is read again."""
    with ending(step, OSError(errno.EIO, "Input/output error")):
        exporter.read(2)
    assert exporter.killed().shown()["a"] >= 3
    assert exporter.read(1) == {"a": 6}


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_a_step(step: str, exporter: Exporter, ending: Callable[..., Any]) -> None:
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


def test_room_for_any_part(exporter: Exporter) -> None:
    """Wherever the write of a checkpoint ends, the one before stays, as does what is shown."""
    path = Path(exporter.checkpoint.path)
    before = path.read_bytes()
    for length in range(len(before)):
        with _room_for(length):
            assert not exporter.pipeline.commit()
    assert path.read_bytes() == before
    assert exporter.pipeline.published.health.checkpoint_failures == len(before)
    assert exporter.read(2) == {"a": 5}
    for length in range(0, len(before), 100):
        with _room_for(length):
            assert not exporter.pipeline.commit()
        assert exporter.killed().shown() == {"a": 5}
