"""One YAML file to plain values: what PyYAML leaves open is an error here.

In: a path. Out: the values in it. Every error names the file, the line and what was expected, and
repeats nothing that may be a password.
A file stays as small as it looks: aliases count as often as they stand there, and nothing is
nested deeper than a person reads.
"""

from __future__ import annotations

import io
import re
from typing import Any

import yaml

from exporter.system.errors import ConfigurationError
from exporter.system.regular_file import open_regular

LARGEST = 1 << 20
"""Characters of a file."""

MOST_VALUES = 20_000
"""Keys and values of a file, those that aliases stand for included."""

DEEPEST = 20
"""Values inside of each other."""

_TEXT = "tag:yaml.org,2002:str"
# what int(), float(), datetime and others raise, which PyYAML lets through
_NOT_OF_ITS_TYPE = (ValueError, LookupError, AttributeError, TypeError, ArithmeticError)
_CHOSEN = re.compile(r"\b(alias|anchor|handle|tag) .*")
"""Where a problem goes on with a word of the file."""


def read_yaml(path: str) -> Any:
    """Read a YAML file; raises ConfigurationError."""
    try:
        with open(path, encoding="utf-8", opener=open_regular) as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: expected YAML: {error.reason}") from error
    if len(content) > LARGEST:
        raise ConfigurationError(f"{path}: expected YAML of at most {LARGEST} characters")
    try:
        return yaml.load(io.StringIO(content), _Loader)
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{path}: expected YAML: {_told(error)}") from None


def _told(error: yaml.YAMLError) -> str:
    if isinstance(error, yaml.reader.ReaderError):
        return f"character {error.character:#x} at {error.position}: {error.reason}"
    assert isinstance(error, yaml.MarkedYAMLError)
    parts = [_CHOSEN.sub(r"\1", part) for part in (error.context, error.problem) if part]
    mark = error.problem_mark
    where = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
    return ", ".join(parts) + where


class _Loader(yaml.SafeLoader):
    """Refuses keys that would be without effect, and files that are larger than they look."""

    def __init__(self, stream: io.StringIO) -> None:
        super().__init__(stream)
        self._depth = self._values = 0
        self._values_of: dict[str | None, int] = {}

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent):
            self._add(self._values_of.get(event.anchor, 1), event.start_mark)
            if event.anchor in self.anchors and event.anchor not in self._values_of:
                raise _error("a list or mapping that holds itself", event.start_mark)
            return super().compose_node(parent, index)
        before = self._values
        self._add(1, event.start_mark)
        self._depth += 1
        if self._depth > DEEPEST:
            raise _error(f"more than {DEEPEST} values inside of each other", event.start_mark)
        node = super().compose_node(parent, index)
        self._depth -= 1
        if event.anchor is not None:
            self._values_of[event.anchor] = self._values - before
        return node

    def _add(self, values: int, mark: Any) -> None:
        self._values += values
        if self._values > MOST_VALUES:
            raise _error(f"more than {MOST_VALUES} values, with those of aliases", mark)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except _NOT_OF_ITS_TYPE:
            raise _error("a value that is none of its type", node.start_mark) from None

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        if isinstance(node, yaml.MappingNode):
            self.flatten_mapping(node)  # so that the keys of what it merges are looked at, too
            for key, _ in node.value:
                if key.tag != _TEXT:
                    raise _error("a key that is no text unless it is quoted", key.start_mark)
        mapping = super().construct_mapping(node, deep)
        if len(mapping) < len(node.value):  # one of the two would be silently without effect
            raise _error("a key twice", node.start_mark)
        return mapping


def _error(problem: str, mark: Any) -> yaml.MarkedYAMLError:
    return yaml.constructor.ConstructorError(None, None, problem, mark)
