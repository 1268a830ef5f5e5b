"""The HTTP server: /, /metrics, /-/healthy, /-/ready; nothing else.

In: the page of metrics, and what to say about readiness. Out: text and OpenMetrics pages, gzip when
asked.
A connection that says nothing for TIMEOUT seconds is closed; each has a thread of its own, so idle
clients do not hold up a scrape. The process collectors apart, a scrape touches only what was
published and never makes the reader wait.
"""

from __future__ import annotations

import gzip
import html
import logging
import socket
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

from prometheus_client.exposition import choose_encoder

from exporter import __version__
from exporter.errors import ConfigurationError, ExporterError
from exporter.expose import Exposition

TIMEOUT = 10.0
"""Seconds a client may be silent."""

_GZIP_LEVEL = 1  # level 9 takes four times as long for a tenth fewer bytes
_PLAIN = "text/plain; charset=utf-8"
_OPENMETRICS = "application/openmetrics-text"

log = logging.getLogger(__name__)


class Site(NamedTuple):
    """What is served: the metrics and where, and the reasons for not being ready."""

    metrics: Exposition
    telemetry_path: str
    not_ready: Callable[[], list[str]]


class Page(NamedTuple):
    """An answer."""

    status: HTTPStatus
    content_type: str
    body: bytes


class Server(ThreadingHTTPServer):
    """Listens on one address; raises ExporterError when it cannot."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    allow_reuse_address = True

    def __init__(self, address: str, site: Site) -> None:
        host, port = split_address(address)
        self.address_family = socket.AF_INET6 if ":" in host or not host else socket.AF_INET
        self.site = site
        try:
            try:
                super().__init__((host, port), _Handler)
            except OSError:
                if host or self.address_family is socket.AF_INET:
                    raise
                self.address_family = socket.AF_INET  # a kernel without IPv6
                super().__init__((host, port), _Handler)
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or error
            raise ExporterError(
                f"cannot listen on {address}: {reason}; choose another --web.listen-address"
            ) from error

    def address(self) -> str:
        """Give host and port as they stand in a URL."""
        host, port = str(self.server_address[0]), self.server_address[1]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def server_bind(self) -> None:
        """Listen on IPv4 too where the address is the wildcard."""
        if self.address_family is socket.AF_INET6 and not self.server_address[0]:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say at debug level what a client broke; a client must not fill the log."""
        log.debug("connection of %s ended early", client_address, exc_info=True)


def split_address(address: str) -> tuple[str, int]:
    """Take `host:port`, `[v6]:port` or `:port` apart; raises ConfigurationError."""
    host, colon, port = address.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ConfigurationError(
            f'--web.listen-address: expected host:port or :port, got "{address}"'
        )
    if ":" in host and not bracketed:
        raise ConfigurationError(
            f'--web.listen-address: expected brackets round an IPv6 address, got "{address}"'
        )
    return host[1:-1] if bracketed else host, int(port)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = TIMEOUT
    server: Server

    def do_GET(self) -> None:
        """Answer with a page."""
        self._send(self._page())

    def do_HEAD(self) -> None:
        """Answer with a page's headers."""
        self._send(self._page(), with_body=False)

    def do_POST(self) -> None:
        """Refuse what would change something; a body is not read, so the connection ends."""
        self.close_connection = True
        self._send(Page(HTTPStatus.METHOD_NOT_ALLOWED, _PLAIN, b"method not allowed\n"))

    do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_POST

    def version_string(self) -> str:
        """Name the exporter, not the Python below it."""
        return "postfix-deliverability-exporter"

    def log_message(self, format: str, *arguments: object) -> None:
        """Log requests at debug level."""
        log.debug("%s " + format, self.address_string(), *arguments)

    def _metrics(self, metrics: Exposition) -> Page:
        content_type = _content_type(self.headers.get("Accept", ""))
        is_openmetrics = content_type.startswith(_OPENMETRICS)
        try:
            return Page(HTTPStatus.OK, content_type, metrics.page(openmetrics=is_openmetrics))
        except Exception:  # a scrape must be told, whatever went wrong
            log.exception("the metrics cannot be shown")
            return Page(HTTPStatus.INTERNAL_SERVER_ERROR, _PLAIN, b"internal error, see the log\n")

    def _send(self, page: Page, *, with_body: bool = True) -> None:
        body, packed = page.body, False
        if self.headers.get("Content-Length") or self.headers.get("Transfer-Encoding"):
            self.close_connection = True  # what is not read must not be taken for a request
        if page.status is HTTPStatus.OK:
            packed = _accepts_gzip(self.headers.get("Accept-Encoding", ""))
        if packed:
            body = gzip.compress(body, _GZIP_LEVEL)
        self.send_response(page.status)
        self.send_header("Content-Type", page.content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Vary", "Accept-Encoding")
        if packed:
            self.send_header("Content-Encoding", "gzip")
        if page.status is HTTPStatus.METHOD_NOT_ALLOWED:
            self.send_header("Allow", "GET, HEAD")
            self.send_header("Connection", "close")
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def _page(self) -> Page:
        site, path = self.server.site, self.path.partition("?")[0]
        if path == site.telemetry_path:
            return self._metrics(site.metrics)
        if path == "/-/healthy":
            return Page(HTTPStatus.OK, _PLAIN, b"healthy\n")
        if path == "/-/ready":
            return _readiness(site.not_ready())
        if path == "/":
            return Page(HTTPStatus.OK, "text/html; charset=utf-8", _landing(site.telemetry_path))
        return Page(HTTPStatus.NOT_FOUND, _PLAIN, b"not found\n")


def _content_type(accept: str) -> str:
    try:
        return choose_encoder(accept)[1]
    except (TypeError, ValueError):  # a version that is no number
        return choose_encoder("")[1]


def _readiness(reasons: list[str]) -> Page:
    if not reasons:
        return Page(HTTPStatus.OK, _PLAIN, b"ready\n")
    told = "".join(f"{reason}\n" for reason in reasons).encode()
    return Page(HTTPStatus.SERVICE_UNAVAILABLE, _PLAIN, told)


def _accepts_gzip(header: str) -> bool:
    for coding in header.lower().split(","):
        name, _, quality = coding.replace(" ", "").partition(";q=")
        if name in ("gzip", "*"):
            return quality.strip("0.") != "" or not quality
    return False


def _landing(telemetry_path: str) -> bytes:
    link = html.escape(telemetry_path, quote=True)
    return f"""<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Postfix deliverability exporter</title></head>
<body>
<h1>Postfix deliverability exporter</h1>
<p>Version {__version__}</p>
<ul>
<li><a href="{link}">Metrics</a></li>
<li><a href="/-/healthy">Healthy</a></li>
<li><a href="/-/ready">Ready</a></li>
</ul>
</body>
</html>
""".encode()
