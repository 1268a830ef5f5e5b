"""All that outlives the process, and how the checkpoint writes it down.

In: a State. Out: what JSON can hold, and the same State from it.
Lost: nothing; what is not as it was written raises an error.
"""

from __future__ import annotations

import secrets
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from exporter.birth import Held
from exporter.counts import Memory
from exporter.domains import DomainsState
from exporter.queue import QueueState
from exporter.sources.chain import Place
from exporter.sources.files import Mark
from exporter.totals import AgentStatus, Attempt, Histogram, Probe, Totals, Verdict


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


def to_json(state: State) -> dict[str, Any]:
    """Give the state as JSON knows it."""
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


def from_json(data: Any) -> State:
    """Read what `to_json` gave; raises ValueError, LookupError or TypeError for anything else."""
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
