"""A tally with room for few domains, and mail to them."""

from __future__ import annotations

from itertools import count

from exporter.config import Config, DomainsConfig
from exporter.counts.bounded_labels import DAY
from tests.counting import START, Counted
from tests.lines import line

WEEK = 7 * DAY


def limited(limit: int = 3, idle: float = WEEK) -> Counted:
    """Give a tally with room for few domains."""
    return Counted(Config(domains=DomainsConfig(limit=limit, idle=idle))).add(START)


MESSAGES = count(1)


def mail(*names: str) -> bytes:
    """Give a delivery to each domain, each of a message of its own."""
    return b"".join(line(next(MESSAGES), to=f"u@{name}.example") for name in names)
