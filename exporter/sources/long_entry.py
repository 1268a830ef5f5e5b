"""An entry of journalctl -o export that is longer than a block, to a line of a log.

In: what reads a file or a stream, and where the entry begins. Out: its line, and where it ends.
Lost: fields over MOST_FIELD bytes, no one of which is a record of Postfix: they are passed and not
kept, so that memory stays small; of a damaged entry its fields, for which DAMAGED stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from exporter.sources.journal_export import (
    DAMAGED,
    LENGTH_SIZE,
    LONGEST,
    NEXT_ENTRY,
    known,
    one_line,
)

MOST_FIELD = 1 << 16
"""Bytes of a field that are kept."""

Read = Callable[[int, int], bytes]
"""Reads bytes at a place, fewer at the end; places never go back."""

_NAME = re.compile(rb"(?P<name>[A-Z0-9_]{1,64}+)(?P<end>[=\n])")
_LONGEST_NAME = 65
_LONGEST_NEXT = 24


def long_entry(read: Read, start: int, host: bytes = b"") -> tuple[bytes, int] | None:
    """Give the line of the entry at `start` and where it ends; None while its end has not come.

    `host` as in journal_export.read_entries.
    """
    fields = known(host)
    while (head := read(start, _LONGEST_NAME))[:1] != b"\n":
        name = _NAME.match(head)
        if name is None:
            return _behind_damage(read, start) if len(head) == _LONGEST_NAME else None
        begin = start + name.end()
        found = _text(read, begin) if name["end"] == b"=" else _binary(read, begin)
        if found is None:
            return None
        value, end = found
        if end < 0:
            return _behind_damage(read, start)
        if value is not None:
            fields.setdefault(name["name"].decode(), value)
        start = end
    return one_line(fields) + b"\n", start + 1


def _binary(read: Read, start: int) -> tuple[bytes | None, int] | None:
    """Give a value behind its length, None if it is too long, and where it ends: -1 if nowhere."""
    told = read(start, LENGTH_SIZE)
    length = int.from_bytes(told, "little")
    if len(told) < LENGTH_SIZE:
        return None
    if length > LONGEST:
        return None, -1
    start += LENGTH_SIZE
    value = read(start, length) if length <= MOST_FIELD else None
    newline = read(start + length, 1)
    if not newline:
        return None
    return (value, start + length + 1) if newline == b"\n" else (None, -1)


def _text(read: Read, start: int) -> tuple[bytes | None, int] | None:
    """Give a value that a newline ends, None if it is too long, and where it ends."""
    value: bytes | None = b""
    while data := read(start, MOST_FIELD):
        end = data.find(b"\n")
        part = data if end < 0 else data[:end]
        value = None if value is None or len(value) + len(part) > MOST_FIELD else value + part
        start += len(part) + (end >= 0)
        if end >= 0:
            return value, start
    return None


def _behind_damage(read: Read, start: int) -> tuple[bytes, int]:
    """Give the line of a damaged entry, and where the next one begins, or nothing more is."""
    while data := read(start, MOST_FIELD):
        following = NEXT_ENTRY.search(data)
        if following:
            return DAMAGED + b"\n", start + following.end()
        start += max(1, len(data) - _LONGEST_NEXT) if len(data) == MOST_FIELD else len(data)
    return DAMAGED + b"\n", start


class Ahead:
    """Reads a stream as long_entry wants it: `begin` is what was read of it, at place 0."""

    def __init__(self, begin: bytes, more: Callable[[int], bytes]) -> None:
        self._begin, self._more = begin, more
        self._at = 0

    def read(self, place: int, size: int) -> bytes:
        """Give bytes at a place that is not before the last one."""
        self._go_to(place)
        while len(self._begin) < size and (data := self._more(size - len(self._begin))):
            self._begin += data
        return self._begin[:size]

    def rest(self, place: int) -> bytes:
        """Give what was read of the stream and stands behind a place."""
        self._go_to(place)
        return self._begin

    def _go_to(self, place: int) -> None:
        while place > self._at + len(self._begin):
            self._at += len(self._begin)
            self._begin = self._more(min(MOST_FIELD, place - self._at))
            if not self._begin:
                self._at = place
        self._begin, self._at = self._begin[place - self._at :], place
