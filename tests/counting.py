"""Counting lines in tests: a tally with a clock that is set by hand, and what it counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from unittest.mock import patch

from exporter.checkpoint.state import State
from exporter.config import Config, DomainsConfig
from exporter.counts.deferred import DeferredRecipients
from exporter.counts.totals import Attempt, Totals
from exporter.tally import Published, Tally
from tests.lines import HEADER, line

QMGR = HEADER.replace("smtp", "qmgr")
START = HEADER.replace("postfix/smtp", "sshd").encode() + b"a line before the first message\n"
THROTTLED = "host mx.a.example[203.0.113.9] said: 421 4.7.0 Slow down (in reply to DATA command)"


def queue_of(recipients: int) -> AbstractContextManager[object]:
    """Let tallies that are made meanwhile remember so many deferred recipients."""
    small = partial(DeferredRecipients, limit=recipients)
    return patch("exporter.counts.counts.DeferredRecipients", small)


class Counted:
    """A tally; `now` is its clock in seconds."""

    def __init__(self, config: Config | None = None, state: State | None = None) -> None:
        self.now = 1000.0
        self.config = config or Config(domains=DomainsConfig(limit=2000))
        self.first = state or State()
        self.tally = Tally(self.config, self.first, clock=lambda: self.now)

    def add(self, *blocks: bytes) -> Counted:
        """Count blocks."""
        for block in blocks:
            self.tally.add(block)
        return self

    def later(self, seconds: float) -> Counted:
        """Commit, let time pass, and commit again, with the look at domains that is due."""
        self.published()
        self.now += seconds
        self.published()
        return self

    def published(self) -> Published:
        """Give what is committed and shown now."""
        published = self.tally.published()
        self.tally.counts.domains.note_published()
        return published

    def restarted(self) -> Counted:
        """Give another tally that goes on from what would be committed now."""
        published = self.published()
        state = replace(self.first, totals=published.totals, memory=self.tally.counts.memory())
        return Counted(self.config, state)


def by(totals: Totals, *labels: str) -> Counter[tuple[str, ...]]:
    """Sum attempts by some of their labels."""
    counted: Counter[tuple[str, ...]] = Counter()
    for attempt, times in totals.attempts.items():
        counted[tuple(getattr(attempt, label) for label in labels)] += times
    return counted


def repeats(totals: Totals, cause: str) -> tuple[int, int]:
    """Give first and repeated failures of a cause."""
    counted = by(totals, "cause", "repeat")
    return counted[cause, "false"], counted[cause, "true"]


def all_ever(totals: Totals) -> int:
    """Give the attempts of series on the page and of those that left it."""
    return sum(totals.attempts.values()) + sum(totals.forgotten.values())


def domains(attempts: Iterable[Attempt]) -> set[str]:
    """Give the domains of series."""
    return {attempt.domain for attempt in attempts}


def deferred(number: int = 1, text: str = THROTTLED, **fields: str) -> bytes:
    """Give a deferral."""
    return line(number, **{"dsn": "4.7.0", "status": "deferred", "text": text} | fields)


def count(*blocks: bytes, config: Config | None = None) -> Published:
    """Count blocks."""
    tally = Tally(config or Config(), State())
    for block in blocks:
        tally.add(block)
    return tally.published()
