"""What a container runtime wraps round a log line, taken off again.

In: a block of complete lines of a file: plain, Docker's json-file, or CRI (containerd, CRI-O).
Out: the block of the lines inside, and how many bytes of the input they come from: a record of
which only the first parts are there stays unread until its last part has come.
Lost: nothing; a line that does not fit the wrapping is handed on as it is.

Docker writes one JSON object a line, `<` as an escape; a part of a longer record lacks the newline
at the end of `log`. CRI writes `TIME STREAM TAG TEXT`, where TAG begins with P for a part and
F for a last or only part.
"""

from __future__ import annotations

import json
import re

MOST_PENDING = 1 << 16
"""Bytes within which a record's last part must come; beyond, the parts are let through as lines."""

_CRI = re.compile(rb"\d{4}-\d\d-\d\dT[^ \n]+ (stdout|stderr) ([PF])[^ \n]* ?(.*)")
_CRI_START = re.compile(_CRI.pattern.removesuffix(b" ?(.*)"))


def unwrap(block: bytes, final: bool = False) -> tuple[bytes, int]:
    """Give the lines inside a block of complete lines, and how many bytes of it they used.

    `final` says that nothing can follow: an unfinished record is let through.
    """
    last = block.rfind(b"\n", 0, len(block) - 1) + 1
    if _is_wrapped(block, 0) or _is_wrapped(block, last):
        return _join_parts(block, final)
    return block, len(block)


def _is_wrapped(block: bytes, line: int) -> bool:
    return block.startswith(b'{"', line) or _CRI_START.match(block, line) is not None


def _join_parts(block: bytes, final: bool) -> tuple[bytes, int]:
    inside: list[bytes] = []
    pending: dict[bytes, bytes] = {}
    used = whole_lines = position = 0
    for line in block.split(b"\n")[:-1]:
        position += len(line) + 1
        stream, text, complete = _open(line)
        text = pending.pop(stream, b"") + text
        if complete:
            inside.append(text.replace(b"\n", b" "))
        else:
            pending[stream] = text
        ended = final and position == len(block)
        if ended or position - used > MOST_PENDING:
            inside += pending.values()
            pending.clear()
        if not pending:
            used, whole_lines = position, len(inside)
    return b"".join(line + b"\n" for line in inside[:whole_lines]), used


def _open(line: bytes) -> tuple[bytes, bytes, bool]:
    """Give stream, text, and whether the text ends its record."""
    if line.startswith(b'{"'):
        return _open_docker(line)
    cri = _CRI.fullmatch(line)
    if cri:
        return cri[1], cri[3], cri[2] == b"F"
    return b"", line, True


def _open_docker(line: bytes) -> tuple[bytes, bytes, bool]:
    try:
        record = json.loads(line.decode("utf-8", "replace"))
        text, stream = record["log"], record.get("stream", "")
        complete = text.endswith("\n")
        inner = text.encode("utf-8", "replace").removesuffix(b"\n")
        return str(stream).encode("utf-8", "replace"), inner, complete
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return b"", line, True
