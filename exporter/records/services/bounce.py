"""bounce(8): notifications that it sent.

In: lines of bounce, by whatever name it runs. Out: events.
Pure. The forms are those of src/bounce/bounce_notify_service.c, bounce_one_service.c,
bounce_warn_service.c and bounce_trace_service.c.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from exporter.records.services.event import ID, Collector, Event, known
from exporter.records.services.forms import NOTIFIED

PROGRAMS = ("bounce", "defer", "trace")
TYPES = frozenset({"non-delivery", "delay", "delivery status"})

_NOTIFICATION = re.compile(
    ID + rb"(?P<recipient>sender|postmaster) (?P<type>[a-z -]{1,40}?) notification: "
)


def _read(_: str, text: bytes) -> Iterable[Event]:
    if found := _NOTIFICATION.match(text):
        yield "bounce_notifications", found["recipient"].decode(), known(found["type"], TYPES)


def _notified(program: str, left: bytes) -> Iterable[Event]:
    return _read(program, b"X: sender%b: " % left)


BOUNCE = Collector(
    programs=PROGRAMS,
    usual={NOTIFIED: _notified},
    begins=rb"(?:sender|postmaster) [a-z]",
    read=_read,
)
