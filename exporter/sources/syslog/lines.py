"""Syslog messages as lines of a log: RFC 3164 and RFC 5424, and the framing of RFC 6587.

In: datagrams, or pieces of a stream of bytes. Out: lines that records/headers.py reads.
Lost: messages over LONGEST_LINE bytes, and one that is cut off within its counted octets; they are
counted. Pure.

A message is one line, whatever newlines are in it. What cannot be read fast, or not at all, is
rewritten, and nothing else: the priority of RFC 3164 is left out, so are MSGID and STRUCTURED-DATA
of RFC 5424, and a message without a time has that of its arrival.
"""

from __future__ import annotations

import re

from exporter.records.headers import lacks_time
from exporter.records.line import STRUCTURED_DATA

LONGEST_LINE = 1 << 16
"""Bytes of a message; Postfix cuts its own after 2,000."""

_PRIORITY = re.compile(rb"<[0-9]{1,3}>(?!1 )")
_RFC_5424 = re.compile(
    rb"(?P<version><[0-9]{1,3}>1 )(?P<time>[^ ]++) (?P<names>[^ ]++ [^ ]++ [^ ]++) [^ ]++ "
    rb"(?:-|" + STRUCTURED_DATA + rb")(?= |\Z)"
)
_NIL = b"-"
_COUNT = re.compile(rb"([1-9][0-9]{0,8}) (?=<)")
_MAYBE_COUNT = re.compile(rb"[1-9][0-9]{0,8} ?\Z")


def line_of(message: bytes, arrival: bytes) -> bytes:
    """Give a message as a line, without a newline; `arrival` is a time of RFC 3339."""
    line = message.strip(b"\r\n\0").replace(b"\n", b" ")
    fields = _RFC_5424.match(line)
    if fields:
        time = arrival if fields["time"] == _NIL else fields["time"]
        return b"%b%b %b - -%b" % (fields["version"], time, fields["names"], line[fields.end() :])
    priority = _PRIORITY.match(line)
    if priority:
        line = line[priority.end() :].lstrip(b" ")
    return arrival + b" " + line if lacks_time(line) else line


class Frames:
    """The messages of a connection, which come in pieces; `lost` counts those that are too long.

    Each is framed by itself: `OCTETS <...`, or up to a newline.
    """

    def __init__(self) -> None:
        self.lost = 0
        self._pending = b""
        self._octets_to_skip = 0
        self._is_skipping_line = False

    def __len__(self) -> int:
        """Give the bytes of a message that is not complete."""
        return len(self._pending)

    def add(self, data: bytes) -> list[bytes]:
        """Give the messages that are complete now."""
        data, at = self._pending + data, 0
        messages: list[bytes] = []
        while at < len(data) and (found := self._next(data, at)) is not None:
            message, at = found
            if message:
                messages.append(message)
        self._pending = data[at:]
        return messages

    def rest(self) -> list[bytes]:
        """Give what is left when the connection ends: a last line may lack its newline."""
        pending, self._pending = self._pending, b""
        if _COUNT.match(pending):
            self.lost += 1
            return []
        return [pending] if pending else []

    def _next(self, data: bytes, at: int) -> tuple[bytes, int] | None:
        """Give the message that begins here, b"" for what is none, and where the next begins."""
        if self._octets_to_skip:
            skipped = min(self._octets_to_skip, len(data) - at)
            self._octets_to_skip -= skipped
            return b"", at + skipped
        if not self._is_skipping_line:
            if count := _COUNT.match(data, at):
                return self._counted(data, count.end(), int(count[1]))
            if _MAYBE_COUNT.match(data, at):
                return None
        return self._line(data, at)

    def _line(self, data: bytes, at: int) -> tuple[bytes, int] | None:
        found = data.find(b"\n", at)
        end, behind = (found, found + 1) if found >= 0 else (len(data), len(data))
        if end - at > LONGEST_LINE or self._is_skipping_line:
            self.lost += not self._is_skipping_line
            self._is_skipping_line = found < 0
            return b"", behind
        return (data[at:end], behind) if found >= 0 else None

    def _counted(self, data: bytes, start: int, octets: int) -> tuple[bytes, int] | None:
        if octets > LONGEST_LINE:
            self.lost += 1
            self._octets_to_skip = octets
            return b"", start
        end = start + octets
        return (data[start:end], end) if end <= len(data) else None
