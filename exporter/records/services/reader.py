"""Blocks of lines to events.

In: a block of complete lines, with headers of any form that is known. Out: how often each event
stands in it; the order of lines is lost, for counters do not need it.
Lost: nothing silently. Pure. A line that stands for several counts as often.

How it is fast. One pattern (pattern.py) takes a block apart, line by line, as parse.py's does. What
it gives of a line of a usual form has nothing that differs from line to line, so that a Counter
makes few of many; sizes of messages, which differ, are read all at once. Records of deliveries that
say nothing of TLS are skipped inside the pattern.
Where the first line's header is of another form, the pattern has that header in place of a usual
one (first_line.py); only where the lines are not alike they are rewritten. A line whose header is
another one than the block's is read by the grammar of one line (line.py), and what it says is put
into a line of the usual form: both readings are one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cache, cached_property, lru_cache
from itertools import filterfalse
from operator import itemgetter
from typing import Any, NamedTuple

from exporter.records.first_line import like_first
from exporter.records.headers import has_front, rewritten
from exporter.records.kinds import FEW, KINDS, MANY, has_common_header, kind_of
from exporter.records.line import LineReader, Tags, tags_of
from exporter.records.patterns import maybe
from exporter.records.selftest import check_services
from exporter.records.services.collectors import COLLECTORS
from exporter.records.services.event import ID, Collector, Event, Piece, program_of
from exporter.records.services.pattern import (
    Groups,
    Header,
    header_like,
    header_of,
    line_of,
    piece_of,
)
from exporter.records.services.qmgr import inserted
from exporter.records.services.severity import SEVERE

_PROGRAM, _ACTIVE = (itemgetter(Groups._fields.index(one)) for one in ("program", "active"))
_LINE = b"\nNov 23 20:15:19 x postfix/%b[1]: %b\n"
_KEPT, _LONGEST = 1024, 300
"""Pieces of which is remembered what they say, for the usual ones are few; and bytes of one."""

_LOST = b"lost"
"""Stands for the program where the header has lost it."""

_PROGRAMS = (b"smtp", b"smtpd", b"cleanup", b"qmgr", b"postscreen", b"bounce")
"""Programs that are told by what they say, where the header has lost them."""


_Groups = tuple[bytes, ...]
_Reader = tuple[Callable[[bytes], re.Match[bytes] | None], Callable[[str, bytes], Iterable[Event]]]


class Found(NamedTuple):
    """What a block held: events, each with how often, and numbers of histograms by family."""

    events: list[tuple[Event, int]]
    numbers: Mapping[str, list[int]]


class _Matches(NamedTuple):
    """The matches of a block: messages that entered the active queue, and how often others are."""

    active: list[_Groups]
    others: Counter[_Groups]

    @classmethod
    def of(cls, found: list[_Groups]) -> _Matches:
        return cls(list(filter(_ACTIVE, found)), Counter(filterfalse(_ACTIVE, found)))

    def odd(self) -> int:
        """Give the number of lines that only the complete grammar can read."""
        return sum(times for groups, times in self.others.items() if groups[-1] and not groups[0])


class ServiceReader:
    """Reads the blocks of one exporter for some collectors; `syslog_names` as in parse.Parser."""

    def __init__(self, collectors: Collection[str], syslog_names: Iterable[str] = ()) -> None:
        self._names = tuple(syslog_names)
        wanted = [one for name, one in COLLECTORS.items() if name in collectors]
        self._usual = {form: read for one in wanted for form, read in one.usual.items()}
        self._readers = {
            program: _readers_of(program, wanted) for one in wanted for program in one.programs
        }
        self._any_readers = _readers_of("", wanted)
        self._of_usual = lru_cache(_KEPT)(self._read_usual)
        self._kinds = {kind for _, kind in self._usual}
        self._begins = [one.begins for one in wanted]
        self._lines = LineReader(self._names)
        self._findall = cache(self._checked)
        self._findall_like = lru_cache(maxsize=64)(self._like)

    @cached_property
    def _said(self) -> Callable[[bytes], re.Match[bytes] | None]:
        """Give what takes a line apart that is made here; most logs need none."""
        return self._compiled(header_of(KINDS["traditional"], tags_of(())), tags_of(())).match

    def read(self, block: bytes) -> Found:
        """Give what a block of complete lines holds."""
        active, others = self._taken_apart(block)
        events: list[tuple[Event, int]] = []
        for groups, times in others.items():
            program, text = groups[0], groups[-1]
            if not text:
                is_short = sum(map(len, groups)) <= _LONGEST
                for event in (self._of_usual if is_short else self._read_usual)(groups):
                    events.append((event, times))
            elif program:
                for event in self._read_text(program, text):
                    events.append((event, times))
            else:
                events += ((event, n * times) for event, n in self.line_events(text))
        return Found(events, inserted(list(map(_PROGRAM, active)), list(map(_ACTIVE, active))))

    def _taken_apart(self, block: bytes) -> _Matches:
        data, findall = b"\n" + block, None
        if has_common_header(data):
            findall = self._findall(kind_of(block[:1]))
        elif block.count(b"\n") > MANY and (like := like_first(data[: data.find(b"\n", 1)])):
            findall = self._findall_like(like.without_groups())
        if findall:
            matches = _Matches.of(findall(data))
            if matches.odd() <= matches.others.total() // FEW:
                return matches
        lines = rewritten(data, front=has_front(data))
        return _Matches.of(self._findall("any")(lines))

    def _read(self, piece: Piece) -> Iterable[Event]:
        if not piece.kind:
            return self._read_text(piece.program, piece.text)
        read = self._usual.get((piece.program, piece.kind))
        return read(piece) if read else ()

    def _read_usual(self, groups: _Groups) -> tuple[Event, ...]:
        return tuple(self._read(piece_of(groups)))

    def _read_text(self, service: bytes, text: bytes) -> list[Event]:
        program = program_of(service).decode("latin-1")
        events: list[Event] = []
        for begins, read in self._readers.get(program, self._any_readers):
            if begins(text):
                events += read(program, text)
        return events

    def line_events(self, line: bytes) -> Iterator[tuple[Event, int]]:
        """Read a line that only the complete grammar can read."""
        said = self._lines.said(line)
        if said is None:
            return
        message, times = said
        _, slash, service = message.origin.partition(b" ")[2].partition(b"/")
        found = self._said(_LINE % (program_of(service) if slash else _LOST, message.text))
        piece = piece_of(found.groups(b"")) if found else None
        if piece and (piece.kind or piece.text):
            for event in self._read(piece) if slash else self._lost(piece):
                yield event, times

    def _lost(self, piece: Piece) -> Iterator[Event]:
        """Read what was said by a program that the header has lost."""
        for program in _PROGRAMS:
            told = self._read(piece._replace(program=program))
            events = [one for one in told if one[0] != SEVERE]
            yield from events
            if events:
                break
        if piece.text:
            told = self._read(piece._replace(program=b""))
            yield from (one for one in told if one[0] == SEVERE)

    def _checked(self, kind: str) -> Callable[[bytes], list[Any]]:
        """Give what takes a block of a kind apart; it has read known lines before."""
        tags = tags_of(self._names)
        findall = self._compiled(header_of(KINDS[kind], tags), tags).findall
        check_services(kind, findall, self._names[0] if self._names else "postfix")
        return findall

    def _like(self, before_tag: bytes) -> Callable[[bytes], list[Any]]:
        """Give what takes a block apart whose lines have this before the tag."""
        self._findall("traditional")  # known lines are held against the same pattern of texts
        tags = tags_of(self._names)
        return self._compiled(header_like(before_tag, tags), tags).findall

    def _compiled(self, header: Header, tags: Tags) -> re.Pattern[bytes]:
        return re.compile(line_of(header, tags, self._kinds, self._begins))


def _readers_of(program: str, wanted: Iterable[Collector]) -> list[_Reader]:
    """Give the readers of a program's texts, each with what tells whether it wants a text."""
    return [
        (re.compile(maybe(ID) + b"(?:%b)" % one.begins).match, one.read)
        for one in wanted
        if not one.programs or program in one.programs
    ]
