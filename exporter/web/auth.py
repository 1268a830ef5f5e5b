"""Basic authentication: the section `basic_auth_users`, and who is let in.

In: the section as YAML gives it, then the Authorization header of each request. Out: a status.
No password is kept: who was let in before is known by a keyed hash. Guesses of strangers wait for
each other, one bcrypt at a time and few in the queue; those known already never wait.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import threading
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from exporter.system.errors import ConfigurationError
from exporter.yaml.schema import one_line, text

KEY = "basic_auth_users"

LONGEST_PASSWORD = 72
"""Bytes; bcrypt looks at no more, so that a longer one would match by its beginning."""

WAITING = 16
"""Requests that may wait for a comparison; further ones are told to come later."""

_MOST_COST = 16  # some seconds; more would be longer than a scrape waits
_HASH = re.compile(r"\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{31}")
_DECOY = "X0h1gDsPszWURQaxFh.zouBi6DXncSjhoQNJgRrnGs7EsimhC7zGe"


def read_users(key: str, value: Any) -> dict[str, str]:
    """Read names and bcrypt hashes; errors do not show what may be a password."""
    if not isinstance(value, dict):
        raise ConfigurationError(f"{key}: expected names and bcrypt hashes")
    for name, stored in value.items():
        if ":" in text(key, name):
            raise ConfigurationError(f"{key}: expected users' names as texts without a colon")
        found = _HASH.fullmatch(stored) if isinstance(stored, str) else None
        if found is None or not 4 <= int(found[1]) <= _MOST_COST:
            raise ConfigurationError(
                f"{key}.{one_line(name)}: expected a bcrypt hash of a cost up to {_MOST_COST},"
                " such as `htpasswd -nBC 10 NAME` prints behind the name"
            )
    return dict(value)


class Authenticator:
    """Judges Authorization headers; raises ConfigurationError when bcrypt is missing."""

    def __init__(self, users: Mapping[str, str]) -> None:
        self._check = _bcrypt()
        self._users = {name.encode(): stored.encode() for name, stored in users.items()}
        # as costly as the dearest user's, so that the time does not tell who exists
        cost = max(stored[4:6] for stored in users.values())
        self._decoy = f"$2b${cost}${_DECOY}".encode()
        self._key = secrets.token_bytes(32)
        self._admitted: dict[bytes, bytes] = {}  # user -> keyed hash; one each, so it is bounded
        self._places = threading.BoundedSemaphore(WAITING)
        self._one_at_a_time = threading.Lock()

    def status(self, authorization: str) -> HTTPStatus:
        """Give OK, UNAUTHORIZED, or SERVICE_UNAVAILABLE when too many wait."""
        credentials = _credentials(authorization)
        if credentials is None:
            return HTTPStatus.UNAUTHORIZED
        user, password = credentials
        digest = self._digest(user, password)
        if self._is_known(user, digest):
            return HTTPStatus.OK
        if not self._places.acquire(blocking=False):
            return HTTPStatus.SERVICE_UNAVAILABLE
        try:
            with self._one_at_a_time:
                admitted = self._is_known(user, digest) or self._matches(user, password)
        finally:
            self._places.release()
        if not admitted:
            return HTTPStatus.UNAUTHORIZED
        self._admitted[user] = digest
        return HTTPStatus.OK

    def _is_known(self, user: bytes, digest: bytes) -> bool:
        return hmac.compare_digest(self._admitted.get(user, b""), digest)

    def _digest(self, user: bytes, password: bytes) -> bytes:
        told = b"%d:%b%b" % (len(user), user, password)
        return hashlib.blake2b(told, key=self._key, digest_size=32).digest()

    def _matches(self, user: bytes, password: bytes) -> bool:
        try:
            matches = self._check(password, self._users.get(user, self._decoy))
        except ValueError:  # what bcrypt does not take
            return False
        return matches and user in self._users


def _bcrypt() -> Callable[[bytes, bytes], bool]:
    try:
        from bcrypt import checkpw
    except ImportError as error:
        raise ConfigurationError(
            f"{KEY}: needs the package bcrypt; install it with:"
            ' python3 -m pip install "postfix-deliverability-exporter[auth]"'
        ) from error
    return checkpw


def _credentials(authorization: str) -> tuple[bytes, bytes] | None:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        told = base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None
    user, colon, password = told.partition(b":")
    return (user, password) if colon and len(password) <= LONGEST_PASSWORD else None
