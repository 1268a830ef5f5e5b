"""qmgr(8): messages that enter the active queue, that leave, and that are too old.

In: lines of the queue manager. Out: events.
Pure. Trust: a sender may hold what looks like the end of the line; the line's own end counts.
The forms are those of src/qmgr/qmgr_active.c and qmgr_message.c. A message enters the active queue
anew with each retry.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from exporter.records.services.event import ID, Collector, Event
from exporter.records.services.forms import ACTIVE, RECIPIENTS, REMOVED, SIZE

MANAGERS = ("qmgr", "nqmgr", "oqmgr")

_EXPIRED = re.compile(
    ID + rb"from=<.*>, status=(?P<status>expired|force-expired), returned to sender", re.DOTALL
)


def inserted(active: Iterable[bytes]) -> dict[str, list[int]]:
    """Give the numbers of messages that entered the active queue, by what is left of their lines.

    All are read at once, for sizes are seldom alike.
    """
    numbers = list(map(int, b"".join(active).replace(RECIPIENTS, SIZE).split(SIZE)[1:]))
    sizes, recipients = numbers[::2], numbers[1::2]
    return {"qmgr_inserted_size": sizes, "qmgr_inserted_recipients": recipients} if numbers else {}


def _active(_: str, left: bytes) -> Iterable[Event]:
    for family, numbers in inserted([left]).items():
        yield family, str(numbers[0])


def _removed(_program: str, _left: bytes) -> Iterable[Event]:
    return [("qmgr_messages_removed",)]


def _read(_: str, text: bytes) -> Iterable[Event]:
    if expired := _EXPIRED.fullmatch(text):
        yield "qmgr_messages_expired", expired["status"].decode()


QMGR = Collector(
    programs=MANAGERS,
    usual={ACTIVE: _active, REMOVED: _removed},
    begins=rb"from=<[^\n]*returned to sender(?=\n|\Z)",
    read=_read,
)
