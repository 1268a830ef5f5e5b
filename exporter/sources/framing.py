"""What a container runtime or a log collector wraps round a log line, taken off again.

In: a block of complete lines of a file: plain, Docker's json-file, CRI (containerd, CRI-O), other
JSON with an object a line (entry.py), or the journal's export format (journal_export.py).
Out: the block of the lines inside, and how many bytes of the input they come from: a record of
which only the first parts are there stays unread until its last part has come. A line without a
time of its own has that of its frame.
Lost: nothing; a line that does not fit the wrapping is handed on as it is. So is one of CRI
between plain ones: no byte of it is rare, and to look for it would cost a tenth of all time. Such a
line is read with its frame (records/headers.py), a part of one for itself.

Docker writes one JSON object a line, `<` as an escape; a part of a longer record lacks the newline
at the end of `log`. CRI writes `TIME STREAM TAG TEXT`, where TAG begins with P for a part and
F for a last or only part.
"""

from __future__ import annotations

import json
import re
from typing import Any

from exporter.records.headers import CRI, timed
from exporter.records.moments import NO_YEAR
from exporter.records.patterns import some
from exporter.sources.alike import read_alike
from exporter.sources.entry import line_of, time_of, unescaped
from exporter.sources.journal_export import is_export, unwrap_export

MOST_PENDING = 1 << 16
"""Bytes within which a record's last part must come; beyond, the parts are let through as lines."""

_CRI_START = re.compile(CRI.pattern.removesuffix(b" ?(.*)"))
_JSON_START = re.compile(rb'\{ *"')
_JSON_LINES = (b'\n{"', b' F {"')
_BRACE = ord("{")
_BLANKS = " \t\r\n"
_decoded = json.JSONDecoder().raw_decode  # json.loads() looks for blanks first: half as much again
_DOCKERS_KEYS = frozenset({"log", "stream", "time", "attrs"})


_FRAMES_TIME = rb"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?Z"
_BEGIN = (
    rb"(?:(?=20[0-9]{2}-[0-9]{2}-[0-9]{2}T)|(%b) "
    rb"(?=[A-Za-z][0-9A-Za-z._-]*+ [A-Za-z][0-9A-Za-z._/-]*+[\[:]))" % NO_YEAR
)
_WHOLE = re.compile(
    rb"(%b) (?:stdout|stderr) F %b([^\n]++)\n" % (_FRAMES_TIME, _BEGIN)
    + rb'|\{"log":"%b(%b)\\n","stream":"[a-z]++","time":"(%b)"\}\n'
    % (
        _BEGIN,
        some(rb"[^\"\\\x00-\x1f]++", rb"\\(?=[\"/\\]|u00(?:3[ce]|26))[\"/\\u]"),
        _FRAMES_TIME,
    )
    + rb"|(?s:(.++))"
)
"""A line of CRI or Docker with a whole record behind a common header, or all that follows."""

_FEW = 16
"""So many of these lines together cost less than to look for them."""

_Framed = tuple[bytes, bool, bytes, bytes]
"""What stood in a frame, whether it ends there, its stream, its time."""


def unwrap(block: bytes, final: bool = False) -> tuple[bytes, int]:
    """Give the lines inside a block of complete lines, and how many bytes of it they used.

    `final` says that nothing can follow: an unfinished record is let through.
    """
    if is_export(block):
        return unwrap_export(block, final=final)
    last = block.rfind(b"\n", 0, len(block) - 1) + 1
    # one byte, rare in a plain log, is found many times faster than several
    has_object = _BRACE in block and any(begin in block for begin in _JSON_LINES)
    if has_object or _is_wrapped(block, 0) or _is_wrapped(block, last):
        return _join_parts(block, final)
    return block, len(block)


def _is_wrapped(block: bytes, line: int) -> bool:
    return (_JSON_START.match(block, line) or _CRI_START.match(block, line)) is not None


def _join_parts(block: bytes, final: bool) -> tuple[bytes, int]:
    inside: list[bytes] = []
    pending: dict[bytes, bytes] = {}
    used = whole_lines = position = 0
    before_next_look = 0
    while position < len(block):
        if not (pending or before_next_look):
            used = position = _read_whole(block, position, inside)
            used = position = _read_objects(block, position, inside)
            before_next_look = 1 if len(inside) - whole_lines >= _FEW else _FEW
            whole_lines = len(inside)
            continue
        before_next_look -= before_next_look > 0
        line = block[position : block.index(b"\n", position)]
        position += len(line) + 1
        text, complete, stream, time = _opened(line)
        if pending:
            text = pending.pop(stream, b"") + text
        if complete:
            inside.append(timed(time, _innermost(text)).replace(b"\n", b" "))
        else:
            pending[stream] = text
        if pending and ((final and position == len(block)) or position - used > MOST_PENDING):
            inside += pending.values()
            pending.clear()
        if not pending:
            used, whole_lines = position, len(inside)
    return b"".join([line + b"\n" for line in inside[:whole_lines]]), used


def _read_whole(block: bytes, start: int, inside: list[bytes]) -> int:
    """Read the whole records that follow each other from `start`; give where they end."""
    found = _WHOLE.findall(block, start)
    rest = found.pop()[-1] if found and found[-1][-1] else b""
    for time, without_year, text, dockers_without_year, dockers, dockers_time, _ in found:
        if time:
            inside.append(time + b" " + text if without_year else text)
        else:
            plain = dockers if dockers.isascii() and b"\\" not in dockers else unescaped(dockers)
            inside.append(dockers_time + b" " + plain if dockers_without_year else plain)
    return len(block) - len(rest)


def _read_objects(block: bytes, start: int, inside: list[bytes]) -> int:
    """Read the objects of a collector that follow each other from `start`; give where they end."""
    if not block.startswith(b"{", start):
        return start
    record = _decoded_line(block[start : block.index(b"\n", start)])
    if record is None or _is_dockers(record):
        return start
    return read_alike(block, start, record, inside)


def _opened(line: bytes) -> _Framed:
    if _JSON_START.match(line):
        return _opened_object(line)
    cri = CRI.fullmatch(line)
    return (cri[4], cri[3] == b"F", cri[2], cri[1]) if cri else (line, True, b"", b"")


def _opened_object(line: bytes) -> _Framed:
    plain = line, True, b"", b""
    record = _decoded_line(line)
    if record is None:
        return plain
    if _is_dockers(record):
        return _of_docker(record)
    inner = line_of(record)
    return plain if inner is None else (inner, True, b"", b"")


def _decoded_line(line: bytes) -> dict[str, Any] | None:
    """Give the object that a line is, None if it is none."""
    try:
        text = line.decode("utf-8", "replace")
        record, end = _decoded(text)
    except (ValueError, RecursionError):
        return None
    is_whole = len(text) == end or not text[end:].strip(_BLANKS)
    return record if is_whole and isinstance(record, dict) else None


def _is_dockers(record: dict[str, Any]) -> bool:
    return isinstance(record.get("log"), str) and _DOCKERS_KEYS.issuperset(record)


def _of_docker(record: dict[str, Any]) -> _Framed:
    text: str = record["log"]
    stream = str(record.get("stream", "")).encode("utf-8", "replace")
    inner = text.encode("utf-8", "replace").removesuffix(b"\n")
    return inner, text.endswith("\n"), stream, time_of(record)


def _innermost(text: bytes) -> bytes:
    """Give the line in the object that a container wrote itself."""
    return _opened_object(text)[0] if _JSON_START.match(text) else text
