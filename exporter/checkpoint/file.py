"""The exporter's only memory: where the logs were left, and what was counted up to there.

In: a State. Out: one file, which a lock beside it keeps to one process as long as that lives.
Lost: nothing; a write that fails leaves the file as it was and raises CheckpointError.

A commit appends a block with the rows that changed, and syncs it (blocks.py). When these blocks
outgrow the first one, which has all rows, the file is replaced by one of a single block: as a whole
(temporary file, fsync, rename, fsync of the folder), so that after a crash it is the one before or
the one after, never a mixture.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
import time
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

from exporter.checkpoint import format5, format6, format7, format8
from exporter.checkpoint.blocks import FORMAT, Blocks, appended_blocks, first_block
from exporter.checkpoint.rows import Reader, changes
from exporter.checkpoint.state import State, Tables, state_of, tables
from exporter.system.errors import ExporterError

LEAST = 1 << 18
"""Bytes that may be appended, however small the first block."""

_DAMAGE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)

log = logging.getLogger(__name__)


class CheckpointError(ExporterError):
    """The checkpoint cannot be read, locked or written."""


class Checkpoint:
    """The checkpoint file at `path`, locked for this process; `clock` times what it takes.

    Raises CheckpointError when the folder cannot be used or another process holds the lock.
    """

    def __init__(self, path: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.path = path
        self._clock = clock
        self.seconds = 0.0
        self.duration = 0.0
        self.commits = 0
        self.bytes_written = 0
        self._before: Tables = {}
        self._file: Blocks | None = None
        if os.path.exists(path) and not os.path.isfile(path):
            raise CheckpointError(
                f"checkpoint {path}: is no regular file; choose another one with --checkpoint.file"
            )
        try:
            os.makedirs(os.path.dirname(path) or ".", mode=0o750, exist_ok=True)
            self._lock = os.open(path + ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        except OSError as error:
            raise CheckpointError(_told(path, "cannot be written", error)) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            raise CheckpointError(
                f"checkpoint {path}: in use by another exporter; stop it, or give this one a file"
                " of its own with --checkpoint.file"
            ) from error

    def close(self) -> None:
        """Let go of file and lock."""
        self._leave()
        os.close(self._lock)

    def load(self) -> tuple[State | None, bool]:
        """Give the state, None without one, and whether a damaged file was moved aside.

        Raises CheckpointError for a file that may not be read, or that another version wrote.
        """
        self._leave()
        try:
            with open(self.path, "rb") as file:
                return _read(file, self.path), False
        except FileNotFoundError:
            return None, False
        except OSError as error:
            raise CheckpointError(_told(self.path, "cannot be read", error)) from error
        except _DAMAGE as error:
            self._move_aside(error)
            return None, True

    def save(self, state: State) -> None:
        """Write what changed; raises CheckpointError and leaves what was saved when that fails."""
        started = self._clock()
        after = tables(state)
        try:
            lines = [] if self._file is None else list(changes(self._before, after))
            appended = sum(map(len, lines))
            if self._file and self._file.takes(appended, LEAST) and self._file.is_at(self.path):
                self.bytes_written += self._file.append(lines)
            else:
                self._replace(after)
        except OSError as error:
            if self._file is not None and not self._file.is_whole:
                self._leave()
            raise CheckpointError(_told(self.path, "cannot be written", error)) from error
        self._before = after
        self.commits += 1
        self.seconds = state.committed or 0.0
        self.duration = self._clock() - started

    def _replace(self, after: Tables) -> None:
        temporary = self.path + ".tmp"
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        blocks = Blocks(os.open(temporary, flags, 0o640))
        try:
            self.bytes_written += blocks.begin(changes({}, after))
            os.replace(temporary, self.path)
            self._leave()  # what it was is no longer the file of this name
            _sync_folder(self.path)
        except BaseException:
            blocks.close()
            raise
        self._file = blocks

    def _leave(self) -> None:
        """Close the file: the next commit replaces it."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _move_aside(self, error: Exception) -> None:
        aside = f"{self.path}.damaged-{time.time_ns()}"
        try:
            os.replace(self.path, aside)
        except OSError as failure:
            raise CheckpointError(
                _told(self.path, "is damaged, cannot be moved", failure)
            ) from None
        log.error(
            "checkpoint %s: is damaged (%s: %s), moved to %s; counters and positions start anew",
            self.path,
            type(error).__name__,
            error,
            aside,
        )


def _sync_folder(path: str) -> None:
    folder = os.open(os.path.dirname(path) or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _told(path: str, what: str, error: OSError) -> str:
    return (
        f"checkpoint {path}: {what}: {error.strerror}; free or permit its folder,"
        " or choose another file with --checkpoint.file"
    )


def _read(file: BinaryIO, path: str) -> State:
    first = file.readline()
    number, digest = json.loads(first)["format"], hashlib.sha256(first)
    if number == format5.FORMAT:
        lines = first_block(file, digest, to_the_end=True)
        return state_of(_taken_over(format6.FORMAT, format5.read(lines)))
    if number not in (*_EARLIER, FORMAT):
        raise CheckpointError(
            f"checkpoint {path}: written by another version (format {number}, this one reads"
            f" {FORMAT}); install that version, or choose another file with --checkpoint.file"
        )
    reader = Reader()
    for line in first_block(file, digest):
        reader.apply(line)
    for line in appended_blocks(file, digest, path):
        reader.apply(line)
    return state_of(_taken_over(number, reader.tables))


_EARLIER = {one.FORMAT: one.taken_over for one in (format6, format7, format8)}


def _taken_over(number: int, tables: Mapping[str, dict[Any, Any]]) -> Mapping[str, dict[Any, Any]]:
    """Give the tables of a format as they are now: one format after the other takes them over."""
    for earlier, take_over in _EARLIER.items():
        if earlier >= number:
            tables = take_over(tables)
    return tables
