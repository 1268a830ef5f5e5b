"""Sources that cannot be read again: what was committed outlives `kill -9`, and counts once."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.pages import CORPUS, attempts, by_agent, once
from tests.service import Service, eventually, free_port, running

SCENARIO = CORPUS / "scenario-a-ratelimit-gmail" / "mail.log"
KILLS = 10

Send = Callable[[list[bytes]], None]


def into_fifo(path: Path, lines: list[bytes]) -> None:
    """Write lines as a program does that has a FIFO for its output."""
    with path.open("wb") as fifo:
        fifo.write(b"".join(line + b"\n" for line in lines))


def to_socket(family: int, kind: int, address: str | tuple[str, int], lines: list[bytes]) -> None:
    """Send lines as a syslog daemon does."""
    with socket.socket(family, kind) as peer:
        peer.connect(address)
        for line in lines:
            peer.sendall(b"<22>" + line + b"\n")


def fifo(tmp_path: Path) -> tuple[list[str], Send]:
    """Give the flags of a FIFO, and what writes to it."""
    os.mkfifo(tmp_path / "fifo")
    return ["--postfix.logfile-path", f"{tmp_path}/fifo"], partial(into_fifo, tmp_path / "fifo")


def unix(tmp_path: Path) -> tuple[list[str], Send]:
    """Give the flags of a Unix socket, and what sends to it."""
    path = f"{tmp_path}/log"
    send = partial(to_socket, socket.AF_UNIX, socket.SOCK_DGRAM, path)
    return ["--syslog.listen-address", f"unix:{path}"], send


def tcp(_: Path) -> tuple[list[str], Send]:
    """Give the flags of a TCP port, and what sends to it."""
    port = free_port()
    send = partial(to_socket, socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", port))
    return ["--syslog.listen-address", f"tcp:127.0.0.1:{port}"], send


def has_read(service: Service, lines: int) -> bool:
    """Whether so many lines are on the page."""
    return sum(service.page()["postfix_exporter_log_lines_total"].values()) == lines


@pytest.mark.parametrize("source", [fifo, unix, tcp], ids=lambda source: source.__name__)
def test_truth_of_the_corpus_over_ten_kills(
    source: Callable[[Path], tuple[list[str], Send]], tmp_path: Path
) -> None:
    """What a log holds is counted from a stream as from the file, killed behind each tenth of it."""
    flags, send = source(tmp_path)
    lines, wanted = SCENARIO.read_bytes().splitlines(), once(SCENARIO)
    size = len(lines) // KILLS + 1
    for turn in range(KILLS):
        with running(tmp_path, *flags) as service:
            eventually(service.ready)
            send(lines[turn * size : (turn + 1) * size])
            eventually(partial(has_read, service, min(len(lines), (turn + 1) * size)))
            page = service.page()
            service.stop(signal.SIGKILL)
    assert attempts(page) == attempts(wanted)
    assert by_agent(page) == by_agent(wanted)
    with running(tmp_path, *flags) as service:
        assert attempts(service.page()) == attempts(wanted)
