"""One thread that takes syslog messages from sockets, so that none waits for a commit.

In: addresses. Out: lines in a queue.
Lost: datagrams that the kernel or the queue had no room for, and messages that are too long; the
queue counts them. What is sent while nobody listens, nobody counts.

Each socket that has something is read once before any is read again; an address at which it cannot
be listened is tried again at each look.
"""

from __future__ import annotations

import logging
import selectors
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

from exporter.sources.syslog.address import Address, Listening
from exporter.sources.syslog.connections import TOO_LONG, Connections, arrival
from exporter.sources.syslog.lines import LONGEST_LINE, line_of
from exporter.sources.syslog.queue import Queue

NO_ROOM_IN_KERNEL = "the socket's buffer was full: raise net.core.rmem_max"

_LOOK = 1.0
"""Seconds between two looks at addresses that fail, and at what the kernel has dropped."""

_PAUSE = 0.02
"""Seconds between two looks for room in the queue, while connections wait for it."""

_GATHER = 0.01
"""Seconds for datagrams and streams to gather; Unix sockets hold ten messages, no more."""

_BATCH = 256
"""Datagrams of one socket before the others have their turn."""

_MOST_BATCHES = 64
"""Batches, or connections, that are taken of a socket before it is closed."""

_LAST = 0.1
"""Seconds for which connections are heard out: the senders' kernel holds small segments back until
those before are acknowledged, and that may be delayed by 40 ms."""

_PATIENCE = 10.0
"""Seconds for the thread to do what it is told."""

log = logging.getLogger(__name__)


class Receiver:
    """Receives at the addresses that it was told last; `failure` is what has ended its thread."""

    def __init__(self, queue: Queue | None = None) -> None:
        self.queue = Queue() if queue is None else queue  # an empty one is false
        self.problems: dict[str, str | None] = {}
        self.failure: Exception | None = None
        self._wanted: Sequence[Address] = ()
        self._is_stopping = False
        self._done = threading.Event()
        self._thread: threading.Thread | None = None
        self._wake, self._woken = socket.socketpair()
        self._selector = selectors.DefaultSelector()
        self._connections = Connections(self.queue, self._selector)
        self._listening: dict[Address, Listening] = {}
        self._resting: list[Listening] = []
        self._next_look = 0.0
        self._buffer = memoryview(bytearray(LONGEST_LINE + 1))

    def listen(self, addresses: Sequence[Address]) -> None:
        """Listen at these addresses and no others; what was received stays in the queue."""
        self._wanted = addresses
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="syslog", daemon=True)
            self._thread.start()
        self._tell_thread()

    def stop(self) -> None:
        """Take what has arrived, close all sockets, end the thread; the queue stays."""
        self._is_stopping = True
        if self._thread is None:
            self._close_all()
        else:
            self._tell_thread()
            self._thread.join(_PATIENCE)

    def _tell_thread(self) -> None:
        self._done.clear()
        with suppress(OSError):  # it has ended
            self._wake.send(b"!")
            self._done.wait(_PATIENCE)

    # -- the thread --------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._woken.setblocking(False)
            self._register(self._woken, self._on_wake)
            while not self._is_stopping:
                pause = _PAUSE if self._connections.must_wait else _LOOK
                self._read(self._selector.select(pause))
                self._connections.let_wait()
                if time.monotonic() >= self._next_look:
                    self._look()
            self._hear_out()
        except Exception as error:
            self.failure = error
        finally:
            self._close_all()

    def _read(self, ready: list[tuple[selectors.SelectorKey, int]]) -> None:
        """Read each socket that has something once; then let more gather, for that is cheaper."""
        can_wait = bool(ready)
        for key, _ in ready:
            one: socket.socket = key.fileobj  # type: ignore[assignment]
            if one.fileno() >= 0:  # it was not closed just before
                has_more = key.data()
                can_wait = can_wait and not has_more and one.family != socket.AF_UNIX
        if can_wait:
            time.sleep(_GATHER)

    def _hear_out(self) -> None:
        """Read connections a little longer: what was sent may wait for what is before it."""
        end = time.monotonic() + _LAST
        while self._connections and (left := end - time.monotonic()) > 0:
            self._read(self._selector.select(left))

    def _on_wake(self) -> None:
        with suppress(BlockingIOError):
            self._woken.recv(64)
        if not self._is_stopping:
            self._look()
            self._done.set()

    def _look(self) -> None:
        """Open what should be open and is not, close what should not."""
        self._next_look = time.monotonic() + _LOOK
        for listening in self._resting:
            self._register(listening.socket, partial(self._accept, listening))
        self._resting.clear()
        for address, listening in list(self._listening.items()):
            if address not in self._wanted or not listening.is_there():
                self._close(address)
        self.problems = {one.text: self._problem_at(one) for one in self._wanted}

    def _problem_at(self, address: Address) -> str | None:
        """Listen at an address; give why that cannot be, None if it can."""
        if listening := self._listening.get(address):
            self._count_dropped(listening)
            return None
        try:
            listening = Listening(address)
        except OSError as error:
            problem = error.strerror or str(error)
            if problem != self.problems.get(address.text):
                log.error("cannot receive syslog at %s: %s", address.text, problem)
            return problem
        log.info("receiving syslog at %s", address.text)
        self._listening[address] = listening
        read = self._accept if listening.is_stream else self._receive
        self._register(listening.socket, partial(read, listening))
        return None

    def _close(self, address: Address) -> None:
        listening = self._listening.pop(address)
        if listening not in self._resting:
            self._selector.unregister(listening.socket)
        read = self._accept if listening.is_stream else self._receive
        for _ in range(_MOST_BATCHES):
            if not read(listening):
                break
        self._connections.end(address.text)
        listening.close()

    def _close_all(self) -> None:
        try:
            for address in list(self._listening):
                self._close(address)
            self._selector.close()
        finally:
            self._wake.close()
            self._woken.close()
            self._done.set()

    def _register(self, one: socket.socket, read: Callable[[], object]) -> None:
        self._selector.register(one, selectors.EVENT_READ, read)

    # -- what the sockets have ---------------------------------------------------------------------

    def _receive(self, listening: Listening) -> bool:
        """Take a batch of datagrams; tell whether there may be more."""
        self._count_dropped(listening)
        lines, lost, is_empty, now = [], 0, False, arrival()
        for _ in range(_BATCH):
            try:
                size = listening.socket.recv_into(self._buffer)
            except OSError:
                is_empty = True
                break
            if size > LONGEST_LINE:
                lost += 1
            elif line := line_of(bytes(self._buffer[:size]), now):
                lines.append(line)
        self.queue.lose(lost, TOO_LONG)  # first: whoever takes the lines takes what was lost before
        self.queue.put(lines)
        return not is_empty

    def _count_dropped(self, listening: Listening) -> None:
        self.queue.lose(listening.dropped(), NO_ROOM_IN_KERNEL)

    def _accept(self, listening: Listening) -> bool:
        """Take a connection in; tell whether there may be more."""
        try:
            connected, peer = listening.socket.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return False
        except OSError as error:  # such as too many open files, which would go on and on
            log.error("syslog at %s takes no connection: %s", listening.address.text, error)
            with suppress(KeyError):  # it is being closed
                self._selector.unregister(listening.socket)
                self._resting.append(listening)
            return False
        self._connections.add(listening.address.text, connected, str(peer[0]))
        return True
