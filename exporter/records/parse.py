"""Log lines to delivery records.

In: a block of complete lines. Out: its delivery records in log order, the messages that were
removed from the queue, how many lines were delivery records, other Postfix lines, lines of other
programs, and records that cannot be read; and what services said, where that is wanted.
Lost: nothing silently. A record cut at 2000 bytes before its status is `unparsed`.
Trust: a receiver controls the reply text and the relay's host name, a sender controls recipients,
message ids and headers, any local program controls its own tag. So the record must start right
after the syslog tag and the queue id, its fields are read in the order in which
Postfix' src/global/log_adhoc.c writes them, a quoted recipient is read as a quoted string
(RFC 5321, 4.1.2), and the text in parentheses is never searched.

How it is fast. One pattern takes a block apart into exactly these pieces: runs of Postfix lines
that say nothing (skipped inside the pattern, they cost no Python object), plain delivery records
and removed messages (a tuple of their fields), lines of which collectors want something, plain
lines of other programs, and every line that is none of these, which the slow and complete grammar
of one line (line.py) then reads. Every
repetition is possessive and every piece begins at a newline, so the pattern never goes back and
takes linear time on any input. The lines of a log begin alike, so there is a pattern for each kind
of header, and the block's first line tells which to take. Headers of all other forms are rewritten
to one of these kinds (headers.py), and a pattern for all kinds reads the block: at once where the
first line has such a header, else if more than a few lines are not of the first line's kind.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, lru_cache, partial
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from exporter.records.fields import FIELDS, QUEUE_ID
from exporter.records.first_line import Like, like_first
from exporter.records.headers import MESSAGE_ID, PASSES_ON, has_front, rewritten
from exporter.records.kinds import (
    FEW,
    KINDS,
    MANY,
    NO_HEADER,
    Kind,
    has_common_header,
    kind_of,
    stranger_of,
)
from exporter.records.line import Delivery, LineReader, Tags, tags_of
from exporter.records.patterns import but, many, maybe
from exporter.records.removed import REMOVED, REQUEUED_FROM, Ends, Removed, Requeued
from exporter.records.selftest import check_blocks, check_forms, check_lines
from exporter.records.senders import READ, Senders, Way

if TYPE_CHECKING:
    from exporter.records.services.pattern import Wanted

RESULTS = ("delivery", "other", "ignored", "unparsed")
"""What a line can turn out to be."""


Said = tuple[bytes, bytes]
"""An origin, and what is left of a line."""


class Records(NamedTuple):
    """What a block held: records in log order, its number of lines by result, removed messages.

    `requeued` are messages with another queue id, in log order. Where senders are read, `steps` are
    all that is told of queue ids, in log order: records, removed messages, those of senders.py, and
    requeued ones, with the queue id before in place of a local part. `said` is what is left of
    lines that collectors want, by origin, with how often; and odd lines, whole, by no origin.
    `entered` are messages that entered the active queue, with what is left of their lines; where
    senders are read, the lines that tell one, as in `steps`.
    """

    deliveries: list[Delivery]
    delivery: int = 0
    other: int = 0
    ignored: int = 0
    unparsed: int = 0
    removed: tuple[Removed, ...] = ()
    requeued: tuple[Requeued, ...] = ()
    steps: Sequence[Sequence[bytes]] = ()
    said: Mapping[Said, int] = {}
    entered: Sequence[Sequence[bytes]] = ()


# no record, not even in another form (hidden.py), no removed or requeued message, nothing that
# stands for several lines, no header in a header
_NOTHING = (
    but(b" \n[@{\"") + rb"[0-9A-Za-z_]*+(?!=|: (?:to=|removed\n| |%b" + REQUEUED_FROM + rb")"
    # in the middle ` repeated `, or ` 23 20:` behind a month: one, as it is asked of each line
    rb"| [rt 0-3](?:epeated |o=|[0-9] [0-2][0-9]:)|-[0-9])"
)  # fmt: skip


def _nothing(senders: Way | None) -> bytes:
    """Give the pattern of how a text begins that says nothing to us.

    Texts that tell a sender do, unless they are read.
    """
    return _NOTHING.replace(b"%b", senders.told + b"|" if senders else b"")


def _unwanted(senders: Way | None, wanted: Wanted | None) -> bytes:
    """Give the pattern of a text that says nothing to us, nor to collectors."""
    said = rb"(?!%b)" % wanted.any() if wanted else b""
    return said + _nothing(senders) + rb"[^\n]*+"


_NO_CARRIER = rb"(?!postfix|" + PASSES_ON + rb")" + but(b" /:[\n") + rb"++"
"""The tag of another program that passes on no lines."""

_ORIGIN, _ORIGIN_AND_TEXT = itemgetter(1), itemgetter(1, 11)
_Pieces = tuple[list[Any], list[Any], list[int]]
"""The pieces of a block; those among them that only collectors want, or that are empty; and the
places among the first of those that only the complete grammar can read."""


def _block_pattern(kind: Kind, tags: Tags, senders: Way | None, wanted: Wanted | None) -> bytes:
    """Give the pattern of one piece of a block; every piece begins with the newline before it.

    A piece is a run of Postfix lines that say nothing, and then one line: a plain record, whose
    groups are the fields of Delivery; a removed message, of which the groups up to the queue id
    are there; where senders are read, the line that tells one, with the groups up to the queue id
    and `text`; a plain line of another program, all groups empty; or any other line, whole, in the
    group `text`. A record whose tag has lost the agent is one of these.
    Where something is `wanted`, a line of which it is has no queue id but the groups before, and
    `text` is what is left of it; a run of lines of which it is not has no `text`, and stands alone.
    """
    before, host = rb"\n" + kind.priority, kind.host + rb" "
    head = (
        before + rb"(?P<timestamp>" + kind.timestamp + rb") (?P<origin>" + host + tags.agent + rb")"
        + kind.after
    )  # fmt: skip
    told = (
        rb"(?P<queue_id>" + QUEUE_ID + rb"): (?:removed(?=\n)"
        + (rb"|" + senders.piece if senders else rb"|" + wanted.active if wanted else b"")
        + rb"|to=<(?P<local_part>" + but(b'"<>@\n') + rb"*+)@(?P<domain>[A-Za-z0-9._-]++)>, "
        + maybe(rb"orig_to=<[^\"<>\n]*+>, ") + FIELDS + rb")"
    )  # fmt: skip
    nothing = _nothing(senders)
    run = many(
        before + kind.timestamp + rb" " + host + tags.long + kind.after
        + _unwanted(senders, wanted)
    )  # fmt: skip
    rest = rb"|" + stranger_of(kind, tags) + rb"|\n)"
    if wanted is None:
        return run + rb"(?:" + head + told + rest + rb"(?P<text>[^\n]*+)"
    of_message, guard = wanted.of_message, b""
    if senders:
        of_message, guard = of_message + rb"|" + wanted.active, rb"(?!%b)" % senders.told
    texts = (
        rb"(?:" + wanted.other + rb"|" + told + rb"|" + QUEUE_ID + rb": " + guard
        + rb"(?:" + of_message + rb")|(?=%b)|(?=%b)(?=%b)|" % (wanted.plain, wanted.whole, nothing)
        + nothing + rb"[^\n]*+" + run + rb")"
    )  # fmt: skip
    # no text of a record or an odd line stands behind any other byte
    left = rb"(?P<text>(?<=[^(\n])(?:%b)|[^\n]*+)[^\n]*+" % wanted.left
    return rb"(?:" + head + texts + rest + left


class Parser:
    """Reads the blocks of one exporter; `syslog_names` restricts it to some Postfix instances.

    A name stands for itself and for what `-o syslog_name=NAME/service` adds to it. Without names,
    a line is Postfix' when its tag is `postfix` or `postfix-` and more, alone or before a slash,
    or ends in a slash and a Postfix program. `senders`, of senders.WAYS, says how it is read who
    sent a message; without, it is not. `wanted` is what collectors want of lines.
    """

    def __init__(
        self, syslog_names: Iterable[str] = (), senders: str = "", wanted: Wanted | None = None
    ) -> None:
        names = tuple(syslog_names)
        lines = LineReader(names)
        self.parse_line = lines.read
        self.ends = Ends(lines)
        self._way = READ.get(senders)
        self._senders = self._way and Senders(lines, self._way)
        self._wanted = wanted
        self._lines, self._names = lines, names
        self._findall = cache(self._checked)
        self._without_nothing = lru_cache(maxsize=64)(self._remover)
        self._rewritten = lru_cache(maxsize=64)(self._rewriter)

    def check(self) -> None:
        """Raise MisreadError unless this Python reads known lines as what they are."""
        check_lines(self._lines, self._known_name)
        self._findall("traditional")

    @property
    def _known_name(self) -> str:
        return self._names[0] if self._names else "postfix"

    def _checked(self, kind: str) -> Callable[[bytes], list[Any]]:
        """Give what takes a block of a kind apart; it has read known lines before."""
        pattern = _block_pattern(KINDS[kind], tags_of(self._names), self._way, self._wanted)
        findall = re.compile(pattern).findall
        check_blocks(kind, findall, self._known_name, self._way, self._wanted)
        return findall

    def _remover(self, before_tag: bytes) -> Callable[[bytes, bytes], bytes]:
        """Give what takes out the lines with such a header that say nothing."""
        check_forms(self._lines, self._known_name)
        line = before_tag + tags_of(self._names).long + rb"\[[0-9]++\]: " + MESSAGE_ID
        return re.compile(line + _unwanted(self._way, self._wanted)).sub

    def _rewriter(self, like: Like) -> Callable[[bytes], bytes]:
        """Give what rewrites the lines with such a header."""
        tag = rb"(?:%b|%b)%b: " % (tags_of(self._names).long, _NO_CARRIER, maybe(rb"\[[0-9]++\]"))
        message = maybe(MESSAGE_ID) + rb"(?=" + NO_HEADER + rb"[^ \[\n])"
        line = re.compile(like.before_tag + rb"(?P<tag>" + tag + rb")" + message)
        return partial(line.sub, like.rewritten)

    def parse(self, block: bytes) -> Records:
        """Read a block of complete lines, each ending in a newline."""
        lines = len(block) - len(block.replace(b"\n", b""))  # half again as fast as count()
        pieces, wanted, odd = self._pieces(b"\n" + block, lines)
        deliveries = [piece for piece in pieces if piece[5]]
        told = [piece for piece in pieces if piece[2] and not piece[5]]
        removed = told
        entered: Sequence[Any] = ()
        said: Mapping[Said, int] = {}
        if self._wanted is not None or self._senders is not None:
            removed = [piece for piece in told if not piece[11]]
        if self._wanted is not None:
            entered = [piece for piece in told if piece[11]]
            said = _said(wanted, removed)
        strangers = len(pieces) - len(deliveries) - len(told) - len(odd)
        delivery, other = len(deliveries), lines - len(deliveries) - strangers - len(odd)
        counted = Counter(delivery=delivery, other=other, ignored=strangers)
        requeued: Sequence[Requeued] = ()
        steps: Sequence[Any] = pieces if self._senders else ()
        if odd:
            deliveries, requeued, steps = self._with_odd_ones(pieces, odd, removed, counted)
        delivery, other, ignored, unparsed = (counted[result] for result in RESULTS)
        return Records(
            *(deliveries, delivery, other, ignored, unparsed, tuple(removed), tuple(requeued)),
            *(steps, said, entered),
        )

    def _pieces(self, data: bytes, lines: int) -> _Pieces:
        """Take a block apart, a newline before each line."""
        is_common = has_common_header(data)
        if is_common:
            found = self._found(kind_of(data[1:2]), data)
            if len(found[-1]) <= lines // FEW:
                return found
        if b"\n\0" in data:  # what a crash left: the complete grammar skips it, too
            data = re.sub(rb"\n\0++", b"\n", data)
        like = like_first(data[: data.find(b"\n", 1)]) if lines > MANY else None
        if like:
            data = self._without_nothing(like.before_tag)(b"", data)
        has_fronts = has_front(data)
        if like and not is_common:
            data = self._rewritten(like)(data)
            is_common = like.is_complete and has_common_header(data)
            found = self._found(kind_of(data[1:2]) if is_common else "any", data)
            if len(found[-1]) <= lines // FEW:
                return found
        return self._found("any", rewritten(data, front=has_fronts))

    def _found(self, kind: str, data: bytes) -> _Pieces:
        """Take a block of a kind apart."""
        pieces, wanted = self._findall(kind)(data), []
        pieces.pop()  # what follows the last newline: nothing
        if self._wanted is not None:
            wanted = [piece for piece in pieces if not piece[2]]
            pieces = [piece for piece in pieces if piece[2] or not piece[1]]
        odd = [place for place, piece in enumerate(pieces) if piece[11] and not piece[2]]
        return pieces, wanted, odd

    def _with_odd_ones(
        self, pieces: list[Any], odd: list[int], removed: list[Removed], counted: Counter[str]
    ) -> tuple[list[Delivery], list[Requeued], Sequence[Any]]:
        """Read the lines at the places `odd`; give all records in log order, new ids, and steps."""
        deliveries: list[Delivery] = []
        requeued: list[Requeued] = []
        steps: list[Any] = []
        following = 0
        for place in odd:
            line = pieces[place][11]
            result, found = self.parse_line(line)
            counted[result] += 1
            deliveries += [piece for piece in pieces[following:place] if piece[5]]
            deliveries += found
            ended, again = self.ends.removed(line), self.ends.requeued(line, len(deliveries))
            removed += ended
            requeued += again
            if self._senders is not None:
                steps += pieces[following:place]
                steps += found or self._senders.steps(line, ended, again)
            following = place + 1
        deliveries += [piece for piece in pieces[following:] if piece[5]]
        if self._senders is not None:
            steps += pieces[following:]
        return deliveries, requeued, tuple(steps)


def _said(wanted: list[Any], removed: list[Any]) -> Counter[Said]:
    """Give what is left of lines, by origin, with how often."""
    said = Counter(map(_ORIGIN_AND_TEXT, wanted))
    for origin, times in Counter(map(_ORIGIN, removed)).items():
        said[origin, REMOVED] = times
    return said
