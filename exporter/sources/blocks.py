"""Bytes of one file, plain or packed, as blocks of complete lines.

In: a path, and the offset to go on at. Out: blocks, each a run of complete lines of the log, freed
of what a container runtime wraps round them.
Lost: lines over BLOCK bytes (no syslog record is that long) are dropped and counted; leading NUL
bytes, which a crash or a truncation under a writer leaves behind, are dropped.
"""

from __future__ import annotations

import bz2
import errno
import gzip
import io
import lzma
import os
import stat
import zlib
from collections.abc import Callable
from typing import Any

from exporter.sources.framing import unwrap
from exporter.sources.long_entry import Ahead, long_entry
from exporter.system.regular_file import NOT_REGULAR, open_regular

BLOCK = 1 << 18
"""Bytes asked for in one read, and the longest line that is handed over."""

TAIL = 256
"""Bytes before the offset that must still be there."""

HEAD = 64
"""Bytes by which copies of a file are recognised: less than any line, so that short copies are."""

MISSING = "no such file"

_UNPACK: dict[str, Callable[[Any], gzip.GzipFile | lzma.LZMAFile | bz2.BZ2File]] = {
    ".gz": lambda raw: gzip.GzipFile(fileobj=raw),
    ".xz": lzma.LZMAFile,
    ".bz2": bz2.BZ2File,
}
PACKED = tuple(_UNPACK)
DAMAGED = (EOFError, lzma.LZMAError, zlib.error, gzip.BadGzipFile)


class Truncated(Exception):
    """The bytes before the mark are no longer the ones that were read."""


