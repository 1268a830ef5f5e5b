"""Reading values of a YAML document: what is expected, and an error that says so.

In: a key's full name and its value. Out: the value in the exporter's own types.
Every error names the key, what was expected and what was found; an unknown key is an error,
because a misspelt one would be silently without effect. Pure.
"""

from __future__ import annotations

import re
import reprlib
from collections.abc import Callable, Collection, Mapping
from typing import Any

from exporter.system.errors import ConfigurationError

Reader = Callable[[str, Any], Any]

MOST = 10_000_000
"""The largest number of anything."""

_MOST_SHOWN = 100
_BEGINNING = reprlib.Repr()  # a value may hold itself many times over
_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def mapping(key: str, value: Any, known: Mapping[str, Reader]) -> dict[str, Any]:
    """Read a mapping whose keys are `known`, each value by its reader."""
    where = f"{key}: " if key else ""
    if not isinstance(value, dict):
        raise ConfigurationError(f"{where}expected keys and values, got {shown(value)}")
    found = {}
    for name, item in value.items():
        full = f"{key}.{one_line(name)}" if key else one_line(name)
        if name not in known:
            expected = ", ".join(known)
            raise ConfigurationError(f"{full}: unknown key, expected one of: {expected}")
        found[name] = known[name](full, item)
    return found


def section(cls: type, known: Mapping[str, Reader]) -> Reader:
    """Give a reader of a mapping that makes a `cls` of it."""
    return lambda key, value: cls(**mapping(key, value, known))


def records(cls: type, known: Mapping[str, Reader], required: Collection[str]) -> Reader:
    """Give a reader of a list of mappings that makes a tuple of `cls`."""

    def read(key: str, value: Any) -> Any:
        if not isinstance(value, list):
            raise ConfigurationError(f"{key}: expected a list, got {shown(value)}")
        found = []
        for place, item in enumerate(value):
            values = mapping(f"{key}[{place}]", item, known)
            for name in required:
                if name not in values:
                    raise ConfigurationError(f"{key}[{place}].{name}: expected a value, got none")
            found.append(cls(**values))
        return tuple(found)

    return read


def texts(key: str, value: Any) -> tuple[str, ...]:
    """Read a list of names, or one name."""
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list) or not items or not all(map(_is_name, items)):
        raise ConfigurationError(f"{key}: expected a list of names, got {shown(value)}")
    return tuple(items)


def text(key: str, value: Any) -> str:
    """Read a text."""
    if not _is_name(value):
        raise ConfigurationError(f"{key}: expected a text, got {shown(value)}")
    return str(value)


def one_of(allowed: Collection[str]) -> Reader:
    """Give a reader of a name that must be one of `allowed`."""

    def read(key: str, value: Any) -> str:
        if value not in allowed:
            raise ConfigurationError(
                f"{key}: expected one of: {', '.join(allowed)}; got {shown(value)}"
            )
        return str(value)

    return read


def some_of(allowed: Collection[str], what: str) -> Reader:
    """Give a reader of names that must all be among `allowed`, which are `what`."""

    def read(key: str, value: Any) -> tuple[str, ...]:
        for name in texts(key, value):
            if name not in allowed:
                raise ConfigurationError(f"{key}: expected {what}; got {shown(name)}")
        return texts(key, value)

    return read


def boolean(key: str, value: Any) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise ConfigurationError(f"{key}: expected true or false, got {shown(value)}")
    return value


def positive(key: str, value: Any) -> int:
    """Read a positive integer."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ConfigurationError(f"{key}: expected a positive integer, got {shown(value)}")
    if value > MOST:
        raise ConfigurationError(f"{key}: expected an integer up to {MOST}, got {shown(value)}")
    return value


def natural(key: str, value: Any) -> int:
    """Read a positive integer, or 0."""
    return value if value == 0 and type(value) is int else positive(key, value)


def duration(key: str, value: Any) -> float:
    """Read a duration in seconds: a number of them, or as Prometheus writes it (90s, 5m, 7d)."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 1e9:
        return float(value)
    written = value if isinstance(value, str) else ""
    found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,3})?)(ms|[smhdw])", written)
    if found is None:
        raise ConfigurationError(
            f"{key}: expected seconds or a duration such as 90s, 5m, 7d; got {shown(value)}"
        )
    return float(found[1]) * _UNITS[found[2]]


def shown(value: Any) -> str:
    """Give a value as errors show it."""
    if isinstance(value, str):
        return f'"{one_line(value)}"'
    return f"{type(value).__name__} {_BEGINNING.repr(value):.60}"


def one_line(text: str) -> str:
    """Give the beginning of a text, on one line and in any encoding."""
    told = text[: _MOST_SHOWN + 1]
    if not told.isprintable():
        told = "".join(
            letter if letter.isprintable() else letter.encode("unicode_escape").decode()
            for letter in told
        )
    return told if len(told) <= _MOST_SHOWN else told[:_MOST_SHOWN] + "..."


def _is_name(value: Any) -> bool:
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        return False
    # a surrogate is no text in any encoding
    return value.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in value)
