"""Listening: an address, the connections it takes, TLS round them.

In: an address and what holds now (TLS or none). Out: connections, each to a handler in a thread of
its own; at most CONNECTIONS at a time. The TLS handshake is that thread's too: a client that does
not go on with it holds up nobody.
"""

from __future__ import annotations

import logging
import socket
import ssl
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from exporter.system.errors import ConfigurationError, ExporterError
from exporter.web.connections import Connections
from exporter.web.reload import Settings

CONNECTIONS = 128
"""Connections at a time, each with a thread."""

HANDSHAKE_TIMEOUT = 5.0
"""Seconds for the TLS handshake."""

log = logging.getLogger(__name__)


class Listener(ThreadingHTTPServer):
    """Listens on one address; raises ExporterError when it cannot."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    allow_reuse_address = True

    def __init__(
        self,
        address: str,
        handler: type[BaseHTTPRequestHandler],
        settings: Callable[[], Settings],
    ) -> None:
        self.settings = settings
        self.connections = Connections(CONNECTIONS)
        host, port = split_address(address)
        self.address_family = socket.AF_INET6 if ":" in host or not host else socket.AF_INET
        try:
            try:
                super().__init__((host, port), handler)
            except OSError:
                if host or self.address_family is socket.AF_INET:
                    raise
                self.address_family = socket.AF_INET  # a kernel without IPv6
                super().__init__((host, port), handler)
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or error
            raise ExporterError(
                f"cannot listen on {address}: {reason}; choose another --web.listen-address"
            ) from error

    def url(self) -> str:
        """Give scheme, host and port as they stand in a URL."""
        host, port = str(self.server_address[0]), self.server_address[1]
        scheme = "https" if self.settings().tls else "http"
        return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"

    def server_bind(self) -> None:
        """Listen on IPv4 too where the address is the wildcard."""
        if self.address_family is socket.AF_INET6 and not self.server_address[0]:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept a connection and put TLS round it; nothing is read yet."""
        connection, client = super().get_request()
        tls = self.settings().tls
        if tls is None:
            return connection, client
        try:
            wrapped = tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        except OSError:  # gone already
            connection.close()
            raise
        return wrapped, client

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Take the connection in if there is room."""
        return self.connections.add(request, HANDSHAKE_TIMEOUT)

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Shake hands, then let the handler speak; this is in the connection's own thread."""
        if isinstance(request, ssl.SSLSocket):
            request.settimeout(HANDSHAKE_TIMEOUT)
            request.do_handshake()
        super().finish_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection, however it ended."""
        self.connections.remove(request)
        super().shutdown_request(request)

    def service_actions(self) -> None:
        """End what is overdue; called between accepts, and twice a second without any."""
        self.connections.end_overdue()

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
