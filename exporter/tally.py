"""Blocks of lines to what the page shows: parser, judge and counters, in one order.

In: blocks of complete lines. Out: a Published, frozen.
Lost: nothing; what the steps lose, they say themselves.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from exporter.checkpoint.new_series import Births, Family
from exporter.checkpoint.state import State
from exporter.config import Config
from exporter.counts.collected import Collected
from exporter.counts.counting import FUTURE
from exporter.counts.counts import Counts
from exporter.counts.delivery_times import DeliveryTimes
from exporter.counts.domains import Domains
from exporter.counts.families import FAMILIES
from exporter.counts.lag import ReadLag
from exporter.counts.senders import SenderOptions
from exporter.counts.totals import Totals, Verdict
from exporter.counts.understood import Understanding
from exporter.heuristics.recent import Recorded
from exporter.records.line import log_timestamp
from exporter.records.parse import Parser, Records
from exporter.records.services.event import DELIVERY_TIME
from exporter.records.timestamps import seconds
from exporter.verdict.destination import Relays
from exporter.verdict.judge import Judge
from exporter.verdict.knowledge import classifier, provider_table
from exporter.verdict.providers import smarthosts

if TYPE_CHECKING:
    from exporter.records.services.reader import ServiceReader

_PROBED = 100
"""Lines of a block in which a time is looked for, while none was found: some logs have none."""


@dataclass(frozen=True, slots=True)
class Health:
    """How the exporter itself fares. Times in seconds since the epoch, durations in seconds."""

    problems: dict[str, str | None] = field(default_factory=dict)
    unread_bytes: int = 0
    read_lag: float = 0.0
    caught_up: bool = False
    not_understood: str | None = None
    lost_lines: int = 0
    checkpoint_seconds: float = 0.0
    checkpoint_duration: float = 0.0
    checkpoint_commits: int = 0
    checkpoint_bytes: int = 0
    checkpoint_failures: int = 0
    checkpoint_problem: str | None = None


class SendersBound(NamedTuple):
    """Senders with series, the most there may be, queue ids remembered, and those forgotten."""

    senders: int = 0
    limit: int = 0
    ids: int = 0
    overflows: int = 0


@dataclass(frozen=True, slots=True)
class Published:
    """What a scrape sees: committed totals, and the exporter's health now."""

    totals: Totals
    domain_limit: int
    gaps: int = 0
    domains: int = 0
    deferred: Mapping[Verdict, int] = field(default_factory=dict)
    queue_entries: int = 0
    queue_overflows: int = 0
    senders: SendersBound | None = None
    last_line_seconds: float | None = None
    recorded: Recorded = field(default_factory=Recorded)
    collectors: tuple[str, ...] = ()
    health: Health = field(default_factory=Health)


def _services(config: Config) -> ServiceReader | None:
    """Give what reads lines of other services, whose patterns are made if they are wanted only."""
    if not set(config.collectors) - {DELIVERY_TIME}:
        return None
    from exporter.records.services.reader import ServiceReader

    return ServiceReader(config.collectors, config.log.syslog_names, _named_by(config))


def judge(config: Config, state: State) -> Judge:
    """Give the judge of a configuration, with what an earlier run saw."""
    return Judge(
        config.agents,
        Relays(config.internal_relays, (*config.remote_relays, *smarthosts(config.providers))),
        provider_table(config.providers),
        classifier(config.causes),
        state.memory.providers,
        config.receivers.by,
    )


