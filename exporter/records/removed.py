"""Messages that left the queue, or go on in it under another queue id.

In: a block, the lines `removed` in it, and the messages that somebody waits for. Out: those of
them that left, and whether because they were too old. Of a line: what it says of a message that
`postsuper -r` put into the queue once more.
Pure. Trust: RFC 5424 may have lost who spoke; else the queue manager and postsuper are believed
about ends, and pickup, which gives the new queue id.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence
from typing import NamedTuple

from exporter.records.fields import QUEUE_ID
from exporter.records.line import LineReader
from exporter.records.patterns import but, many

Removed = Sequence[bytes]
"""What a line `removed` holds: the first three fields of a line.Delivery, and maybe empty ones."""

REMOVED = b": removed"
"""How a line of such a message goes on behind its queue id."""

_EXPIRED = b"expired, returned to sender\n"
# src/qmgr/qmgr_active.c, src/postsuper/postsuper.c
_ENDED = re.compile(
    rb"(?P<queue_id>" + QUEUE_ID + rb"): (?:removed"
    rb"|from=<.*>, status=(?:force-|(?P<expired>))expired, returned to sender)",
    re.DOTALL,
)
_ENDING = frozenset({b"qmgr", b"nqmgr", b"oqmgr", b"postsuper"})
_ORIG_ID = b" orig_id="
REQUEUED_FROM = (
    rb"uid=[0-9]++ from=<" + but(b">\n") + rb"*+" + many(rb">(?! orig_id=)" + but(b">\n") + rb"*+")
    + rb"> orig_id="
)  # fmt: skip
"""How the line of a message that was requeued goes on behind its queue id."""
# src/pickup/pickup.c; what others chose stands before the last `>`
_REQUEUED = re.compile(
    rb"(?P<queue_id>" + QUEUE_ID + rb"): uid=[0-9]++ from=<.*> orig_id=(?P<before>" + QUEUE_ID
    + rb")",
    re.DOTALL,
)  # fmt: skip
_REQUEUING = frozenset({b"pickup"})


class Ended(NamedTuple):
    """A message that left the queue; `expired` says that it was too old and given up.

    `origin` is as in line.Delivery.
    """

    origin: bytes
    queue_id: bytes
    expired: bool


class Requeued(NamedTuple):
    """A message that goes on as `queue_id`, and was `before`; `origin` is as in line.Delivery.

    `place` is how many records of its block stand before it.
    """

    place: int
    origin: bytes
    queue_id: bytes
    before: bytes


class Ends:
    """Finds the ends of messages, and their new queue ids."""

    def __init__(self, lines: LineReader) -> None:
        self._lines = lines

    def find(
        self, block: bytes, removed: Iterable[Removed], queue_ids: Container[bytes]
    ) -> list[Ended]:
        """Give those of the messages `queue_ids` that left the queue, the expired ones first."""
        lines = _expired_in(block, queue_ids)
        expired = [ended for line in lines if (ended := self._read(line))]
        waited_for = [(one[1], one[2]) for one in removed if one[2] in queue_ids]
        return expired + [Ended(*one, False) for one in waited_for if _is_of(one[0], _ENDING)]

    def removed(self, line: bytes) -> list[Removed]:
        """Give what a line says that is read on its own."""
        ended = self._read(line) if line.endswith(REMOVED) else None
        return [(b"", ended.origin, ended.queue_id)] if ended else []

    def requeued(self, line: bytes, place: int) -> list[Requeued]:
        """Give what a line says that is read on its own; `place` is that of the next record."""
        message = self._lines.message(line) if _ORIG_ID in line else None
        told = _REQUEUED.fullmatch(message.text) if message else None
        if message is None or told is None or not _is_of(message.origin, _REQUEUING):
            return []
        return [Requeued(place, message.origin, told["queue_id"], told["before"])]

    def _read(self, line: bytes) -> Ended | None:
        message = self._lines.message(line)
        ended = _ENDED.fullmatch(message.text) if message else None
        if message is None or ended is None or not _is_of(message.origin, _ENDING):
            return None
        return Ended(message.origin, ended["queue_id"], ended["expired"] is not None)


def _is_of(origin: bytes, programs: Container[bytes]) -> bool:
    """Whether one of the programs spoke, or who spoke is lost."""
    _, slash, program = origin.partition(b" ")[2].rpartition(b"/")
    return not slash or program in programs


def _expired_in(block: bytes, queue_ids: Container[bytes]) -> list[bytes]:
    """Give the lines that may say that one of these messages expired."""
    lines, place = [], block.find(_EXPIRED)
    while place >= 0:
        line = block[block.rfind(b"\n", 0, place) + 1 : place + len(_EXPIRED) - 1]
        if line.partition(b": from=<")[0].rpartition(b" ")[2] in queue_ids:
            lines.append(line)
        place = block.find(_EXPIRED, place + len(_EXPIRED))
    return lines
