"""Objects of a log with the same keys, read in one pass.

In: a block, and where an object stands in it. Out: a line for each of the objects that follow with
the same keys in the same order and plain values: what entry.py makes of them, in a quarter of the
time. The first of them says which key holds what.
Lost: nothing; where an object is another one, reading ends, and framing.py goes on. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from exporter.records.moments import normalised
from exporter.records.patterns import many
from exporter.sources.entry import Plan, plan_of, unescaped

_CHARACTERS = many(rb"[^\"\\\x00-\x1f]++", rb"\\[\"\\/bfnrtu]")
_SCALAR = rb'(?:"%b"|-?[0-9][0-9.eE+-]*+|true|false|null)' % _CHARACTERS
_VALUES = {
    "times": rb'(?:"(?P<time>[0-9]{4}-[0-9:T.+Z-]++)"'
    rb'|"?(?P<seconds>[12][0-9]{9})(?P<digits>[0-9]*+)(?![0-9.eE])"?'
    rb"|(?P<number>[12][0-9]{9})\.(?P<fraction>[0-9]{1,6})(?![0-9.eE]))",
    "hosts": rb'"(?!std(?:out|err)")(?P<host>[!#-\[\]-~]++)"',
    "tags": rb'"(?P<tag>[!#-9;-\[\]-~]++):?"',
    "processes": rb'"?(?P<process>[0-9]++)"?',
    "texts": rb'"(?P<text>' + _CHARACTERS + rb')"',
}
"""What each part of a line is where it is plain."""

_GROUPS = ("time", "seconds", "digits", "number", "fraction", "host", "tag", "process", "text")
_NEEDED = ("times", "tags", "texts")


def read_alike(block: bytes, start: int, first: Mapping[str, Any], inside: list[bytes]) -> int:
    """Read the objects from `start` on that are like the first, decoded; give where they end."""
    pattern = _pattern(tuple(first))
    if pattern is None:
        return start
    found = pattern.findall(block, start)
    rest = found.pop()[-1] if found and found[-1][-1] else b""
    places = [pattern.groupindex.get(name, 0) - 1 for name in _GROUPS]
    for groups in found:
        inside.append(_line(*(groups[place] if place >= 0 else b"" for place in places)))
    return len(block) - len(rest)


@lru_cache(maxsize=64)
def _pattern(keys: tuple[str, ...]) -> re.Pattern[bytes] | None:
    """Give the pattern of an object with these keys, or all that follows; None if none is plain."""
    plan = plan_of(keys)
    if plan.containers or not all(getattr(plan, name) for name in _NEEDED):
        return None
    values = _values_of(plan)
    parts = [rb'"%b": *+%b' % (re.escape(key.encode()), values.get(key, _SCALAR)) for key in keys]
    return re.compile(rb"\{ *+" + rb", *+".join(parts) + rb" *+\}\n|(?s:(.++))")


def _values_of(plan: Plan) -> dict[str, bytes]:
    """Give what is the value of each key that is read: the best one of a kind."""
    return {getattr(plan, name)[0]: value for name, value in _VALUES.items() if getattr(plan, name)}


def _line(
    time: bytes, seconds: bytes, digits: bytes, number: bytes, fraction: bytes,
    host: bytes, tag: bytes, process: bytes, text: bytes,
) -> bytes:  # fmt: skip
    if seconds or number:
        moment, zone = normalised(seconds or number, b"", b"")
        fraction = digits or (fraction and fraction.ljust(6, b"0"))
        time = b"%b.%b%b" % (moment, fraction, zone) if fraction else moment + zone
    if b"\\" in text or not text.isascii():
        text = unescaped(text).removesuffix(b"\n").replace(b"\n", b" ")
    if process and not tag.endswith(b"]"):
        tag = b"%b[%b]" % (tag, process)
    return b"%b %b %b: %b" % (time, host, tag, text) if host else b"%b %b: %b" % (time, tag, text)
