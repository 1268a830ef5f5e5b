"""An exporter with a web configuration in tests, and clients that know its CA and its users."""

from __future__ import annotations

import base64
import http.client
import os
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from bcrypt import gensalt, hashpw

from tests.lines import lines
from tests.service import Service, running

ATTEMPTS = 5
"""Delivery attempts that a secured exporter has counted."""

TLS = "tls_server_config: {cert_file: server.pem, key_file: server.key}\n"


class Answer(NamedTuple):
    """What a request was answered."""

    status: int
    headers: dict[str, str]
    body: bytes


def write(path: Path, text: str) -> None:
    """Replace a file at once, as a careful administrator does."""
    path.with_suffix(".new").write_text(text, encoding="utf-8")
    os.replace(path.with_suffix(".new"), path)


def users(cost: int = 4, **passwords: str) -> str:
    """Give the section of these users."""
    hashes = {name: hashpw(told.encode(), gensalt(cost)) for name, told in passwords.items()}
    section = ", ".join(f"{name}: {stored.decode()}" for name, stored in hashes.items())
    return f"basic_auth_users: {{{section}}}\n"


def basic(user: str, password: str | bytes) -> str:
    """Give the header's value for a user."""
    secret = password if isinstance(password, bytes) else password.encode()
    return "Basic " + base64.b64encode(user.encode() + b":" + secret).decode()


def client_context(folder: Path, client: str = "") -> ssl.SSLContext:
    """Give a context that trusts the CA, as strictly as newer Pythons, and shows `client`'s own."""
    context = ssl.create_default_context(cafile=folder / "ca.pem")
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    if client:
        context.load_cert_chain(folder / f"{client}.pem", folder / f"{client}.key")
    return context


def ask(
    service: Service,
    path: str = "/metrics",
    method: str = "GET",
    *,
    tls: ssl.SSLContext | None = None,
    authorization: str = "",
) -> Answer:
    """Send one request over a connection of its own."""
    place = ("127.0.0.1", service.port)
    connection = (
        http.client.HTTPSConnection(*place, timeout=20, context=tls)
        if tls
        else http.client.HTTPConnection(*place, timeout=20)
    )
    try:
        headers = {"Authorization": authorization} if authorization else {}
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, found, answer.read())
    finally:
        connection.close()


def talk(service: Service, request: bytes) -> bytes:
    """Send bytes, give all that is answered until the connection ends."""
    answer = b""
    place = ("127.0.0.1", service.port)
    with socket.create_connection(place, timeout=20) as client, suppress(ConnectionError):
        client.sendall(request)
        with suppress(OSError):  # it may be closed before all is read
            client.shutdown(socket.SHUT_WR)
        while data := client.recv(65536):
            answer += data
    return answer


@contextmanager
def secured(folder: Path, web: str, *more: str) -> Iterator[Service]:
    """Run an exporter with this text as its web configuration, in `folder`/web.yml."""
    write(folder / "web.yml", web)
    (folder / "mail.log").write_bytes(lines(0, ATTEMPTS))
    write(
        folder / "exporter.yml", f"log: {{paths: {folder}/mail.log, start: beginning}}\nhold: 0\n"
    )
    state = folder / "checkpoint.json"
    state.unlink(missing_ok=True)
    flags = ("--config.file", folder / "exporter.yml", "--web.config.file", folder / "web.yml")
    with running(folder, *flags, "--checkpoint.file", state, *more) as service:
        yield service


def counted(answer: Answer) -> bool:
    """Whether a page shows what the exporter has counted."""
    return f'result="delivery"}} {ATTEMPTS}.0'.encode() in answer.body
