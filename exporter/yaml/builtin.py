"""The exporter's own YAML files to plain values, straight from the parser's events.

In: the text of a file that comes with the exporter. Out: the values in it, as yaml.safe_load()
gives them, in a fraction of its time: neither nodes nor tags are made. Files that others write are
read by file.py.
Lost: nothing; what the own files do not need (tags, several documents) is a ValueError.
"""

from __future__ import annotations

from typing import Any

import yaml

# the parser in C, where PyYAML has it, is ten times faster
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FLAGS = {"true": True, "false": False}


def read_builtin(content: str) -> Any:
    """Give the values of one document; ValueError for what the own files do not need."""
    return _Reader(content).document()


class _Reader:
    """Takes events in turn; what has an anchor is one value wherever an alias stands for it."""

    def __init__(self, content: str) -> None:
        self._next = _Loader(content).get_event
        self._anchored: dict[str | None, Any] = {}

    def document(self) -> Any:
        self._next(), self._next()  # the stream and the document begin
        value = self._value(self._next())
        if type(self._next()) is not yaml.DocumentEndEvent:
            raise ValueError("expected the end of the document")
        if type(event := self._next()) is not yaml.StreamEndEvent:
            raise ValueError(f"expected one document, got {event}")
        return value

    def _value(self, event: Any) -> Any:
        if type(event) is yaml.AliasEvent:
            return self._anchored[event.anchor]
        value: Any
        if type(event) is yaml.ScalarEvent:
            value = _scalar(event)
        elif type(event) is yaml.SequenceStartEvent:
            value = []
            while type(one := self._next()) is not yaml.SequenceEndEvent:
                value.append(self._value(one))
        else:
            value = {}
            while type(key := self._next()) is not yaml.MappingEndEvent:
                value[_scalar(key)] = self._value(self._next())
        if event.anchor:
            self._anchored[event.anchor] = value
        return value


def _scalar(event: Any) -> Any:
    value = event.value
    if event.tag:
        raise ValueError(f"expected no tag, got {event}")
    if not event.implicit[0]:  # in quotes
        return value
    return int(value) if value.isdecimal() else _FLAGS.get(value, value)
