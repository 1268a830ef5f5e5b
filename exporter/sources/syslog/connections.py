"""Connections that bring syslog messages (RFC 6587).

In: connections, and what they send. Out: lines in the queue.
Lost: messages that are too long or cut off; the queue counts them. While it has no room for streams
they are not read, so that their senders wait.
"""

from __future__ import annotations

import logging
import selectors
import socket
import time
from datetime import UTC, datetime
from functools import partial

from exporter.sources.syslog.lines import LONGEST_LINE, Frames, line_of
from exporter.sources.syslog.queue import Queue

CONNECTIONS = 64
"""Connections at a time."""

SILENT = 300.0
"""Seconds without a byte, after which a connection makes room for another if one is needed."""

TOO_LONG = f"a message is longer than {LONGEST_LINE} bytes, or its connection broke off within it"

log = logging.getLogger(__name__)


class _Connection:
    """A peer that sends messages; `via` is the address at which it came in."""

    def __init__(self, via: str, connected: socket.socket) -> None:
        self.via, self.socket = via, connected
        self.frames = Frames()
        self.heard = time.monotonic()


class Connections:
    """The connections of one receiver, looked at by its selector."""

    def __init__(self, queue: Queue, selector: selectors.BaseSelector) -> None:
        self._queue, self._selector = queue, selector
        self._connections: list[_Connection] = []
        self._buffer = memoryview(bytearray(LONGEST_LINE))
        self._next_word = 0.0
        self.must_wait = False

    def __len__(self) -> int:
        """Give how many are open."""
        return len(self._connections)

    def add(self, via: str, connected: socket.socket, peer: str) -> None:
        """Take a connection in, if there is room for it."""
        if len(self._connections) >= CONNECTIONS and not self._push_out():
            connected.close()
            self._say_full(peer)
            return
        connected.setblocking(False)
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        connection = _Connection(via, connected)
        self._connections.append(connection)
        if not self.must_wait:
            self._look_at(connection)

    def let_wait(self) -> None:
        """Stop or go on reading, as there is room in the queue."""
        must_wait = not self._queue.has_room_for_streams()
        if must_wait == self.must_wait:
            return
        self.must_wait = must_wait
        for connection in self._connections:
            if must_wait:
                self._selector.unregister(connection.socket)
            else:
                self._look_at(connection)

    def end(self, via: str) -> None:
        """Take what has arrived over an address, and close its connections."""
        for connection in [one for one in self._connections if one.via == via]:
            while self._queue.has_room_for_streams() and self._take(connection):
                pass
            self._end(connection)

    def _read(self, connection: _Connection) -> bool:
        """Read a connection, if there is room; tell whether there may be more."""
        if not self._queue.has_room_for_streams():
            return False
        data = self._take(connection)
        if data == b"":
            self._end(connection)
        return data is not None and len(data) == len(self._buffer)

    def _take(self, connection: _Connection) -> bytes | None:
        """Take what a peer has sent, some of it; None if there is nothing, b"" at the end."""
        try:
            size = connection.socket.recv_into(self._buffer)
        except BlockingIOError:
            return None
        except OSError:  # it is broken
            return b""
        data = bytes(self._buffer[:size])
        connection.heard = time.monotonic()
        self._put(connection, connection.frames.add(data))
        return data

    def _put(self, connection: _Connection, messages: list[bytes]) -> None:
        now = arrival()
        lost, connection.frames.lost = connection.frames.lost, 0
        self._queue.lose(lost, TOO_LONG)  # first: see receiver.py
        self._queue.put([line for message in messages if (line := line_of(message, now))])

    def _end(self, connection: _Connection) -> None:
        self._put(connection, connection.frames.rest())
        self._connections.remove(connection)
        if not self.must_wait:
            self._selector.unregister(connection.socket)
        connection.socket.close()

    def _look_at(self, connection: _Connection) -> None:
        read = partial(self._read, connection)
        self._selector.register(connection.socket, selectors.EVENT_READ, read)

    def _push_out(self) -> bool:
        """Close the connection that has been silent the longest, if that is long."""
        longest = min(self._connections, key=lambda connection: connection.heard)
        if self.must_wait or time.monotonic() - longest.heard < SILENT:
            return False
        self._end(longest)
        return True

    def _say_full(self, peer: str) -> None:
        if time.monotonic() >= self._next_word:
            self._next_word = time.monotonic() + SILENT
            log.warning(
                "%d syslog connections are open: no more are taken, not that of %s",
                CONNECTIONS, peer,
            )  # fmt: skip


def arrival() -> bytes:
    """Give the time of now, as RFC 3339 has it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").encode()
