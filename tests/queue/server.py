"""A showq that says what a test wants: a Unix socket at which each client is told the same."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

Says = Callable[[socket.socket], object]


class Showq:
    """A listening socket; `says` is what is done with a client, before it is hung up on."""

    def __init__(self, path: Path, says: Says) -> None:
        self.path, self.says = path, says
        self.clients = 0
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(path))
        self._listening.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Listen no more; the file stays, as that of Postfix does."""
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                self.clients += 1
                threading.Thread(target=self._answer, args=(client,), daemon=True).start()

    def _answer(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            self.says(client)


def says(reply: bytes) -> Says:
    """Give what sends a reply."""
    return lambda client: client.sendall(reply)


def hangs(client: socket.socket) -> None:
    """Say nothing until the client hangs up."""
    client.recv(1)


@contextmanager
def showq(path: Path, does: Says) -> Iterator[Showq]:
    """Run one."""
    running = Showq(path, does)
    try:
        yield running
    finally:
        running.close()
