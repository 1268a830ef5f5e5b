"""Which domains have series of their own: the bound on the label `domain`.

In: recipient domains as they stand in the log, in log order. Out: label values; at most `limit` of
them are domains, the rest is `other`.
Lost: nothing; a domain without series of its own counts as `other`.

A domain gets series with its first delivery while there is room. Without room, one with two
messages takes the place of one that was idle for a day. Who is idle for `idle` seconds leaves.
Places change hands in `turn_over` only, which is called at commits, so that what was tallied
before has its labels. Idle times grow while the exporter runs; they stand still while it does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import ceil
from zlib import crc32

from exporter.counts.versions import Versions
from exporter.verdict.bounded import Recent
from exporter.verdict.destination import REMAINDERS, domain_label

DAY = 86400.0
ABSENCE = 600.0
"""Seconds a domain stays `other` after it left: its counters may start again at 0 only when no
scraper remembers them."""

CANDIDATE = -1
FOLDED = "other"
"""The label of domains without series of their own."""

_ALIASES = 4


@dataclass(frozen=True, slots=True)
class DomainsState:
    """The memory as the checkpoint keeps it, by label; times are in seconds that exporters ran.

    `running`: how long they have run; `active`: when domains that have series had their last
    delivery; `newcomers`: a digest of the message that was delivered to others, or CANDIDATE after
    a second one; `left`: when those that had series left the page.
    """

    running: int = 0
    active: Mapping[str, int] = field(default_factory=dict)
    newcomers: Mapping[str, int] = field(default_factory=dict)
    left: Mapping[str, int] = field(default_factory=dict)


class Domains:
    """The domains with series of their own; `clock` gives seconds and never goes back."""

    def __init__(
        self, limit: int, idle: float, clock: Callable[[], float], state: DomainsState
    ) -> None:
        self._limit, self._idle, self._clock = limit, idle, clock
        self._begin = clock() - state.running  # on this clock, exporters would have begun then
        self._active = dict(state.active)
        self._versions: Versions[str, int] = Versions()
        self._left = dict(state.left)
        self._leaving: set[str] = set()
        self._newcomers = Recent(limit, state.newcomers)
        self.known: Recent[bytes, str] = Recent(_ALIASES * limit)
        """Label by domain as it stands in the log, of those that have series."""

    def __len__(self) -> int:
        return len(self._active)

    def state(self) -> DomainsState:
        """Give the memory for the checkpoint."""
        running = int(self._running())
        return DomainsState(
            running,
            self._versions.of(self._active),
            dict(self._newcomers),
            self._left | dict.fromkeys(self._leaving, running),
        )

    def _running(self) -> float:
        """Give for how many seconds exporters have run."""
        return self._clock() - self._begin

    def note_message(self, domain: bytes, queue_id: bytes) -> None:
        """Take note of a message to a domain that is not in `known`."""
        label = domain_label(domain)
        if label in self._active:
            self.known.note(domain, label)
        elif label in REMAINDERS:
            return
        elif len(self._active) < self._limit and not self._is_away(label):
            self._admit(label)
            self.known.note(domain, label)
        else:
            message = crc32(queue_id)
            is_second = self._newcomers.get(label, message) != message
            self._newcomers.note(label, CANDIDATE if is_second else message)

    def _is_away(self, label: str) -> bool:
        return label in self._left or label in self._leaving

    def label(self, domain: bytes) -> str:
        """Give the label of a domain that was noted."""
        label = self.known.get(domain)
        if label is None:
            label = domain_label(domain)
            if label not in self._active and label not in REMAINDERS:
                return FOLDED
        return label

    def note_use(self, labels: Iterable[str]) -> None:
        """Take note of the labels that had deliveries since the last turn-over."""
        now = int(self._running())
        for label in labels:
            if label in self._active:
                self._active[label] = now
                self._versions.set_keys.add(label)

    def turn_over(self) -> set[str]:
        """Let idle domains leave, and newcomers take their places; give those that left."""
        now = self._running()
        self._left = {label: since for label, since in self._left.items() if now - since < ABSENCE}
        leaving = {label for label, active in self._active.items() if now - active >= self._idle}
        candidates = [
            label
            for label, message in self._newcomers.items()
            if message == CANDIDATE and not self._is_away(label)
        ]
        lacking = len(self._active) - len(leaving) + len(candidates) - self._limit
        if lacking > 0 and candidates:
            leaving.update(self._longest_idle(min(lacking, len(candidates)), leaving, now))
        for label in leaving:
            del self._active[label]
            self._versions.removed.add(label)
            self._leaving.add(label)
        for label in candidates[: max(0, self._limit - len(self._active))]:
            self._admit(label)
        if leaving:
            for domain in [name for name, label in self.known.items() if label in leaving]:
                del self.known[domain]
        return leaving

    def note_published(self) -> None:
        """Take note that a page is out: those that left are off it from now."""
        self._left.update(dict.fromkeys(self._leaving, ceil(self._running())))
        self._leaving.clear()

    def _longest_idle(self, number: int, leaving: set[str], now: float) -> list[str]:
        idle = [
            (active, label)
            for label, active in self._active.items()
            if now - active >= DAY and label not in leaving
        ]
        return [label for _, label in sorted(idle)[:number]]

    def _admit(self, label: str) -> None:
        self._active[label] = int(self._running())
        self._versions.set_keys.add(label)
        self._newcomers.pop(label, None)
