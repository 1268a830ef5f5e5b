"""journalctl -o export to lines of a log.

In: a block of complete lines of a file. Out: a line for each entry, and how many bytes it comes
from: an entry stays unread until the blank line behind it has come, and one that is longer than a
block is long_entry.py's. Lines between entries are handed on as they are.
Lost: of a damaged entry its fields, for which a line stands that is nobody's.

An entry is lines `FIELD=value`; a value with control characters stands in the lines below the
field's name, its length before it in 8 bytes, the lowest first (systemd's
docs/JOURNAL_EXPORT_FORMATS.md). Trust: a value may be an outsider's, and hold whole lines of a log
and whole entries; so it is passed by its length, however long it is, and never looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from exporter.records.moments import normalised
from exporter.records.patterns import many
from exporter.sources.entry import line_of

LONGEST = 1 << 30
"""Bytes of a field, beyond which its length is damaged: journald takes 768 MB (DATA_SIZE_MAX)."""

DAMAGED = b"-- a damaged entry of the journal --"
"""The line that stands for an entry which is none."""

JOURNALD = b"systemd-journald"
"""The identifier of what journald itself says, or somebody in its name."""

_BEGIN = rb"__(?:CURSOR|REALTIME_TIMESTAMP)="
_FIRST = re.compile(rb"\n*+" + _BEGIN)
_BEGINS = re.compile(_BEGIN)
_RARE = b"__REALTIME_TIMESTAMP"
"""What each entry has and no line; found in little time, for few of its letters are in a log."""

_FIELD = re.compile(rb"(?P<name>[A-Z0-9_]{1,64}+)(?:=(?P<text>[^\n]*+))?\n")
_PLAIN = re.compile(
    rb"(?:__CURSOR=.++\n)?__REALTIME_TIMESTAMP=([0-9]{10})([0-9]{6})\n"
    + many(rb"__.++\n")
    + rb"(?:_BOOT_ID=.++\n)?(?:"
    # what was found is asked for behind the name: before it, each line would be asked four times
    rb"MESSAGE=(?(3)(?!)|(.*+)\n)"
    rb"|SYSLOG_IDENTIFIER=(?(4)(?!)|(?!" + JOURNALD + rb"\n)([!-9;-\\^-~]++)\n)"
    rb"|_PID=(?(5)(?!)|([0-9]++)\n)"
    rb"|_HOSTNAME=(?(6)(?!)|([!-~]++)\n)"
    rb"|(?!SYSLOG_IDENTIFIER=|CONTAINER_NAME=)[A-Z0-9_]{1,64}+=.*+\n"
    # a possessive repeat would lose the groups of all rounds but the last
    rb")+(?(3)(?(4)(?(5)(?(6)|(?!))|(?!))|(?!))|(?!))\n|(?s:(.++))"
)
"""A whole entry of lines alone, or all that follows: entries that this knows cost little."""

_IDENTIFIER = rb"SYSLOG_IDENTIFIER=(?!" + JOURNALD + rb"\n)([!-9;-\\^-~]++)\n"
_SHORT = re.compile(
    rb"__CURSOR=.++\n__REALTIME_TIMESTAMP=([0-9]{10}).++\n" + many(rb"_.++\n")
    + rb"(?:" + _IDENTIFIER + rb"MESSAGE=(.*+)\n|MESSAGE=(.*+)\n" + _IDENTIFIER
    + rb")\n|(?s:(.++))"
)  # fmt: skip
"""The same of an entry that has two fields, and all that follows where it has others."""

NO_PROCESS = b"0"
"""The process of entries that were not asked for theirs: no line is understood by it."""

CURSOR = re.compile(rb"__CURSOR=([^\n]++)\n")
NEXT_ENTRY = re.compile(rb"\n\n(?=" + _BEGIN + rb")")
LENGTH_SIZE = 8
"""Bytes in which the length of a value stands."""


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

    Lines are in pieces, and each ends with a newline. `used` is how many bytes of the block they
    come from. `by_journald` are the cursors of entries that journald may have written: such may
    tell of a loss.
    """

    lines: list[bytes]
    cursors: list[bytes]
    by_journald: list[bytes]
    used: int


def unwrap_export(block: bytes, *, final: bool) -> tuple[bytes, int]:
    """Give the lines of the entries in a block, and how many bytes of it they used.

    `final` says that nothing can follow: then the last entry needs no blank line.
    """
    found = read_entries(block, final=final)
    return b"".join(found.lines), found.used


