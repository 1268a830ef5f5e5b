"""qmgr(8): messages that enter the active queue, that leave, and that are too old.

In: lines of the queue manager. Out: events.
Pure. Trust: a sender may hold what looks like the end of the line; the line's own end counts.
The forms are those of src/qmgr/qmgr_active.c and qmgr_message.c. A message enters the active queue
anew with each retry.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from exporter.records.services.event import ID, Collector, Event, Piece, program_of

PROGRAMS = ("qmgr", "nqmgr", "oqmgr")
_MANAGERS = frozenset(map(str.encode, PROGRAMS))
_RECIPIENTS = b", nrcpt="

_EXPIRED = re.compile(
    ID + rb"from=<.*>, status=(?P<status>expired|force-expired), returned to sender", re.DOTALL
)


def inserted(programs: Sequence[bytes], active: Sequence[bytes]) -> dict[str, list[int]]:
    """Give the numbers of messages that entered the active queue.

    They are told by program and `Piece.active`; all are read at once, for sizes are seldom alike.
    """
    others = {one for one in set(programs) if program_of(one) not in _MANAGERS}
    if others:
        active = [
            one for program, one in zip(programs, active, strict=True) if program not in others
        ]
    if not active:
        return {}
    numbers = list(map(int, _RECIPIENTS.join(active).split(_RECIPIENTS)))
    return {"qmgr_inserted_size": numbers[::2], "qmgr_inserted_recipients": numbers[1::2]}


def _active(piece: Piece) -> Iterable[Event]:
    size, _, recipients = piece.active.partition(_RECIPIENTS)
    yield "qmgr_inserted_size", size.decode()
    yield "qmgr_inserted_recipients", recipients.decode()


def _removed(_: Piece) -> Iterable[Event]:
    return [("qmgr_messages_removed",)]


def _read(_: str, text: bytes) -> Iterable[Event]:
    if expired := _EXPIRED.fullmatch(text):
        yield "qmgr_messages_expired", expired["status"].decode()


QMGR = Collector(
    programs=PROGRAMS,
    usual={
        (program.encode(), kind): read
        for program in PROGRAMS
        for kind, read in ((b"from=<", _active), (b"removed", _removed))
    },
    begins=rb"from=<[^\n]*returned to sender(?=\n|\Z)",
    read=_read,
)
