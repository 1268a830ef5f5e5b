"""What services say in a block to events.

In: what the parser left of a block's lines (parse.py, pattern.py). Out: how often each event stands
in them; the order of lines is lost, for counters do not need it.
Lost: nothing silently. Pure. A line that stands for several counts as often.

How it is fast. The walk through a block that finds the delivery records leaves of a line of a usual
form (forms.py) what does not differ from line to line, so that each is read once; sizes of
messages, which differ, are read all at once. Other frequent texts lose the words that nobody reads,
all at once, so that few are left to be read. A line that only the complete grammar can read
(line.py) gives its text, of which is left what a block's pattern would have left.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache, partial
from operator import itemgetter
from typing import NamedTuple

from exporter.records.line import Delivery, LineReader
from exporter.records.parse import Records, Said
from exporter.records.patterns import any_of, but, maybe
from exporter.records.senders import READ
from exporter.records.services.collectors import COLLECTORS
from exporter.records.services.event import ID, Collector, Event
from exporter.records.services.forms import REMOVED, SIZE, USUAL
from exporter.records.services.pattern import wanted
from exporter.records.services.qmgr import MANAGERS, inserted
from exporter.records.services.severity import SEVERE
from exporter.records.services.tls import level

_KEPT, _LONGEST = 1024, 300
"""Texts of which is remembered what they say, for the usual ones are few; and bytes of one."""

_PROGRAMS = ("smtp", "smtpd", "cleanup", "qmgr", "postscreen", "bounce")
"""Programs that are told by what they say, where the header has lost them."""

_SIGNS = frozenset(form.sign for form in (*USUAL, REMOVED))
_ORIGIN, _TEXT = map(itemgetter, map(Delivery._fields.index, ("origin", "text")))
_TLS = itemgetter(Delivery._fields.index("tls"))
_ORIGIN_AND_TLS = itemgetter(*map(Delivery._fields.index, ("origin", "tls")))

_WORD = b"-:"
"""Stands for a word that nobody reads."""

_Told = tuple[str, bytes]
"""A program, and what is left of a text."""

_Piece = tuple[bytes, bytes, bytes]
_Reader = tuple[Callable[[bytes], re.Match[bytes] | None], Callable[[str, bytes], Iterable[Event]]]


class Found(NamedTuple):
    """What a block held: events, each with how often, and numbers of histograms by family."""

    events: list[tuple[Event, int]]
    numbers: Mapping[str, list[int]]


class ServiceReader:
    """Reads what a parser found, for some collectors; `syslog_names` and `senders` as in parse.py.

    `wanted` is what the parser has to leave.
    """

    def __init__(
        self, collectors: Collection[str], syslog_names: Iterable[str] = (), senders: str = ""
    ) -> None:
        on = [one for name, one in COLLECTORS.items() if name in collectors]
        self.wanted = wanted(on)
        self._usual = {
            (program, form.sign): read
            for one in on
            for form, read in one.usual.items()
            for program in one.programs
        }
        self._readers = {
            program: _readers_of(program, on) for one in on for program in one.programs
        }
        self._any_readers = _readers_of("", on)
        self._on = on
        self._of_short = lru_cache(_KEPT)(self._read)
        way = READ.get(senders)
        self._before_sender = b"X: " + way.before if way else b""
        self._reads_levels = "tls" in collectors
        self._lines = LineReader(syslog_names)

    def read(self, records: Records) -> Found:
        """Give what a block of complete lines held."""
        said, active = records.said, records.entered
        if self._before_sender:
            said, active = self._without_senders(records)
        events: list[tuple[Event, int]] = []
        for (program, text), times in self._told(said, events).items():
            is_short = len(text) <= _LONGEST
            for event in (self._of_short if is_short else self._read)(program, text):
                events.append((event, times))
        if self._reads_levels:
            events += self._levels(records.deliveries)
        return Found(events, inserted(_by_managers(active)))

    def _without_senders(
        self, records: Records
    ) -> tuple[Mapping[Said, int], Sequence[Sequence[bytes]]]:
        """Give what would have been left, and who entered the queue, if no senders were read."""
        said = defaultdict(int, records.said)
        active: list[Sequence[bytes]] = []
        for piece in records.entered:
            left = self.wanted.left_of(self._before_sender + piece[-1])
            if left.startswith(SIZE):
                active.append((*piece[:-1], left))
            else:
                said[piece[1], left] += 1
        return said, active

    @cached_property
    def _pieces(self) -> Callable[[bytes], list[_Piece]]:
        return _pieces_of(self._on)

    def _told(self, said: Mapping[Said, int], odd: list[tuple[Event, int]]) -> Counter[_Told]:
        """Give what programs said, without words that nobody reads; read odd lines into `odd`."""
        program = {origin: _program_of(origin) for origin in {origin for origin, _ in said}}
        told: Counter[_Told] = Counter()
        texts: defaultdict[str, list[bytes]] = defaultdict(list)
        for (origin, text), times in said.items():
            if not text:
                continue
            if not origin:
                odd += ((event, n * times) for event, n in self.line_events(text))
            elif text[:1] in _SIGNS:
                told[program[origin], text] += times
            else:
                texts[program[origin]] += [text] * times
        for who, long in texts.items():
            pieces = self._pieces(b"\n%b\n" % b"\n".join(long))
            for piece, times in Counter(pieces).items():
                before, behind, whole = piece
                told[who, whole or before + _WORD + behind] += times
        return told

    def _read(self, program: str, text: bytes) -> Sequence[Event]:
        """Read what is left of a text."""
        read = self._read_usual if text[:1] in _SIGNS else self._read_text
        return read(program, text)

    def _levels(self, deliveries: Iterable[Delivery]) -> Iterator[tuple[Event, int]]:
        told = Counter(map(_ORIGIN_AND_TLS, filter(_TLS, deliveries)))
        for (origin, tls), times in told.items():
            for event in level(_program_of(origin), tls):
                yield event, times

    def _read_usual(self, program: str, text: bytes) -> tuple[Event, ...]:
        read = self._usual.get((program, text[:1]))
        return tuple(read(program, text)) if read else ()

    def _read_text(self, program: str, text: bytes) -> list[Event]:
        events: list[Event] = []
        for begins, read in self._readers.get(program, self._any_readers):
            if begins(text):
                events += read(program, text)
        return events

    def line_events(self, line: bytes) -> Iterator[tuple[Event, int]]:
        """Read a line that only the complete grammar can read; its records are not meant."""
        said = self._lines.said(line)
        if said is None:
            return
        message, times = said
        _, slash, service = message.origin.partition(b" ")[2].partition(b"/")
        left = self.wanted.left_of(message.text)
        read = self._read_usual if left else self._read_text
        text, program = left or message.text, _program_of(service)
        for event in read(program, text) if slash else self._lost(partial(read, text=text)):
            yield event, times

    def _lost(self, read: Callable[[str], Iterable[Event]]) -> Iterator[Event]:
        """Read what was said by a program that the header has lost."""
        for program in _PROGRAMS:
            events = [one for one in read(program) if one[0] != SEVERE]
            yield from events
            if events:
                break
        yield from (one for one in read("") if one[0] == SEVERE)


def _program_of(service: bytes) -> str:
    """Give the program of a service's name such as `submission/smtpd`, or of an origin."""
    return service.rpartition(b"/")[2].decode("latin-1")


