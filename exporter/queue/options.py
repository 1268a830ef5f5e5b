"""The section `queue` of the configuration: whose queue is read, and how often.

In: values of a file, or paths of flags. Out: QueueOptions, or an error that says what was expected.
Lost: nothing.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from exporter.system.errors import ConfigurationError
from exporter.yaml.schema import Reader, duration, positive, section, shown, texts

USUAL_SOCKET = "/var/spool/postfix/public/showq"
"""Where showq listens if Postfix' queue_directory is the usual one."""

_LONGEST_PATH = 107
"""Bytes of a Unix socket's path (unix(7))."""

_INTERVALS = (1.0, 3600.0)
"""Seconds between two readings, or for one, at least and at most."""


@dataclass(frozen=True, slots=True)
class QueueOptions:
    """The sockets of showq, a queue each; seconds; how many domains have series of their own."""

    showq: tuple[str, ...] = (USUAL_SOCKET,)
    interval: float = 60.0
    timeout: float = 300.0
    limit: int = 200


def socket_paths(key: str, value: Any) -> tuple[str, ...]:
    """Read paths of sockets; raises ConfigurationError."""
    paths = texts(key, value)
    for path in paths:
        if not path.startswith("/") or len(os.fsencode(path)) > _LONGEST_PATH:
            raise ConfigurationError(
                f"{key}: expected absolute paths of at most {_LONGEST_PATH} bytes, got"
                f" {shown(path)}"
            )
        if paths.count(path) > 1:
            raise ConfigurationError(f"{key}: expected each path once, got {shown(path)} again")
    return paths


def _seconds(key: str, value: Any) -> float:
    least, most = _INTERVALS
    seconds = duration(key, value)
    if not least <= seconds <= most:
        raise ConfigurationError(
            f"{key}: expected a duration from {least:g}s to {most / 3600:g}h, got {shown(value)}"
        )
    return seconds


read_queue: Reader = section(
    QueueOptions,
    {"showq": socket_paths, "interval": _seconds, "timeout": _seconds, "limit": positive},
)
"""Read the section; raises ConfigurationError."""
