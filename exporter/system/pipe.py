"""Pipes: how much waits in one, and more room for its writer.

In: a descriptor. Out: bytes that wait.
"""

from __future__ import annotations

import fcntl
import sys
import termios
from contextlib import suppress

ROOM = 1 << 20
"""Bytes that a writer may be ahead, so that it goes on while a commit is written."""


def waiting(descriptor: int) -> int:
    """Give the bytes that wait in a pipe; raises OSError for what is none."""
    counted: bytes = fcntl.ioctl(descriptor, termios.FIONREAD, bytes(4))
    return int.from_bytes(counted, sys.byteorder)


def enlarge(descriptor: int) -> None:
    """Give a pipe ROOM, if it is one and the user may have so much; it works with less."""
    with suppress(OSError):
        fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, ROOM)
