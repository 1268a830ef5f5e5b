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

from exporter.records.agents import DELIVERING
from exporter.records.fields import PLAIN_TLS, PLAIN_WITHOUT_TLS, QUEUE_ID
from exporter.records.headers import MESSAGE_ID as SOLARIS_ID
from exporter.records.kinds import KINDS, Kind, stranger_behind, stranger_of
from exporter.records.line import IN_TAG, Tags
from exporter.records.patterns import but, many, maybe
from exporter.records.services.event import ID, Piece, program_of
from exporter.records.services.tls import ESTABLISHED


class Groups(NamedTuple):
    """The groups of a match; each costs time, for every line.

    `about` and `session` are what the text begins with, behind a queue id and without one, `active`
    is size and number of recipients, `level` that of a record. A line without a program is an odd
    one, and its text is the whole line; unless it is empty.
    """

    program: bytes
    about: bytes
    method: bytes
    active: bytes
    level: bytes
    session: bytes
    rest: bytes
    text: bytes


CLIENT, MESSAGE_ID, REMOVED, ACTIVE, RECORD = (
    b"client=", b"message-id=", b"removed", b"from=<", b"to=<"
)  # fmt: skip
_SESSIONS = (b"disconnect from ", b"connect from ", *ESTABLISHED)
"""How usual texts begin, those of messages behind the queue id."""

_NEVER = rb"(?!)"
_SAYS_SOMETHING = rb"(?!message repeated )[^\[ \n@{\"][^\n]*+"
# what a sender chose stands before the last `>`
_ACTIVE = rb".*>, size=(?P<active>[0-9]{1,15}+, nrcpt=[0-9]{1,9}+) \(queue active\)(?=\n)"
_HOST = but(b" ,\n") + rb"++"
# of a client, which ends in `t=`, the mechanism; of others nothing
_CLIENT = rb"(?:(?<=t=)" + _HOST + rb"(?P<method>, sasl_method=" + but(b" ,\n") + rb"++|)|)[^\n]*+"


def piece_of(groups: tuple[bytes, ...]) -> Piece:
    """Give the piece that a match is."""
    program, about, method, active, level, session, rest, text = groups
    kind = session or about or (ACTIVE if active else RECORD if level else b"")
    return Piece(program_of(program), kind, rest or method, active, level, text)


def _texts(kinds: Collection[bytes], begins: Iterable[bytes]) -> bytes:
    """Give the pattern of texts; usual ones of these kinds, others that begin so.

    All groups are there, so that a match has always the same. What no collector wants is matched to
    its end, what one wants whole is left for the group `text`.
    """

    def wanted(*some: bytes) -> bytes:
        return b"|".join(kind for kind in some if kind in kinds) or _NEVER

    about = wanted(CLIENT, MESSAGE_ID, REMOVED).replace(REMOVED, REMOVED + rb"(?=\n)")
    of_message = (
        rb"(?P<about>%b)" % about + _CLIENT
        + rb"|%b" % wanted(ACTIVE) + _ACTIVE
        + rb"|%b" % wanted(RECORD) + PLAIN_TLS + rb"[^\n]*+"
        + (rb"" if RECORD in kinds else rb"|to=<[^\n]*+")
    )  # fmt: skip
    return b"|".join([
        QUEUE_ID + rb": (?:%b)" % of_message,
        rb"(?P<session>%b)" % wanted(*_SESSIONS) + _HOST + rb"(?P<rest>[^\n]*+)",
        rb"(?=%b(?:%b))" % (maybe(ID), b"|".join(begins) or _NEVER),
        _SAYS_SOMETHING,
    ])  # fmt: skip


class Header(NamedTuple):
    """Patterns of what stands before a tag, its newline included, and what follows the tag.

    `stranger` is a plain line of another program.
    """

    before: bytes
    after: bytes
    stranger: bytes


def header_of(kind: Kind, tags: Tags) -> Header:
    """Give the headers of a kind."""
    before = rb"\n" + kind.priority + kind.timestamp + rb" " + kind.host + rb" "
    return Header(before, kind.after, stranger_of(kind, tags))


def header_like(before: bytes, tags: Tags) -> Header:
    """Give the headers that are like a line's, by the pattern before the tag."""
    after = KINDS["traditional"].after + SOLARIS_ID
    return Header(before, after, stranger_behind(before, after, tags))


def line_of(header: Header, tags: Tags, kinds: Collection[bytes], begins: Iterable[bytes]) -> bytes:
    """Give the pattern of one line of a block; it begins with the newline before it.

    Usual texts are of these `kinds`, others begin as `begins` says. Records before it that say
    nothing are part of the match, so that they cost no object.
    """
    before, silent = header.before + tags.name, PLAIN_WITHOUT_TLS if RECORD in kinds else rb""
    record = (
        rb"(?:%b)" % b"|".join(sorted(DELIVERING)) + header.after + QUEUE_ID
        + rb": to=<" + silent + rb"[^\n]*+"
    )  # fmt: skip
    return (
        rb"(?:" + before + many(record + before)
        + rb"(?P<program>" + IN_TAG + rb"++)" + header.after + rb"(?:%b)|" % _texts(kinds, begins)
        + header.stranger + rb"|\n)(?P<text>[^\n]*+)"
    )  # fmt: skip
