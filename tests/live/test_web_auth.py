"""Basic authentication: who is let in where, what it costs, what is remembered."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.secured import ask, basic, counted, secured, talk, users
from tests.service import Service, eventually

LONG = "x" * 72
HEADERS = "http_server_config: {headers: {X-Frame-Options: deny}}\n"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Give an exporter with three users."""
    folder = tmp_path_factory.mktemp("auth")
    with secured(folder, users(alice="secret", bob="pass:word", carol=LONG) + HEADERS) as service:
        eventually(lambda: counted(ask(service, authorization=basic("alice", "secret"))))
        yield service


PATHS = ("/", "/metrics", "/-/healthy", "/-/ready", "/nothing", "//metrics", "/metrics?x", "*")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
def test_every_path_asks(service: Service, path: str, method: str) -> None:
    """Without credentials each path, there or not, answers the same: 401, how to ask, nothing else."""
    status, headers, body = ask(service, path, method)
    assert status == 401
    assert headers["www-authenticate"].startswith("Basic ")
    assert headers["x-frame-options"] == "deny"
    assert headers["server"] == "postfix-deliverability-exporter"
    assert body == (b"" if method == "HEAD" else b"unauthorized\n")


LET_IN = {
    "right": (basic("alice", "secret"), 200),
    "with a colon": (basic("bob", "pass:word"), 200),
    "the longest": (basic("carol", LONG), 200),
    "scheme in capitals": (basic("alice", "secret").replace("Basic", "BASIC"), 200),
    "wrong": (basic("alice", "Secret"), 401),
    "another user's": (basic("bob", "secret"), 401),
    "none": (basic("alice", ""), 401),
    "unknown user": (basic("mallory", "secret"), 401),
    "no user": (basic("", "secret"), 401),
    "over 72 bytes": (basic("carol", LONG + "y"), 401),
    "far over 72 bytes": (basic("carol", "x" * 5000), 401),
    "NUL": (basic("alice", b"secret\0"), 401),
    "no UTF-8": (basic("alice", b"\xff\xfe"), 401),
    "no colon": ("Basic YWxpY2U=", 401),
    "no base64": ("Basic alice:secret", 401),
    "nothing to decode": ("Basic", 401),
    "not ASCII": ("Basic \xe4\xf6", 401),
    "another scheme": ("Bearer c2VjcmV0", 401),
    "hash instead of password": (basic("alice", "$2b$04$abcdefghijklmnopqrstuv"), 401),
}


@pytest.mark.parametrize("kind", LET_IN)
def test_credentials(service: Service, kind: str) -> None:
    """The right password of a known user is let in; anything else is denied, and breaks nothing."""
    authorization, status = LET_IN[kind]
    for _ in range(2):  # remembered or not
        assert ask(service, authorization=authorization).status == status
    assert "level=error" not in service.log


def test_each_request_of_a_connection_asks(service: Service) -> None:
    """That one request of a connection was let in lets in none that follows."""
    head = "GET /-/healthy HTTP/1.1\r\nHost: x\r\n"
    known = f"{head}Authorization: {basic('alice', 'secret')}\r\n\r\n"
    last = f"{head}Connection: close\r\n\r\n"
    answer = talk(service, f"{known}{head}\r\n{known}{last}".encode())
    statuses = [line.split()[1] for line in answer.splitlines() if line.startswith(b"HTTP/1.1 ")]
    assert statuses == [b"200", b"401", b"200", b"401"]


def test_no_password_in_the_log(tmp_path: Path) -> None:
    """Credentials are not logged, not even at debug level."""
    with secured(tmp_path, users(alice="secret"), "--log.level=debug") as service:
        for password in ("secret", "guess"):
            ask(service, authorization=basic("alice", password))
        assert '"GET /metrics HTTP/1.1" 401' in service.log.replace("\\", "")
        for told in ("secret", "guess", basic("alice", "secret").split()[1]):
            assert told not in service.log


def test_guesses_do_not_hold_up_who_is_known(tmp_path: Path) -> None:
    """While fifty clients guess passwords, a scraper that was let in before takes less than a second."""
    right = basic("alice", "secret")
    with secured(tmp_path, users(cost=11, alice="secret")) as service:
        eventually(lambda: counted(ask(service, authorization=right)))
        stop = threading.Event()

        def guess(number: int) -> set[int]:
            found = set()
            while not stop.is_set():
                found.add(ask(service, authorization=basic("alice", f"{number}")).status)
            return found

        with ThreadPoolExecutor(50) as pool, ExitStack() as ended:
            ended.callback(stop.set)
            guesses = [pool.submit(guess, number) for number in range(50)]
            for _ in range(20):
                before = time.monotonic()
                assert counted(ask(service, authorization=right))
                assert time.monotonic() - before < 1.0
            stop.set()
            assert set().union(*(told.result() for told in guesses)) == {401, 503}
