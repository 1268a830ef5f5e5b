"""The server: what a client is told of its failures."""

from __future__ import annotations

import socket
import threading

import pytest

from exporter.counts.totals import Totals
from exporter.page.overview import Overviews
from exporter.tally import Published
from exporter.web.landing import Links
from exporter.web.server import Server, Site


def test_failure_is_not_explained_to_the_client(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An internal error is a 500 without a traceback; the log has it."""

    class Broken:
        def page(self, *, openmetrics: bool) -> bytes:
            raise RuntimeError("secret state")

    broken = Broken()
    site = Site(broken, Links("/metrics"), list, Overviews(lambda: Published(Totals(), 1)))  # type: ignore[arg-type]
    with Server("127.0.0.1:0", site) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        try:
            with socket.create_connection(("127.0.0.1", server.server_port)) as client:
                client.sendall(b"GET /metrics HTTP/1.1\r\nConnection: close\r\n\r\n")
                answer = b"".join(iter(lambda: client.recv(65536), b""))
        finally:
            server.shutdown()
    assert answer.startswith(b"HTTP/1.1 500 ")
    assert answer.endswith(b"\r\n\r\ninternal error, see the log\n")
    assert "secret state" in caplog.text
