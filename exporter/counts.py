"""The counters: delivery records in, totals per series out.

In: the records of a block in log order. Out: an immutable Totals, and a frozen state for the
checkpoint.
Lost: nothing; beyond the bounds on domains and codes a record is counted under `other`, or under
its class as `5.x.x`.

How it is fast: records are first tallied by their bytes as they stand in the log; only at a commit
is each distinct combination turned into labels.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple, TypeVar

from exporter.destination import REMAINDERS, Relays, domain_label
from exporter.parse import RESULTS, SENT, Delivery, Records, origin_of

STAGES = ("before_queue_manager", "queue_manager", "connection_setup", "transmission")
"""The parts of `delays=` in their order (Postfix' src/global/log_adhoc.c)."""

BUCKETS = (
    0.01,
    0.05,
    0.1,
    0.5,
    1.0,
    5.0,
    10.0,
    30.0,
    60.0,
    300.0,
    1800.0,
    3600.0,
    14400.0,
    86400.0,
)
"""Upper bounds of the delay histogram in seconds; above the last one only +Inf counts."""

MOST_CODES = 200
"""Distinct enhanced status codes; the receiver chooses them, so they need a bound."""

_PROBES = frozenset({b"deliverable", b"undeliverable"})
_NEVER_TRIED = frozenset({"error", "retry"})
_MOST_REMEMBERED = 1 << 15
_MICROSECONDS = 1_000_000

_Key = tuple[bytes, bytes, bytes, bytes, bytes]
_KEY = itemgetter(*map(Delivery._fields.index, ("origin", "domain", "relay", "dsn", "status")))


_K = TypeVar("_K")
_V = TypeVar("_V")


class Attempt(NamedTuple):
    """The labels of `postfix_delivery_attempts_total`, in the order of the page."""

    domain: str
    dsn_class: str
    dsn_code: str
    status: str


class AgentStatus(NamedTuple):
    """The labels of `postfix_agent_delivery_attempts_total`."""

    agent: str
    status: str


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts per bucket, not cumulated, +Inf last, and the sum in whole microseconds."""

    buckets: tuple[int, ...] = (0,) * (len(BUCKETS) + 1)
    microseconds: int = 0


@dataclass(frozen=True, slots=True)
class Totals:
    """What the log has said so far; nobody changes it."""

    attempts: Mapping[Attempt, int] = field(default_factory=dict)
    agents: Mapping[AgentStatus, int] = field(default_factory=dict)
    probes: Mapping[str, int] = field(default_factory=dict)
    delays: tuple[Histogram, ...] = (Histogram(),) * len(STAGES)
    lines: Mapping[str, int] = field(default_factory=dict)
    domains: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()
    folded: int = 0


class _Remembered(dict[_K, _V]):
    """Results of `compute` by argument; it forgets all when it grows too large."""

    def __init__(self, compute: Callable[[_K], _V]) -> None:
        super().__init__()
        self._compute = compute

    def __missing__(self, key: _K) -> _V:
        if len(self) > _MOST_REMEMBERED:
            self.clear()
        value = self[key] = self._compute(key)
        return value


class Counts:
    """Counts records; `agents` and `relays` say which are attempts at a remote destination."""

    def __init__(
        self,
        agents: Iterable[str],
        relays: Relays,
        domain_limit: int,
        totals: Totals | None = None,
    ) -> None:
        totals = totals or Totals()
        self._agents = frozenset(agents)
        self._domain_limit = domain_limit
        self._attempts = Counter(totals.attempts)
        self._by_agent = Counter(totals.agents)
        self._probes = Counter(totals.probes)
        self._delays = [list(histogram.buckets) for histogram in totals.delays]
        self._microseconds = [histogram.microseconds for histogram in totals.delays]
        self._lines = Counter(totals.lines)
        self._domains = set(totals.domains)
        self._codes = set(totals.codes)
        self._folded = totals.folded
        self._tries = _Remembered(self._tries_remotely)
        self._internal = _Remembered(relays.is_internal)
        self._tally: Counter[_Key] = Counter()
        self._delay_tally: list[Counter[bytes]] = [Counter() for _ in STAGES]

    def add_lines(self, records: Records) -> None:
        """Count the lines of a block by result."""
        for result in RESULTS:
            self._lines[result] += getattr(records, result)

    def add(self, deliveries: list[Delivery], first_attempts: list[Delivery]) -> None:
        """Count delivery records in log order, and the delays of those that are first attempts."""
        self._tally.update(map(_KEY, deliveries))
        tries, internal = self._tries, self._internal
        delays = [
            delivery[7]
            for delivery in first_attempts
            if tries[delivery[1]] and not internal[delivery[5]] and delivery[9] not in _PROBES
        ]
        if delays:
            parts = b"/".join(delays).split(b"/")
            for stage, tally in enumerate(self._delay_tally):
                tally.update(parts[stage :: len(STAGES)])
        if len(self._tally) > _MOST_REMEMBERED:
            self._settle()

    def totals(self) -> Totals:
        """Give the totals as they are now."""
        self._settle()
        return Totals(
            dict(self._attempts),
            dict(self._by_agent),
            dict(self._probes),
            tuple(
                Histogram(tuple(buckets), microseconds)
                for buckets, microseconds in zip(self._delays, self._microseconds, strict=True)
            ),
            dict(self._lines),
            frozenset(self._domains),
            frozenset(self._codes),
            self._folded,
        )

    def _settle(self) -> None:
        """Turn what was tallied by bytes into series."""
        for key, times in self._tally.items():
            self._count(key, times)
        self._tally.clear()
        for stage, tally in enumerate(self._delay_tally):
            self._settle_delays(stage, tally)

    def _settle_delays(self, stage: int, tally: Counter[bytes]) -> None:
        for text, times in tally.items():
            seconds = float(text)
            self._delays[stage][bisect_left(BUCKETS, seconds)] += times
            self._microseconds[stage] += round(seconds * _MICROSECONDS) * times
        tally.clear()

    def _count(self, key: _Key, times: int) -> None:
        origin, domain, relay, dsn, status_bytes = key
        agent = origin_of(origin).agent
        status = "sent" if status_bytes == SENT else status_bytes.decode().lower()
        self._by_agent[AgentStatus(agent, status)] += times
        if status_bytes in _PROBES:
            self._probes[status] += times
        elif agent in self._agents and not self._internal[relay]:
            code = self._bounded_code(canonical_code(dsn))
            name = self._bounded_domain(domain_label(domain))
            self._attempts[Attempt(name, code[0], code, status)] += times
            self._folded += times if name == "other" else 0

    def _tries_remotely(self, origin: bytes) -> bool:
        agent = origin_of(origin).agent
        return agent in self._agents and agent not in _NEVER_TRIED

    def _bounded_domain(self, domain: str) -> str:
        if domain not in self._domains and domain not in REMAINDERS:
            if len(self._domains) >= self._domain_limit:
                return "other"
            self._domains.add(domain)
        return domain

    def _bounded_code(self, code: str) -> str:
        if code not in self._codes:
            if len(self._codes) >= MOST_CODES:
                return code[0] + ".x.x"
            self._codes.add(code)
        return code


@lru_cache(maxsize=4096)
def canonical_code(dsn: bytes) -> str:
    """Give an enhanced status code (RFC 3463) without leading zeros: 5.07.01 is 5.7.1."""
    return ".".join(str(int(part)) for part in dsn.split(b"."))
