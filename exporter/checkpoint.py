"""The exporter's only memory: where the logs were left, and what was counted up to there.

In: a State. Out: one JSON file, replaced as a whole (temporary file, fsync, rename, fsync of the
folder), so that after a crash it is the one before or the one after, never a mixture.
Lost: nothing; a write that fails leaves the file as it was and raises CheckpointError.
A lock beside the file is held as long as the process lives, so that two exporters cannot share it.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
import secrets
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from exporter.birth import Held
from exporter.counts import Memory
from exporter.domains import DomainsState
from exporter.errors import ExporterError
from exporter.queue import QueueState
from exporter.sources.chain import Place
from exporter.sources.files import Mark
from exporter.totals import AgentStatus, Attempt, Histogram, Probe, Totals, Verdict

FORMAT = 2
"""Number of the file's format; an exporter reads its own. Format 1 was never released."""

log = logging.getLogger(__name__)


class CheckpointError(ExporterError):
    """The checkpoint cannot be read, locked or written."""


@dataclass(frozen=True, slots=True)
class State:
    """All that outlives the process.

    `places` are by path of the live log, `patterns` the configured paths they come from, `copies`
    names that are copies of logs; `held` is what the page shows for other values (birth.py);
    `installation_key` keys the hashes of recipients; `committed` is in seconds since the epoch.
    """

    places: dict[str, Place] = field(default_factory=dict)
    patterns: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    totals: Totals = field(default_factory=Totals)
    memory: Memory = field(default_factory=Memory)
    held: Held = field(default_factory=dict)
    gaps: int = 0
    last_line_seconds: float | None = None
    installation_key: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    committed: float | None = None


