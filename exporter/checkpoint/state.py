"""All that outlives the process, and its tables.

In: a State. Out: tables of rows, and the same State from them.
Lost: nothing; rows that no State gives raise an error.

The checkpoint writes rows that changed, so a row is small and stands still as long as nothing
happens to it: moments are kept, not ages that grow.
"""

from __future__ import annotations

import secrets
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from sys import intern
from typing import Any, NamedTuple

from exporter.checkpoint.new_series import Held
from exporter.checkpoint.places import decode_place, encode_place
from exporter.counts.counts import Memory
from exporter.counts.deferred import QueueState
from exporter.counts.deferred_message import INSTANCE
from exporter.counts.domains import DomainsState
from exporter.counts.senders import SendersState
from exporter.counts.totals import (
    LATE_BUCKETS,
    AgentStatus,
    Attempt,
    Histogram,
    Probe,
    Reason,
    Sender,
    Totals,
    Verdict,
)
from exporter.heuristics.naming import Series
from exporter.heuristics.recent import FAMILIES, Recorded
from exporter.sources.place import AnyPlace


@dataclass(frozen=True, slots=True)
class State:
    """All that outlives the process.

    `places` are by path of the live log, or name of another source, `patterns` the names of what
    is read, `copies` names that are copies of logs; `held` is what the page shows for other values
    (new_series.py);
    `installation_key` keys the hashes of recipients; `committed` is in seconds since the epoch;
    `recorded` is the last day (heuristics/recent.py).
    """

    places: dict[str, AnyPlace] = field(default_factory=dict)
    patterns: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    totals: Totals = field(default_factory=Totals)
    memory: Memory = field(default_factory=Memory)
    held: Held = field(default_factory=dict)
    gaps: int = 0
    last_line_seconds: float | None = None
    installation_key: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    committed: float | None = None
    recorded: Recorded = field(default_factory=Recorded)


Tables = Mapping[str, Mapping[Any, Any]]
"""Rows by the name of their table."""


class Codec(NamedTuple):
    """How the keys and the values of a table are written as JSON, and read again."""

    key: Callable[[Any], Any]
    read_key: Callable[[Any], Any]
    value: Callable[[Any], Any] = int
    read_value: Callable[[Any], Any] = int
    is_series: bool = False
    """Whether its keys are labels, which other tables have too."""


_FAMILIES: dict[str, Callable[..., Any]] = {
    "attempts": Attempt,
    "refused": Verdict,
    "expired": Verdict,
    "suspended": Verdict,
    "reasons": Reason,
    "agents": AgentStatus,
    "probes": Probe,
    "forgotten": Attempt,
    "forgotten_refused": Verdict,
    "forgotten_expired": Verdict,
    "forgotten_suspended": Verdict,
    "senders": Sender,
    "forgotten_senders": Sender,
}
"""The families of totals, with what makes a key of the labels."""

HELD = "held "
"""Before the name of a family: what its held series show."""


def _texts(value: list[str]) -> tuple[str, ...]:
    return tuple(map(intern, value))


def _same(value: Any) -> Any:
    return value


def _labels(make: Callable[..., Any]) -> Callable[[list[str]], Any]:
    return lambda labels: make(*map(intern, labels))


def _text(value: bytes) -> str:
    return b64encode(value).decode()


def _latin(value: bytes) -> str:
    """Write a domain as it stands in the log, one character a byte."""
    return value.decode("latin-1")


def _bytes(value: str) -> bytes:
    return value.encode("latin-1")


def _encode_series(series: Series) -> list[str]:
    return [series.family, *series.labels]


def _decode_series(data: list[str]) -> Series:
    family, *labels = map(intern, data)
    return Series(family, FAMILIES[family](*labels))


def _encode_histogram(histogram: Histogram) -> list[int]:
    return [*histogram.buckets, histogram.microseconds]


def _decode_late(data: list[int]) -> Histogram:
    *buckets, microseconds = map(int, data)
    if len(buckets) != len(LATE_BUCKETS) + 1:
        raise ValueError("late deliveries: not the buckets of this version")
    return Histogram(tuple(buckets), microseconds)


def _encode_id(key: bytes) -> str:
    return key[:INSTANCE].hex() + _latin(key[INSTANCE:])


def _decode_id(data: str) -> bytes:
    return bytes.fromhex(data[: 2 * INSTANCE]) + _bytes(data[2 * INSTANCE :])


_SERIES = {name: Codec(_same, _labels(make), is_series=True) for name, make in _FAMILIES.items()}

