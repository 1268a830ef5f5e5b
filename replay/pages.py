"""A log to the pages that its exporter would have shown, minute by minute.

In: a log. Out: the samples of a page at a moment.
Lost: nothing. The exporter's own counters read the lines with the log's clock, which never goes
back; what was read within five seconds is committed and published at their end, as the exporter
does, so a new series shows 0 for as long.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from exporter.checkpoint.new_series import Births
from exporter.checkpoint.state import State
from exporter.config import Config
from exporter.page.metrics import large_families, small_families
from exporter.records.line import log_timestamp
from exporter.records.pieces import Cutter
from exporter.records.timestamps import seconds
from exporter.tally import Published, Tally, families, shown
from replay.logs import Log, blocks
from replay.remote_write import Labels


class Pages:
    """The exporter of one log; `names` are the metrics that are asked for."""

    def __init__(self, log: Log, config: Config, begin: float, names: Collection[str]) -> None:
        self._log, self._names = log, names
        self._now = self._near = begin
        self._commit_seconds = config.checkpoint.interval
        self._tally = Tally(config, State(), clock=lambda: self._now, wall=lambda: self._now)
        self._cutter = Cutter(self._moment_of, self._slot_of)
        self._pieces = self._read()
        self._next = next(self._pieces, None)
        counted = families(self._tally.published())
        self._births = Births(config.hold, lambda: self._now, counted, {})
        self._published = self._tally.published()
        self._labels: dict[tuple[str, tuple[str, ...]], Labels] = {}
        self.lines = 0

    def page(self, moment: int) -> dict[Labels, float]:
        """Read what was logged before a moment; give the samples of the page at it."""
        self._read_until(moment)
        self._now = max(self._now, float(moment))
        self._commit()
        return dict(self._samples(self._published))

    def read_until(self, moment: float) -> None:
        """Read what was logged before a moment, of which nobody asked for a page."""
        self._read_until(moment)
        self._commit()

    def _read_until(self, moment: float) -> None:
        while self._next is not None and self._next[0] < moment:
            told, piece = self._next
            slot = self._slot_of(told)
            self._now = max(self._now, told)
            self._tally.add(piece)
            self.lines += piece.count(b"\n")
            self._next = next(self._pieces, None)
            if self._next is None or self._slot_of(self._next[0]) != slot:
                self._now = max(self._now, (slot + 1) * self._commit_seconds)
                self._commit()

    def _read(self) -> Iterator[tuple[float, bytes]]:
        """Yield pieces of a log with the time at which they are read: that of their last line."""
        latest = self._near
        for near, block in blocks(self._log):
            self._near = near
            for first, piece in self._cutter.pieces(block):
                told = self._moment_of(piece)
                latest = max(latest, first or latest, told or latest)
                self._near = latest if told is None else told
                yield latest, piece

    def _moment_of(self, lines: bytes) -> float | None:
        return seconds(log_timestamp(lines), self._near)

    def _slot_of(self, moment: float) -> int:
        return int(moment // self._commit_seconds)

    def _commit(self) -> None:
        published = self._tally.published()
        self._births.take(families(published))
        self._published = shown(published, self._births)
        self._births.begin()
        self._tally.counts.domains.note_published()

    def _samples(self, published: Published) -> Iterator[tuple[Labels, float]]:
        yield self._named("up", ()), 1.0
        for large in large_families(published):
            name = f"{large.name}_total" if large.kind == "counter" else large.name
            if name in self._names:
                for values, value in large.series.items():
                    yield self._cached(name, large.labels, values), float(value)
        health = replace(
            published.health, problems={self._log.name: None}, checkpoint_seconds=self._now
        )
        for family in small_families(replace(published, health=health)):
            for sample in family.samples:
                if sample.name in self._names:
                    yield self._named(sample.name, tuple(sample.labels.items())), sample.value

    def _cached(self, name: str, labels: tuple[str, ...], values: tuple[str, ...]) -> Labels:
        known = self._labels.get((name, values))
        if known is None:
            known = self._labels[name, values] = self._named(
                name, tuple(zip(labels, values, strict=True))
            )
        return known

    def _named(self, name: str, labels: tuple[tuple[str, str], ...]) -> Labels:
        of = (("__name__", name), ("instance", self._log.name), ("job", self._log.job))
        return tuple(sorted((*of, *((label, value) for label, value in labels if value))))
