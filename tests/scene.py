"""An exporter's log and checkpoint in folders of their own, and the faults that befall them."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import BinaryIO, NamedTuple

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


class Fault(NamedTuple):
    """What happens, how it ends, and the reason that is given for it."""

    begin: Callable[[Scene], object]
    end: Callable[[Scene], object]
    reason: str


def has_counted(service: Service, number: int) -> bool:
    """Whether so many attempts are on the page, and nothing is wrong."""
    return service.total() == number and service.ready()


def is_told(service: Service, reason: str) -> bool:
    """Whether it is not ready for this reason."""
    status, _, page = service.get("/-/ready")
    return status == 503 and reason in page.decode()


def expect_all_counted(
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


def goes_on_after_commit(fault: Fault, service: Service, scene: Scene) -> None:
    """Expect that a failing commit is told, and that it comes once the fault ends."""
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


def append(path: Path, data: bytes) -> None:
    """Write to a log."""
    with path.open("ab") as file:
        file.write(data)
