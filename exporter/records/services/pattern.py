"""The pattern that takes a block apart into what services say.

In: the kind of header, and what collectors want. Out: a pattern, and what its groups are.
Pure. Every repetition is possessive but one, which gives back what is behind the last `>` of a line
and no more, so the pattern takes linear time on any input.

Each line is one match. A text of a usual form gives what counts of it, and nothing that differs
from line to line; a text that a collector wants is taken whole; all other lines are empty.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from exporter.records.fields import PLAIN_TLS, QUEUE_ID
from exporter.records.kinds import Kind, stranger_of
from exporter.records.line import IN_TAG, Tags
from exporter.records.patterns import but, maybe
from exporter.records.services.event import ID, Piece, program_of
from exporter.records.services.tls import ESTABLISHED


class Groups(NamedTuple):
    """The groups of a match, those of a Piece in another order.

    Of the kinds `peer` are those that a host follows, and then `rest`; `about` are the others.
    """

    program: bytes
    peer: bytes
    rest: bytes
    about: bytes
    size: bytes
    recipients: bytes
    level: bytes
    text: bytes
    odd: bytes


CLIENT, MESSAGE_ID, REMOVED, ACTIVE, RECORD = (
    b"client=", b"message-id=", b"removed", b"from=<", b"to=<"
)  # fmt: skip
_SESSIONS = (b"disconnect from ", b"connect from ", *ESTABLISHED)
"""How usual texts begin, those of messages behind the queue id."""

_NEVER = rb"(?!)"
_SAYS_SOMETHING = rb"(?!message repeated )[^\[ \n@{\"][^\n]*+"
# what a sender chose stands before the last `>`
_ACTIVE = (
    rb".*>, size=(?P<size>[0-9]{1,15}+), nrcpt=(?P<recipients>[0-9]{1,9}+) \(queue active\)(?=\n)"
)


def piece_of(groups: tuple[bytes, ...]) -> Piece:
    """Give the piece that a match is."""
    program, peer, rest, about, size, recipients, level, text, odd = groups
    kind = peer or about or (ACTIVE if size else RECORD if level else b"")
    return Piece(program_of(program), kind, rest, size, recipients, level, text, odd)


def texts(kinds: Collection[bytes], begins: Iterable[bytes]) -> bytes:
    """Give the pattern of texts; usual ones of these kinds, others that begin so.

    All groups are there, so that a match has always the same.
    """

    def wanted(*some: bytes) -> bytes:
        return b"|".join(kind for kind in some if kind in kinds) or _NEVER

    host, method = but(b" ,\n") + rb"++", rb", sasl_method=" + but(b" ,\n") + rb"++"
    about = wanted(MESSAGE_ID, REMOVED).replace(REMOVED, REMOVED + rb"(?=\n)")
    usual = (
        rb"(?P<peer>%b)" % wanted(CLIENT, *_SESSIONS) + host
        + rb"(?P<rest>%b| [^\n]*+|)[^\n]*+" % method
        + rb"|(?P<about>%b)[^\n]*+" % about
        + rb"|%b" % wanted(ACTIVE) + _ACTIVE
        + rb"|%b" % wanted(RECORD) + PLAIN_TLS + rb"[^\n]*+"
    )  # fmt: skip
    whole = rb"(?=%b(?:%b))(?P<text>[^\n]++)" % (maybe(ID), b"|".join(begins) or _NEVER)
    return maybe(QUEUE_ID + b": ") + rb"(?:%b)|" % usual + whole + rb"|" + _SAYS_SOMETHING


def line_of(kind: Kind, tags: Tags, text: bytes) -> bytes:
    """Give the pattern of one line of a block; it begins with the newline before it."""
    return (
        rb"\n" + kind.priority + kind.timestamp + rb" " + kind.host + rb" " + tags.name
        + rb"(?P<program>" + IN_TAG + rb"++)" + kind.after + rb"(?:%b)|" % text
        + stranger_of(kind, tags) + rb"|\n(?P<odd>[^\n]*+)"
    )  # fmt: skip
