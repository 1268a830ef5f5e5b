"""Who sent a message: what lines say of it when they name its queue id.

In: lines of the queue manager. Out: for blocks the piece of a pattern, for single lines the same
piece of their own: a Delivery whose fields behind the queue id are empty, but for `text`, which
begins with what names the sender.
Lost: nothing. Pure. The queue manager tells a message's sender before each of its runs (Postfix'
src/qmgr/qmgr_message.c), so that it is known even if it was not in memory.
Trust: a sender chooses its address. It is read where the queue manager writes it and nowhere else,
a quoted local part as a quoted string (RFC 5321, 4.1.2); of the address only the domain goes on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from exporter.records.fields import QUEUE_ID
from exporter.records.line import Delivery, LineReader, split_address
from exporter.records.patterns import but, many, maybe
from exporter.records.removed import Removed, Requeued, is_of

BY_DOMAIN, BY_SERVICE, BY_USER = WAYS = ("domain", "service", "user")
"""What may name a sender."""

TOLD = rb"from=<"
"""How a line goes on behind the queue id."""

NULL_SENDER, NO_DOMAIN = b"", b"-"
"""What names the null reverse-path (RFC 5321, 4.5.5), and a sender without a domain."""

_ACTIVE = rb">, size=[0-9]++, nrcpt=[0-9]++ \(queue [a-z]++\)"
SENDER = (
    TOLD + maybe(but(b'"<>@\n') + rb"*+(?=@)") + rb"(?=" + maybe(rb"@[A-Za-z0-9._-]++")
    + _ACTIVE + rb"\n)"
)  # fmt: skip
"""The usual line up to where its `text` begins: `@DOMAIN>` or, for the null sender, `>`."""

# an address ends at the first `>` before the next field, but never inside a quoted string
_ADDRESS = (
    rb"(?:\"" + many(rb"[^\"\\\n]", rb"\\[^\n]") + rb"\"|(?!\"))"
    + many(rb"[^>\n]", rb">(?!, size=)")
)  # fmt: skip
_SENDER = re.compile(
    rb"(?P<queue_id>" + QUEUE_ID + rb"): " + TOLD + rb"(?P<address>" + _ADDRESS + rb")" + _ACTIVE
)
_TELLING = frozenset({b"qmgr", b"nqmgr", b"oqmgr"})
_LINE = b": " + TOLD
_EMPTY = Delivery._make([b""] * len(Delivery._fields))


class Senders:
    """Reads lines that are not as usual."""

    def __init__(self, lines: LineReader) -> None:
        self._lines = lines

    def steps(
        self, line: bytes, removed: Iterable[Removed], requeued: Iterable[Requeued]
    ) -> list[Delivery]:
        """Give what a line tells of queue ids, which was read in it or is the name of a sender."""
        steps = [_step(origin, queue_id) for _, origin, queue_id, *_ in removed]
        steps += [_step(one.origin, one.queue_id, before=one.before) for one in requeued]
        message = self._lines.message(line) if _LINE in line else None
        told = _SENDER.fullmatch(message.text) if message else None
        if message and told and is_of(message.origin, _TELLING):
            steps.append(_step(message.origin, told["queue_id"], name=_name(told["address"])))
        return steps


def _step(
    origin: bytes, queue_id: bytes, *, before: bytes = b"", name: bytes | None = None
) -> Delivery:
    """Give what a line tells in the form of a record; `before` is a queue id."""
    text = b"" if name is None else name + b">"
    return _EMPTY._replace(origin=origin, queue_id=queue_id, local_part=before, text=text)


def _name(address: bytes) -> bytes:
    if not address:
        return NULL_SENDER
    _, domain = split_address(address)
    if not domain and not address.endswith(b"@"):
        return NO_DOMAIN
    return b"@" + domain.replace(b">", b"?")  # neither is in a domain


def name_of(text: bytes) -> bytes:
    """Give what names the sender in the text of a piece: `@DOMAIN`, NULL_SENDER or NO_DOMAIN."""
    return text[: text.index(b">")]
