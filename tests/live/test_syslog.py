"""The exporter as a syslog server: real messages by real senders, and the corpus' truth."""

from __future__ import annotations

import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.lines import line
from tests.pages import CORPUS, attempts, by_agent, once
from tests.service import SOON, Service, eventually, free_port, running
from tests.tools import tool

SCENARIO = CORPUS / "scenario-a-ratelimit-gmail" / "mail.log"
FLAG = "--syslog.listen-address"

Sender = Callable[[str], Callable[[bytes], None]]


@pytest.fixture
def sender() -> Iterator[Sender]:
    """Give what makes of an address what sends messages there."""
    with ExitStack() as stack:

        def to(address: str) -> Callable[[bytes], None]:
            transport, _, where = address.partition(":")
            family = socket.AF_UNIX if transport == "unix" else socket.AF_INET
            kind = socket.SOCK_STREAM if transport == "tcp" else socket.SOCK_DGRAM
            peer = stack.enter_context(socket.socket(family, kind))
            host, _, port = where.rpartition(":")
            peer.settimeout(10)
            peer.connect(where if transport == "unix" else (host, int(port)))

            def send(message: bytes) -> None:
                message = message.removesuffix(b"\n")
                counted = b"%d %b" % (len(message), message)
                peer.sendall(counted if transport == "tcp" else message)

            return send

        yield to


def records(first: int, end: int) -> Iterator[bytes]:
    """Give messages, each of a delivery."""
    for number in range(first, end):
        yield b"<22>" + line(number)


@pytest.mark.parametrize("transport", ["unix", "tcp"])
def test_corpus(transport: str, sender: Sender, tmp_path: Path) -> None:
    """What is received counts as what is read from the file: all counters are the same."""
    address = f"unix:{tmp_path}/log" if transport == "unix" else f"tcp:127.0.0.1:{free_port()}"
    truth = once(SCENARIO)
    with running(tmp_path, FLAG, address) as service:
        send = sender(address)
        for message in SCENARIO.read_bytes().splitlines():
            send(b"<22>" + message)
        total = attempts(truth).total()
        eventually(lambda: service.total() >= total)
        page = service.page()
        for name in truth:
            if name.startswith("postfix_") and not name.startswith("postfix_exporter_"):
                assert page.get(name) == truth[name], name
        assert (attempts(page), by_agent(page)) == (attempts(truth), by_agent(truth))
        assert page["postfix_exporter_log_gaps_total"] == {(): 0}


def test_logger(tmp_path: Path) -> None:
    """Each message of util-linux' logger is counted, in every form in which it can send one."""
    datagrams, streams, path = free_port(), free_port(), tmp_path / "log"
    ways = (
        ("--socket", str(path)),
        ("--udp", "--server", "127.0.0.1", "--port", str(datagrams)),
        ("--tcp", "--server", "127.0.0.1", "--port", str(streams)),
        ("--tcp", "--octet-count", "--server", "127.0.0.1", "--port", str(streams)),
    )
    forms = (("--rfc3164",), ("--rfc5424",), ("--rfc5424=notime",), ("--rfc5424=notq,nohost",))
    text = line(header="").decode().rstrip("\n")
    addresses = (f"unix:{path}", f"udp:127.0.0.1:{datagrams}", f"tcp:127.0.0.1:{streams}")
    flags = [word for address in addresses for word in (FLAG, address)]
    with running(tmp_path, *flags) as service:
        for way in ways:
            for form in forms:
                command = [tool("logger"), *way, *form, "--priority", "mail.info", "--id=4711"]
                subprocess.run([*command, "--tag", "postfix/smtp", text], check=True)
        eventually(lambda: service.total() == len(ways) * len(forms))
        unread = service.page()["postfix_exporter_unread_bytes"]
        assert unread == {(): 0}


