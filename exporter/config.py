"""The configuration file: YAML in, frozen dataclasses out.

Every key is optional. Every error names the file, the key, what was expected and what was found;
an unknown key is an error, because a misspelt one would be silently without effect.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import yaml

from exporter.destination import Relays
from exporter.errors import ConfigurationError
from exporter.parse import PROGRAMS
from exporter.sources.rotation import ROTATED, suffix_pattern

STARTS = ("end", "beginning")
DEFAULT_LOGS = ("/var/log/mail.log", "/var/log/maillog")
"""Where Debian's and Red Hat's syslog put the mail log."""


@dataclass(frozen=True, slots=True)
class LogConfig:
    """What is read; see docs/configuration.md."""

    paths: tuple[str, ...] = ()
    rotated: str = ROTATED
    start: str = "end"
    syslog_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DomainsConfig:
    """The bound on series."""

    limit: int = 2000


@dataclass(frozen=True, slots=True)
class CheckpointConfig:
    """Where the exporter's memory is kept; "" is the default place."""

    file: str = ""


@dataclass(frozen=True, slots=True)
class Config:
    """The whole configuration."""

    log: LogConfig = field(default_factory=LogConfig)
    agents: tuple[str, ...] = ("smtp", "error")
    internal_relays: tuple[str, ...] = ()
    remote_relays: tuple[str, ...] = ()
    domains: DomainsConfig = field(default_factory=DomainsConfig)
    checkpoint: CheckpointConfig = field(default_factory=CheckpointConfig)

    def log_paths(self) -> tuple[str, ...]:
        """Give the paths to read: those configured, else the first usual place that exists."""
        existing = (path for path in DEFAULT_LOGS if os.path.exists(path))
        return self.log.paths or (next(existing, DEFAULT_LOGS[0]),)


def load(path: str) -> Config:
    """Read and check the file at `path`; raises ConfigurationError."""
    data = read_yaml(path)
    try:
        return _config({} if data is None else data)
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: {error}") from error


def read_yaml(path: str) -> Any:
    """Read a YAML file; raises ConfigurationError."""
    try:
        with open(path, encoding="utf-8") as file:
            return yaml.load(file, _Loader)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from error
    except _NOT_YAML as error:
        told = " ".join(str(error).split())
        raise ConfigurationError(f"{path}: expected YAML: {told}") from error


# PyYAML lets its constructors' errors through, for instance for a date that is none
_NOT_YAML = (
    yaml.YAMLError, ValueError, KeyError, AttributeError, TypeError, OverflowError, RecursionError
)  # fmt: skip


class _Loader(yaml.SafeLoader):
    """Refuses a key given twice: one of the two would be silently without effect."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        mapping = super().construct_mapping(node, deep)
        if len(mapping) < len(node.value):
            raise yaml.constructor.ConstructorError(None, None, "a key twice", node.start_mark)
        return mapping


def default_checkpoint() -> str:
    """Give the checkpoint's usual place: systemd's state folder, else the user's."""
    if folder := os.environ.get("STATE_DIRECTORY"):
        return os.path.join(folder.split(":")[0], "checkpoint.json")
    home = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    return os.path.join(home, "postfix-deliverability-exporter", "checkpoint.json")


def _config(data: Any) -> Config:
    values = _mapping("", data, _SECTIONS)
    config = Config(**{key: _SECTIONS[key](key, value) for key, value in values.items()})
    Relays(config.internal_relays, config.remote_relays)
    return config


def _section(cls: type, keys: dict[str, Callable[[str, Any], Any]]) -> Callable[[str, Any], Any]:
    def read(key: str, value: Any) -> Any:
        values = _mapping(key, value, keys)
        return cls(**{name: keys[name](f"{key}.{name}", item) for name, item in values.items()})

    return read


def _mapping(key: str, value: Any, known: dict[str, Any]) -> dict[str, Any]:
    where = f"{key}: " if key else ""
    if not isinstance(value, dict):
        raise ConfigurationError(f"{where}expected keys and values, got {_shown(value)}")
    for name in value:
        if name not in known:
            full = f"{key}.{name}" if key else name
            expected = ", ".join(known)
            raise ConfigurationError(f"{full}: unknown key, expected one of: {expected}")
    return value


def _texts(key: str, value: Any) -> tuple[str, ...]:
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list) or not items or not all(map(_is_name, items)):
        raise ConfigurationError(f"{key}: expected a list of names, got {_shown(value)}")
    return tuple(items)


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip()) and "\0" not in value


def _agents(key: str, value: Any) -> tuple[str, ...]:
    for name in _texts(key, value):
        if name not in PROGRAMS:
            raise ConfigurationError(
                f'{key}: expected Postfix delivery agents such as smtp, error, lmtp; got "{name}"'
            )
    return _texts(key, value)


def _syslog_names(key: str, value: Any) -> tuple[str, ...]:
    for name in _texts(key, value):
        if not re.fullmatch(r"[^\s:\[]+", name):
            raise ConfigurationError(f'{key}: expected names without spaces, : and [, got "{name}"')
    return _texts(key, value)


def _text(key: str, value: Any) -> str:
    if not _is_name(value):
        raise ConfigurationError(f"{key}: expected a text, got {_shown(value)}")
    return str(value)


def _pattern(key: str, value: Any) -> str:
    text = _text(key, value)
    try:
        pattern = suffix_pattern(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise ConfigurationError(f"{key}: expected a regular expression: {error}") from error
    if pattern.fullmatch(""):
        raise ConfigurationError(f"{key}: expected a pattern that does not match an empty suffix")
    return text


def _start(key: str, value: Any) -> str:
    if value not in STARTS:
        raise ConfigurationError(
            f"{key}: expected one of: {', '.join(STARTS)}; got {_shown(value)}"
        )
    return str(value)


def _positive(key: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ConfigurationError(f"{key}: expected a positive integer, got {_shown(value)}")
    return value


def _shown(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else type(value).__name__ + f" {value!r:.60}"


_SECTIONS: dict[str, Callable[[str, Any], Any]] = {
    "log": _section(
        LogConfig,
        {"paths": _texts, "rotated": _pattern, "start": _start, "syslog_names": _syslog_names},
    ),
    "agents": _agents,
    "internal_relays": _texts,
    "remote_relays": _texts,
    "domains": _section(DomainsConfig, {"limit": _positive}),
    "checkpoint": _section(CheckpointConfig, {"file": _text}),
}
