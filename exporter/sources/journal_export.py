"""journalctl -o export to lines of a log.

In: a block of complete lines of a file, or, for an entry that is longer, what reads the file.
Out: a line for each entry, and how many bytes it comes from: an entry stays unread until the blank
line behind it has come. Lines between entries are handed on as they are.
Lost: fields over MOST_FIELD bytes, no one of which is a record of Postfix; of a damaged entry its
fields, for which a line stands that is nobody's.

An entry is lines `FIELD=value`; a value with control characters stands in the lines below the
field's name, its length before it in 8 bytes, the lowest first (systemd's
docs/JOURNAL_EXPORT_FORMATS.md). Trust: a value may be an outsider's, and hold whole lines of a log
and whole entries; so it is passed by its length, however long it is, and never looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum
from typing import NamedTuple

from exporter.records.moments import normalised
from exporter.records.patterns import many
from exporter.sources.entry import line_of

MOST_FIELD = 1 << 16
"""Bytes of a field that are kept where an entry is longer than a block."""

LONGEST = 1 << 30
"""Bytes of a field, beyond which its length is damaged: journald takes 768 MB (DATA_SIZE_MAX)."""

DAMAGED = b"-- a damaged entry of the journal --"
"""The line that stands for an entry which is none."""

Read = Callable[[int, int], bytes]
"""Reads bytes at a place, fewer at the end; places never go back."""

_BEGIN = rb"__(?:CURSOR|REALTIME_TIMESTAMP)="
_FIRST = re.compile(rb"\n*+" + _BEGIN)
_BEGINS = re.compile(_BEGIN)
_RARE = b"__REALTIME_TIMESTAMP"
"""What each entry has and no line; found in little time, for few of its letters are in a log."""

_FIELD = re.compile(rb"(?P<name>[A-Z0-9_]{1,64}+)(?:=(?P<text>[^\n]*+))?\n")
_NAME = re.compile(rb"(?P<name>[A-Z0-9_]{1,64}+)(?P<end>[=\n])")
_LONGEST_NAME = 65
_PLAIN = re.compile(
    rb"(?:__CURSOR=[^\n]++\n)?__REALTIME_TIMESTAMP=([0-9]{10})([0-9]{6})\n"
    + many(rb"__[^\n]++\n")
    + rb"(?:_BOOT_ID=[^\n]++\n)?(?:"
    rb"(?(3)(?!)|_HOSTNAME=([!-~]++)\n)"
    rb"|(?(4)(?!)|SYSLOG_IDENTIFIER=([!-9;-\\^-~]++)\n)"
    rb"|(?(5)(?!)|_PID=([0-9]++)\n)"
    rb"|(?(6)(?!)|MESSAGE=([^\n]*+)\n)"
    rb"|(?!SYSLOG_IDENTIFIER=|N_DROPPED=|CONTAINER_NAME=)[A-Z0-9_]{1,64}+=[^\n]*+\n"
    # a possessive repeat would lose the groups of all rounds but the last
    rb")+(?(3)(?(4)(?(5)(?(6)|(?!))|(?!))|(?!))|(?!))\n|(?s:(.++))"
)
"""A whole entry of lines alone, or all that follows: entries that this knows cost little."""

CURSOR = re.compile(rb"__CURSOR=([^\n]++)\n")
_NEXT_ENTRY = re.compile(rb"\n\n(?=" + _BEGIN + rb")")
_LONGEST_NEXT = 24
_LENGTH = 8


class _State(Enum):
    WHOLE = "whole"
    UNFINISHED = "unfinished"
    DAMAGED = "damaged"


class _Entry(NamedTuple):
    """Fields, the first of each name, how the entry ends, and where."""

    fields: dict[str, bytes]
    state: _State
    end: int


def is_export(block: bytes) -> bool:
    """Whether entries stand in the block."""
    return block.find(_RARE) >= 0 and (
        _FIRST.match(block) is not None or block.find(b"\n" + _RARE + b"=") >= 0
    )


class Entries(NamedTuple):
    """What a block holds: a line for each entry, and the cursors of the first and the last.

    `used` is how many bytes of the block they come from. `suppressed` has the fields of entries
    that tell of messages which journald did not take (N_DROPPED).
    """

    lines: list[bytes]
    cursors: list[bytes]
    suppressed: list[dict[str, bytes]]
    used: int


def unwrap_export(block: bytes, *, final: bool) -> tuple[bytes, int]:
    """Give the lines of the entries in a block, and how many bytes of it they used.

    `final` says that nothing can follow: then the last entry needs no blank line.
    """
    found = read_entries(block, final=final)
    return b"".join([line + b"\n" for line in found.lines]), found.used


def read_entries(block: bytes, *, final: bool = False) -> Entries:
    """Read the entries that a block begins with, and lines between them."""
    found = Entries([], [], [], 0)
    begins_within = _FIELD.match(block) is not None
    used = 0
    while used < len(block):
        used = _read_plain(block, used, found)
        if used == len(block):
            break
        if block.startswith(b"\n", used):
            used += 1
        elif _BEGINS.match(block, used) or (begins_within and used == 0):
            entry = _entry(block, used)
            if entry.state is _State.UNFINISHED and not final:
                break
            _add(found, entry, is_cut=entry.end < len(block))
            used = _behind(block, entry)
        else:
            end = block.find(b"\n", used) + 1
            found.lines.append(block[used : end - 1])
            used = end
    return found._replace(used=used)


def _read_plain(block: bytes, start: int, found: Entries) -> int:
    """Read the plain entries that follow each other from `start`; give where they end."""
    entries = _PLAIN.findall(block, start)
    rest = entries.pop()[-1] if entries[-1][-1] else b""
    end = len(block) - len(rest)
    if first := CURSOR.match(block, start, end):  # a value is one line, and forges no cursor
        last = CURSOR.match(block, block.rfind(b"\n__CURSOR=", start, end) + 1, end)
        found.cursors.extend((first[1], (last or first)[1]))
    moments = {seconds: normalised(seconds, b"", b"")[0] for seconds, *_ in entries}
    found.lines.extend(
        b"%b.%bZ %b %b[%b]: %b" % (moments[seconds], fraction, host, tag, process, text)
        for seconds, fraction, host, tag, process, text, _ in entries
    )
    return end


def _add(found: Entries, entry: _Entry, *, is_cut: bool) -> None:
    """Add the line of an entry; one that ends with the file is whole if a field ends there."""
    if cursor := entry.fields.get("__CURSOR"):
        found.cursors.append(cursor)
    if entry.state is _State.DAMAGED or (entry.state is _State.UNFINISHED and is_cut):
        found.lines.append(DAMAGED)
        return
    found.lines.append(_line(entry.fields))
    if "N_DROPPED" in entry.fields:
        found.suppressed.append(entry.fields)


def _behind(block: bytes, entry: _Entry) -> int:
    """Give where to read on behind an entry."""
    if entry.state is _State.DAMAGED:
        following = _NEXT_ENTRY.search(block, entry.end)
        return following.end() if following else len(block)
    return len(block) if entry.state is _State.UNFINISHED else entry.end


def _line(fields: dict[str, bytes]) -> bytes:
    return (line_of(fields) or b"").replace(b"\n", b" ")


def _entry(block: bytes, start: int) -> _Entry:
    """Read the entry at `start`."""
    fields: dict[str, bytes] = {}
    while not block.startswith(b"\n", start):
        if start == len(block):
            return _Entry(fields, _State.UNFINISHED, start)
        field = _FIELD.match(block, start)
        if field is None:
            return _Entry(fields, _State.DAMAGED, start)
        value, end = field["text"], field.end()
        if value is None:
            begin = end + _LENGTH
            length = int.from_bytes(block[end:begin], "little")
            end = begin + length
            if length > LONGEST or (end < len(block) and not block.startswith(b"\n", end)):
                return _Entry(fields, _State.DAMAGED, start)
            if end >= len(block):
                return _Entry(fields, _State.UNFINISHED, start)
            value, end = block[begin:end], end + 1
        fields.setdefault(field["name"].decode(), value)
        start = end
    return _Entry(fields, _State.WHOLE, start + 1)


# -- an entry that is longer than a block ----------------------------------------------------------


def long_entry(read: Read, start: int) -> tuple[bytes, int] | None:
    """Give the line of the entry at `start` and where it ends; None while its end has not come.

    What is longer than MOST_FIELD is passed and not kept, so that memory stays small.
    """
    fields: dict[str, bytes] = {}
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
    return _line(fields) + b"\n", start + 1


def _binary(read: Read, start: int) -> tuple[bytes | None, int] | None:
    """Give a value behind its length, None if it is too long, and where it ends: -1 if nowhere."""
    told = read(start, _LENGTH)
    length = int.from_bytes(told, "little")
    if len(told) < _LENGTH:
        return None
    if length > LONGEST:
        return None, -1
    start += _LENGTH
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
        following = _NEXT_ENTRY.search(data)
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
