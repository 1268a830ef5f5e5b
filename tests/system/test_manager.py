"""What a daemon tells the manager that started it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from exporter.system.manager import Manager
from tests.service import running


@pytest.fixture
def told(tmp_path: Path) -> Iterator[socket.socket]:
    """Give a socket that stands for the manager's."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(20)
        yield manager


def waiting(manager: socket.socket) -> list[bytes]:
    """Give what was told until now."""
    manager.setblocking(False)
    found = []
    while True:
        try:
            found.append(manager.recv(100))
        except BlockingIOError:
            return found


def test_daemon(told: socket.socket, tmp_path: Path) -> None:
    """It is ready once it serves, gives signs of life while nothing happens, and says that it ends."""
    (tmp_path / "mail.log").touch()
    flags = ("--postfix.logfile-path", tmp_path / "mail.log")
    environment = ("env", f"NOTIFY_SOCKET={tmp_path}/notify", "WATCHDOG_USEC=400000")
    with running(tmp_path, *flags, prefix=environment) as service:
        assert told.recv(100) == b"READY=1"
        assert service.get("/-/healthy")[0] == 200
        assert [told.recv(100) for _ in range(3)] == 3 * [b"WATCHDOG=1"]
        assert service.stop() == 0
    assert waiting(told)[-1] == b"STOPPING=1"


def test_signs_of_life_are_few(
    told: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often it is asked to, it tells once within a quarter of the manager's patience."""
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    monkeypatch.setenv("WATCHDOG_USEC", "400000000")
    manager = Manager()
    for _ in range(1000):
        manager.alive()
    assert waiting(told) == [b"WATCHDOG=1"]


@pytest.mark.parametrize("patience", ["", "0x10", "none"])
def test_no_watchdog(
    patience: str, told: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a patience it gives no signs of life."""
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    monkeypatch.setenv("WATCHDOG_USEC", patience)
    manager = Manager()
    manager.alive()
    manager.ready()
    assert waiting(told) == [b"READY=1"]


def test_abstract_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name with @ is a socket without a file."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind("")  # the kernel names it
        name = manager.getsockname()
        monkeypatch.setenv("NOTIFY_SOCKET", f"@{name[1:].decode()}")
        Manager().ready()
        assert waiting(manager) == [b"READY=1"]


def test_nobody_listens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A manager that is not there is no failure of ours."""
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "none"))
    Manager().ready()
    monkeypatch.delenv("NOTIFY_SOCKET")
    Manager().ready()
