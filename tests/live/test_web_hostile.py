"""Clients that are idle, slow, greedy or malformed: scrapes go on, and what they took is given back."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from statistics import median

import pytest

from exporter.web.listener import CONNECTIONS
from exporter.web.server import NAME, REQUEST_LIMIT, TIMEOUT
from tests.certificates import make_certificates
from tests.secured import TLS, Answer, ask, basic, client_context, counted, secured, talk, users
from tests.service import Service, eventually

SCRAPE = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
CLIENTS = 200


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Give an exporter without TLS and users."""
    with secured(tmp_path_factory.mktemp("hostile"), "") as service:
        eventually(lambda: counted(ask(service)))
        yield service


def status(service: Service, field: str) -> int:
    """Give a number of the process' status: Threads, or VmRSS in kB."""
    told = Path(f"/proc/{service.process.pid}/status").read_text(encoding="ascii")
    return int(told.split(f"{field}:")[1].split()[0])


def descriptors(service: Service) -> int:
    """Count the open files of the exporter."""
    return len(list(Path(f"/proc/{service.process.pid}/fd").iterdir()))


SCRAPE_TIMEOUT = 10.0
"""Seconds that Prometheus waits for a page, unless told otherwise."""


def scrape_times(scrape: Callable[[], Answer], times: int = 20) -> list[float]:
    """Scrape some times over new connections, each of which is answered; give the seconds taken."""
    taken = []
    for _ in range(times):
        before = time.monotonic()
        assert counted(scrape())
        taken.append(time.monotonic() - before)
    return taken


def says_nothing(client: socket.socket, number: int) -> None:
    """Connect, and that is all."""


def stops_within_a_request(client: socket.socket, number: int) -> None:
    """Send the beginning of a request."""
    client.sendall(SCRAPE[: 1 + number % (len(SCRAPE) - 1)])


def does_not_read(client: socket.socket, number: int) -> None:
    """Ask for more than the buffers take."""
    client.setblocking(False)
    with suppress(BlockingIOError):
        client.send(SCRAPE * 2000)


def keeps_alive(client: socket.socket, number: int) -> None:
    """Ask once and stay."""
    client.sendall(SCRAPE)
    client.recv(65536)


def sends_a_long_header(client: socket.socket, number: int) -> None:
    """Send headers as long as they may be, and no end."""
    client.sendall(b"GET / HTTP/1.1\r\nA: " + b"x" * (REQUEST_LIMIT - 100))


KINDS: list[Callable[[socket.socket, int], None]] = [
    says_nothing,
    stops_within_a_request,
    does_not_read,
    keeps_alive,
    sends_a_long_header,
]


@pytest.mark.parametrize("behave", KINDS)
def test_scrapes_go_on(service: Service, behave: Callable[[socket.socket, int], None]) -> None:
    """Two hundred such clients, and scrapes take less than a second; then threads, files and memory return.

    Some of them may take longer, but none as long as a scrape may take: the machine may be busy with
    something else. If it is busy all the time, they take less than twenty times what they took before.
    """
    unhindered = median(scrape_times(lambda: ask(service)))
    before = status(service, "Threads"), descriptors(service), status(service, "VmRSS")
    with ExitStack() as open_ones:
        for number in range(CLIENTS):
            client = socket.create_connection(("127.0.0.1", service.port))
            open_ones.enter_context(client)
            with suppress(ConnectionError):  # pushed out by those after it
                behave(client, number)
        taken = scrape_times(lambda: ask(service))
        assert median(taken) < max(1.0, 20 * unhindered)
        assert max(taken) < SCRAPE_TIMEOUT
        assert status(service, "Threads") <= before[0] + 2 * CONNECTIONS + 1
        under_fire = status(service, "Threads"), status(service, "VmRSS")
    eventually(lambda: status(service, "Threads") <= before[0])
    eventually(lambda: descriptors(service) <= before[1])
    after = status(service, "VmRSS")
    print(f"{behave.__name__}: {max(taken):.3f} s, {before} -> {under_fire} -> {after}")
    assert after - before[2] < 20_000
    assert "level=error" not in service.log


def test_slow_client_ends(service: Service) -> None:
    """A client that sends a letter now and then does not keep its connection longer than a request may take."""
    before, pause = time.monotonic(), threading.Event()
    with socket.create_connection(("127.0.0.1", service.port), timeout=0.5) as client:
        client.sendall(b"GET /metrics HTTP/1.1\r\nA: ")
        with pytest.raises(ConnectionError):  # noqa: PT012
            while time.monotonic() - before < TIMEOUT + 5:
                client.sendall(b"x")
                pause.wait(0.1)
    assert time.monotonic() - before < TIMEOUT + 2


