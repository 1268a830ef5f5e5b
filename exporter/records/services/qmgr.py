"""qmgr(8): messages that enter the active queue, that leave, and that are too old.

In: lines of the queue manager. Out: events.
Pure. Trust: a sender may hold what looks like the end of the line; the line's own end counts.
The forms are those of src/qmgr/qmgr_active.c and qmgr_message.c. A message enters the active queue
anew with each retry.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from exporter.records.services.event import ID, Collector, Event, program_of

PROGRAMS = ("qmgr", "nqmgr", "oqmgr")
_PROGRAMS = frozenset(map(str.encode, PROGRAMS))

_EXPIRED = re.compile(
    ID + rb"from=<.*>, status=(?P<status>expired|force-expired), returned to sender", re.DOTALL
)


def inserted(active: Iterable[tuple[bytes, bytes, bytes]]) -> Iterator[tuple[Event, int]]:
    """Give the events of messages that entered the active queue, and how often each is there.

    These are told by program, size and number of recipients. Sizes are seldom alike, so all are
    read at once.
    """
    by_managers = [one for one in active if program_of(one[0]) in _PROGRAMS]
    for family, place in (("qmgr_inserted_size", 1), ("qmgr_inserted_recipients", 2)):
        numbers = Counter([one[place] for one in by_managers])
        for number, times in numbers.items():
            yield (family, number.decode()), times


def _read(_: str, text: bytes) -> Iterable[Event]:
    if expired := _EXPIRED.fullmatch(text):
        yield "qmgr_messages_expired", expired["status"].decode()


QMGR = Collector(
    programs=PROGRAMS,
    usual={(program, b"removed"): lambda _: [("qmgr_messages_removed",)] for program in _PROGRAMS},
    begins=rb"from=<[^\n]*returned to sender\n",
    read=_read,
)
