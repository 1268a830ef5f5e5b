"""What the service manager is told: ready, alive, stopping (sd_notify(3)).

In: what the daemon is about to do. Out: datagrams to $NOTIFY_SOCKET; nothing where there is none.
Lost: a message that cannot be sent; a manager that waits for it acts on that.
"""

from __future__ import annotations

import os
import socket
import time
from contextlib import suppress

_BEATS = 4
"""Signs of life within the time after which the manager takes us for dead."""


class Manager:
    """The manager of this process, as its environment names it."""

    def __init__(self) -> None:
        address = os.environ.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        patience = os.environ.get("WATCHDOG_USEC", "")
        self._pause = int(patience) / 1e6 / _BEATS if patience.isdecimal() else float("inf")
        self._next = 0.0

    def ready(self) -> None:
        """Tell that everything is served."""
        self._tell("READY=1")

    def alive(self) -> None:
        """Tell that work goes on, if it is time to; may be called as often as one likes."""
        if self._pause < float("inf") and (now := time.monotonic()) >= self._next:
            self._next = now + self._pause
            self._tell("WATCHDOG=1")

    def stopping(self) -> None:
        """Tell that the end is meant."""
        self._tell("STOPPING=1")

    def _tell(self, state: str) -> None:
        if not self._address:
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
            told.setblocking(False)
            told.sendto(state.encode("ascii"), self._address)
