"""Logs to a history by quarter of an hour, with samples of what receivers said.

In: blocks of lines, of files in any order. Out: a Reading.
Lost: when within a quarter of an hour something happened, but at the bounds that are asked for.

The counters are the exporter's own. A block is counted at once if all of it is of one quarter, and
else cut where the quarter changes. Time stamps without a year get the one that puts them closest to
the line before, and the first one that which puts it closest to the file's last change.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from exporter.checkpoint.state import State
from exporter.config import Config
from exporter.heuristics.figures import quarter_of
from exporter.heuristics.history import History
from exporter.records.line import log_timestamp
from exporter.records.parse import Records
from exporter.records.pieces import Cutter
from exporter.records.shares import Shares
from exporter.records.timestamps import seconds
from exporter.system.allocator import loading
from exporter.tally import Tally
from exporter.triage.samples import Samples

_Slot = tuple[int, bool] | None
"""A quarter of an hour, and whether it is asked for; None where no time is known."""


@dataclass(frozen=True, slots=True)
class Span:
    """What is asked for, in seconds since the epoch."""

    since: float = 0.0
    until: float = float("inf")

    def holds(self, moment: float) -> bool:
        """Whether a moment is within."""
        return self.since <= moment < self.until


@dataclass(slots=True)
class Reading:
    """What was read. `first` and `last` are the first and the last time, in seconds."""

    tally: Tally
    shares: Shares
    samples: Samples
    history: History = field(default_factory=History)
    lines: int = 0
    first: float | None = None
    last: float | None = None


class Reader:
    """Counts blocks; of what is outside of the span only the queue's memory is kept."""

    def __init__(self, config: Config, span: Span) -> None:
        self._span = span
        self._now = 0.0
        self._slot: _Slot = None
        self._cutter = Cutter(self._moment_of, self._slot_of)
        with loading():
            tally = Tally(config, State(), clock=lambda: 0.0, wall=lambda: self._now)
            self.reading = Reading(tally, Shares(config.log.syslog_names), Samples(tally.judge))

    def begin_log(self, changed: float) -> None:
        """Go on with another log, which was last changed at this time."""
        self._flush()
        self._now, self._slot = changed, None

    def add(self, block: bytes) -> None:
        """Count a block of complete lines."""
        for piece in self._cut(block):
            reading = self.reading
            records = reading.tally.add(piece)
            if self._is_within():
                reading.lines += records_of(records)
                reading.shares.add(piece, records)
                reading.samples.add(records.deliveries)

    def end(self) -> Reading:
        """Give what was read."""
        self._flush()
        self.reading.history.sort()
        return self.reading

    def _is_within(self) -> bool:
        return self._slot[1] if self._slot is not None else self._span == Span()

    def _cut(self, block: bytes) -> Iterator[bytes]:
        """Yield pieces of one quarter of an hour each; what is told before a piece is its time."""
        for first, piece in self._cutter.pieces(block):
            slot = self._slot if first is None else self._slot_of(first)
            if slot != self._slot:
                self._flush()
                self._slot = slot
            moment = self._moment_of(piece)
            if moment is not None:
                self._now = moment
                self._note(min(moment, first or moment), moment)
            yield piece

    def _moment_of(self, lines: bytes) -> float | None:
        return seconds(log_timestamp(lines), self._now)

    def _slot_of(self, moment: float) -> _Slot:
        return quarter_of(moment), self._span.holds(moment)

    def _note(self, first: float, last: float) -> None:
        reading = self.reading
        if self._is_within():
            reading.first = first if reading.first is None else min(first, reading.first)
            reading.last = last if reading.last is None else max(last, reading.last)

    def _flush(self) -> None:
        """Note what was counted in the slot that is over."""
        totals = self.reading.tally.counts.totals()
        if self._slot is not None and self._slot[1]:
            self.reading.history.note(self._slot[0], totals)
        else:
            self.reading.history.go_on_from(totals)


def records_of(records: Records) -> int:
    """Give the number of lines of a block."""
    return records.delivery + records.other + records.ignored + records.unparsed
