"""Delivery records in lines of no known form: what is lost must be told.

In: a line that is read as none of Postfix', or the message of one that says nothing. Out: whether
a delivery record is lost in it.
Pure. Only lines come here that the pattern for blocks (parse.py) does not take.
Trust: an outsider may have a record written into what another program says. So the program must be
named before the record, with nothing between them but columns, keys and a queue id; or behind it,
as a field, where none is named before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cached_property

from exporter.records.agents import DELIVERING, PROGRAM
from exporter.records.fields import QUEUE_ID
from exporter.records.patterns import many, maybe

_RECIPIENT = re.compile(rb"(?<![0-9A-Za-z_])to=")
_FIELDS = (b"relay=", b"delay=", b"status=")
_CEE = rb"@cee: *+"
_BEGINS_ODDLY = re.compile(rb"[@{\"\[]|[0-9A-Za-z_]++(?:=| to=)")
"""How a message begins that the pattern for blocks leaves to the grammar of one line."""

# what an outsider wrote stands behind `<`, `(` or a colon and a blank
_COLUMNS = many(rb"[^:<>()]++", rb":(?=[\"0-9])", rb"(?<=\"): ?") + maybe(rb": *+")
_BEHIND_TAG = re.compile(maybe(rb" ?\[[0-9]++\]") + rb":?" + _COLUMNS, re.DOTALL)
_BEHIND_NOTHING = re.compile(maybe(_CEE) + _COLUMNS, re.DOTALL)
_BEGIN_OF_FIELD = re.compile(rb"[\"'=,;|\t]" + maybe(QUEUE_ID + rb": *+") + rb"\Z")
_NAME = re.compile(rb"[0-9A-Za-z._/-]++\Z")
_LONGEST_NAME = 64
_LONGEST_ID = 64
# what journalctl writes in place of a long text, or of one that is no UTF-8
_BLOB = re.compile(rb"(?:\[[0-9.]++[BKMG] blob data\])?")


class Hidden:
    """Finds records that are lost; `names` are syslog names as in parse.Parser.

    `is_postfix` says whether a tag is Postfix'.
    """

    def __init__(self, names: Sequence[str], is_postfix: Callable[[bytes], object]) -> None:
        known = (name.encode() for name in names or ("postfix",))
        apart = b"|".join(rb"(?<=%b)" % re.escape(name) for name in known)
        self._pattern = rb"(?:/|(?:%b)[ _])%b(?![0-9A-Za-z_./-])" % (apart, PROGRAM)
        self._is_postfix = is_postfix

    @cached_property
    def _agent(self) -> re.Pattern[bytes]:
        return re.compile(self._pattern)  # when it is needed: most logs do not

    def in_message(self, tag: bytes, text: bytes) -> bool:
        """Whether a record is lost in the message of a Postfix line that is none."""
        if _BLOB.fullmatch(text):
            return tag.rpartition(b"/")[2] in DELIVERING
        if not _BEGINS_ODDLY.match(text):
            return False
        record = _record_in(text)
        return record >= 0 and _BEHIND_NOTHING.fullmatch(text, 0, record) is not None

    def in_line(self, line: bytes, header: re.Match[bytes] | None) -> bool:
        """Whether a record is lost in a line of no Postfix tag, or, without a header, of any."""
        if header is None:
            return self._is_named(line, 0)
        line = header.string
        begin = header.start("message")
        if line.startswith(b"@cee:", begin):
            return self._is_named(line, begin)
        record = _record_in(line)
        if record < 0:
            return False
        start = header.start("host" if header["host"] else "tag")
        agent = self._first(line, start, header.end("tag"))
        if agent is None and not header["host"] and line.startswith(b":", header.end("tag")):
            # a word, a colon and a tag: a host, or a program that quotes a log
            agent = self._first(line, begin, record)
            if agent is not None and agent.start() - len(_name(line, agent)) != begin:
                return False
        return agent is not None and _BEHIND_TAG.fullmatch(line, agent.end(), record) is not None

    def _is_named(self, line: bytes, start: int) -> bool:
        """Whether there is a record behind `start`, and beside it a program of Postfix."""
        record = _record_in(line, start)
        if record < 0:
            return False
        agent = self._first(line, start, record)  # behind it may be an outsider's
        if agent is not None:
            return _BEHIND_TAG.fullmatch(line, agent.end(), record) is not None
        if not _BEGIN_OF_FIELD.search(line[max(0, record - _LONGEST_ID) : record]):
            return False
        agent = self._first(line, line.find(b"status=", record), len(line))
        return agent is not None and _is_field(line, agent.start() - len(_name(line, agent)))

    def _first(self, line: bytes, start: int, end: int) -> re.Match[bytes] | None:
        """Give the first program that is Postfix' by its name."""
        for agent in self._agent.finditer(line, start, end):
            if agent[0][:1] != b"/" or self._is_postfix(_name(line, agent) + agent[0]):
                return agent
        return None


def _name(line: bytes, agent: re.Match[bytes]) -> bytes:
    """Give the syslog name before a program."""
    end = agent.start()
    name = _NAME.search(line[max(0, end - _LONGEST_NAME) : end])
    return name[0] if name else b""


def _is_field(line: bytes, start: int) -> bool:
    return line[start - 1 : start] in (b'"', b"=", b",", b";", b"|", b"\t")


def _record_in(line: bytes, start: int = 0) -> int:
    """Give where the first recipient of a delivery record is told, -1 if there is no record."""
    if line.find(b"status=", start) < 0:
        return -1
    begin = _RECIPIENT.search(line, start)
    place = begin.start() if begin else -1
    for field in _FIELDS:
        place = line.find(field, place) if place >= 0 else place
    return begin.start() if begin and place >= 0 else -1
