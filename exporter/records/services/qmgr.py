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


ACTIVE = b"from=<"


def inserted(pieces: Iterable[tuple[bytes, ...]]) -> Iterator[tuple[Event, int]]:
    """Give the events of messages that entered the active queue, and how often each is there.

    Sizes are seldom alike, so these pieces (fields of a Piece) are read all at once.
    """
    active = [piece for piece in pieces if program_of(piece[0]) in _PROGRAMS]
    for family, place in (("qmgr_inserted_size", 4), ("qmgr_inserted_recipients", 5)):
        for number, times in Counter([piece[place] for piece in active]).items():
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
