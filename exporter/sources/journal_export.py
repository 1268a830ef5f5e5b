"""journalctl -o export to lines of a log.

In: a block of complete lines of a file. Out: a line for each entry in it, and how many bytes of the
block they come from: an entry stays unread until the blank line behind it has come.
Lost: nothing; what does not fit the format is handed on as it is. Pure.

An entry is lines `FIELD=value`; a value with control characters stands in the lines below the
field's name, its length before it in 8 bytes, the lowest first (systemd's
docs/JOURNAL_EXPORT_FORMATS.md).
"""

from __future__ import annotations

import re

from exporter.sources.entry import line_of

_FIRST = re.compile(rb"\n*+__(?:CURSOR|REALTIME_TIMESTAMP)=")
_FIELD = re.compile(rb"(?P<name>[A-Z0-9_]{1,64}+)(?:=(?P<text>[^\n]*+))?\n")
_NEXT_ENTRY = re.compile(rb"\n\n(?=__(?:CURSOR|REALTIME_TIMESTAMP)=)")
_LENGTH = 8


def is_export(block: bytes) -> bool:
    """Whether the block begins with an entry, or in the middle of one."""
    if _FIRST.match(block):
        return True
    begins_within = block.startswith(b"\n") or _FIELD.match(block) is not None
    return begins_within and _NEXT_ENTRY.search(block) is not None


def unwrap_export(block: bytes, most_pending: int, *, final: bool) -> tuple[bytes, int]:
    """Give the lines of the entries in a block, and how many bytes of it they used.

    `final` says that nothing can follow. What is longer than `most_pending` bytes and still no
    entry is let through as lines, so that it holds up nothing.
    """
    lines: list[bytes] = []
    used = 0
    while used < len(block):
        fields, end = _entry(block, used)
        if fields is not None:
            line = line_of(fields)
            lines += [] if line is None else [line.replace(b"\n", b" ")]
        elif final or len(block) - used > most_pending:  # let through until the next entry begins
            following = _NEXT_ENTRY.search(block, end)
            end = following.end() if following else len(block)
            lines += block[used:end].split(b"\n")[:-1]
        else:
            break
        used = end
    return b"".join(line + b"\n" for line in lines), used


def _entry(block: bytes, start: int) -> tuple[dict[str, bytes] | None, int]:
    """Give the fields of the entry at `start`, the first of each name, and where it ends.

    None, and where it stops to be one, for what is no whole entry.
    """
    fields: dict[str, bytes] = {}
    while not block.startswith(b"\n", start):
        field = _FIELD.match(block, start)
        if field is None:
            return None, start
        value, end = field["text"], field.end()
        if value is None:
            begin = end + _LENGTH
            end = begin + int.from_bytes(block[end:begin], "little")
            if not block.startswith(b"\n", end):
                return None, start
            value, end = block[begin:end], end + 1
        fields.setdefault(field["name"].decode(), value)
        start = end
    return fields, start + 1
