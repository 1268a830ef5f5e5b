"""A running exporter and the queue: shown next to the log, and never in its way."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lines import lines
from tests.queue.replies import deferred, reply
from tests.queue.server import Showq, hangs, says, showq
from tests.scene import append
from tests.service import SOON, Service, eventually, running

ADDRESS = b"somebody.private@customer.example"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Showq]:
    """Run a showq with two messages."""
    with showq(tmp_path / "showq", says(reply([deferred(ADDRESS)] * 2))) as one:
        yield one


def depth(service: Service) -> float | None:
    """Give the depth of the deferred queue, None where it is not on the page."""
    series = service.page().get("postfix_showq_queue_depth", {})
    return next((times for labels, times in series.items() if "deferred" in labels), None)


def is_up(service: Service) -> float | None:
    """Give postfix_up."""
    return next(iter(service.page().get("postfix_up", {}).values()), None)


def test_flag(log: Path, tmp_path: Path, server: Showq) -> None:
    """With the flag of the Go exporters alone the queue is on the page; no address is anywhere."""
    flags = ("--postfix.logfile-path", log, "--postfix.showq_path", server.path)
    with running(tmp_path, *flags, "--log.level", "debug") as service:
        eventually(lambda: depth(service) == 2)
        assert is_up(service) == 1
        assert service.ready()
        shown = service.get("/metrics")[2] + service.get("/")[2] + service.log.encode()
        assert b"private" not in shown
        assert b"customer.example" in shown
        assert service.stop() == 0


def test_failures_and_reload(log: Path, tmp_path: Path, server: Showq) -> None:
    """A reading that fails takes the figures off the page and is said; SIGHUP turns reading off."""
    config = tmp_path / "exporter.yml"
    config.write_text(f"{SOON}queue: {{showq: {server.path}, interval: 1s}}\n")
    flags = ("--postfix.logfile-path", log, "--config.file", config)
    with running(tmp_path, *flags) as service:
        eventually(lambda: depth(service) == 2)
        server.close()
        eventually(lambda: is_up(service) == 0)
        assert depth(service) is None
        assert f"queue {server.path}: nobody listens there: Postfix is down" in service.log
        assert service.ready()
        os.unlink(server.path)
        with showq(server.path, says(reply([]))):
            eventually(lambda: depth(service) == 0)
            assert "can be read again" in service.log
            config.write_text(SOON)
            service.process.send_signal(signal.SIGHUP)
            eventually(lambda: is_up(service) is None)


def test_showq_that_hangs_holds_up_nothing(log: Path, tmp_path: Path, server: Showq) -> None:
    """While showq hangs, lines are counted and scrapes answered; a signal ends it all at once."""
    gone = threading.Event()

    def waits(client: socket.socket) -> None:
        hangs(client)
        gone.set()

    server.says = waits
    flags = ("--postfix.logfile-path", log, "--postfix.showq_path", server.path)
    with running(tmp_path, *flags) as service:
        eventually(lambda: server.clients)
        eventually(service.ready)
        append(log, lines(0, 50))
        eventually(lambda: service.total() == 50)
        assert is_up(service) is None
        begin = time.monotonic()
        assert service.stop() == 0
        assert time.monotonic() - begin < 5
    assert gone.wait(10), "the child outlives the exporter"
