"""The way of the data: blocks of lines -> deliveries -> counters -> checkpoint -> published page.

In: logs. Out: `published`, which /metrics shows. The order is the promise: what is published was
committed before, so that neither a kill nor a restart makes a counter fall, lose or double a line.
When a commit fails, reading goes on, the last committed totals stay published, and the next commit
tries again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace

from exporter.checkpoint.file import Checkpoint, CheckpointError
from exporter.checkpoint.new_series import Births
from exporter.checkpoint.state import State
from exporter.config import Config
from exporter.heuristics.figures import quarter_of
from exporter.heuristics.recent import Recent
from exporter.inputs import opened
from exporter.notices import Notices, without_remote
from exporter.records.line import log_timestamp
from exporter.records.parse import Records
from exporter.records.pieces import Cutter
from exporter.records.selftest import MisreadError
from exporter.records.timestamps import seconds
from exporter.sources.syslog.receiver import Receiver
from exporter.tally import Health, Published, Tally, families, shown

COMMIT_SHARE = 20.0
"""Times the duration of the last commit that must pass before the next, whatever the interval."""

HEARTBEAT = 60.0
"""Seconds after which an idle exporter commits all the same, so that its age tells of trouble."""

log = logging.getLogger(__name__)


def was_away(state: State, hold: float, now: float | None = None) -> bool:
    """Whether scrapers may have forgotten what an earlier run showed: `hold` seconds went by.

    A clock that was set back tells nothing, so it counts as an absence.
    """
    committed = state.committed
    return committed is not None and abs((now or time.time()) - committed) > hold


class Pipeline:
    """Reads the logs of `config`, going on from `state`; call `poll` again and again."""

    def __init__(
        self,
        config: Config,
        checkpoint: Checkpoint,
        state: State,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        returning: bool = False,
        receiver: Receiver | None = None,
    ) -> None:
        self._checkpoint = checkpoint
        self._clock, self._wall = clock, wall
        self._interval = config.checkpoint.interval
        self._gaps_before, self._installation_key = state.gaps, state.installation_key
        self._tally = Tally(config, state, clock=clock, wall=wall)
        self._recent = Recent(state.recorded, state.totals)
        self._quarter = state.recorded.quarter
        self._cutter = Cutter(self._moment_of, quarter_of)
        self._names = config.log.names()
        self._gaps_seen = self._lost_lines_before = 0
        self._sources, self._files, self._syslog = opened(config, state, clock, receiver)
        self._dirty = True
        self._caught_up = False
        self._failures = 0
        self._problem: str | None = None
        self._notices, self._agents = Notices(config), config.agents
        self._last_commit = clock()
        published = self._counted(state.gaps)
        self._births = Births(
            config.hold, clock, families(published), state.held, returning=returning
        )
        self.published = shown(published, self._births)

    def start(self) -> None:
        """Commit the places to start at before anything is read: a kill must not lose them."""
        self._look_back()
        self.commit()

    def poll(self, interrupted: Callable[[], bool] = lambda: False) -> None:
        """Read what is unread until `interrupted`, committing on the way as often as is due."""
        for block in self._sources.blocks():
            self._take(block)
            if self._is_due(self._interval):
                self.commit()
            if interrupted():
                return
        self._caught_up = True
        self._note_gaps()
        self._dirty = self._dirty or self._births.is_due()
        if self._is_due(self._interval if self._dirty else HEARTBEAT):
            self.commit()
        else:
            self._publish(self.published)

    def stop(self) -> bool:
        """Count what has arrived and cannot be read again, and commit; False when that failed."""
        for block in self._syslog.last() if self._syslog else ():
            self._take(block)
        return self.commit()

    def _look_back(self) -> None:
        """Learn from what stands before the places, without counting it, what the logs are like."""
        self._sources.settle()
        for block in self._sources.before():
            self._tally.look_back(block)

    def _take(self, block: bytes) -> None:
        """Count a block."""
        self._note_gaps()  # before what stands behind the gap is counted
        for first, piece in self._cutter.pieces(block):
            self._go_on_to(first)
            self._add(piece)
        self._dirty = True

    def _add(self, block: bytes) -> None:
        try:
            self._tally.add(block)
        except MisreadError:  # not this block's fault: no line would be counted right
            raise
        except Exception as error:  # whatever it is, the same block would stop every restart too
            lines = block.count(b"\n")
            self._tally.counts.add_lines(Records([], unparsed=lines))
            log.error(
                "%d lines could not be counted (%s); this is a fault of the exporter, please report"
                " it", lines, type(error).__name__,
            )  # fmt: skip

    def _go_on_to(self, moment: float | None) -> None:
        """Note what was counted in the quarter of an hour that is over, where another begins."""
        if moment is None:
            return
        quarter = min(quarter_of(moment), quarter_of(self._wall()))
        if quarter != self._quarter:
            self._recent.note(self._quarter, self._tally.counts.totals())
            self._quarter = quarter

    def _moment_of(self, lines: bytes) -> float | None:
        return seconds(log_timestamp(lines), self._wall())

    def _counted(self, gaps: int) -> Published:
        """Give all that was counted, noted in the quarter of an hour that goes on."""
        published = self._tally.published(gaps)
        self._recent.note(self._quarter, published.totals)
        return replace(published, recorded=self._recent.recorded())

    def commit(self) -> bool:
        """Write the checkpoint, then publish; False when it could not be written."""
        self._note_gaps()
        published = self._counted(self._gaps_before + self._sources.gaps)
        self._last_commit = self._clock()
        self._births.take(families(published))
        self._notices.tell_of_relays(without_remote(published.totals, self._agents))
        try:
            self._checkpoint.save(self.state(published))
        except CheckpointError as error:
            self._failures += 1
            if self._problem is None:
                log.error("%s; the last published values stay, trying again", error)
            self._problem = str(error)
            self._publish(self.published)
            return False
        if self._problem is not None:
            log.info("checkpoint is written again")
        self._problem, self._dirty = None, False
        self._publish(shown(published, self._births))
        self._births.begin()
        self._tally.counts.domains.note_published()
        return True

    def state(self, published: Published) -> State:
        """Give all that must outlive the process."""
        return State(
            self._sources.places(),
            self._names,
            self._files.copies(),
            published.totals,
            self._tally.counts.memory(),
            self._births.held(),
            published.gaps,
            published.last_line_seconds,
            self._installation_key,
            self._wall(),
            published.recorded,
        )

    def reconfigured(self, config: Config) -> Pipeline:
        """Give a pipeline of another configuration that goes on where this one is; it is closed."""
        published = self._counted(self._gaps_before + self._sources.gaps)
        self._births.take(families(published))
        state = self.state(published)
        receiver = self._syslog.handed_over() if self._syslog else None
        self.close()
        other = Pipeline(
            config, self._checkpoint, state, clock=self._clock, wall=self._wall, receiver=receiver
        )
        other._lost_lines_before = self._lost_lines_before + self._sources.lost_lines
        other.published, other._failures = self.published, self._failures
        other._last_commit, other._problem = self._last_commit, self._problem
        other._births.go_on(self._births)
        other._look_back()
        return other

    def has_ended(self) -> bool:
        """Whether nothing can come any more: standard input has ended, and nothing else is read."""
        return self._sources.has_ended()

    def close(self) -> None:
        """Release the logs."""
        self._sources.close()

    def _is_due(self, interval: float) -> bool:
        waited = self._clock() - self._last_commit
        return waited >= max(interval, COMMIT_SHARE * self._checkpoint.duration)

    def _note_gaps(self) -> None:
        if self._sources.gaps > self._gaps_seen:
            self._gaps_seen = self._sources.gaps
            self._tally.counts.queue.begin_anew()
            self._dirty = True

    def _publish(self, published: Published) -> None:
        health = Health(
            self._sources.problems(),
            self._sources.unread(),
            self._tally.lag.seconds(),
            self._caught_up,
            self._notices.tell_of(self._tally.not_understood()),
            self._lost_lines_before + self._sources.lost_lines,
            self._checkpoint.seconds,
            self._checkpoint.duration,
            self._checkpoint.commits,
            self._checkpoint.bytes_written,
            self._failures,
            self._problem,
        )
        self.published = replace(published, health=health)
