"""Objects of a log with the same keys, read in one pass.

In: a block, and where an object stands in it. Out: a line for each of the objects that follow with
the same keys in the same order and plain values, also in objects in it: what entry.py makes of
them, in a quarter of the time. The first of them says which key holds what.
Lost: nothing; where an object is another one, reading ends, and framing.py goes on. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from exporter.records.moments import normalised
from exporter.records.patterns import many
from exporter.sources.entry import flattened, unescaped

_CHARACTERS = many(rb"[^\"\\\x00-\x1f]++", rb"\\[\"\\/bfnrtu]")
_SCALAR = rb'(?:"%b"|-?[0-9][0-9.eE+-]*+|true|false|null)' % _CHARACTERS
_LISTED = rb"\[" + many(_SCALAR + rb",? *+") + rb"\]"
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

_Shape = tuple[Any, ...]
"""Keys of an object, each with the shape of its value: none for a plain one, or that of a list."""

_LIST: _Shape = ("",)
_DEEPEST = 5
_GROUPS = ("time", "seconds", "digits", "number", "fraction", "host", "tag", "process", "text")
_NEEDED = ("times", "tags", "texts")


def read_alike(block: bytes, start: int, first: Mapping[str, Any], inside: list[bytes]) -> int:
    """Read the objects from `start` on that are like the first, decoded; give where they end."""
    shape = _shape_of(first)
    pattern = shape and _pattern(shape)
    if not pattern:
        return start
    found = pattern.findall(block, start)
    rest = found.pop()[-1] if found and found[-1][-1] else b""
    places = [pattern.groupindex.get(name, 0) - 1 for name in _GROUPS]
    for groups in found:
        inside.append(_line(*(groups[place] if place >= 0 else b"" for place in places)))
    return len(block) - len(rest)


def _shape_of(value: object, depth: int = 0) -> _Shape:
    """Give the keys of an object and of those in it; what is too deep is none that is known."""
    if isinstance(value, list) or depth > _DEEPEST:
        return _LIST
    if not isinstance(value, dict):
        return ()
    return tuple((key, _shape_of(inner, depth + 1)) for key, inner in value.items())


def _example(shape: _Shape) -> Any:
    """Give a record of this shape, as entry.py reads it."""
    if shape == _LIST:
        return []
    return {key: _example(inner) for key, inner in shape} if shape else ""


@lru_cache(maxsize=64)
def _pattern(shape: _Shape) -> re.Pattern[bytes] | None:
    """Give the pattern of an object with these keys, or all that follows; None if none is plain."""
    record, plan = flattened(_example(shape))
    named = {
        kind: next((key for key in getattr(plan, kind) if not isinstance(record[key], dict)), None)
        for kind in _VALUES
    }
    names = list(_names(shape))
    is_ambiguous = len(set(names)) < len(names)
    if plan.containers or is_ambiguous or not all(named[kind] for kind in _NEEDED):
        return None
    values = {key: _VALUES[kind] for kind, key in named.items() if key}
    if any(isinstance(record[key], list) for key in values):
        return None
    return re.compile(_object(shape, values) + rb"\n|(?s:(.++))")


def _names(shape: _Shape, path: str = "") -> Iterator[str]:
    """Yield the keys of an object and of those in it, as entry.py names them."""
    for key, inner in shape:
        yield path + key
        if inner and inner != _LIST:
            yield from _names(inner, f"{path}{key}.")


def _object(shape: _Shape, values: Mapping[str, bytes], path: str = "") -> bytes:
    """Give the pattern of an object; `values` are the patterns of what is read, by name."""
    parts = []
    for key, inner in shape:
        value = _LISTED if inner == _LIST else values.get(path + key, _SCALAR)
        if inner and inner != _LIST:
            value = _object(inner, values, f"{path}{key}.")
        parts.append(rb'"%b": *+%b' % (re.escape(key.encode("utf-8", "replace")), value))
    return rb"\{ *+" + rb", *+".join(parts) + rb" *+\}"


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