def read_entries(block: bytes, *, final: bool = False, host: bytes = b"") -> Entries:
    """Read the entries that a block begins with, and lines between them.

    `host` is that of all entries, where they do not tell theirs, nor their process.
    """
    found = Entries([], [], [], 0)
    begins_within = _FIELD.match(block) is not None
    used = 0
    while used < len(block):
        used = _read_plain(block, used, found, host)
        if used == len(block):
            break
        if block.startswith(b"\n", used):
            used += 1
        elif _BEGINS.match(block, used) or (begins_within and used == 0):
            entry = _entry(block, used, host)
            if entry.state is _State.UNFINISHED and not final:
                break
            _add(found, entry, is_cut=entry.end < len(block))
            used = _behind(block, entry)
        else:
            end = block.find(b"\n", used) + 1
            found.lines.append(block[used:end])
            used = end
    return found._replace(used=used)


def _read_plain(block: bytes, start: int, found: Entries, host: bytes) -> int:
    """Read the plain entries that follow each other from `start`; give where they end."""
    entries = (_SHORT if host else _PLAIN).findall(block, start)
    rest = entries.pop()[-1] if entries[-1][-1] else b""
    end = len(block) - len(rest)
    if first := CURSOR.match(block, start, end):  # a value is one line, and forges no cursor
        last = CURSOR.match(block, block.rfind(b"\n__CURSOR=", max(start - 1, 0), end) + 1, end)
        found.cursors.extend((first[1], (last or first)[1]))
    found.lines.extend(_lines_of_host(entries, host) if host else _lines(entries))
    return end


def _lines(entries: Iterable[tuple[bytes, ...]]) -> list[bytes]:
    return [
        b"%b.%bZ %b %b[%b]: %b\n" % (_moment(seconds), fraction, host, tag, process, text)
        for seconds, fraction, text, tag, process, host, _ in entries
    ]


def _lines_of_host(entries: Iterable[tuple[bytes, ...]], host: bytes) -> list[bytes]:
    """Give lines in pieces, with times in seconds: those that share theirs cost less to count."""
    pieces: list[bytes] = []
    behind_time, behind_tag = b"Z %b " % host, b"[%b]: " % NO_PROCESS
    for seconds, tag, text, first_text, last_tag, _ in entries:
        pieces += (
            _moment(seconds), behind_time, tag or last_tag, behind_tag, text or first_text, b"\n",
        )  # fmt: skip
    return pieces


@lru_cache(maxsize=64)
def _moment(seconds: bytes) -> bytes:
    """Give a time without its zone, UTC; entries that follow each other share it."""
    return normalised(seconds, b"", b"")[0]


def known(host: bytes) -> dict[str, bytes]:
    """Give the fields of an entry that it does not tell, where all are of a host."""
    return {"_HOSTNAME": host, "_PID": NO_PROCESS} if host else {}


def _add(found: Entries, entry: _Entry, *, is_cut: bool) -> None:
    """Add the line of an entry; one that ends with the file is whole if a field ends there."""
    if cursor := entry.fields.get("__CURSOR"):
        found.cursors.append(cursor)
    if entry.state is _State.DAMAGED or (entry.state is _State.UNFINISHED and is_cut):
        found.lines.append(DAMAGED + b"\n")
        return
    found.lines.append(one_line(entry.fields) + b"\n")
    if cursor and entry.fields.get("SYSLOG_IDENTIFIER") == JOURNALD:
        found.by_journald.append(cursor)


def fields_of(block: bytes) -> list[dict[str, bytes]]:
    """Give the fields of the entries that a block consists of, without one that is not whole."""
    found, used = list[dict[str, bytes]](), 0
    while used < len(block) and (entry := _entry(block, used)).state is _State.WHOLE:
        found.append(entry.fields)
        used = entry.end
    return found


def _behind(block: bytes, entry: _Entry) -> int:
    """Give where to read on behind an entry."""
    if entry.state is _State.DAMAGED:
        following = NEXT_ENTRY.search(block, entry.end)
        return following.end() if following else len(block)
    return len(block) if entry.state is _State.UNFINISHED else entry.end


def one_line(fields: dict[str, bytes]) -> bytes:
    """Give the line of an entry's fields, b"" if they have none."""
    return (line_of(fields) or b"").replace(b"\n", b" ")


def _entry(block: bytes, start: int, host: bytes = b"") -> _Entry:
    """Read the entry at `start`; `host` as in read_entries."""
    fields = known(host)
    while not block.startswith(b"\n", start):
        if start == len(block):
            return _Entry(fields, _State.UNFINISHED, start)
        field = _FIELD.match(block, start)
        if field is None:
            return _Entry(fields, _State.DAMAGED, start)
        value, end = field["text"], field.end()
        if value is None:
            begin = end + LENGTH_SIZE
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
