"""Who sent a message: what lines say of it when they name its queue id.

In: lines of the queue manager, or of those who take mail in. Out: for blocks the pieces of a
pattern, for single lines the same pieces: a Delivery whose fields behind the queue id are empty but
for `text`, which has the name of the sender in it.
Lost: nothing. Pure. The queue manager tells a message's sender before each of its runs (Postfix'
src/qmgr/qmgr_message.c); who takes it in, once (src/smtpd/smtpd.c, src/pickup/pickup.c).
Trust: a sender chooses its address. It is read right behind tag and queue id, where the queue
manager writes it and no other program writes what outsiders say; a quoted local part is read as a
quoted string (RFC 5321, 4.1.2). Of the address only the domain goes on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import NamedTuple

from exporter.records.fields import QUEUE_ID
from exporter.records.line import Delivery, LineReader, split_address
from exporter.records.patterns import but, many, maybe
from exporter.records.removed import REQUEUED_FROM, Removed, Requeued

BY_DOMAIN, BY_SERVICE, BY_USER = WAYS = ("domain", "service", "user")
"""What may name a sender."""

NULL_SENDER, NO_DOMAIN = b"", b"-"
"""The names of the null reverse-path (RFC 5321, 4.5.5), and of a sender without a domain."""

NO_USER = b""
"""The name of who did not log in."""

_EMPTY = Delivery._make([b""] * len(Delivery._fields))


class Way(NamedTuple):
    """How senders are read.

    `told`: how lines that tell one go on behind the queue id; `piece`: the pattern of what stands
    there in the usual ones before the text of their piece; `before`: how it begins; `text`: the
    text of the piece of any other line, by what stands there, None if it tells nothing; `name`: the
    sender's name in that text.
    """

    told: bytes
    piece: bytes
    before: bytes
    text: Callable[[bytes], bytes | None]
    name: Callable[[bytes], bytes]


@cache
def _compiled(pattern: bytes) -> re.Pattern[bytes]:
    """Compile a pattern when it is needed: where no senders are counted, none is."""
    return re.compile(pattern)


# -- the domain of the envelope sender -----------------------------------------------------------

_FROM = rb"from=<"
_ACTIVE = rb">, size=[0-9]++, nrcpt=[0-9]++ \(queue [a-z]++\)"
_USUAL_SENDER = (
    _FROM + maybe(but(b'"<>@\n') + rb"*+(?=@)") + rb"(?=" + maybe(rb"@[A-Za-z0-9._-]++")
    + _ACTIVE + rb"\n)"
)  # fmt: skip
# an address ends at the first `>` before the next field, but never inside a quoted string
_ADDRESS = (
    rb"(?:\"" + many(rb"[^\"\\\n]", rb"\\[^\n]") + rb"\"|(?!\"))"
    + many(rb"[^>\n]", rb">(?!" + _ACTIVE[1:] + rb"\Z)")
)  # fmt: skip
_SENDER = _FROM + rb"(?P<address>" + _ADDRESS + rb")" + _ACTIVE


def _text_of_sender(told: bytes) -> bytes | None:
    """Give `@DOMAIN>`, as the text of a usual line begins, or what stands for no domain."""
    found = _compiled(_SENDER).fullmatch(told)
    if found is None:
        return None
    address = found["address"]
    _, domain = split_address(address)
    if domain or address.endswith(b"@"):
        return b"@" + domain.replace(b">", b"?") + b">"  # neither is in a domain
    return (NO_DOMAIN if address else NULL_SENDER) + b">"


def _name_of_sender(text: bytes) -> bytes:
    return text.partition(b">")[0]


# -- the user who logged in ------------------------------------------------------------------------

_BROUGHT = rb"(?:client=|uid=[0-9]++ from=<)"
_USER = b", sasl_username="
_BEHIND_USER = b", sasl_sender="


def _text_of_user(told: bytes) -> bytes | None:
    return told if re.match(_BROUGHT, told) else None


def _name_of_user(text: bytes) -> bytes:
    # a client's name is a host name: there is no blank in it
    client, _, user = text.partition(_USER)
    return user.partition(_BEHIND_USER)[0] if client.startswith(b"client=") else NO_USER


READ: Mapping[str, Way] = {
    BY_DOMAIN: Way(_FROM, _USUAL_SENDER, _FROM, _text_of_sender, _name_of_sender),
    BY_USER: Way(
        rb"client=|uid=",
        rb"(?!" + REQUEUED_FROM + rb")(?=" + _BROUGHT + rb")",
        b"",
        _text_of_user,
        _name_of_user,
    ),
}
"""The ways that need lines of their own; what a record itself tells is not among them."""

_MESSAGE = rb"(?s)(?P<queue_id>" + QUEUE_ID + rb"): (?P<told>.*)"


class Senders:
    """Reads lines that are not as usual."""

    def __init__(self, lines: LineReader, way: Way) -> None:
        self._lines, self._way = lines, way
        self._may_tell = re.compile(b": (?:" + way.told + b")").search

    def steps(
        self, line: bytes, removed: Iterable[Removed], requeued: Iterable[Requeued]
    ) -> list[Delivery]:
        """Give what a line tells of queue ids, which was read in it or is the name of a sender."""
        steps = [_step(origin, queue_id) for _, origin, queue_id, *_ in removed]
        steps += [_step(one.origin, one.queue_id, before=one.before) for one in requeued]
        message = self._lines.message(line) if not steps and self._may_tell(line) else None
        found = _compiled(_MESSAGE).fullmatch(message.text) if message else None
        text = self._way.text(found["told"]) if found else None
        if message and found and text is not None:
            steps.append(_step(message.origin, found["queue_id"], text=text))
        return steps


def _step(origin: bytes, queue_id: bytes, *, before: bytes = b"", text: bytes = b"") -> Delivery:
    """Give what a line tells in the form of a record; `before` is a queue id."""
    return _EMPTY._replace(origin=origin, queue_id=queue_id, local_part=before, text=text)
