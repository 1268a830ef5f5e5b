"""Which files are one log, and from when to when it is.

In: file names as they are given. Out: logs, each with its files in order, its first and last time.
Lost: nothing. A log that begins after another one ended goes on with it: days of one host in files
whose names are not those of a rotation. Logs of the same time are hosts beside each other.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from exporter.records.line import log_timestamp
from exporter.records.timestamps import seconds
from exporter.sources.rotation import live_name, suffix_pattern
from exporter.sources.watch import named, read_once
from exporter.system.errors import ExporterError


@dataclass(frozen=True, slots=True)
class Log:
    """One log: its name, its files in order, and the times of its first and last line.

    Its exporter is an instance of `job`.
    """

    name: str
    files: tuple[str, ...]
    first: float
    last: float
    job: str = "postfix"


def logs(paths: Sequence[str], rotated: str) -> list[Log]:
    """Give the logs that the paths name, by their first time."""
    suffix = suffix_pattern(rotated)
    found = []
    for name, files in groupby(named(paths, rotated), lambda path: live_name(path, suffix) or path):
        log = _measured(name, tuple(files))
        if log is not None:
            found.append(log)
    if not found:
        raise ExporterError(
            f"cannot replay {' '.join(paths)}: no line has a time that can be read;"
            " postfix-deliverability-exporter --explain tells what the lines are taken for"
        )
    return _joined(sorted(found, key=lambda log: log.first))


def blocks(log: Log) -> Iterator[tuple[float, bytes]]:
    """Yield the blocks of a log, each with a time that its time stamps without a year are near."""
    for path in log.files:
        near = _changed(path)
        for block in read_once((path,)):
            yield near, block
            near = _last(block, near) or near


def _measured(name: str, files: tuple[str, ...]) -> Log | None:
    first = last = None
    for near, block in blocks(Log(name, files, 0.0, 0.0)):
        moment = _last(block, near)
        if first is None:
            first = _first(block, near)
        if moment is not None:
            last = max(moment, last or moment)
    return None if first is None or last is None else Log(name, files, first, last)


def _joined(found: Sequence[Log]) -> list[Log]:
    joined: list[Log] = []
    for log in found:
        for place, earlier in enumerate(joined):
            if earlier.last <= log.first:
                files = (*earlier.files, *log.files)
                joined[place] = Log(log.name, files, earlier.first, log.last)
                break
        else:
            joined.append(log)
    return joined


def _changed(path: str) -> float:
    try:
        return os.stat(path).st_mtime
    except OSError as error:
        raise ExporterError(f"cannot read log {path}: {error.strerror}") from error


def _first(block: bytes, near: float) -> float | None:
    times = (seconds(log_timestamp(line), near) for line in block.splitlines(keepends=True))
    return next((time for time in times if time is not None), None)


def _last(block: bytes, near: float) -> float | None:
    return seconds(log_timestamp(block), near)
