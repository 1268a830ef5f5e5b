"""The HTTP server: /, /metrics, /-/healthy, /-/ready; nothing else.

In: the page of metrics, and what to say about readiness. Out: text and OpenMetrics pages, gzip when
asked.
A client that is silent or slow for TIMEOUT seconds loses its connection. With users configured,
every path asks for authentication first. The process collectors apart, a scrape touches only what
was published and never makes the reader wait.
"""

from __future__ import annotations

import io
import logging
import threading
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler
from typing import NamedTuple

from exporter.page.exposition import Exposition
from exporter.page.overview import Overviews
from exporter.web.content import accepts_gzip, choose_content_type, joined, packed
from exporter.web.landing import POLICY, Links, landing
from exporter.web.listener import Listener
from exporter.web.reload import Settings

NAME = "postfix-deliverability-exporter"
"""What the server calls itself."""

TIMEOUT = 10.0
"""Seconds for a client to send a request, and for it to take the answer."""

REQUEST_LIMIT = 16 * 1024
"""Bytes of a request's line and headers together."""

_PLAIN = "text/plain; charset=utf-8"
_OPENMETRICS = "application/openmetrics-text"

_BY_STATUS = {
    HTTPStatus.METHOD_NOT_ALLOWED: (("Allow", "GET, HEAD"),),
    HTTPStatus.UNAUTHORIZED: (("WWW-Authenticate", f'Basic realm="{NAME}", charset="UTF-8"'),),
}

