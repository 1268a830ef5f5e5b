"""A log that cannot be read: it serves on, says what is wrong, and goes on when it can."""

from __future__ import annotations

import gzip
import os
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.lines import lines
from tests.scene import (
    Fault,
    Scene,
    append,
    expect_all_counted,
    has_counted,
    is_told,
)
from tests.service import SOON, Service, eventually, running


def _replaced(make: Callable[[Path], object]) -> Callable[[Scene], None]:
    def begin(scene: Scene) -> None:
        scene.rotate()
        make(scene.log)

    return begin


LOG_FAULTS = {
    "missing": Fault(
        lambda scene: scene.log.rename(scene.aside),
        lambda scene: scene.aside.rename(scene.log),
        "no such file",
    ),
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
    expect_all_counted(LOG_FAULTS[name], _goes_on_after_log, 30, restarted, scene, pattern)


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


def test_unreadable_at_the_first_start_then_restarted(log: Path, tmp_path: Path) -> None:
    """The usual first installation: no permission, then the group is added and it is restarted."""
    append(log, lines(0, 50))
    aside = log.rename(tmp_path / "aside")
    log.mkdir()
    with running(tmp_path, "--postfix.logfile-path", log) as service:
        eventually(lambda: b"is no regular file" in service.get("/-/ready")[2])
        service.stop()
    log.rmdir()
    aside.rename(log)
    with running(tmp_path, "--postfix.logfile-path", log) as service:
        eventually(service.ready)
        append(log, lines(50, 52))
        eventually(partial(has_counted, service, 2))


def test_log_that_is_missing(tmp_path: Path) -> None:
    """A missing log is said once, shows in gauge and readiness, and is read when it appears."""
    log = tmp_path / "mail.log"
    with running(tmp_path, "--postfix.logfile-path", log) as service:
        eventually(lambda: f"log {log}: no such file" in service.get("/-/ready")[2].decode())
        assert service.page()["postfix_exporter_log_readable"] == {(str(log),): 0}
        append(log, lines(0, 3))
        eventually(lambda: service.total() == 3)
        assert service.page()["postfix_exporter_log_readable"] == {(str(log),): 1}
        assert service.log.count("level=error") == 1


def test_log_that_may_not_be_read(tmp_path: Path) -> None:
    """A log without permission is said once and read when it is permitted."""
    log = tmp_path / "mail.log"
    log.touch()
    config = tmp_path / "exporter.yml"
    config.write_text(f"log: {{paths: ['{log}'], start: beginning}}\n{SOON}")
    append(log, lines(0, 3))
    log.chmod(0)
    # root, too, must ask: without these capabilities the file's mode counts
    bound = "--bounding-set=-dac_override,-dac_read_search"
    prefix = ("setpriv", bound, "--") if os.geteuid() == 0 else ()
    with running(tmp_path, "--config.file", config, prefix=prefix) as service:
        eventually(lambda: "Permission denied" in service.get("/-/ready")[2].decode())
        assert service.log.count("level=error") == 1
        log.chmod(0o644)
        eventually(lambda: service.total() == 3)
