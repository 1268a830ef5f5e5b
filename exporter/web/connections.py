"""The open connections: at most so many, and none that waits for its client for too long.

In: sockets as they are accepted, and what each waits for. Out: room for the next one. Where there
is none, the client that has kept the server waiting longest loses its connection, else the one that
was answered most often: those who take many places push out each other, and a scrape finds one.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from dataclasses import dataclass


@dataclass(slots=True)
class _Place:
    since: float
    until: float | None  # None while the client waits for us
    answered: int = 0

    def worth(self) -> tuple[bool, int, float]:
        """Give what orders places; the least is given away first."""
        return self.until is None, 0 if self.until else -self.answered, self.since


class Connections:
    """Sockets and what each waits for; safe to use from any thread."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._places: dict[socket.socket, _Place] = {}
        self._ended: set[socket.socket] = set()  # whose threads have not noticed yet
        self._lock = threading.Lock()

    def add(self, connection: socket.socket, seconds: float) -> bool:
        """Take in a connection that waits for its client; False when threads do not end."""
        now = time.monotonic()
        with self._lock:
            if len(self._ended) >= self._limit:
                return False
            if len(self._places) >= self._limit:
                self._end(min(self._places, key=lambda each: self._places[each].worth()))
            self._places[connection] = _Place(now, now + seconds)
            return True

    def waits(self, connection: socket.socket, seconds: float) -> None:
        """From now on the connection waits for its client, so long at most."""
        with self._lock:
            if place := self._places.get(connection):
                place.since = time.monotonic()
                place.until = place.since + seconds

    def works(self, connection: socket.socket) -> None:
        """From now on the client waits for us."""
        with self._lock:
            if place := self._places.get(connection):
                place.since, place.until = time.monotonic(), None
                place.answered += 1

    def has(self, connection: socket.socket) -> bool:
        """Whether the connection was not ended."""
        return connection in self._places

    def remove(self, connection: socket.socket) -> None:
        """Forget a connection before it is closed."""
        with self._lock:
            self._places.pop(connection, None)
            self._ended.discard(connection)

    def end_overdue(self) -> None:
        """End the connections that have waited too long for their clients."""
        now = time.monotonic()
        with self._lock:
            for connection, place in list(self._places.items()):
                if place.until is not None and place.until < now:
                    self._end(connection)

    def _end(self, connection: socket.socket) -> None:
        """Wake the thread that waits for this client; it closes the socket."""
        del self._places[connection]
        self._ended.add(connection)
        with contextlib.suppress(OSError):
            # below TLS, whose own state belongs to the waiting thread
            socket.socket.shutdown(connection, socket.SHUT_RDWR)