_OF_HTML = (
    ("Content-Security-Policy", POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "deny"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
)
"""Headers of the page at /, where the configuration has none of that name."""

log = logging.getLogger(__name__)


class Site(NamedTuple):
    """What is served: the metrics, where, the reasons for not being ready, and for a person."""

    metrics: Exposition
    links: Links
    not_ready: Callable[[], list[str]]
    overviews: Overviews


class Page(NamedTuple):
    """An answer; the body may be packed."""

    status: HTTPStatus
    content_type: str
    body: bytes
    is_packed: bool = False
    headers: tuple[tuple[str, str], ...] = ()


class Server(Listener):
    """Serves a site on one address, as the settings of the moment say."""

    def __init__(
        self, address: str, site: Site, settings: Callable[[], Settings] = Settings
    ) -> None:
        self.site = site
        self.rendering = threading.Lock()  # one page in memory at a time
        super().__init__(address, _Handler, settings)


class _Request(io.BufferedReader):
    """Reads lines of a request, as long as it is not too large as a whole."""

    left = REQUEST_LIMIT

    def readline(self, size: int | None = -1) -> bytes:
        most = self.left + 1
        line = super().readline(most if size is None or size < 0 else min(size, most))
        self.left -= len(line)
        if self.left < 0:
            raise HTTPException("request too large")
        return line


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = TIMEOUT
    disable_nagle_algorithm = True  # headers and body are two writes
    server: Server

    def setup(self) -> None:
        """Begin a connection."""
        super().setup()
        self.rfile = self._request = _Request(self.rfile.detach())
        self._settings = self.server.settings()

    def handle_one_request(self) -> None:
        """Read a request and answer it."""
        self.server.connections.waits(self.connection, TIMEOUT)
        self._request.left = REQUEST_LIMIT
        try:
            super().handle_one_request()
        except HTTPException:
            self.command = self.requestline = self.request_version = ""
            self.send_error(HTTPStatus.REQUEST_URI_TOO_LONG)

    def do_GET(self) -> None:
        """Answer with a page; a connection made under another TLS configuration ends instead."""
        self.server.connections.works(self.connection)
        if self.request_version == self.default_request_version:  # HTTP/0.9, or half a line
            self.send_error(HTTPStatus.BAD_REQUEST)
            return
        self._settings = self.server.settings()
        if self._settings.tls is not getattr(self.connection, "context", None):
            self.close_connection = True
            return
        page = self._page()
        if "Content-Length" in self.headers or "Transfer-Encoding" in self.headers:
            self.close_connection = True  # what is not read must not be taken for a request
        self._send(page)

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_GET

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what is no request, without repeating it, and end the connection."""
        self.close_connection = True
        self.request_version = self.protocol_version  # an answer has headers in any case
        self._send(_plain(HTTPStatus(code)))

    def version_string(self) -> str:
        """Name the exporter, not the Python below it."""
        return NAME

    def log_message(self, format: str, *arguments: object) -> None:
        """Log requests at debug level."""
        log.debug("%s " + format, self.address_string(), *arguments)

    def _metrics(self, metrics: Exposition) -> Page:
        content_type = choose_content_type(self.headers.get("Accept", ""))
        is_openmetrics = content_type.startswith(_OPENMETRICS)
        with self.server.rendering:
            if not self.server.connections.has(self.connection):
                raise ConnectionAbortedError("pushed out by other connections")
            try:
                return self._ok(content_type, metrics.page(openmetrics=is_openmetrics))
            except Exception:  # a scrape must be told, whatever went wrong
                log.exception("the metrics cannot be shown")
        return Page(HTTPStatus.INTERNAL_SERVER_ERROR, _PLAIN, b"internal error, see the log\n")

    def _ok(self, content_type: str, parts: Iterable[bytes]) -> Page:
        """Give a page of parts, packed if the client likes: then it is never whole in memory."""
        is_packed = accepts_gzip(self.headers.get("Accept-Encoding", ""))
        body = (packed if is_packed else joined)(parts)
        return Page(HTTPStatus.OK, content_type, body, is_packed)

    def _send(self, page: Page) -> None:
        self.server.connections.waits(self.connection, TIMEOUT)
        self.send_response(page.status)
        self.send_header("Content-Type", page.content_type)
        self.send_header("Content-Length", str(len(page.body)))
        self.send_header("Vary", "Accept-Encoding")
        if page.is_packed:
            self.send_header("Content-Encoding", "gzip")
        for header in (*_BY_STATUS.get(page.status, ()), *self._settings.headers):
            self.send_header(*header)
        configured = {name for name, _ in self._settings.headers}
        for name, value in page.headers:
            if name not in configured:
                self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(page.body)

    def _page(self) -> Page:
        if self.headers.defects:  # lines that another reader may take for headers
            return self._last(HTTPStatus.BAD_REQUEST)
        if authenticator := self._settings.authenticator:
            status = authenticator.status(self.headers.get("Authorization", ""))
            if status is not HTTPStatus.OK:
                return _plain(status)
        if self.command not in ("GET", "HEAD"):
            return self._last(HTTPStatus.METHOD_NOT_ALLOWED)
        return self._found(self.path.partition("?")[0])

    def _last(self, status: HTTPStatus) -> Page:
        self.close_connection = True
        return _plain(status)

    def _found(self, path: str) -> Page:
        site = self.server.site
        if path == site.links.metrics:
            return self._metrics(site.metrics)
        if path == "/-/healthy":
            return self._ok(_PLAIN, [b"healthy\n"])
        if path == "/-/ready":
            return self._readiness(site.not_ready())
        if path == "/":
            return self._landing(site)
        return _plain(HTTPStatus.NOT_FOUND)

    def _landing(self, site: Site) -> Page:
        try:
            overview, published = site.overviews.latest(), site.overviews.published()
            parts = landing(overview, published, site.links, time.time())
            return self._ok("text/html; charset=utf-8", parts)._replace(headers=_OF_HTML)
        except Exception:  # a browser must be told, whatever went wrong
            log.exception("the page at / cannot be shown")
        return Page(HTTPStatus.INTERNAL_SERVER_ERROR, _PLAIN, b"internal error, see the log\n")

    def _readiness(self, reasons: list[str]) -> Page:
        if not reasons:
            return self._ok(_PLAIN, [b"ready\n"])
        told = "".join(f"{reason}\n" for reason in reasons).encode("utf-8", "replace")
        return Page(HTTPStatus.SERVICE_UNAVAILABLE, _PLAIN, told)


def _plain(status: HTTPStatus) -> Page:
    return Page(status, _PLAIN, f"{status.phrase.lower()}\n".encode())
