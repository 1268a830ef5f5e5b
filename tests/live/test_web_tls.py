"""TLS: who gets an answer over which connection, and handshakes that do not go on."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from exporter.web.healthcheck import main as health_check
from tests.secured import TLS, ask, client_context, counted, secured, talk, users
from tests.service import Service, eventually

CLIENT_CA = "client_ca_file: ca.pem, client_auth_type:"


@pytest.fixture(scope="module")
def service(certificates: Path) -> Iterator[Service]:
    """Give an exporter that speaks TLS."""
    with secured(certificates, TLS) as service:
        yield service


def with_more(more: str) -> str:
    """Give the TLS section with further keys."""
    return TLS.replace("}", f", {more}}}")


def is_refused(service: Service, tls: ssl.SSLContext) -> bool:
    """Whether a client gets no answer."""
    try:
        ask(service, tls=tls)
    except (OSError, ssl.SSLError):
        return True
    return False


def test_serves_over_tls(service: Service, certificates: Path) -> None:
    """A client that knows the CA is answered; the log names the https URL."""
    assert "serving https://127.0.0.1:" in service.log
    assert eventually(lambda: counted(ask(service, tls=client_context(certificates))))


def test_client_that_does_not_know_the_ca(service: Service, certificates: Path) -> None:
    """The certificate is the configured one: a client that trusts another CA does not go on."""
    assert is_refused(service, ssl.create_default_context(cafile=certificates / "stranger-ca.pem"))


def test_plain_request_to_a_tls_port(service: Service) -> None:
    """A plain request is not answered in plain."""
    assert b"postfix" not in talk(service, b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
    assert "level=error" not in service.log


def test_negotiated(service: Service, certificates: Path) -> None:
    """TLS 1.3 is the default; a client that offers HTTP/2 gets HTTP/1.1; TLS 1.1 is refused."""
    context = client_context(certificates)
    context.set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection(("127.0.0.1", service.port)) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as client,
    ):
        assert (client.version(), client.selected_alpn_protocol()) == ("TLSv1.3", "http/1.1")
    old = client_context(certificates)
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.minimum_version = ssl.TLSVersion.TLSv1_1
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    assert is_refused(service, old)


RESTRICTED = {
    "min_version: TLS13": (ssl.TLSVersion.TLSv1_2, "", False),
    "max_version: TLS12": (ssl.TLSVersion.TLSv1_2, "", True),
    "cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]": (
        ssl.TLSVersion.TLSv1_2,
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        False,
    ),
    "cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]": (
        ssl.TLSVersion.TLSv1_2,
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        True,
    ),
}


@pytest.mark.parametrize("more", RESTRICTED)
def test_versions_and_suites(more: str, own_certificates: Path) -> None:
    """A client gets through with a version and a suite of TLS 1.2 that the file allows, and else not."""
    version, suite, answered = RESTRICTED[more]
    context = client_context(own_certificates)
    context.maximum_version = version
    if suite:
        context.set_ciphers(suite)
    with secured(own_certificates, with_more(more)) as service:
        assert is_refused(service, context) is not answered


CLIENTS = {
    ("NoClientCert", ""): True,
    ("VerifyClientCertIfGiven", ""): True,
    ("VerifyClientCertIfGiven", "client"): True,
    ("VerifyClientCertIfGiven", "stranger"): False,
    ("RequireAndVerifyClientCert", ""): False,
    ("RequireAndVerifyClientCert", "client"): True,
    ("RequireAndVerifyClientCert", "stranger"): False,
}


@pytest.mark.parametrize("kind", ["VerifyClientCertIfGiven", "RequireAndVerifyClientCert"])
def test_client_certificates(kind: str, own_certificates: Path) -> None:
    """A certificate of another CA is refused; a missing one as the type says."""
    with secured(own_certificates, with_more(f"{CLIENT_CA} {kind}")) as service:
        for (of, client), answered in CLIENTS.items():
            if of == kind:
                refused = is_refused(service, client_context(own_certificates, client))
                assert refused is not answered, client


def test_half_open_handshakes_do_not_hold_up_a_scrape(service: Service, certificates: Path) -> None:
    """With two hundred clients that stop within the handshake, a scrape takes less than a second."""
    hello = client_hello(certificates)
    with contextlib.ExitStack() as open_ones:
        for number in range(200):
            client = socket.create_connection(("127.0.0.1", service.port))
            open_ones.enter_context(client)
            with contextlib.suppress(OSError):  # pushed out by those after it
                client.sendall(hello[: number % len(hello)])
        before = time.monotonic()
        assert counted(ask(service, tls=client_context(certificates)))
        assert time.monotonic() - before < 1.0
    eventually(lambda: threads(service) < 10)


def test_half_open_handshake_ends(service: Service, certificates: Path) -> None:
    """A client that says nothing after connecting loses its connection within some seconds."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=9) as client:
        assert client.recv(1) == b""


def client_hello(certificates: Path) -> bytes:
    """Give the first bytes of a real client."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = client_context(certificates).wrap_bio(incoming, outgoing, server_hostname="localhost")
    with contextlib.suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


def threads(service: Service) -> int:
    """Count the threads of the exporter."""
    status = Path(f"/proc/{service.process.pid}/status").read_text(encoding="ascii")
    return int(status.split("Threads:")[1].split()[0])


def test_kept_connection(service: Service, certificates: Path) -> None:
    """Several requests go over one TLS connection."""
    context = client_context(certificates)
    with (
        socket.create_connection(("127.0.0.1", service.port), timeout=9) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as client,
    ):
        client.sendall(b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n" * 3)
        answer = b""
        while answer.count(b"healthy\n") < 3:
            answer += client.recv(65536)


CHECKED = {
    "TLS": TLS,
    "TLS 1.3": with_more("min_version: TLS13"),
    "certificate of a client": with_more(f"{CLIENT_CA} RequireAndVerifyClientCert"),
    "certificate over TLS 1.3": with_more(
        f"{CLIENT_CA} RequireAndVerifyClientCert, min_version: TLS13"
    ),
    "user": users(operator="secret"),
    "user over TLS": TLS + users(operator="secret"),
}


@pytest.mark.parametrize("section", CHECKED.values(), ids=CHECKED)
def test_health_check(section: str, own_certificates: Path) -> None:
    """The image's health check, which knows no CA and no user, sees that it lives, and when not."""
    with secured(own_certificates, section) as service:
        assert health_check(f"http://127.0.0.1:{service.port}/-/healthy") == 0
        if section == TLS:
            assert health_check(f"http://127.0.0.1:{service.port}/nothing") == 1
    assert health_check(f"http://127.0.0.1:{service.port}/-/healthy") == 1
