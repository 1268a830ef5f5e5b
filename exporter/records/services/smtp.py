"""smtp(8): connections to receivers that failed, server by server.

In: lines of the SMTP client. Out: events.
Pure. A delivery may try several servers and then succeed, so these are no deliveries.
The form is that of src/smtp/smtp_connect.c.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from exporter.records.services.event import Collector, Event

_REASONS = {
    b"Connection timed out": "smtp_connections_timed_out",
    b"Operation timed out": "smtp_connections_timed_out",
    b"Connection refused": "smtp_connections_refused",
}
_FAILED = re.compile(rb"connect to [^ ]++ (?P<why>[A-Za-z ]++)")


def _read(_: str, text: bytes) -> Iterable[Event]:
    found = _FAILED.fullmatch(text)
    family = _REASONS.get(found["why"]) if found else None
    if family:
        yield (family,)


SMTP = Collector(
    programs=("smtp",),
    begins=rb"connect to ",
    read=_read,
    before_word=rb"connect to ",
    behind_word=rb" [A-Za-z ]++(?=\n)",
)
