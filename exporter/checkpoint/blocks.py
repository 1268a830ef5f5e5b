"""Blocks of lines in one file, each with a digest of all that stands before it.

In: lines, block by block. Out: the same lines, as far as blocks are whole.
Lost: the last block, when it is cut off.

The file begins with the number of its format. The last line of a block is the digest of everything
before it, earlier blocks included; so none can be missing, twice or changed. The first line of a
block that was appended tells its length: one that ends too early is of a commit that was not
finished, which nobody has seen, and is left out; so is one that ends in NULs, as a power cut leaves
what was not synced. Anything else that does not fit is damage.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain
from typing import BinaryIO

FORMAT = 9
"""Number of the file's format. None was ever released."""

_HEAD = len(b'["000000000000","01234567"]\n')
"""Bytes of a block's first line: its length, and a check of that."""

_IN_HEAD = b'["",]\n0123456789abcdef'

_TORN = 16
"""NULs at the end of a block that tell of a power cut; fewer are damage."""

log = logging.getLogger(__name__)


class Blocks:
    """A new file of blocks, by its descriptor. Methods raise OSError.

    `first` and `appended` are bytes; `is_whole` is False once it is not known what the file holds.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._digest = hashlib.sha256()
        self.first = 0
        self.appended = 0
        self.is_whole = True
        os.fchmod(descriptor, 0o640 & os.fstat(descriptor).st_mode)

    def takes(self, length: int, least: int) -> bool:
        """Whether what is appended stays below the first block, or below `least` bytes."""
        return self.appended + length <= max(least, self.first)

    def is_at(self, path: str) -> bool:
        """Whether the file of this name is this one still, as it was written."""
        try:
            found = os.stat(path)
        except FileNotFoundError:
            return False
        ours = os.fstat(self._descriptor)
        same = os.path.samestat(found, ours)
        return same and found.st_size == self.first + self.appended

    def begin(self, lines: Iterable[bytes]) -> int:
        """Write the first block; give its bytes."""
        for line in chain((b'{"format":%d}' % FORMAT,), lines):  # never all in memory
            self._add(line + b"\n")
        self._add(_last_line(self._digest))
        os.fsync(self._descriptor)
        return self.first

    def _add(self, line: bytes) -> None:
        _write(self._descriptor, line)
        self._digest.update(line)
        self.first += len(line)

    def append(self, lines: Iterable[bytes]) -> int:
        """Append a block; give its bytes. Without room the file stays as it was."""
        digest = self._digest.copy()
        body = b"".join([line + b"\n" for line in lines])
        head = _head(len(body) + len(_last_line(digest)), digest)
        digest.update(head + body)
        last = _last_line(digest)
        digest.update(last)
        block = head + body + last
        try:
            _write(self._descriptor, block)
        except OSError:
            self._cut_off()
            raise
        self.is_whole = False
        os.fsync(self._descriptor)
        self.is_whole = True
        self._digest = digest
        self.appended += len(block)
        return len(block)

    def _cut_off(self) -> None:
        """Take off what was written of a block."""
        self.is_whole = False
        size = self.first + self.appended
        os.ftruncate(self._descriptor, size)
        os.lseek(self._descriptor, size, os.SEEK_SET)
        self.is_whole = True

    def close(self) -> None:
        """Close the file; what a file system still has to say of it is for the next commit."""
        with suppress(OSError):
            os.close(self._descriptor)


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _head(length: int, digest: hashlib._Hash) -> bytes:
    """Give the first line of a block of which so many bytes follow, behind what has this digest."""
    check = hashlib.sha256(b"%d %b" % (length, digest.digest())).hexdigest()[:8]
    return b'["%012d","%b"]\n' % (length, check.encode())


def _last_line(digest: hashlib._Hash) -> bytes:
    return b'{"digest":"%b"}\n' % digest.hexdigest().encode()


def first_block(
    file: BinaryIO, digest: hashlib._Hash, *, to_the_end: bool = False
) -> Iterator[bytes]:
    """Give the lines of the first block but the last, if the digest fits: else ValueError."""
    for line in file:
        is_last = line == _last_line(digest)
        digest.update(line)
        if is_last:
            if to_the_end and file.readline():
                raise ValueError("something stands behind the digest")
            return
        yield line
    raise ValueError("the digest does not fit the content")


def appended_blocks(file: BinaryIO, digest: hashlib._Hash, path: str) -> Iterator[bytes]:
    """Give the lines of all blocks behind the first, each block when it is known to be whole.

    ValueError for a block that is not as it was written. One that is cut off is left out.
    """
    while True:
        place = file.tell()
        try:
            block = _next_block(file, digest)
        except ValueError:
            if not _is_torn(file, place):
                raise
            block = None
        if block is None:
            break
        yield from block
    file.seek(place)
    if file.read(1):
        log.warning("checkpoint %s: its last commit was not finished; nobody saw it", path)


def _is_torn(file: BinaryIO, place: int) -> bool:
    """Whether what stands there is a block whose end a power cut left as NULs."""
    file.seek(place)
    rest = file.read()
    written = rest.rstrip(b"\0")
    if len(rest) - len(written) < _TORN:
        return False
    length = written[2:14] if len(written) >= _HEAD else b""
    return len(written) < _HEAD or (length.isdigit() and len(rest) == _HEAD + int(length))


def _next_block(file: BinaryIO, digest: hashlib._Hash) -> list[bytes] | None:
    """Give the lines of the next block between its first and its last, None behind the last block.

    ValueError for a block that is not as it was written.
    """
    head = file.read(_HEAD)
    length = _length(head, digest) if len(head) == _HEAD else 0
    block = file.read(length)
    if not length or len(block) < length:
        if head.strip(_IN_HEAD):
            raise ValueError("what stands behind the last block is no beginning of one")
        return None
    lines = block.splitlines(keepends=True)
    digest.update(head + b"".join(lines[:-1]))
    if lines[-1] != _last_line(digest):
        raise ValueError("the digest does not fit the content")
    digest.update(lines[-1])
    return lines[:-1]


def _length(head: bytes, digest: hashlib._Hash) -> int:
    length = int(head[2:14])
    if head != _head(length, digest):
        raise ValueError("the length of a block does not fit its check")
    return length
