"""Faults of logs, disk and clock: it serves on, says what is wrong, and recovers by itself."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO, NamedTuple

import pytest

from tests.lines import lines
from tests.service import Service, eventually, running
from tests.tools import tool

AS_A_USER = "--bounding-set=-dac_override,-dac_read_search"
"""Root, too, must ask: without these capabilities the files' modes count."""


class Scene:
    """An exporter's log and checkpoint, in folders of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.logs, self.state = folder / "logs", folder / "state"
        self.aside = folder / "aside"
        self.log, self.checkpoint = self.logs / "mail.log", self.state / "checkpoint.json"
        for path in (self.logs, self.state):
            path.mkdir()
        self.log.touch()

    def exporter(self, name: str = "mail.log") -> AbstractContextManager[Service]:
        """Run an exporter that may do what files permit, on a log's name or a glob."""
        log = self.logs / name
        flags = ("--postfix.logfile-path", log, "--checkpoint.file", self.checkpoint)
        prefix = (tool("setpriv"), AS_A_USER, "--") if os.geteuid() == 0 else ()
        return running(self.folder, *flags, prefix=prefix)

    def open_log(self) -> BinaryIO:
        """Open the log as its writer does."""
        return self.log.open("ab", buffering=0)

    def rotate(self) -> None:
        """Rename the log; its writer has not let go."""
        self.log.rename(self.logs / "mail.log.1")


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """Give an exporter's files."""
    return Scene(tmp_path)


class Fault(NamedTuple):
    """What happens, how it ends, and the reason that is given for it."""

    begin: Callable[[Scene], object]
    end: Callable[[Scene], object]
    reason: str


def _replaced(make: Callable[[Path], object]) -> Callable[[Scene], None]:
    def begin(scene: Scene) -> None:
        scene.rotate()
        make(scene.log)

    return begin


def has_counted(service: Service, number: int) -> bool:
    """Whether so many attempts are on the page, and nothing is wrong."""
    return service.total() == number and service.ready()


def is_told(service: Service, reason: str) -> bool:
    """Whether it is not ready for this reason."""
    status, _, page = service.get("/-/ready")
    return status == 503 and reason in page.decode()


LOG_FAULTS = {
    "missing": Fault(Scene.rotate, lambda scene: scene.log.touch(), "no such file"),
    "folder": Fault(_replaced(Path.mkdir), lambda scene: scene.log.rmdir(), "is no regular file"),
    "FIFO": Fault(_replaced(os.mkfifo), lambda scene: scene.log.unlink(), "is no regular file"),
    "link to itself": Fault(
        _replaced(lambda log: log.symlink_to(log)),
        lambda scene: scene.log.unlink(),
        "Too many levels of symbolic links",
    ),
    "permission": Fault(
        _replaced(lambda log: log.touch(0)),
        lambda scene: scene.log.chmod(0o644),
        "Permission denied",
    ),
    "permission of the file that is read": Fault(
        lambda scene: scene.log.chmod(0),
        lambda scene: scene.log.chmod(0o644),
        "Permission denied",
    ),
    "permission of the folder": Fault(
        lambda scene: scene.logs.chmod(0),
        lambda scene: scene.logs.chmod(0o755),
        "Permission denied",
    ),
    "folder gone": Fault(
        lambda scene: scene.logs.rename(scene.aside),
        lambda scene: scene.aside.rename(scene.logs),
        "no such file",
    ),
}


@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        *((name, "mail.log") for name in LOG_FAULTS),
        *((name, "*.log") for name in ("missing", "permission of the folder", "folder gone")),
    ],
)
def test_log_that_cannot_be_read(name: str, pattern: str, restarted: bool, scene: Scene) -> None:
    """What is wrong with a log is told once, in gauge and readiness; then all is counted once."""
    _expect_all_counted(LOG_FAULTS[name], _goes_on_after_log, 30, restarted, scene, pattern)