class Tally:
    """Blocks to totals: parser, judge and counters, in one order."""

    def __init__(
        self,
        config: Config,
        state: State,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        limits, memory = config.domains, state.memory
        self.domain_limit, self._sender_limit = limits.limit, config.senders.limit
        domains = Domains(limits.limit, limits.idle, clock, memory.domains)
        self.judge = judge(config, state)
        self._collected = collected = Collected(config.collectors, state.totals.collected)
        self.agents = config.agents
        self.counts = Counts(
            self.judge,
            domains,
            state.installation_key,
            clock,
            state.totals,
            memory,
            config.receivers.limit,
            SenderOptions(*astuple(config.senders)) if config.senders.limit else None,
            DeliveryTimes(collected.observe, self.judge)
            if DELIVERY_TIME in config.collectors
            else None,
        )
        self.last_line_seconds = state.last_line_seconds
        self.lag = ReadLag(config.hold, clock)
        self._services = services = _services(config)
        wanted = services.wanted if services else None
        self._parser = Parser(config.log.syslog_names, _named_by(config), wanted)
        self._collectors = config.collectors
        self._wall = wall
        self._understanding = Understanding(
            self._parser,
            seen=_has_met_postfix(config, state),
            whole=config.log.start == "beginning",
            syslog_names=config.log.syslog_names,
        )

    def look_back(self, block: bytes) -> None:
        """Learn from lines that are not to be counted what the log is like."""
        now, records = self._wall(), self._parser.parse(block)
        self.counts.learn_senders(records)
        timed = _is_timed(block, records, now)
        self._understanding.look_back(block, records, now, timed=timed)

    def add(self, block: bytes) -> Records:
        """Count a block of complete lines; give what it held."""
        now = self._wall()
        queue = self.counts.queue
        if queue.begin is None:
            queue.begin = _first_time(block, now)
        records = self._parser.parse(block)
        self._count(records, now)
        if queue.messages:
            self.counts.end(self._parser.ends.find(block, records.removed, queue.messages))
        self.counts.add_lines(records)
        if self._services:
            found = self._services.read(records)
            self._collected.add(found.events)
            for family, numbers in found.numbers.items():
                self._collected.observe((family,), numbers)
        moment = seconds(log_timestamp(block), now)
        if moment is not None:
            self.last_line_seconds = moment
            oldest = seconds(log_timestamp(block[: block.find(b"\n") + 1]), now)
            self.lag.note(now - min(moment, oldest or moment))
        self._understanding.note(
            block, records, now, timed=moment is not None or _is_timed(block, records, now)
        )
        return records

    def not_understood(self) -> str | None:
        """Say why nothing is understood of what is read; None where all is well."""
        return self._understanding.problem()

    def _count(self, records: Records, now: float) -> None:
        """Count deliveries, and at their places the messages that got another queue id."""
        deliveries, senders, place = records.deliveries, self.counts.senders_of(records), 0
        for requeued in records.requeued:
            part = slice(place, requeued.place)
            self.counts.add(deliveries[part], now, senders[part])
            self.counts.requeue(requeued)
            place = requeued.place
        if place:
            deliveries, senders = deliveries[place:], senders[place:]
        self.counts.add(deliveries, now, senders)

    def published(self, gaps: int = 0) -> Published:
        """Give the page's content as counted so far."""
        queue = self.counts.queue
        return Published(
            replace(self.counts.totals(), collected=self._collected.totals()),
            self.domain_limit,
            gaps,
            len(self.counts.domains),
            queue.waiting(),
            len(queue),
            queue.overflows,
            self._senders_bound(),
            self.last_line_seconds,
            collectors=self._collectors,
            health=Health(read_lag=self.lag.seconds(), not_understood=self.not_understood()),
        )

    def _senders_bound(self) -> SendersBound | None:
        senders = self.counts.senders
        if senders is None:
            return None
        ids = senders.ids
        return SendersBound(len(senders.labels), self._sender_limit, len(ids), ids.overflows)


def _named_by(config: Config) -> str:
    """Give what names a sender, nothing where none are counted."""
    return config.senders.by if config.senders.limit else ""


def _has_met_postfix(config: Config, state: State) -> bool:
    """Whether an earlier run has met Postfix in the logs that are read now."""
    lines = state.totals.lines
    is_known = set(config.log.names()) <= set(state.patterns)
    return is_known and lines.get("delivery", 0) + lines.get("other", 0) > 0


def _is_timed(block: bytes, records: Records, now: float) -> bool:
    """Whether a line has a time that can be read, or none is Postfix', or none has a time."""
    if not (records.delivery or records.other) or _first_time(block, now) is not None:
        return True
    return not any(log_timestamp(line + b"\n") for line in block.split(b"\n", _PROBED)[:_PROBED])


def _first_time(block: bytes, now: float) -> float | None:
    """Give the first time that a block of lines tells."""
    for line in block.split(b"\n", _PROBED)[:_PROBED]:
        moment = seconds(log_timestamp(line + b"\n"), now)
        if moment is not None and moment < now + FUTURE:
            return moment
    return None


def families(published: Published) -> dict[str, Family]:
    """Give the counters whose first value matters, by the names of their fields."""
    totals = published.totals
    return {
        "attempts": totals.attempts,
        "refused": totals.refused,
        "expired": totals.expired,
        "suspended": totals.suspended,
        "reasons": totals.reasons,
        "agents": totals.agents,
        "probes": totals.probes,
        "senders": totals.senders,
        "collected": {
            series: times
            for series, times in totals.collected.items()
            if not FAMILIES[series[0]].buckets
        },
        "gaps": {(): published.gaps},
    }


def shown(published: Published, births: Births) -> Published:
    """Give what the page shows of what was counted."""
    page: dict[str, Any] = {
        name: births.page(name, counted) for name, counted in families(published).items()
    }
    gaps = page.pop("gaps")[()]
    page["collected"] = {**published.totals.collected, **page["collected"]}
    page["outcomes"] = published.totals.outcomes_shown(births.held()["attempts"])
    return replace(published, totals=replace(published.totals, **page), gaps=gaps)
