"""All that outlives the process, and how the checkpoint writes it down.

In: a State. Out: lines of JSON, and the same State from them.
Lost: nothing; what is not as it was written raises an error.

It is written every second while there is mail: what there may be ten thousands of is written as
columns, that is lists of numbers and texts of many words, and labels only when they change.
"""

from __future__ import annotations

import secrets
from base64 import b64decode, b64encode
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from sys import intern
from typing import Any

from exporter.checkpoint.columns import Columns, compact, lines_of_some, read_series, read_some
from exporter.checkpoint.new_series import Held
from exporter.counts.counts import Memory
from exporter.counts.deferred import QueueState
from exporter.counts.deferred_message import Message
from exporter.counts.domains import DomainsState
from exporter.counts.totals import AgentStatus, Attempt, Histogram, Probe, Totals, Verdict
from exporter.sources.files import Mark
from exporter.sources.place import Place


@dataclass(frozen=True, slots=True)
class State:
    """All that outlives the process.

    `places` are by path of the live log, `patterns` the configured paths they come from, `copies`
    names that are copies of logs; `held` is what the page shows for other values (new_series.py);
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


# bytes are kept as hexadecimal digits or in base 64, a domain as it stands in the log as one
# character a byte

_SERIES: dict[str, Callable[..., Any]] = {
    "attempts": Attempt,
    "refused": Verdict,
    "expired": Verdict,
    "agents": AgentStatus,
    "probes": Probe,
    "forgotten": Attempt,
    "forgotten_refused": Verdict,
    "forgotten_expired": Verdict,
}
"""The families of totals, with what makes a key of the labels."""

_Families = dict[str, dict[Any, int]]


class StateWriter:
    """Writes the states of one exporter, one after the other."""

    def __init__(self) -> None:
        self._columns: defaultdict[tuple[str, str], Columns] = defaultdict(Columns)

    def lines(self, state: State) -> Iterator[bytes]:
        """Give the state as lines of JSON, without their ends."""
        yield compact(_encode_rest(state))
        sizes = {verdict: len(noted) for verdict, noted in state.memory.refused.items()}
        totals = {name: getattr(state.totals, name) for name in _SERIES}
        for part, families in (("totals", totals), ("refused", {"refused": sizes})):
            for name, family in families.items():
                yield from _named(part, name, self._columns[part, name].lines(family))
        counted = {**totals, "gaps": {(): state.gaps}}
        for name, held in state.held.items():
            yield from _named("held", name, lines_of_some(counted[name], held))


def _named(part: str, name: str, lines: Iterator[bytes]) -> Iterator[bytes]:
    for line in lines:
        yield b'["%b","%b",%b]' % (part.encode(), name.encode(), line)


def _encode_rest(state: State) -> dict[str, Any]:
    totals, memory = state.totals, state.memory
    domains = memory.domains
    return {
        "places": {path: _encode_place(place) for path, place in state.places.items()},
        "patterns": state.patterns,
        "copies": state.copies,
        "delays": [[*stage.buckets, stage.microseconds] for stage in totals.delays],
        "lines": totals.lines,
        "domains_folded": totals.domains_folded,
        "domains_forgotten": totals.domains_forgotten,
        "queue": _encode_queue(memory.queue),
        "domains": [domains.idle, domains.newcomers, domains.left],
        "refused": b64encode(b"".join(memory.refused.values())).decode(),
        "providers": {name.decode("latin-1"): id for name, id in memory.providers.items()},
        "gaps": state.gaps,
        "last_line_seconds": state.last_line_seconds,
        "installation_key": state.installation_key.hex(),
        "committed": state.committed,
        "held": list(state.held),
    }


def _encode_queue(queue: QueueState) -> dict[str, Any]:
    messages = queue.messages.values()
    entries = [message.entries() for message in messages]
    return {
        "begin": queue.begin,
        "overflows": queue.overflows,
        "verdicts": queue.verdicts,
        "messages": b" ".join(queue.messages).decode(),
        "minutes": [message.minute for message in messages],
        "sizes": list(map(len, entries)),
        "recipients": b64encode(b"".join(entries)).decode(),
    }


def read_state(lines: Iterator[Any]) -> State:
    """Read what StateWriter gave, line by line as JSON.

    Raises ValueError, LookupError or TypeError for anything else.
    """
    data: Any = next(lines, None)
    totals: _Families = {name: {} for name in _SERIES}
    held: _Families = {name: {} for name in data["held"]}
    refused: _Families = {"refused": {}}
    parts = {"totals": totals, "refused": refused}
    shared: dict[Any, Any] = {}  # a series has the same key wherever it occurs, as before
    in_order = cache(lambda name: [()] if name == "gaps" else list(totals[name]))
    for part, name, series in lines:
        if part == "held":  # behind all totals
            held[name].update(read_some(in_order(name), series))
            continue
        family = parts[part][name]
        for labels, value in read_series(_SERIES[name], series):
            family[shared.setdefault(labels, labels)] = value
    return _decode(data, totals, refused["refused"], held)


def _decode(data: Any, families: _Families, sizes: dict[Any, int], held: _Families) -> State:
    totals = Totals(
        **families,
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
        _decode_memory(data, sizes),
        held,
        int(data["gaps"]),
        _number(data["last_line_seconds"]),
        bytes.fromhex(data["installation_key"]),
        _number(data["committed"]),
    )


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _decode_memory(data: Any, sizes: dict[Any, int]) -> Memory:
    noted = BytesIO(b64decode(data["refused"]))
    return Memory(
        _decode_queue(data["queue"]),
        DomainsState(
            *({intern(name): int(n) for name, n in part.items()} for part in data["domains"])
        ),
        {verdict: noted.read(size) for verdict, size in sizes.items()},
        {name.encode("latin-1"): intern(id) for name, id in data["providers"].items()},
    )


def _decode_queue(data: Any) -> QueueState:
    entries = BytesIO(b64decode(data["recipients"]))
    messages = zip(data["messages"].split(), data["minutes"], data["sizes"], strict=True)
    return QueueState(
        _number(data["begin"]),
        int(data["overflows"]),
        tuple(Verdict(*map(intern, verdict)) for verdict in data["verdicts"]),
        {
            queue_id.encode(): Message(int(minute), entries.read(size))
            for queue_id, minute, size in messages
        },
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
