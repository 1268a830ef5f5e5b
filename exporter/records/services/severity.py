"""Warnings and worse, of any program.

In: lines that begin as Postfix' src/util/msg_output.c has them. Out: events.
Pure. Trust: what follows the word is not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from exporter.records.agents import PROGRAMS
from exporter.records.patterns import unnamed
from exporter.records.services.event import OTHER, Collector, Event

SEVERITIES = ("warning", "error", "fatal", "panic")
SEVERE = "log_messages"
"""The family of its events."""

UNKNOWN = "unknown"
"""The service where the header has lost it."""

_BEGINS = rb"(?P<severity>%b): " % "|".join(SEVERITIES).encode()
_SEVERITY = re.compile(_BEGINS)
_SERVICES = frozenset(PROGRAMS) | {"master"}


def _read(program: str, text: bytes) -> Iterable[Event]:
    if found := _SEVERITY.match(text):
        service = (program if program in _SERVICES else OTHER) if program else UNKNOWN
        yield SEVERE, service, found["severity"].decode()


MESSAGES = Collector(begins=unnamed(_BEGINS), read=_read, before_word=unnamed(_BEGINS))
