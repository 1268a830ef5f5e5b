"""Standard input and FIFOs: lines once, or lost with the process that took them.

In: a stream of bytes. Out: blocks of complete lines, without what collectors wrap round them; the
last line of a stream may lack its newline.
Lost: what was taken and not committed when the process is killed, for a stream cannot be read
again; lines over LONGEST_LINE bytes.
"""

from __future__ import annotations

import logging
import os
import select
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Protocol

from exporter.sources.blocks import BLOCK
from exporter.sources.framing import unwrap
from exporter.sources.journal_export import DAMAGED
from exporter.sources.long_entry import Ahead, long_entry
from exporter.sources.place import AnyPlace
from exporter.system.pipe import enlarge, waiting

LONGEST_LINE = 1 << 22
"""Bytes of a line, beyond which it is none of a log."""

STANDARD_INPUT = "-"
"""What stands for standard input among the names of files."""

_PATIENCE = 10.0
"""Seconds for which the rest of a long entry of the journal may take to come."""

log = logging.getLogger(__name__)


class _Readable(Protocol):
    """A binary stream that gives what there is, as io.BufferedReader does."""

    def read1(self, size: int, /) -> bytes:
        """Give at most so many bytes, none at the end."""


class Lines:
    """Complete lines of bytes that come in pieces; `more` gives the rest of a long entry."""

    def __init__(self, more: Callable[[int], bytes]) -> None:
        self._more = more
        self._pending = b""
        self._is_dropping = False

    def __len__(self) -> int:
        """Give the bytes of lines that are not complete."""
        return len(self._pending)

    def add(self, data: bytes) -> bytes:
        """Give the lines that are complete now."""
        if self._is_dropping:
            data = data[data.find(b"\n") + 1 or len(data) :]
            self._is_dropping = not data
        pending = self._pending + data
        end = pending.rfind(b"\n") + 1
        lines, used = unwrap(pending[:end]) if end else (b"", 0)
        if end and not used and len(pending) >= BLOCK:
            lines, self._pending = self._long_entry(pending)
            lines += self.add(b"")
        elif not end and len(pending) > LONGEST_LINE:
            self._pending, self._is_dropping = b"", True
        else:
            self._pending = pending[used:]
        return lines

    def rest(self) -> bytes:
        """Give what is left, for nothing follows."""
        pending, self._pending, self._is_dropping = self._pending, b"", False
        whole = pending if pending.endswith(b"\n") else pending + b"\n"
        return unwrap(whole, final=True)[0] if pending else b""

    def _long_entry(self, pending: bytes) -> tuple[bytes, bytes]:
        """Give the line of a journal's entry that is longer than a block, and what follows."""
        ahead = Ahead(pending, self._more)
        found = long_entry(ahead.read, 0)
        if found is None:  # the stream ended in it
            return DAMAGED + b"\n", b""
        lines, end = found
        return lines, ahead.rest(end)


def blocks_of(stream: _Readable) -> Iterator[bytes]:
    """Yield the lines of a stream until it ends."""
    lines = Lines(stream.read1)
    while data := stream.read1(BLOCK):
        if block := lines.add(data):
            yield block
    if block := lines.rest():
        yield block


def standard_input() -> Iterator[bytes]:
    """Yield the lines of standard input until it ends."""
    with open(0, "rb", closefd=False) as stream:
        yield from blocks_of(stream)


def waits() -> bool:
    """Whether something waits on standard input, in a pipe that another program writes to."""
    try:
        is_pipe = stat.S_ISFIFO(os.fstat(0).st_mode)
        return is_pipe and waiting(0) > 0
    except OSError:  # closed
        return False


def is_fifo(path: str) -> bool:
    """Whether a FIFO has this name."""
    try:
        return stat.S_ISFIFO(os.stat(path).st_mode)
    except OSError:
        return False


class Stream:
    """Standard input, by the name `-`, or a FIFO, which outlives its writers."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.gaps = self.lost_lines = 0
        self._is_standard_input = name == STANDARD_INPUT
        self._descriptor: int | None = 0 if self._is_standard_input else None
        self._ended = False
        self._problem: str | None = None
        self._lines = Lines(lambda size: self._read(size, _PATIENCE) or b"")
        if self._is_standard_input:
            enlarge(0)

    def settle(self) -> None:
        """Open it: what is in it is unread, wherever an earlier run stopped."""
        if not self._is_standard_input and self._is_another():
            self.close()
            try:
                # O_NONBLOCK: it has no writer yet, maybe
                self._descriptor = os.open(self.name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            except OSError as error:
                self._problem = error.strerror or str(error)
                return
            if not stat.S_ISFIFO(os.fstat(self._descriptor).st_mode):
                self.close()
                self._problem = "is no FIFO any more: restart the exporter to read what it is now"
                return
            self._problem = None
            enlarge(self._descriptor)

    def before(self) -> Iterator[bytes]:
        """Yield nothing: what went through a stream is gone."""
        yield from ()

    def blocks(self) -> Iterator[bytes]:
        """Yield the lines that are there."""
        self.settle()
        try:
            while not self._ended and (data := self._read(BLOCK, 0.0)) is not None:
                block = self._lines.add(data) if data else self._lines.rest()
                if block:
                    yield block
                if not data:
                    self._ended = self._is_standard_input
                    break
        except OSError as error:
            self._problem = error.strerror or str(error)

    def places(self) -> Mapping[str, AnyPlace]:
        """Give none: a stream cannot be read again."""
        return {}

    def unread(self) -> int:
        """Give the bytes that wait in the pipe, and those of a line that is not complete."""
        in_pipe = 0
        with suppress(OSError):  # no pipe: a file that was named as standard input
            if self._descriptor is not None and not self._ended:
                in_pipe = waiting(self._descriptor)
        return len(self._lines) + in_pipe

    def problems(self) -> Mapping[str, str | None]:
        """Give what is wrong with it."""
        return {self.name: self._problem}

    def has_ended(self) -> bool:
        """Whether standard input is at its end; a FIFO never is."""
        return self._ended

    def close(self) -> None:
        """Release a FIFO."""
        if self._descriptor:
            os.close(self._descriptor)
            self._descriptor = None

    def _read(self, size: int, patience: float) -> bytes | None:
        """Give what is there within so many seconds; b"" at the end, None if nothing comes."""
        if self._descriptor is None:
            return None
        # the flag O_NONBLOCK of standard input is not ours alone, so it is asked first
        if not select.select([self._descriptor], [], [], patience)[0]:
            return None
        try:
            return os.read(self._descriptor, size)
        except BlockingIOError:
            return None

    def _is_another(self) -> bool:
        """Whether the FIFO is not open, or another one has its name by now."""
        if self._descriptor is None:
            return True
        try:
            named = os.stat(self.name)
        except OSError:
            return False
        return not os.path.samestat(named, os.fstat(self._descriptor))