def _expect_all_counted(
    fault: Fault,
    goes_on: Callable[[Fault, Service, Scene], None],
    total: int,
    restarted: bool,
    scene: Scene,
    pattern: str = "mail.log",
) -> None:
    """Let a fault begin in one life of the exporter, and end in it or in the next one."""
    with scene.open_log() as writer:
        with scene.exporter(pattern) as service:
            eventually(service.ready)
            writer.write(lines(0, 10))
            eventually(partial(has_counted, service, 10))
            fault.begin(scene)
            writer.write(lines(10, 20))
            if not restarted:
                goes_on(fault, service, scene)
        with scene.exporter(pattern) as service:
            if restarted:
                goes_on(fault, service, scene)
            eventually(partial(has_counted, service, total))
            assert service.page()["postfix_exporter_log_gaps_total"] == {(): 0}


def _goes_on_after_log(fault: Fault, service: Service, scene: Scene) -> None:
    readable = "postfix_exporter_log_readable"
    eventually(partial(is_told, service, f"log {scene.log}: {fault.reason}"))
    assert service.page()[readable] == {(str(scene.log),): 0}
    assert service.log.count("level=error") == 1
    assert f"cannot read log: {fault.reason}" in service.log
    fault.end(scene)
    with scene.open_log() as writer:
        writer.write(lines(20, 30))
    eventually(partial(has_counted, service, 30))
    assert service.page()[readable] == {(str(scene.log),): 1}
    assert service.log.count("level=error") == 1
    assert "log is readable" in service.log


def test_copies_that_may_not_be_read(scene: Scene) -> None:
    """The copy that is needed is named and waited for; one that is not needed keeps nobody."""
    with scene.open_log() as writer, scene.exporter() as service:
        eventually(service.ready)
        writer.write(lines(0, 10))
        eventually(partial(has_counted, service, 10))
        service.stop(signal.SIGKILL)
        writer.write(lines(10, 20))
    scene.rotate()
    scene.log.write_bytes(lines(20, 30))
    needed, old = scene.logs / "mail.log.1", scene.logs / "mail.log.2"
    old.write_bytes(lines(90, 99))
    for copy in (needed, old):
        copy.chmod(0)
    with scene.exporter() as service:
        eventually(partial(is_told, service, f"log {scene.log}: Permission denied ({needed})"))
        needed.chmod(0o644)
        eventually(partial(has_counted, service, 30))
        needed.rename(old)
        scene.rotate()
        packed = scene.logs / "mail.log.1.gz"
        packed.write_bytes(gzip.compress((scene.logs / "mail.log.1").read_bytes()))
        (scene.logs / "mail.log.1").unlink()
        old.chmod(0)
        scene.log.write_bytes(lines(30, 40))
        eventually(partial(has_counted, service, 40))


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


@pytest.mark.parametrize(
    ("name", "restarted"),
    [
        (name, restarted)
        for name in STATE_FAULTS
        for restarted in (False, True)
        if not (restarted and name in NO_START)
    ],
)
def test_checkpoint_that_cannot_be_written(name: str, restarted: bool, scene: Scene) -> None:
    """What is wrong is told once, in counter and readiness; what was committed stays; then all is."""
    _expect_all_counted(STATE_FAULTS[name], _goes_on_after_commit, 20, restarted, scene)


@pytest.mark.parametrize("restarted", [False, True])
def test_full_disk(restarted: bool, scene: Scene) -> None:
    """A file system without room for one more commit: the same."""
    with _full_disk(scene) as full:
        _expect_all_counted(full, _goes_on_after_commit, 20, restarted, scene)


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


def _goes_on_after_commit(fault: Fault, service: Service, scene: Scene) -> None:
    reason = f"checkpoint {scene.checkpoint}: cannot be written: {fault.reason}; free or permit"
    eventually(partial(is_told, service, reason))
    eventually(lambda: service.page()["postfix_exporter_checkpoint_failures_total"][()] > 1)
    assert service.total() == 10
    assert service.log.count("level=error") == 1
    assert reason in service.log
    fault.end(scene)
    eventually(partial(has_counted, service, 20))
    assert service.log.count("level=error") == 1
    assert "checkpoint is written again" in service.log
