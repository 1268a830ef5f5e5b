"""The open connections: at most so many, and none for longer than it may take.

In: sockets as they are accepted, and what each waits for. Out: room for the next one. Where there
is none, the client that has kept the server waiting longest loses its connection: those who open
many and say nothing push out each other, and a scrape always finds a place.
"""

from __future__ import annotations

import contextlib
import math
import socket
import threading
import time


class Connections:
    """Sockets and until when each may wait for its client; safe to use from any thread."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._until: dict[socket.socket, float] = {}
        self._lock = threading.Lock()

    def add(self, connection: socket.socket, seconds: float) -> bool:
        """Take a connection in, that waits from now on; False when all others are at work."""
        with self._lock:
            if len(self._until) >= self._limit:
                longest = min(self._until, key=self._until.__getitem__)
                if self._until[longest] == math.inf:
                    return False
                self._end(longest)
            self._until[connection] = time.monotonic() + seconds
            return True

    def waits(self, connection: socket.socket, seconds: float) -> None:
        """From now on the connection waits for its client, so long at most."""
        with self._lock:
            if connection in self._until:
                self._until[connection] = time.monotonic() + seconds

    def works(self, connection: socket.socket) -> None:
        """From now on the connection waits for us and is not ended."""
        self.waits(connection, math.inf)

    def remove(self, connection: socket.socket) -> None:
        """Forget a connection before it is closed."""
        with self._lock:
            self._until.pop(connection, None)

    def end_overdue(self) -> None:
        """End the connections that have waited too long."""
        now = time.monotonic()
        with self._lock:
            for connection in [each for each, until in self._until.items() if until < now]:
                self._end(connection)

    def _end(self, connection: socket.socket) -> None:
        """Wake the thread that waits for this client; it closes the socket."""
        del self._until[connection]
        with contextlib.suppress(OSError):
            # below TLS, whose own state belongs to the waiting thread
            socket.socket.shutdown(connection, socket.SHUT_RDWR)
