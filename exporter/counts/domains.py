"""Which domains have series of their own: the bound on the label `domain`.

In: recipient domains as they stand in the log, in log order. Out: label values; at most `limit` of
them are domains, the rest is `other`.
Lost: nothing; a domain without series of its own counts as `other`.

A domain gets series with its first delivery while there is room. Without room, one with two
messages takes the place of one that was idle for a day.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from zlib import crc32

from exporter.counts.bounded_labels import DAY, FOLDED, BoundedLabels
from exporter.verdict.bounded import Recent
from exporter.verdict.destination import REMAINDERS, domain_label

CANDIDATE = -1

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


class Domains(BoundedLabels):
    """The domains with series of their own."""

    def __init__(
        self, limit: int, idle: float, clock: Callable[[], float], state: DomainsState
    ) -> None:
        super().__init__(limit, idle, clock, state.running, state.active, state.left)
        self._messages = Recent(limit, state.newcomers)
        self.known: Recent[bytes, str] = Recent(_ALIASES * limit)
        """Label by domain as it stands in the log, of those that have series."""

    def state(self) -> DomainsState:
        """Give the memory for the checkpoint."""
        running, active, left = self.kept()
        return DomainsState(running, active, dict(self._messages), left)

    def note_message(self, domain: bytes, queue_id: bytes) -> None:
        """Take note of a message to a domain that is not in `known`."""
        label = domain_label(domain)
        if label in self._active:
            self.known.note(domain, label)
        elif label in REMAINDERS:
            return
        elif self._has_room(label):
            self._admit(label)
            self.known.note(domain, label)
        else:
            message = crc32(queue_id)
            is_second = self._messages.get(label, message) != message
            self._messages.note(label, CANDIDATE if is_second else message)

    def label(self, domain: bytes) -> str:
        """Give the label of a domain that was noted."""
        label = self.known.get(domain)
        if label is None:
            label = domain_label(domain)
            if label not in self._active and label not in REMAINDERS:
                return FOLDED
        return label

    def turn_over(self) -> set[str]:
        """Let idle domains leave, and newcomers take their places; give those that left."""
        leaving = super().turn_over()
        if leaving:
            for domain in [name for name, label in self.known.items() if label in leaving]:
                del self.known[domain]
        return leaving

    def _newcomers(self) -> list[str]:
        return [label for label, message in self._messages.items() if message == CANDIDATE]

    def _outdone(self, number: int, leaving: Collection[str]) -> list[str]:
        """Give those that are idle for the longest time, a day at least."""
        now = self._running()
        idle = [
            (active, label)
            for label, active in self._active.items()
            if now - active >= DAY and label not in leaving
        ]
        return [label for _, label in sorted(idle)[:number]]

    def _admit(self, label: str) -> None:
        super()._admit(label)
        self._messages.pop(label, None)
