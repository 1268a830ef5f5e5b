"""What a line looks like that could not be read, without what it says; and what was expected.

In: a line. Out: its shape, a short text of letters as `a`, digits as `9`, blanks and punctuation.
Lost: all else, and that is the point: no name, address or text can be told from it. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from string import ascii_letters, digits, punctuation

WIDTH = 120
"""The most characters of a shape."""

PAGE = "docs/operations.md#a-log-that-is-not-understood"

_LOOKED_AT = 4096  # bytes
_KINDS = dict.fromkeys(ascii_letters.encode(), "a") | dict.fromkeys(digits.encode(), "9")
_TABLE = bytes(
    ord(_KINDS.get(byte, chr(byte) if chr(byte) in punctuation + " " else "?"))
    for byte in range(256)
)
_LONG_RUN = re.compile(r"(.)\1{4,}")


def shape(line: bytes) -> str:
    """Give the shape of a line, at most WIDTH characters of it.

    Of a run of the same character four are shown; a byte that is no printable ASCII is a `?`.
    """
    shown = _LONG_RUN.sub(r"\1\1\1\1", line[:_LOOKED_AT].rstrip(b"\n").translate(_TABLE).decode())
    return shown if len(shown) <= WIDTH else shown[: WIDTH - 1] + "…"


def like(line: bytes | None) -> str:
    """Say what the first line looks like that could not be read, if one is known."""
    return f'; the first such line looks like "{shape(line)}"' if line is not None else ""


def expected(syslog_names: Iterable[str] = ()) -> str:
    """Say what a line looks like that can be read."""
    tag = f"{next(iter(syslog_names), 'postfix')}/smtp[123]:"
    return (
        f"expected lines such as Nov 29 01:02:03 mx1 {tag} or 2026-11-29T01:02:03+00:00 mx1 {tag};"
        f" other forms, and what to do: {PAGE}"
    )