def test_reload_loses_nothing(sender: Sender, tmp_path: Path) -> None:
    """SIGHUP while messages come: connections stay, and each message counts once."""
    datagrams, streams = f"udp:127.0.0.1:{free_port()}", f"tcp:127.0.0.1:{free_port()}"
    config = tmp_path / "exporter.yml"
    config.write_text(f'log: {{syslog: ["{datagrams}", "{streams}"]}}\n{SOON}', "ascii")
    with running(tmp_path, "--config.file", config) as service:
        send = [sender(datagrams), sender(streams)]
        for turn in range(4):
            for number, message in enumerate(records(500 * turn, 500 * turn + 500)):
                send[number % 2](message)
                if number == 250:
                    service.process.send_signal(signal.SIGHUP)
            eventually(lambda turn=turn: service.log.count("reloaded") == turn + 1)  # type: ignore[misc]
        eventually(lambda: service.total() == 2000)
        added = f"unix:{tmp_path}/log"
        config.write_text(f'log: {{syslog: ["{added}"]}}\n{SOON}', "ascii")
        service.process.send_signal(signal.SIGHUP)
        eventually(lambda: (tmp_path / "log").exists())
        sender(added)(next(records(2000, 2001)))
        eventually(lambda: service.total() == 2001)


def test_stop_counts_what_has_arrived(sender: Sender, tmp_path: Path) -> None:
    """SIGTERM right behind the last message loses none; another exporter takes over at once."""
    addresses = (f"unix:{tmp_path}/log", f"tcp:127.0.0.1:{free_port()}")
    flags = [word for address in addresses for word in (FLAG, address)]
    for turn in range(3):
        with running(tmp_path, *flags) as service:
            eventually(lambda: service.total() == 400 * turn)  # noqa: B023
            send = [sender(address) for address in addresses]
            for number, message in enumerate(records(400 * turn, 400 * turn + 400)):
                send[number % 2](message)
            assert service.stop(signal.SIGTERM) == 0
            assert not (tmp_path / "log").exists()


def test_kill(sender: Sender, tmp_path: Path) -> None:
    """After `kill -9` the socket's file is taken over, and no counter has fallen."""
    address = f"unix:{tmp_path}/log"
    with running(tmp_path, FLAG, address) as service:
        send = sender(address)
        for message in records(0, 50):
            send(message)
        eventually(lambda: service.total() == 50)
        service.stop(signal.SIGKILL)
    with running(tmp_path, FLAG, address) as service:
        eventually(service.ready)
        assert service.total() == 50
        sender(address)(next(records(50, 51)))
        eventually(lambda: service.total() == 51)


def test_address_in_use(tmp_path: Path) -> None:
    """An address that is taken makes the exporter not ready, and the reason names it."""
    with ExitStack() as stack:
        taken = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        taken.bind(("127.0.0.1", 0))
        address = f"udp:127.0.0.1:{taken.getsockname()[1]}"
        service = stack.enter_context(running(tmp_path, FLAG, address))
        reason = f"log {address}: Address already in use"
        eventually(lambda: reason in service.get("/-/ready")[2].decode())
        taken.close()
        eventually(service.ready)
        assert f"receiving syslog at {address}" in service.log


@pytest.mark.parametrize("address", ["udp:localhost:514", "udp:127.0.0.1", "unix:log"])
def test_wrong_flag(address: str, tmp_path: Path) -> None:
    """A wrong address is one error that names the flag, and exit code 2."""
    service = Service(tmp_path, FLAG, address)
    assert service.process.wait(timeout=15) == 2
    assert service.log.count("\n") == 1
    assert f"{FLAG}: expected" in service.log
    assert f'got \\"{address}\\"' in service.log


def test_whole_logs_are_files(tmp_path: Path) -> None:
    """Where only syslog is configured, --once reads the file that is named, and listens nowhere."""
    config = tmp_path / "exporter.yml"
    config.write_text(f'log: {{syslog: "unix:{tmp_path}/log"}}\n', "ascii")
    log = tmp_path / "mail.log"
    log.write_bytes(line(1))
    assert attempts(once(f"--config.file={config}", log)).total() == 1
    assert not (tmp_path / "log").exists()
