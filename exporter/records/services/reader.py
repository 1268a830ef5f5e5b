"""Blocks of lines to events.

In: a block of complete lines, with headers of any form that is known. Out: how often each event
stands in it; the order of lines is lost, for counters do not need it.
Lost: nothing silently. Pure. A line that stands for several counts as often.

How it is fast. One pattern (pattern.py) takes a block apart, line by line, as parse.py's does. What
it gives of a line of a usual form has nothing that differs from line to line, so that a Counter
makes few of many; sizes, which differ, are read all at once.
A line whose header is none of the block's kind is read by the grammar of one line (line.py), and
what it says is put into a line of the usual form: both readings are one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cache, cached_property
from operator import itemgetter
from typing import Any

from exporter.records.headers import has_front, rewritten
from exporter.records.kinds import FEW, KINDS, has_common_header, kind_of
from exporter.records.line import LineReader, tags_of
from exporter.records.selftest import check_services
from exporter.records.services.collectors import COLLECTORS
from exporter.records.services.event import Event, Piece, program_of
from exporter.records.services.pattern import ACTIVE, Groups, line_of, piece_of, texts
from exporter.records.services.qmgr import QMGR, inserted
from exporter.records.services.severity import SEVERE

_LINE = b"\nNov 23 20:15:19 x postfix/%b[1]: %b\n"
_SIZE = Groups._fields.index("size")
_ACTIVE_ONES = itemgetter(*map(Groups._fields.index, ("program", "size", "recipients")))
_LOST = b"lost"
"""Stands for the program where the header has lost it."""

_PROGRAMS = (b"smtp", b"smtpd", b"cleanup", b"qmgr", b"postscreen", b"bounce")
"""Programs that are told by what they say, where the header has lost them."""


class ServiceReader:
    """Reads the blocks of one exporter for some collectors; `syslog_names` as in parse.Parser."""

    def __init__(self, collectors: Collection[str], syslog_names: Iterable[str] = ()) -> None:
        self._names = tuple(syslog_names)
        wanted = [one for name, one in COLLECTORS.items() if name in collectors]
        self._usual = {form: read for one in wanted for form, read in one.usual.items()}
        self._reads_active = any(one is QMGR for one in wanted)
        self._wanted = wanted
        self._readers = cache(self._readers_of)
        kinds = {kind for _, kind in self._usual} | ({ACTIVE} if self._reads_active else set())
        self._texts = texts(kinds, [one.begins for one in wanted if one.begins])
        self._lines = LineReader(self._names)
        self._findall = cache(self._checked)

    @cached_property
    def _said(self) -> Callable[[bytes], re.Match[bytes] | None]:
        """Give what takes a line apart that is made here; most logs need none."""
        return re.compile(line_of(KINDS["traditional"], tags_of(()), self._texts)).match

    def events(self, block: bytes) -> Iterator[tuple[Event, int]]:
        """Give the events of a block of complete lines, each with how often it is there."""
        found = self._matches(block)
        if self._reads_active:
            active = [groups for groups in found if groups[_SIZE]]
            yield from inserted(map(_ACTIVE_ONES, active))
            found = [groups for groups in found if not groups[_SIZE]]
        for groups, times in Counter(found).items():
            piece = piece_of(groups)
            if piece.odd:
                for event, more in self.line_events(piece.odd):
                    yield event, more * times
            elif piece.kind or piece.text:
                for event in self._read(piece):
                    yield event, times

    def _matches(self, block: bytes) -> list[tuple[bytes, ...]]:
        data = b"\n" + block
        is_common = has_common_header(data)
        if is_common:
            found = self._findall(kind_of(block))(data)
            odd = sum(1 for groups in found if groups[-1])
        if not is_common or odd > len(found) // FEW:
            found = self._findall("any")(rewritten(data, front=has_front(data)))
        return found

    def _read(self, piece: Piece) -> Iterable[Event]:
        if piece.size:
            one = (piece.program, piece.size, piece.recipients)
            return [event for event, _ in inserted([one])] if self._reads_active else ()
        if piece.kind:
            read = self._usual.get((piece.program, piece.kind))
            return read(piece) if read else ()
        program = piece.program.decode("latin-1")
        return [event for read in self._readers(program) for event in read(program, piece.text)]

    def _readers_of(self, program: str) -> list[Callable[[str, bytes], Iterable[Event]]]:
        return [one.read for one in self._wanted if not one.programs or program in one.programs]

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
        findall = re.compile(line_of(KINDS[kind], tags_of(self._names), self._texts)).findall
        check_services(kind, findall, self._names[0] if self._names else "postfix")
        return findall
