"""The bound on a label that strangers choose: which values have series of their own.

In: values of the label as they come, in log order. Out: which of them have series; at most `limit`.
Lost: nothing; what has none counts as `other`.

A value gets series while there is room. Who is idle for `idle` seconds leaves. Places change hands
in `turn_over` only, which is called at commits, so that what was tallied before has its labels; who
takes them is told by the label's own class. Idle times grow while the exporter runs; they stand
still while it does not.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping
from math import ceil

from exporter.counts.versions import Version, Versions

DAY = 86400.0
ABSENCE = 600.0
"""Seconds a value stays `other` after it left: its counters may start again at 0 only when no
scraper remembers them."""

FOLDED = "other"
"""The label of what has no series of its own."""


class BoundedLabels(ABC):
    """The values with series of their own; `clock` gives seconds and never goes back.

    The rest is what the checkpoint kept, times in seconds that exporters ran: `running`, how long
    they have run; `active`, when values that have series were last used; `left`, when those that
    had series left the page.
    """

    def __init__(
        self,
        limit: int,
        idle: float,
        clock: Callable[[], float],
        running: int,
        active: Mapping[str, int],
        left: Mapping[str, int],
    ) -> None:
        self._limit, self._idle, self._clock = limit, idle, clock
        self._begin = clock() - running  # on this clock, exporters would have begun then
        self._active = dict(active)
        self._versions: Versions[str, int] = Versions()
        self._left = dict(left)
        self._leaving: set[str] = set()

    def __len__(self) -> int:
        return len(self._active)

    def __contains__(self, label: str) -> bool:
        """Whether a value has series of its own."""
        return label in self._active

    def kept(self) -> tuple[int, Version[str, int], dict[str, int]]:
        """Give what the checkpoint keeps: `running`, `active` and `left`."""
        running = int(self._running())
        left = self._left | dict.fromkeys(self._leaving, running)
        return running, self._versions.of(self._active), left

    def _running(self) -> float:
        """Give for how many seconds exporters have run."""
        return self._clock() - self._begin

    def _is_away(self, label: str) -> bool:
        return label in self._left or label in self._leaving

    def _has_room(self, label: str) -> bool:
        return len(self._active) < self._limit and not self._is_away(label)

    def note_use(self, labels: Iterable[str]) -> None:
        """Take note of the values that were used since the last turn-over."""
        now = int(self._running())
        for label in labels:
            if label in self._active:
                self._active[label] = now
                self._versions.note(label)

    def turn_over(self) -> set[str]:
        """Let idle values leave, and newcomers take places; give those that left."""
        now = self._running()
        self._left = {label: since for label, since in self._left.items() if now - since < ABSENCE}
        leaving = {label for label, active in self._active.items() if now - active >= self._idle}
        newcomers = [label for label in self._newcomers() if not self._is_away(label)]
        lacking = len(self._active) - len(leaving) + len(newcomers) - self._limit
        if lacking > 0 and newcomers:
            leaving.update(self._outdone(min(lacking, len(newcomers)), leaving))
        for label in leaving:
            del self._active[label]
            self._versions.removed.add(label)
            self._leaving.add(label)
        for label in newcomers[: max(0, self._limit - len(self._active))]:
            self._admit(label)
        return leaving

    @abstractmethod
    def _newcomers(self) -> list[str]:
        """Give the values without series that are to have some, who comes first, first."""

    @abstractmethod
    def _outdone(self, number: int, leaving: Collection[str]) -> Iterable[str]:
        """Give up to so many values that make room, none of those that leave anyhow."""

    def note_published(self) -> None:
        """Take note that a page is out: those that left are off it from now."""
        self._left.update(dict.fromkeys(self._leaving, ceil(self._running())))
        self._leaving.clear()

    def _admit(self, label: str) -> None:
        self._active[label] = int(self._running())
        self._versions.note(label)
