"""Lines between the thread that receives them and the one that reads them, within a bound.

In: lines, and how many were lost. Out: blocks of lines in the order of their arrival, each with
what was lost before it.
Lost: lines of datagrams for which there is no room; they are counted. Connections are told to wait
before that: they can.
"""

from __future__ import annotations

import threading
from collections import deque
from itertools import accumulate
from typing import NamedTuple

from exporter.sources.blocks import BLOCK

MOST = 16 << 20
"""Bytes of lines that wait: some twenty seconds of 3,000 lines a second."""

NO_ROOM = "the exporter is slower than they come"


class Taken(NamedTuple):
    """A block of lines, and how many were lost before it, with the reason for the last of these."""

    lines: bytes
    lost: int
    reason: str


class Queue:
    """Blocks of lines that wait; for two threads."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._blocks: deque[tuple[bytearray, int, str]] = deque()
        self._bytes = 0
        self._lost, self._reason = 0, ""

    def __len__(self) -> int:
        """Give the bytes of lines that wait."""
        return self._bytes

    def has_room_for_streams(self) -> bool:
        """Whether connections may be read: half of the room is for datagrams, which cannot wait."""
        return self._bytes < self._most // 2

    def put(self, lines: list[bytes]) -> None:
        """Take in as many lines as there is room for, and lose the others."""
        ends = accumulate(len(line) + 1 for line in lines)
        fitting = sum(1 for end in ends if self._bytes + end <= self._most)
        if fitting:
            with self._lock:
                self._append(b"".join([line + b"\n" for line in lines[:fitting]]))
        self.lose(len(lines) - fitting, NO_ROOM)

    def lose(self, lines: int, reason: str) -> None:
        """Take note of lines that were lost."""
        if lines:
            with self._lock:
                self._lost, self._reason = self._lost + lines, reason

    def take(self) -> Taken | None:
        """Give the oldest block, None if nothing waits and nothing was lost."""
        with self._lock:
            if self._blocks:
                lines, lost, reason = self._blocks.popleft()
                self._bytes -= len(lines)
                return Taken(bytes(lines), lost, reason)
            lost, self._lost = self._lost, 0
            return Taken(b"", lost, self._reason) if lost else None

    def _append(self, lines: bytes) -> None:
        if self._lost or not self._blocks or len(self._blocks[-1][0]) >= BLOCK:
            self._blocks.append((bytearray(), self._lost, self._reason))
            self._lost = 0
        self._blocks[-1][0].extend(lines)
        self._bytes += len(lines)