CODECS: dict[str, Codec] = {
    "rest": Codec(_same, intern, _same, _same),
    "places": Codec(_same, str, encode_place, decode_place),
    **_SERIES,
    **{HELD + name: codec for name, codec in _SERIES.items()},
    HELD + "gaps": Codec(_same, tuple),
    "verdicts": Codec(_same, int, _same, _labels(Verdict)),
    "messages": Codec(_latin, _bytes, _text, b64decode),
    "refusals": Codec(_same, _labels(Verdict), _text, b64decode, is_series=True),
    "active": Codec(_same, intern),
    "newcomers": Codec(_same, intern),
    "left": Codec(_same, intern),
    "providers": Codec(_latin, _bytes, _same, intern),
    "late": Codec(_same, intern, _encode_histogram, _decode_late),
    "senders_active": Codec(_same, intern),
    "senders_left": Codec(_same, intern),
    "senders_traffic": Codec(_same, intern),
    "senders_ids": Codec(_encode_id, _decode_id, _same, intern),
    "collected": Codec(list, _texts),
    HELD + "collected": Codec(list, _texts),
    "recent_series": Codec(_same, int, _encode_series, _decode_series),
    "recent_over": Codec(_same, int, _text, b64decode),
    "recent_rises": Codec(_same, int),
}
"""The tables, in the order in which they are written."""


def tables(state: State) -> Tables:
    """Give the tables of a state; what is written later must not change meanwhile."""
    memory = state.memory
    domains, queue = memory.domains, memory.queue
    return {
        "rest": _rest(state),
        "places": state.places,
        **{name: getattr(state.totals, name) for name in _FAMILIES},
        **{HELD + name: held for name, held in state.held.items()},
        "verdicts": dict(enumerate(queue.verdicts)),
        "messages": queue.messages,
        "refusals": memory.refused,
        "active": domains.active,
        "newcomers": domains.newcomers,
        "left": domains.left,
        "providers": memory.providers,
        "late": state.totals.late,
        "senders_active": memory.senders.active,
        "senders_left": memory.senders.left,
        "senders_traffic": memory.senders.traffic,
        "senders_ids": memory.senders.ids,
        "collected": state.totals.collected,
        "recent_series": state.recorded.series,
        "recent_over": state.recorded.over,
        "recent_rises": state.recorded.rises,
    }


def _rest(state: State) -> dict[str, Any]:
    totals, memory = state.totals, state.memory
    return {
        "patterns": state.patterns,
        "copies": state.copies,
        "delays": list(map(_encode_histogram, totals.delays)),
        "lines": totals.lines,
        "domains_folded": totals.domains_folded,
        "domains_forgotten": totals.domains_forgotten,
        "queue_begin": memory.queue.begin,
        "queue_overflows": memory.queue.overflows,
        "queue_former": sorted(instance.hex() for instance in memory.queue.former),
        "running": memory.domains.running,
        "senders_by": memory.senders.by,
        "senders_running": memory.senders.running,
        "senders_overflows": memory.senders.overflows,
        "gaps": state.gaps,
        "last_line_seconds": state.last_line_seconds,
        "installation_key": state.installation_key.hex(),
        "committed": state.committed,
        "held": list(state.held),
        "recent_quarter": state.recorded.quarter,
    }


def state_of(tables: Tables) -> State:
    """Give the state of tables.

    Raises ValueError, LookupError or TypeError for tables that no state has.
    """
    rest = tables["rest"]
    return State(
        dict(tables["places"]),
        tuple(map(str, rest["patterns"])),
        tuple(map(str, rest["copies"])),
        _totals(tables),
        _memory(tables),
        {name: tables[HELD + name] for name in rest["held"]},
        int(rest["gaps"]),
        _number(rest["last_line_seconds"]),
        bytes.fromhex(rest["installation_key"]),
        _number(rest["committed"]),
        _recorded(tables),
    )


def _recorded(tables: Tables) -> Recorded:
    quarter = tables["rest"]["recent_quarter"]
    recorded = Recorded(
        tables["recent_series"],
        tables["recent_over"],
        None if quarter is None else int(quarter),
        tables["recent_rises"],
    )
    recorded.check()
    return recorded


def _totals(tables: Tables) -> Totals:
    rest = tables["rest"]
    totals = Totals(
        **{name: tables[name] for name in _FAMILIES},
        delays=tuple(Histogram(tuple(map(int, stage)), int(us)) for *stage, us in rest["delays"]),
        lines={str(result): int(lines) for result, lines in rest["lines"].items()},
        domains_folded=int(rest["domains_folded"]),
        domains_forgotten=int(rest["domains_forgotten"]),
        late=tables["late"],
        collected=tables["collected"],
    )
    if [len(stage.buckets) for stage in totals.delays] != [
        len(stage.buckets) for stage in Totals().delays
    ]:
        raise ValueError("delays: not the buckets of this version")
    return totals


def _memory(tables: Tables) -> Memory:
    rest, verdicts = tables["rest"], tables["verdicts"]
    return Memory(
        QueueState(
            _number(rest["queue_begin"]),
            int(rest["queue_overflows"]),
            tuple(verdicts[place] for place in range(len(verdicts))),
            tables["messages"],
            frozenset(map(bytes.fromhex, rest["queue_former"])),
        ),
        DomainsState(
            int(rest["running"]), *(tables[name] for name in ("active", "newcomers", "left"))
        ),
        tables["refusals"],
        tables["providers"],
        _senders(tables),
    )


def _senders(tables: Tables) -> SendersState:
    rest = tables["rest"]
    return SendersState(
        str(rest["senders_by"]),
        int(rest["senders_running"]),
        tables["senders_active"],
        tables["senders_left"],
        tables["senders_traffic"],
        tables["senders_ids"],
        int(rest["senders_overflows"]),
    )


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
