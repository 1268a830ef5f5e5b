"""Kinds of headers that lines of one log have in common, and the patterns of their parts.

In: a block. Out: which kind its first line has; for patterns of blocks, what stands before a
message, and the plain lines of other programs.
Pure.
"""

from __future__ import annotations

from typing import NamedTuple

from exporter.records.headers import (
    PASSES_ON,
    RFC_3339,
    TRADITIONAL,
    TRADITIONAL_WITH_ZONE,
    rewritten_line,
)
from exporter.records.line import Tags
from exporter.records.patterns import but, maybe

FEW = 16
"""One line in so many may be odd, before all kinds of headers are looked for."""

MANY = 64
"""Lines of a block for which it pays to make a pattern of their header."""

NO_HEADER = rb"(?![0-9]{4}(?:[ /-]|[0-9]{6}[ .])|[A-Z][a-z]{2},? [ 0-9A-Z]|<[0-9]|postfix|@cee:)"
"""Where no header begins."""


class Kind(NamedTuple):
    """Patterns of a kind of header: priority, time stamp, host, and what follows the tag."""

    priority: bytes
    timestamp: bytes
    host: bytes
    after: bytes


_PRIORITY = rb"<[0-9]{1,3}>1 "
_AFTER_TAG = rb"\[[0-9]++\]: "
_AFTER_TAG_5424 = rb" [0-9]++ - - " + maybe(rb"\xef\xbb\xbf", rb" ")
_HOST = but(b" @[\n:")
KINDS = {
    "traditional": Kind(b"", TRADITIONAL, _HOST + rb"++", _AFTER_TAG),
    "RFC 3339": Kind(b"", RFC_3339, _HOST + rb"++", _AFTER_TAG),
    "RFC 5424": Kind(_PRIORITY, RFC_3339, _HOST + rb"++", _AFTER_TAG_5424),
    "any": Kind(
        maybe(_PRIORITY),
        rb"(?:%b|%b|(?= ))" % (TRADITIONAL_WITH_ZONE, RFC_3339),
        _HOST + rb"*+",
        rb"(?:%b|%b)" % (maybe(rb"\[[0-9]++\]") + b": ", _AFTER_TAG_5424),
    ),
}


def kind_of(first: bytes) -> str:
    """Give the kind of header of a line that begins with a byte, if it has one of a single kind."""
    return "RFC 3339" if first.isdigit() else "RFC 5424" if first == b"<" else "traditional"


def has_common_header(data: bytes) -> bool:
    """Whether the first line, behind a newline, stands as it would if it was rewritten."""
    first = data[1 : data.find(b"\n", 1)]
    return rewritten_line(first) == first


def stranger_of(kind: Kind, tags: Tags) -> bytes:
    """Give the pattern of a plain line of another program, with the newline before it."""
    return (
        rb"\n" + kind.priority + kind.timestamp + rb" (?!" + tags.apart + rb")" + kind.host
        + rb" (?!" + tags.any + rb"[ \[:]|" + tags.apart + rb"|" + PASSES_ON + rb")"
        + but(b" /[:\n") + rb"++(?:\[[0-9]++\]: |: |" + kind.after + rb")" + NO_HEADER + rb"[^\n]*+"
    )  # fmt: skip
