"""The exporter's only memory: where the logs were left, and what was counted up to there.

In: a State. Out: one file of JSON lines, the last a digest of the others; replaced as a whole
(temporary file, fsync, rename, fsync of the folder), so that after a crash it is the one before or
the one after, never a mixture.
Lost: nothing; a write that fails leaves the file as it was and raises CheckpointError.
A lock beside the file is held as long as the process lives, so that two exporters cannot share it.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any, BinaryIO

from exporter.checkpoint.state import State, StateWriter, read_state
from exporter.system.errors import ExporterError

FORMAT = 5
"""Number of the file's format; an exporter reads its own. Formats 1 to 4 were never released."""

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
        self._writer = StateWriter()
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
        """Let go of the lock."""
        os.close(self._lock)

    def load(self) -> tuple[State | None, bool]:
        """Give the state, None without one, and whether a damaged file was moved aside.

        Raises CheckpointError for a file that may not be read, or that a newer version wrote.
        """
        try:
            with open(self.path, "rb") as file:
                return _read(file, self.path), False
        except FileNotFoundError:
            return None, False
        except OSError as error:
            raise CheckpointError(_told(self.path, "cannot be read", error)) from error
        except (ArithmeticError, ValueError, LookupError, TypeError, RecursionError) as error:
            self._move_aside(error)
            return None, True

    def save(self, state: State) -> None:
        """Replace the file; raises CheckpointError and leaves it as it was when that fails."""
        started = self._clock()
        temporary = self.path + ".tmp"
        try:
            with open(temporary, "wb", opener=_private) as file:
                file.writelines(_with_digest(self._writer.lines(state)))
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, self.path)
            _sync_folder(self.path)
        except OSError as error:
            raise CheckpointError(_told(self.path, "cannot be written", error)) from error
        self.seconds = state.committed or 0.0
        self.duration = self._clock() - started

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


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o640)


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


def _with_digest(state: Iterable[bytes]) -> Iterator[bytes]:
    digest = hashlib.sha256()
    for line in chain([b'{"format":%d}' % FORMAT], state):
        line += b"\n"
        digest.update(line)
        yield line
    yield _last_line(digest)


def _last_line(digest: hashlib._Hash) -> bytes:
    return b'{"digest":"%b"}\n' % digest.hexdigest().encode()


def _read(file: BinaryIO, path: str) -> State:
    first = file.readline()
    _refuse_other(json.loads(first)["format"], path)
    return read_state(_lines(file, hashlib.sha256(first)))


def _lines(file: BinaryIO, digest: hashlib._Hash) -> Iterator[Any]:
    """Give the lines between the first and the last, if the digest fits: else ValueError."""
    for line in file:
        if line == _last_line(digest):
            if file.readline():
                raise ValueError("something stands behind the digest")
            return
        digest.update(line)
        yield json.loads(line)
    raise ValueError("the digest does not fit the content")


def _refuse_other(format: int, path: str) -> None:
    if format != FORMAT:
        raise CheckpointError(
            f"checkpoint {path}: written by another version (format {format}, this one reads"
            f" {FORMAT}); install that version, or choose another file with --checkpoint.file"
        )
