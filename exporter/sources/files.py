"""One open log file: what it is, where reading stands in it, and its lines through pygtail.

In: a path. Out: blocks of complete lines, and the Mark behind the last one, by which the place is
found again in this file under another name, or in a copy of it.
Lost: see blocks.py.

pygtail iterates, stops at the end and resumes; its own bookkeeping (offset file, inode,
following a name) is switched off, because the exporter's checkpoint is the only memory.
"""

from __future__ import annotations

import errno
import hashlib
import os
from dataclasses import dataclass
from typing import NamedTuple

from pygtail import Pygtail  # type: ignore[import-untyped]

from exporter.sources.blocks import HEAD, TAIL, LineBlocks


class Identity(NamedTuple):
    """Which file a descriptor or a name stands for now."""

    device: int
    inode: int


@dataclass(frozen=True, slots=True)
class Mark:
    """The place behind the last line handed over, recognised by content.

    `offset` counts unpacked bytes. `head` is a digest of the file's first HEAD bytes, `tail` one
    of the TAIL bytes before the offset, or of as many as there are; names and inodes play no part,
    so the mark is found again in a renamed, copied or packed file, and no log text is kept.
    `mtime_ns` is the file's modification time when it was read: what changed later may hold
    unread lines.
    """

    offset: int
    head: bytes
    tail: bytes
    mtime_ns: int

    @property
    def head_span(self) -> int:
        """Give how many bytes `head` covers."""
        return min(self.offset, HEAD)

    @property
    def tail_span(self) -> int:
        """Give how many bytes `tail` covers."""
        return min(self.offset, TAIL)


class Segment(Pygtail):  # type: ignore[misc]  # pygtail has no types
    """The complete lines of one open log file; it never follows a name to another file.

    Iterating gives blocks as LineBlocks does and stops when there is nothing new yet; iterating
    again goes on from there. `active` is when a line came last, on the follower's clock;
    `finished` says that nothing can come any more; `copied_to` which file holds its lines since
    its own name is gone.
    """

    def __init__(self, path: str) -> None:
        # below a file nothing can exist: pygtail never finds an offset, and is never asked to write
        super().__init__(path, offset_file=os.path.join(path, "none"), save_on_end=False)
        self.fh = LineBlocks(path)
        self.lines: LineBlocks = self.fh
        self.identity = _identity(self.lines.status())
        self.finished = False
        self.copied_to: Identity | None = None
        self.active = 0.0

    def _is_new_file(self) -> bool:
        return False

    def __del__(self) -> None:
        """Do nothing: pygtail would open the file again to close it."""

    def close(self) -> None:
        """Release the file."""
        self.lines.close()

    def size(self) -> int:
        """Give the size on disk in bytes; for a packed file, the packed size."""
        return self.lines.status().st_size

    def mark(self) -> Mark:
        """Give the place behind the last line handed over."""
        lines = self.lines
        return Mark(lines.offset, _digest(lines.head), _digest(lines.tail), lines.mtime_ns)

    def holds(self, mark: Mark) -> bool:
        """Whether the bytes before the mark stand in this file where they were read."""
        before = self.lines.peek(mark.offset - mark.tail_span, mark.tail_span)
        return mark.offset > 0 and _digest(before) == mark.tail

    def begins_as(self, mark: Mark) -> bool:
        """Whether this file starts with the bytes that the marked file started with."""
        return _digest(self.lines.peek(0, mark.head_span)) == mark.head

    def resume(self, mark: Mark) -> None:
        """Go on reading behind the mark, which this file must hold."""
        self.lines.go_to(mark.offset)

    def skip_to_end(self) -> None:
        """Go on reading at the end: what stands in the file by now is not handed over."""
        self.lines.go_to(self.size())


def open_listed(path: str, listed: Identity) -> Segment:
    """Open the file that was listed under this name, not one that took the name since.

    Raises FileNotFoundError when the name now stands for another file.
    """
    segment = Segment(path)
    if segment.identity != listed:
        segment.close()
        raise FileNotFoundError(errno.ENOENT, "renamed while it was opened", path)
    return segment


def identity_of(path: str) -> Identity | None:
    """Tell which file the name stands for; None when there is none."""
    try:
        return _identity(os.stat(path))
    except FileNotFoundError:
        return None


def _identity(status: os.stat_result) -> Identity:
    return Identity(status.st_dev, status.st_ino)


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()
