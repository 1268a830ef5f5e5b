"""A full disk: what was committed is shown, why no more is said, and with room again all is counted."""

from __future__ import annotations

import resource
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.lines import line, lines
from tests.scene import (
    Fault,
    Scene,
    append,
    expect_all_counted,
    goes_on_after_commit,
)
from tests.service import eventually, running

_ROOM = 4_000
"""Bytes of a file: enough for a checkpoint of one domain, too few for one of a hundred."""


@pytest.mark.parametrize("restarted", [False, True])
def test_full_disk(restarted: bool, scene: Scene) -> None:
    """A file system without room for one more commit: it is told, and then all is counted."""
    with _full_disk(scene) as full:
        expect_all_counted(full, goes_on_after_commit, 20, restarted, scene)


@contextmanager
def _full_disk(scene: Scene) -> Iterator[Fault]:
    """Give a small disk of its own that is filled, or a device without room to who may not mount."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k,mode=755", "tmpfs", str(scene.state)]
    mounted = subprocess.run(mount, check=False, capture_output=True).returncode == 0
    filler, temporary = scene.state / "filler", scene.checkpoint.with_name("checkpoint.json.tmp")

    def fill(_scene: Scene) -> None:
        with suppress(OSError), filler.open("wb", buffering=0) as file:
            while file.write(bytes(4096)):
                pass

    def replace(_scene: Scene) -> None:
        temporary.symlink_to("/dev/full")

    begin, left = (fill, filler) if mounted else (replace, temporary)
    try:
        yield Fault(begin, lambda _: left.unlink(), "No space left on device")
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(scene.state)], check=True)


def test_no_room_for_a_longer_file(log: Path, tmp_path: Path) -> None:
    """A full disk: committed values stay, not ready, said once; with room again nothing is lost."""

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (_ROOM, resource.RLIM_INFINITY))

    with running(tmp_path, "--postfix.logfile-path", log, limits=small) as service:
        eventually(service.ready)
        append(log, line(1))
        eventually(lambda: service.total() == 1)
        append(log, lines(2, 99))
        eventually(lambda: not service.ready())
        assert b"cannot be written" in service.get("/-/ready")[2]
        failures = "postfix_exporter_checkpoint_failures_total"
        eventually(lambda: service.page()[failures][()] >= 2)
        assert service.total() == 1
        assert service.log.count("level=error") == 1
        resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE, (-1, -1))
        eventually(lambda: service.total() == 98)
        assert service.ready()
        service.stop(signal.SIGKILL)
    with running(tmp_path, "--postfix.logfile-path", log) as service:
        assert service.total() == 98


def test_killed_while_the_disk_is_full(log: Path, tmp_path: Path) -> None:
    """What could not be committed is read again after a kill."""

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (_ROOM, resource.RLIM_INFINITY))

    with running(tmp_path, "--postfix.logfile-path", log, limits=small) as service:
        eventually(service.ready)
        append(log, lines(0, 99))
        eventually(lambda: not service.ready())
        service.stop(signal.SIGKILL)
    with running(tmp_path, "--postfix.logfile-path", log) as service:
        eventually(lambda: service.total() == 99)
