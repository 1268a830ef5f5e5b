"""A stream that ends, such as standard input, to blocks of lines.

In: a binary stream. Out: blocks of complete lines, without what collectors wrap round them.
Lost: lines over LONGEST_LINE bytes.
"""

from __future__ import annotations

import fcntl
import os
import stat
import termios
from collections.abc import Iterator
from typing import Protocol

from exporter.sources.blocks import BLOCK
from exporter.sources.framing import unwrap
from exporter.sources.journal_export import DAMAGED, Ahead, long_entry

LONGEST_LINE = 1 << 22
"""Bytes of a line, beyond which it is none of a log."""

NAME = "-"
"""What stands for standard input among the names of files."""


def waits() -> bool:
    """Whether something waits on standard input, in a pipe that another program writes to."""
    try:
        is_pipe = stat.S_ISFIFO(os.fstat(0).st_mode)
        waiting = fcntl.ioctl(0, termios.FIONREAD, bytes(4)) if is_pipe else b""
    except OSError:  # closed
        return False
    return any(waiting)


class Stream(Protocol):
    """A binary stream that gives what there is, as io.BufferedReader does."""

    def read1(self, size: int, /) -> bytes:
        """Give at most so many bytes, none at the end."""


def standard_input() -> Iterator[bytes]:
    """Yield the lines of standard input until it ends."""
    with open(0, "rb", closefd=False) as stream:
        yield from blocks_of(stream)


def blocks_of(stream: Stream) -> Iterator[bytes]:
    """Yield the lines of a stream until it ends; the last one may lack its newline."""
    pending, is_dropping = b"", False
    while data := stream.read1(BLOCK):
        if is_dropping:
            data = data[data.find(b"\n") + 1 or len(data) :]
            is_dropping = not data
        pending += data
        end = pending.rfind(b"\n") + 1
        if end:
            lines, used = unwrap(pending[:end])
            if not used and len(pending) >= BLOCK:
                lines, pending = _long_entry(pending, stream)
            else:
                pending = pending[used:]
            if lines:
                yield lines
        elif len(pending) > LONGEST_LINE:
            pending, is_dropping = b"", True
    if pending:
        lines = unwrap(pending if pending.endswith(b"\n") else pending + b"\n", final=True)[0]
        if lines:
            yield lines


def _long_entry(pending: bytes, stream: Stream) -> tuple[bytes, bytes]:
    """Give the line of an entry of the journal that is longer than a block, and what follows."""
    ahead = Ahead(pending, stream.read1)
    found = long_entry(ahead.read, 0)
    if found is None:  # the stream ended in it
        return DAMAGED + b"\n", b""
    lines, end = found
    return lines, ahead.read(end, BLOCK)
