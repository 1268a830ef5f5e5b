"""Basic authentication: who is let in where, what it costs, what is remembered."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http import HTTPStatus
from pathlib import Path

import pytest
from bcrypt import gensalt, hashpw

from exporter.web.auth import WAITING, Authenticator
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


def hashed(password: str, cost: int = 4) -> str:
    """Give a bcrypt hash."""
    return hashpw(password.encode(), gensalt(cost)).decode()


def test_unknown_user_takes_as_long_as_a_known_one() -> None:
    """The time of a denial does not tell whether the user exists."""
    authenticator = Authenticator({"alice": hashed("a", 10), "bob": hashed("b", 8)})

    def fastest(user: str) -> float:
        times = []
        for number in range(7):
            before = time.process_time()
            authenticator.status(basic(user, f"wrong {number}"))
            times.append(time.process_time() - before)
        return min(times)

    assert 0.7 < fastest("mallory") / fastest("alice") < 1.4


def test_once_let_in_is_not_compared_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second request of a user costs no bcrypt; wrong passwords are compared each time."""
    import bcrypt

    compared = []

    def count(password: bytes, stored: bytes) -> bool:
        compared.append(password)
        return real(password, stored)

    real = bcrypt.checkpw
    monkeypatch.setattr(bcrypt, "checkpw", count)
    authenticator = Authenticator({"alice": hashed("secret")})
    for password in ("secret", "secret", "wrong", "wrong", "secret"):
        authenticator.status(basic("alice", password))
    assert compared == [b"secret", b"wrong", b"wrong"]


def test_memory_is_bounded_and_holds_no_password() -> None:
    """Guesses leave nothing behind; no password that was let in is kept in clear."""
    password = "a password to look for"
    authenticator = Authenticator({"alice": hashed(password)})
    assert authenticator.status(basic("alice", password)) is HTTPStatus.OK
    for number in range(200):
        authenticator.status(basic(f"user {number}", "guess"))
    kept = [held for held in vars(authenticator).values() if isinstance(held, dict)]
    assert [len(held) for held in kept] == [1, 1]
    held = [*vars(authenticator).values(), *gc.get_referents(*kept)]
    assert not any(isinstance(each, bytes) and password.encode() in each for each in held)


def test_few_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond those that may wait, a request is told at once to come later; then all go on."""
    import bcrypt

    go_on, running = threading.Event(), []

    def slow(password: bytes, stored: bytes) -> bool:
        running.append(password)
        assert len(running) == 1, "one at a time"
        go_on.wait()
        running.remove(password)
        return real(password, stored)

    real = bcrypt.checkpw
    monkeypatch.setattr(bcrypt, "checkpw", slow)
    authenticator = Authenticator({"alice": hashed("secret")})
    with ThreadPoolExecutor(WAITING + 5) as pool:
        told = [
            pool.submit(authenticator.status, basic("alice", f"{number}"))
            for number in range(WAITING + 5)
        ]
        eventually(lambda: sum(each.done() for each in told) == 5)
        go_on.set()
        statuses = [each.result() for each in told]
    assert statuses.count(HTTPStatus.SERVICE_UNAVAILABLE) == 5
    assert statuses.count(HTTPStatus.UNAUTHORIZED) == WAITING


def test_older_bcrypt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where bcrypt itself cuts a password, one over 72 bytes is denied all the same."""
    import bcrypt

    real = bcrypt.checkpw
    monkeypatch.setattr(bcrypt, "checkpw", lambda told, stored: real(told[:72], stored))
    authenticator = Authenticator({"carol": hashed(LONG)})
    assert authenticator.status(basic("carol", LONG + "y")) is HTTPStatus.UNAUTHORIZED
    assert authenticator.status(basic("carol", LONG)) is HTTPStatus.OK


def test_fixed_hash_lets_nobody_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown user is denied although the password fits the hash that strangers are compared with."""
    authenticator = Authenticator({"alice": hashed("secret")})
    monkeypatch.setattr(authenticator, "_decoy", hashed("fake").encode())
    assert authenticator.status(basic("mallory", "fake")) is HTTPStatus.UNAUTHORIZED


def test_hash_that_bcrypt_does_not_take() -> None:
    """A stored hash that bcrypt refuses denies everybody and raises nothing."""
    authenticator = Authenticator({"alice": "$2b$04$" + "9" * 53})
    assert authenticator.status(basic("alice", "x")) is HTTPStatus.UNAUTHORIZED
