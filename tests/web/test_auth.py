"""Passwords: who is let in, how long it takes, what is remembered."""

from __future__ import annotations

import gc
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus

import pytest
from bcrypt import gensalt, hashpw

from exporter.web.auth import WAITING, Authenticator
from tests.secured import basic
from tests.service import eventually

LONG = "x" * 72


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
