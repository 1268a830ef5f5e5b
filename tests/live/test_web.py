"""The HTTP server: paths, methods, formats, and clients that behave badly."""

from __future__ import annotations

import gzip
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from tests.lines import lines
from tests.pages import samples
from tests.service import SOON, Service, eventually, running


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Give a running exporter that has counted five attempts."""
    folder = tmp_path_factory.mktemp("web")
    config = folder / "exporter.yml"
    (folder / "mail.log").write_bytes(lines(0, 5))
    config.write_text(f"log: {{paths: {folder / 'mail.log'}, start: beginning}}\n{SOON}")
    with running(folder, "--config.file", config) as service:
        eventually(lambda: service.total() == 5)
        yield service


STATUSES = {
    ("GET", "/"): 200,
    ("GET", "/metrics"): 200,
    ("GET", "/metrics?name[]=x"): 200,
    ("GET", "/-/healthy"): 200,
    ("GET", "/-/ready"): 200,
    ("HEAD", "/metrics"): 200,
    ("HEAD", "/"): 200,
    ("HEAD", "/nothing"): 404,
    ("GET", "/nothing"): 404,
    ("GET", "/metrics/"): 404,
    ("GET", "/../etc/passwd"): 404,
    ("POST", "/metrics"): 405,
    ("DELETE", "/metrics"): 405,
}


@pytest.mark.parametrize(("method", "path"), STATUSES)
def test_paths_and_methods(service: Service, method: str, path: str) -> None:
    """Only the named paths answer, to GET and HEAD; HEAD has no body but the length of GET's."""
    status, headers, body = service.get(path, method)
    assert status == STATUSES[method, path]
    if method == "HEAD":
        assert body == b""
        assert int(headers["content-length"]) > 0
    if status == 405:
        assert headers["allow"] == "GET, HEAD"


def test_landing_page_leads_to_the_metrics(service: Service) -> None:
    """The landing page names the exporter and links the metrics."""
    _, headers, body = service.get("/")
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert b'<a href="/metrics">' in body


def test_server_does_not_name_its_python(service: Service) -> None:
    """The Server header names the exporter only."""
    assert service.get("/")[1]["server"] == "postfix-deliverability-exporter"


def test_text_and_openmetrics(service: Service) -> None:
    """Both formats hold the same delivery attempts, as the Accept header asks; no _created."""
    _, plain_headers, plain = service.get("/metrics")
    accept = "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"
    _, open_headers, opened = service.get("/metrics", Accept=accept)
    assert plain_headers["content-type"].startswith("text/plain; version=0.0.4")
    assert open_headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    parsed = text_string_to_metric_families(opened.decode())  # type: ignore[no-untyped-call]
    families = {family.name: family for family in parsed}
    wanted = samples(plain.decode())["postfix_delivery_attempts_total"]
    got = {
        tuple(value for _, value in sorted(sample.labels.items())): sample.value
        for sample in families["postfix_delivery_attempts"].samples
    }
    assert got == wanted
    assert b"_created" not in plain + opened


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("gzip", True),
        ("deflate, gzip;q=0.5", True),
        ("*", True),
        ("gzip;q=0", False),
        ("br", False),
    ],
)
def test_gzip(service: Service, accepted: str, packed: bool) -> None:
    """The page is packed when, and only when, the client takes it."""
    _, headers, body = service.get("/metrics", Accept_Encoding=accepted)
    assert (headers.get("content-encoding") == "gzip") is packed
    page = gzip.decompress(body) if packed else body
    assert b"postfix_delivery_attempts_total" in page


def test_connection_is_kept(service: Service) -> None:
    """Several requests go over one connection, sent one after the other or all at once."""
    request = b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n"
    with socket.create_connection(("127.0.0.1", service.port), timeout=5) as client:
        client.sendall(request * 5)
        answer = b""
        while answer.count(b"healthy\n") < 5:
            answer += client.recv(65536)
    assert answer.count(b"HTTP/1.1 200 OK") == 5


def test_strange_accept_header(service: Service) -> None:
    """A version that is no number gives the text format."""
    for accept in ("application/openmetrics-text;version=abc", "*/*;q=x", "\x01"):
        status, headers, _ = service.get("/metrics", Accept=accept)
        assert (status, headers["content-type"][:10]) == (200, "text/plain")


def test_body_is_not_taken_for_a_request(service: Service) -> None:
    """What stands in a request's body is not answered."""
    inside = b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n"
    request = b"GET /-/healthy HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(inside)
    with socket.create_connection(("127.0.0.1", service.port), timeout=5) as client:
        client.sendall(request + inside)
        client.shutdown(socket.SHUT_WR)
        answer = b""
        while data := client.recv(65536):
            answer += data
    assert answer.count(b"HTTP/1.1 ") == 1


BROKEN = {
    "noise": b"\x16\x03\x01\x02\x00\x01",
    "half a request": b"GET /metr",
    "no request": b"",
    "a long line": b"GET /" + b"x" * 70_000,
    "a long header": b"GET / HTTP/1.1\r\nA: " + b"x" * 70_000 + b"\r\n\r\n",
    "many headers": b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 500 + b"\r\n",
    "no address": b"GET  HTTP/1.1\r\n\r\n",
    "bad address": b"GET http://[ HTTP/1.1\r\n\r\n",
}


@pytest.mark.parametrize("kind", BROKEN)
def test_broken_requests(service: Service, kind: str) -> None:
    """A broken request ends that connection and nothing else, and is no error in the log."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=5) as client:
        client.sendall(BROKEN[kind])
    assert service.total() == 5
    assert "level=error" not in service.log


def test_idle_clients_do_not_hold_up_a_scrape(service: Service) -> None:
    """With two hundred clients that say nothing, a scrape is answered within a second."""
    with ExitStack() as idle:
        for number in range(200):
            client = idle.enter_context(socket.create_connection(("127.0.0.1", service.port)))
            client.sendall(b"GET /metrics HTTP/1.1\r\n"[: number % 24])
        before = time.monotonic()
        assert service.total() == 5
        assert time.monotonic() - before < 1.0


def test_telemetry_path(tmp_path: Path) -> None:
    """The path of the metrics can be another; /metrics is then unknown."""
    log = tmp_path / "mail.log"
    log.touch()
    flags = ("--postfix.logfile-path", log, "--web.telemetry-path", "/probe<&")
    with running(tmp_path, *flags) as service:
        assert service.get("/metrics")[0] == 404
        assert service.get("/probe<&")[0] == 200
        assert b'<a href="/probe&lt;&amp;">' in service.get("/")[2]
