"""A queue is read again and again, and what is not fresh is not shown."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from exporter.queue import watch
from exporter.queue.options import QueueOptions
from exporter.queue.watch import Reading, Watch
from tests.queue.replies import deferred, reply
from tests.queue.server import Showq, hangs, says, showq
from tests.service import eventually

ADDRESS = b"somebody.private@customer.example"
ONE, TWO = reply([deferred(ADDRESS)]), reply([deferred(ADDRESS)] * 2)


@contextmanager
def watching(
    path: Path, interval: float = 0.01, timeout: float = 60.0, clock: object = time.monotonic
) -> Iterator[Watch]:
    """Watch a queue."""
    options = QueueOptions((str(path),), interval, timeout)
    running = Watch(str(path), options, dict, "unknown", clock)  # type: ignore[arg-type]
    running.start()
    try:
        yield running
    finally:
        running.close()


def reading(running: Watch) -> Reading:
    """Give the latest reading, as soon as there is one."""
    found = eventually(running.latest)
    assert found
    return found


def depth(running: Watch) -> int | None:
    """Give how many messages wait, None where that is not known."""
    figures = reading(running).figures
    return figures.queues["deferred"].depth() if figures else None


def problem(running: Watch) -> str:
    """Give what is wrong, "" where nothing is."""
    return reading(running).problem or ""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Showq]:
    """Run a showq with one message."""
    with showq(tmp_path / "showq", says(ONE)) as running:
        yield running


def test_it_is_read_again(server: Showq) -> None:
    """What has changed in the queue is seen at the next reading."""
    with watching(server.path) as running:
        eventually(lambda: depth(running) == 1)
        server.says = says(TWO)
        eventually(lambda: depth(running) == 2)


def test_interval(server: Showq) -> None:
    """Within an interval it is read once."""
    with watching(server.path, interval=3600) as running:
        eventually(lambda: depth(running) == 1)
        threading.Event().wait(0.3)
        assert server.clients == 1


def test_what_failed_is_told_and_forgotten(server: Showq, caplog: pytest.LogCaptureFixture) -> None:
    """After a reading that failed no figures are shown, but since when; said once, and its end."""
    caplog.set_level(logging.DEBUG)
    with watching(server.path) as running:
        first = reading(running)
        assert first.figures
        server.says = says(TWO[:-20])
        eventually(lambda: problem(running))
        broken = reading(running)
        assert (broken.figures, broken.problem) == (None, "the reply ended too early")
        assert broken.read_seconds >= first.read_seconds > time.time() - 600
        seen = server.clients
        eventually(lambda: server.clients > seen + 2)
        server.says = says(TWO)
        eventually(lambda: depth(running) == 2)
        assert not problem(running)
    assert [record.getMessage() for record in caplog.records if record.name == watch.__name__] == [
        f"queue {server.path}: the reply ended too early",
        f"queue {server.path} can be read again",
    ]
    assert "private" not in caplog.text


def test_first_reading_fails(tmp_path: Path) -> None:
    """Where a queue was never read there is no time of a reading."""
    with watching(tmp_path / "none") as running:
        failed = reading(running)
        assert (failed.figures, failed.read_seconds) == (None, 0.0)


def test_timeout(server: Showq) -> None:
    """A reading that takes too long is given up, though showq says something now and then."""

    def drips(client: object) -> None:
        for byte in ONE * 1000:
            client.send(bytes([byte]))  # type: ignore[attr-defined]
            threading.Event().wait(0.05)

    server.says = drips
    with watching(server.path, timeout=0.8) as running:
        eventually(lambda: "was not read to its end within 0.8 s" in problem(running))


def test_old_figures_are_not_shown(server: Showq) -> None:
    """Figures that nothing has replaced in time are withdrawn, whatever the reason."""
    now = [100.0]
    with watching(server.path, interval=60.0, timeout=30.0, clock=lambda: now[0]) as running:
        eventually(lambda: depth(running) == 1)
        now[0] += 60 + 30
        assert depth(running) == 1
        now[0] += 15
        old = reading(running)
        assert (old.figures, old.problem) == (None, "the last reading is too old")


def test_child_that_dies(server: Showq, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that ends without an answer, or cannot be started, is a reading that failed."""
    monkeypatch.setattr(watch, "_COMMAND", ["sh", "-c", "cat >/dev/null; exit 7"])
    with watching(server.path) as running:
        eventually(lambda: "ended with exit code 7" in problem(running))
    monkeypatch.setattr(watch, "_COMMAND", ["/nonexistent"])
    with watching(server.path) as running:
        eventually(lambda: "no process can be started" in problem(running))


def test_close_ends_the_child(server: Showq) -> None:
    """Whoever is closed while showq hangs leaves neither process nor thread."""
    gone = threading.Event()

    def waits(client: object) -> None:
        hangs(client)  # type: ignore[arg-type]
        gone.set()

    server.says = waits
    with watching(server.path):
        eventually(lambda: server.clients)
    assert gone.wait(10)
    eventually(lambda: not any(one.name == "queue" for one in threading.enumerate()))