class Checkpoint:
    """The checkpoint file at `path`, locked for this process.

    Raises CheckpointError when the folder cannot be used or another process holds the lock.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.seconds = 0.0
        self.duration = 0.0
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
                data = file.read()
        except FileNotFoundError:
            return None, False
        except OSError as error:
            raise CheckpointError(_told(self.path, "cannot be read", error)) from error
        try:
            return _decode(json.loads(data), self.path), False
        except (ArithmeticError, ValueError, LookupError, TypeError, RecursionError) as error:
            self._move_aside(error)
            return None, True

    def save(self, state: State) -> None:
        """Replace the file; raises CheckpointError and leaves it as it was when that fails."""
        started = time.monotonic()
        temporary = self.path + ".tmp"
        try:
            with open(temporary, "wb", opener=_private) as file:
                file.write(_encode(state))
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, self.path)
            _sync_folder(self.path)
        except OSError as error:
            raise CheckpointError(_told(self.path, "cannot be written", error)) from error
        self.seconds = time.time()
        self.duration = time.monotonic() - started

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


# -- the format ----------------------------------------------------------------------------------
# bytes are kept as hexadecimal digits or in base 64, a series as the list of its labels and its
# value, a domain as it stands in the log as one character a byte

_SERIES: dict[str, Callable[..., Any]] = {
    "attempts": Attempt,
    "refused": Verdict,
    "expired": Verdict,
    "agents": AgentStatus,
    "probes": Probe,
    "forgotten": Attempt,
    "forgotten_refused": Verdict,
    "forgotten_expired": Verdict,
    "gaps": lambda: (),
}
"""The families of counters, with what makes a key of the labels."""


def _encode(state: State) -> bytes:
    content = _dump(_to_json(state))
    return b'{"format":%d,"digest":"%s","state":%s}\n' % (FORMAT, _digest(content), content)


def _dump(content: Any) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode()


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()


def _to_json(state: State) -> dict[str, Any]:
    totals = state.totals
    return {
        "places": {path: _encode_place(place) for path, place in state.places.items()},
        "patterns": state.patterns,
        "copies": state.copies,
        "series": {
            name: _encode_series(getattr(totals, name)) for name in _SERIES if name != "gaps"
        },
        "held": {name: _encode_series(family) for name, family in state.held.items()},
        "delays": [[*stage.buckets, stage.microseconds] for stage in totals.delays],
        "lines": totals.lines,
        "domains_folded": totals.domains_folded,
        "domains_forgotten": totals.domains_forgotten,
        "memory": _encode_memory(state.memory),
        "gaps": state.gaps,
        "last_line_seconds": state.last_line_seconds,
        "installation_key": state.installation_key.hex(),
        "committed": state.committed,
    }


def _encode_series(family: Mapping[tuple[str, ...], int]) -> list[Any]:
    return [[*labels, times] for labels, times in family.items()]


def _encode_memory(memory: Memory) -> dict[str, Any]:
    queue, domains = memory.queue, memory.domains
    return {
        "queue": {
            "begin": queue.begin,
            "overflows": queue.overflows,
            "verdicts": queue.verdicts,
            "messages": {
                queue_id.decode(): message for queue_id, message in queue.messages.items()
            },
        },
        "domains": [domains.idle, domains.newcomers, domains.left],
        "refused": [
            [*verdict, b64encode(noted).decode()] for verdict, noted in memory.refused.items()
        ],
        "providers": {name.decode("latin-1"): id for name, id in memory.providers.items()},
    }


def _decode(data: Any, path: str) -> State:
    if data["format"] != FORMAT:
        raise CheckpointError(
            f"checkpoint {path}: written by another version (format {data['format']}, this one"
            f" reads {FORMAT}); install that version, or choose another file with --checkpoint.file"
        )
    if _digest(_dump(data["state"])).decode() != data["digest"]:
        raise ValueError("the digest does not fit the content")
    return _from_json(data["state"])


def _from_json(data: Any) -> State:
    series = {name: _decode_series(name, data["series"][name]) for name in data["series"]}
    totals = Totals(
        **series,
        delays=tuple(Histogram(tuple(map(int, stage)), int(us)) for *stage, us in data["delays"]),
        lines={str(result): int(lines) for result, lines in data["lines"].items()},
        domains_folded=int(data["domains_folded"]),
        domains_forgotten=int(data["domains_forgotten"]),
    )
    if [len(stage.buckets) for stage in totals.delays] != [
        len(stage.buckets) for stage in Totals().delays
    ]:
        raise ValueError("delays: not the buckets of this version")
    return State(
        {str(live): _decode_place(place) for live, place in data["places"].items()},
        tuple(map(str, data["patterns"])),
        tuple(map(str, data["copies"])),
        totals,
        _decode_memory(data["memory"]),
        {name: _decode_series(name, family) for name, family in data["held"].items()},
        int(data["gaps"]),
        _number(data["last_line_seconds"]),
        bytes.fromhex(data["installation_key"]),
        _number(data["committed"]),
    )


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _decode_series(name: str, family: Any) -> dict[Any, int]:
    labels_of = _SERIES[name]
    return {labels_of(*map(str, labels)): int(times) for *labels, times in family}


def _decode_memory(data: Any) -> Memory:
    queue = data["queue"]
    messages = {
        queue_id.encode(): (int(minute), {str(key): int(noted) for key, noted in waiting.items()})
        for queue_id, (minute, waiting) in queue["messages"].items()
    }
    verdicts = tuple(Verdict(*map(str, verdict)) for verdict in queue["verdicts"])
    return Memory(
        QueueState(_number(queue["begin"]), int(queue["overflows"]), verdicts, messages),
        DomainsState(
            *({str(name): int(n) for name, n in part.items()} for part in data["domains"])
        ),
        {Verdict(*map(str, verdict)): b64decode(noted) for *verdict, noted in data["refused"]},
        {name.encode("latin-1"): str(id) for name, id in data["providers"].items()},
    )


def _encode_place(place: Place) -> dict[str, Any]:
    return {
        "marks": [_encode_mark(mark) for mark in place.marks],
        "since_ns": place.since_ns,
        "lost": _encode_mark(place.lost) if place.lost else None,
        "skip_existing": place.skip_existing,
    }


def _decode_place(data: Any) -> Place:
    lost = _decode_mark(data["lost"]) if data["lost"] else None
    marks = tuple(map(_decode_mark, data["marks"]))
    return Place(marks, int(data["since_ns"]), lost, bool(data["skip_existing"]))


def _encode_mark(mark: Mark) -> list[Any]:
    return [mark.offset, mark.head.hex(), mark.tail.hex(), mark.mtime_ns]


def _decode_mark(data: Any) -> Mark:
    offset, head, tail, mtime_ns = data
    return Mark(int(offset), bytes.fromhex(head), bytes.fromhex(tail), int(mtime_ns))
