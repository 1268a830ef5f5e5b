"""The web configuration changes under a running exporter: files, certificates, users, TLS itself."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.certificates import issue
from tests.secured import TLS, ask, basic, client_context, counted, secured, users, write
from tests.service import Service, eventually

SAID = "web configuration reloaded"
NOT_SAID = "web configuration not reloaded"


def renew(folder: Path, name: str, source: Path) -> None:
    """Replace a file at once."""
    shutil.copy(source, folder / "new")
    os.replace(folder / "new", folder / name)


def serial(service: Service, context: ssl.SSLContext) -> str:
    """Give the serial number of the certificate that is shown."""
    with (
        socket.create_connection(("127.0.0.1", service.port), timeout=9) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as client,
    ):
        shown = client.getpeercert()
        assert shown
        return str(shown["serialNumber"])


def test_renewed_certificate(own_certificates: Path) -> None:
    """The next connection sees a new certificate; between its two files, the old one is shown; both are said."""
    context = client_context(own_certificates)
    issue(own_certificates, "next", "ca")
    with secured(own_certificates, TLS) as service:
        before = serial(service, context)
        renew(own_certificates, "server.pem", own_certificates / "next.pem")
        for _ in range(3):
            assert serial(service, context) == before
        assert service.log.count(NOT_SAID) == 1
        assert "key values mismatch" in service.log
        renew(own_certificates, "server.key", own_certificates / "next.key")
        assert serial(service, context) != before
        assert service.log.count(SAID) == 1
        assert service.log.count(NOT_SAID) == 1


def test_users_and_headers(tmp_path: Path) -> None:
    """The next request asks for the new users; a broken file changes nothing and is said once."""
    alice, bob = (basic(name, "secret") for name in ("alice", "bob"))
    with secured(tmp_path, users(alice="secret")) as service:
        assert ask(service, authorization=alice).status == 200
        assert ask(service, authorization=bob).status == 401
        write(tmp_path / "web.yml", "basic_auth_users: {bob: secret}\n")
        for _ in range(3):
            assert ask(service, authorization=alice).status == 200
        assert service.log.count(NOT_SAID) == 1
        headers = "http_server_config: {headers: {X-Frame-Options: deny}}\n"
        write(tmp_path / "web.yml", users(bob="secret") + headers)
        assert ask(service, authorization=alice).status == 401
        assert ask(service, authorization=bob).headers["x-frame-options"] == "deny"
        write(tmp_path / "web.yml", "")
        assert ask(service).status == 200


def test_missing_file_changes_nothing(tmp_path: Path) -> None:
    """A file that is gone does not open the server; when it is back, it holds."""
    right = basic("alice", "secret")
    with secured(tmp_path, users(alice="secret")) as service:
        os.rename(tmp_path / "web.yml", tmp_path / "aside.yml")
        assert ask(service).status == 401
        assert ask(service, authorization=right).status == 200
        assert service.log.count(NOT_SAID) == 1
        os.rename(tmp_path / "aside.yml", tmp_path / "web.yml")
        assert ask(service, authorization=right).status == 200
        assert service.log.count(SAID) == 1


@pytest.mark.parametrize(
    "put",
    [
        lambda path: path.write_text("<<: {1: 2}\n"),
        lambda path: path.write_text("basic_auth_users: {<<: {null: 2}}\n"),
        os.mkfifo,
    ],
)
def test_bad_file_changes_nothing(put: Callable[[Path], object], tmp_path: Path) -> None:
    """What cannot be a web configuration ends nothing and makes nobody wait."""
    with secured(tmp_path, users(alice="secret")) as service:
        put(tmp_path / "new")
        os.replace(tmp_path / "new", tmp_path / "web.yml")
        for _ in range(2):
            assert ask(service).status == 401
            assert ask(service, authorization=basic("alice", "secret")).status == 200
        assert service.log.count(NOT_SAID) == 1


def test_certificate_that_comes_later(own_certificates: Path) -> None:
    """A new file may name a certificate that is not there yet: once it is, it is used."""
    context = client_context(own_certificates)
    issue(own_certificates, "next", "ca")
    os.rename(own_certificates / "next.pem", own_certificates / "aside.pem")
    with secured(own_certificates, TLS) as service:
        before = serial(service, context)
        write(own_certificates / "web.yml", TLS.replace("server.", "next."))
        assert serial(service, context) == before
        os.rename(own_certificates / "aside.pem", own_certificates / "next.pem")
        assert serial(service, context) != before


def test_tls_on_and_off(own_certificates: Path) -> None:
    """TLS can come and go; a connection made before TLS came gets no further answer."""
    context, request = (
        client_context(own_certificates),
        b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n",
    )
    with (
        secured(own_certificates, "") as service,
        socket.create_connection(("127.0.0.1", service.port), timeout=9) as old,
    ):
        old.sendall(request)
        answer = b""
        while not answer.endswith(b"\r\n\r\nhealthy\n"):
            answer += old.recv(65536)
        write(own_certificates / "web.yml", TLS)
        old.sendall(request)
        assert old.recv(65536) == b""
        assert eventually(lambda: counted(ask(service, tls=context)))
        with pytest.raises(OSError):  # noqa: PT011
            ask(service)
        write(own_certificates / "web.yml", "")
        assert counted(ask(service))


def test_client_ca(own_certificates: Path) -> None:
    """A new client CA shuts out the certificates of the old one."""
    web = TLS.replace("}", ", client_auth_type: RequireAndVerifyClientCert, client_ca_file: c.pem}")
    renew(own_certificates, "c.pem", own_certificates / "ca.pem")
    with secured(own_certificates, web) as service:
        assert ask(service, tls=client_context(own_certificates, "client")).status == 200
        renew(own_certificates, "c.pem", own_certificates / "stranger-ca.pem")
        assert ask(service, tls=client_context(own_certificates, "stranger")).status == 200
        with pytest.raises(OSError):  # noqa: PT011
            ask(service, tls=client_context(own_certificates, "client"))


def test_sighup(tmp_path: Path) -> None:
    """SIGHUP reads the file whether it changed or not, and says what came of it each time."""
    with secured(tmp_path, users(alice="secret")) as service:
        service.process.send_signal(signal.SIGHUP)
        eventually(lambda: service.log.count(SAID) == 1)
        write(tmp_path / "web.yml", "nonsense: 1\n")
        for times in (1, 2):
            service.process.send_signal(signal.SIGHUP)
            eventually(lambda: service.log.count(NOT_SAID) == times)  # noqa: B023
        assert ask(service).status == 401
        assert "configuration reloaded" in service.log