def _by_managers(active: Sequence[Sequence[bytes]]) -> Iterable[bytes]:
    """Give what is left of lines of queue managers."""
    others = {one for one in set(map(_ORIGIN, active)) if _program_of(one) not in MANAGERS}
    return map(_TEXT, [one for one in active if one[1] not in others] if others else active)


def _readers_of(program: str, on: Iterable[Collector]) -> list[_Reader]:
    """Give the readers of a program's texts, each with what tells whether it wants a text."""
    return [
        (re.compile(maybe(ID) + b"(?:%b)" % one.begins).match, one.read)
        for one in on
        if not one.programs or program in one.programs
    ]


def _pieces_of(on: Iterable[Collector]) -> Callable[[bytes], list[_Piece]]:
    """Give what takes texts apart, a newline before and behind each.

    A piece is what stands before a word that nobody reads, and what is read behind it; or else the
    whole text. One pattern is for all programs, for to compile many takes long.
    """
    before = any_of(one.before_word for one in on if one.before_word)
    behind = b"".join(one.behind_word + b"|" for one in on if one.behind_word)
    rest = but(b"\n")
    shortened = rb"(%b)%b++(%b ?+)%b*+" % (before, but(b" \n"), behind, rest)
    return re.compile(rb"\n(?:%b|(%b++))" % (shortened, rest)).findall