class LineBlocks:
    """A file handle, in pygtail's sense, whose `readline` gives a run of complete lines.

    Raises OSError when the file cannot be opened, or is no regular file.
    """

    def __init__(self, path: str) -> None:
        self._descriptor = open_regular(path)
        self._unpack = _UNPACK.get(os.path.splitext(path)[1])
        self._unpacked: gzip.GzipFile | lzma.LZMAFile | bz2.BZ2File | None = None
        self.packed = self._unpack is not None
        self._ahead = b""
        self._dropping = False
        self.closed = False
        self.offset = 0
        self.head = b""
        self.tail = b""
        self.mtime_ns = 0
        self.dropped = 0
        self.at_end = False

    def close(self) -> None:
        """Release the descriptor."""
        if not self.closed:
            os.close(self._descriptor)
        self.closed = True

    def tell(self) -> int:
        """Give the place behind the last line handed over, in unpacked bytes; asked by pygtail."""
        return self.offset

    def status(self) -> os.stat_result:
        """Give the status of the open file, whatever its name is by now."""
        return os.fstat(self._descriptor)

    def peek(self, offset: int, length: int) -> bytes:
        """Read up to `length` bytes at `offset`, past every buffer; the position stays.

        A packed file that is damaged before that place gives what could be unpacked.
        """
        if self._unpack is None:
            return os.pread(self._descriptor, length, offset)
        try:
            unpacked = self._unpack(_Raw(self._descriptor))
            unpacked.seek(offset)
            return unpacked.read(length)
        except DAMAGED:
            return b""

    def before(self) -> bytes:
        """Give complete lines that stand before the position, up to BLOCK bytes; none if packed."""
        start = 0 if self.packed else max(0, self.offset - BLOCK)
        data = b"" if self.packed else self.peek(start, self.offset - start)
        lines = data[data.find(b"\n") + 1 if start else 0 : data.rfind(b"\n") + 1]
        return unwrap(lines)[0]

    def go_to(self, offset: int) -> None:
        """Go on reading at `offset`; in the middle of a line, at the next one."""
        span = min(offset, TAIL)
        self.head, self.tail = self.peek(0, min(span, HEAD)), self.peek(offset - span, span)
        self.offset, self.mtime_ns = offset, self.status().st_mtime_ns
        self._dropping = offset > 0 and not self.tail.endswith(b"\n")
        self._unpacked, self._ahead = None, b""

    def readline(self) -> bytes:
        """Give the next complete lines, at most BLOCK bytes; b"" when there are none yet.

        Raises Truncated when the bytes before the position changed, and one of DAMAGED when a
        packed file ends too early.
        """
        while True:
            start, data = self._read()
            self.at_end = len(data) == start
            cut = data.rfind(b"\n", start) + 1
            if self.at_end:
                return b""
            if self._dropping:
                line_end = data.find(b"\n", start) + 1
                self._dropping = not line_end
                self._advance(data[start : line_end or None])
            elif data[start] == 0:
                self._advance(data[start : len(data) - len(data[start:].lstrip(b"\0"))])
            elif cut:
                block = data[start:cut]
                lines, used = unwrap(block)
                if not used and len(data) - start >= BLOCK:
                    return self._long_entry()
                self._advance(block if used == len(block) else block[:used])
                return lines
            elif len(data) - start < BLOCK:
                return b""
            else:
                self.dropped += 1
                self._dropping = True
                self._advance(data[start:])

    def _long_entry(self) -> bytes:
        """Give the line of an entry of the journal that is longer than a block, b"" if none yet."""
        if self._unpack is None:
            found = long_entry(
                lambda place, size: os.pread(self._descriptor, size, place), self.offset
            )
        else:
            unpacked = self._unpack(_Raw(self._descriptor))
            unpacked.seek(self.offset)
            found = long_entry(Ahead(b"", unpacked.read).read, 0)
            found = found and (found[0], self.offset + found[1])
        if found is None:
            return b""
        lines, end = found
        self.go_to(end)
        return lines

    def rest(self) -> bytes:
        """Give the unfinished last record as lines, for a file that nobody writes to any more."""
        start, data = self._read()
        data = b"" if self._dropping else data[start:]
        self._advance(data)
        if len(data) >= BLOCK:  # a long entry of the journal without its end
            self._skip_rest()
        whole = data if data.endswith(b"\n") else data + b"\n"
        return unwrap(whole, final=True)[0] if data else b""

    def _skip_rest(self) -> None:
        while True:
            start, data = self._read()
            if len(data) == start:
                return
            self._advance(data[start:])

    def _read(self) -> tuple[int, bytes]:
        """Give bytes, and where among them the news begin."""
        if self._unpack is not None:
            return 0, self._read_packed()
        kept = len(self.tail)
        mtime_ns = self.status().st_mtime_ns
        # one read for the proof and the news: nothing can be truncated between them
        data = os.pread(self._descriptor, kept + BLOCK, self.offset - kept)
        if not data.startswith(self.tail):
            raise Truncated
        self.mtime_ns = mtime_ns
        return kept, data

    def _read_packed(self) -> bytes:
        if self._unpacked is None:
            assert self._unpack
            self._unpacked = self._unpack(_Raw(self._descriptor))
            self._unpacked.seek(self.offset)
            self.mtime_ns = self.status().st_mtime_ns
        ahead = len(self._ahead)
        try:
            while len(self._ahead) < BLOCK:
                data = self._unpacked.read1(BLOCK - len(self._ahead))
                if not data:
                    break
                self._ahead += data
        except DAMAGED:
            if len(self._ahead) == ahead:  # all before the damage was handed over
                raise
        return self._ahead

    def _advance(self, data: bytes) -> None:
        self.offset += len(data)
        self._ahead = self._ahead[len(data) :]
        if len(self.head) < HEAD:
            self.head = (self.head + data)[:HEAD]
        self.tail = (self.tail + data[-TAIL:])[-TAIL:]


def problem_with(path: str) -> str | None:
    """Tell why the name cannot be a log, None when it can."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return NOT_REGULAR
        may_read = os.access(path, os.R_OK, effective_ids=True)
        return None if may_read else os.strerror(errno.EACCES)
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        return MISSING if missing else error.strerror or str(error)


class _Raw(io.RawIOBase):
    """A reader with a place of its own on a shared descriptor."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._offset = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._offset

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._offset}
        end = os.fstat(self._descriptor).st_size
        self._offset = base.get(whence, end) + offset
        return self._offset

    def readinto(self, buffer: Any) -> int:
        data = os.pread(self._descriptor, len(buffer), self._offset)
        buffer[: len(data)] = data
        self._offset += len(data)
        return len(data)