def test_many_requests_at_once(service: Service) -> None:
    """A thousand pipelined requests are answered in order, a thousand and no more."""
    last = b"GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answer = talk(service, b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n" * 999 + last)
    assert answer.count(b"HTTP/1.1 200 OK") == 999
    assert answer.count(b"HTTP/1.1 ") == 1000
    assert answer.endswith(b"not found\n")


MALFORMED = {
    "a long line": (b"GET /" + b"x" * REQUEST_LIMIT + b" HTTP/1.1\r\n\r\n", 414),
    "a long header": (b"GET / HTTP/1.1\r\nA: " + b"x" * REQUEST_LIMIT + b"\r\n\r\n", 431),
    "long headers": (b"GET / HTTP/1.1\r\n" + (b"A: " + b"x" * 999 + b"\r\n") * 17 + b"\r\n", 431),
    "many headers": (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 101 + b"\r\n", 431),
    "a space before the colon": (b"GET / HTTP/1.1\r\nContent-Length : 9\r\n\r\n", 400),
    "a letter that is none": (b"GET / HTTP/1.1\r\nTransfer-Encoding\x0b: chunked\r\n\r\n", 400),
    "a header that goes on from nothing": (b"GET / HTTP/1.1\r\n A: b\r\n\r\n", 400),
    "a line that is no header": (b"GET / HTTP/1.1\r\nHost: x\r\n<script>\r\n\r\n", 400),
    "a method that is none": (b"<SCRIPT> / HTTP/1.1\r\n\r\n", 501),
    "a version that is none": (b"GET / HTTP/9.9\r\n\r\n", 505),
    "too many words": (b"GET / <script> HTTP/1.1\r\n\r\n", 400),
    "half a line": (b"GET /metrics\r\n\r\n", 400),
    "TRACE": (b"TRACE / HTTP/1.1\r\nA: <script>\r\n\r\n", 501),
    "CONNECT": (b"CONNECT 127.0.0.1:25 HTTP/1.1\r\n\r\n", 501),
    "a body in pieces": (b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" * 2, 200),
    "two lengths": (b"GET / HTTP/1.1\r\nContent-Length: 0\r\nContent-Length: 9\r\n\r\nx" * 2, 200),
    "an empty length": (b"GET / HTTP/1.1\r\nContent-Length:\r\n\r\n" * 2, 200),
}


@pytest.mark.parametrize("kind", MALFORMED)
def test_malformed(service: Service, kind: str) -> None:
    """Such a request gets one answer that repeats nothing of it, and the connection ends."""
    request, code = MALFORMED[kind]
    answer = talk(service, request)
    assert answer.startswith(f"HTTP/1.1 {code} ".encode())
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"Connection: close" in answer
    assert b"script" not in answer.lower()
    assert f"Server: {NAME}\r\n".encode() in answer
    assert "level=error" not in service.log


TRICKS = (
    "/metrics/ /metrics%00 /%6detrics /metrics;x /./metrics /x/../metrics /..%2f..%2fetc/passwd "
    "/../../etc/passwd //etc/passwd /etc/passwd http://x/etc/passwd file:///etc/passwd "
    "/-/ready/ /-/quit /-/reload /debug/pprof /metrics\\..\\x /%2e%2e/metrics * x"
).split()


@pytest.mark.parametrize("path", TRICKS)
def test_path_tricks(service: Service, path: str) -> None:
    """A path is one of four or it is not found; nothing is decoded, joined or looked up."""
    answer = talk(service, f"GET {path} HTTP/1.1\r\nConnection: close\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert answer.endswith(b"\r\n\r\nnot found\n")


def test_tls_and_users_under_fire(tmp_path: Path) -> None:
    """With TLS and users, among two hundred clients of every kind, a scrape takes less than a second."""
    make_certificates(tmp_path)
    context, right = client_context(tmp_path), basic("alice", "secret")
    with secured(tmp_path, TLS + users(alice="secret")) as service:
        eventually(lambda: counted(ask(service, tls=context, authorization=right)))
        before = status(service, "Threads"), descriptors(service), status(service, "VmRSS")
        with ExitStack() as open_ones:
            for number in range(CLIENTS):
                client = open_ones.enter_context(
                    socket.create_connection(("127.0.0.1", service.port))
                )
                with suppress(OSError):
                    if number % 2:  # a handshake and no request, or none
                        client = context.wrap_socket(client, server_hostname="127.0.0.1")
                        open_ones.enter_context(client)
                    client.sendall(SCRAPE[: number % len(SCRAPE)])
            taken = scrape_times(lambda: ask(service, tls=context, authorization=right))
            assert sorted(taken)[-2] < 1.0
        eventually(lambda: status(service, "Threads") <= before[0])
        eventually(lambda: descriptors(service) <= before[1])
        print(before, status(service, "VmRSS"))
        assert status(service, "VmRSS") - before[2] < 20_000
