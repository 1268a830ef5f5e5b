"""Syslog messages: each is one line that the parser reads, however it was framed and cut."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.records.parse import Parser
from exporter.sources.syslog.lines import LONGEST_LINE, Frames, line_of

ARRIVAL = b"2026-11-29T10:00:00.000+00:00"
RECORD = (
    b"4jYHMC2KK5zDdqP: to=<a@b.example>, relay=mx.b.example[192.0.2.1]:25, delay=1,"
    b" delays=0/0/0.5/0.5, dsn=2.0.0, status=sent (250 ok)"
)
OLD = b"Nov 29 09:59:58"
NEW = b"2026-11-29T09:59:58.25+01:00"

MESSAGES = {
    # message, its line's time and origin
    "RFC 3164": (b"<22>%b mx1 postfix/smtp[12]: %b" % (OLD, RECORD), OLD, b"mx1 postfix/smtp"),
    "without a host": (b"<22>%b postfix/smtp[12]: %b" % (OLD, RECORD), OLD, b" postfix/smtp"),
    "a newline at the end": (
        b"<22>%b mx1 postfix/smtp[12]: %b\r\n" % (OLD, RECORD),
        OLD,
        b"mx1 postfix/smtp",
    ),
    "NUL at the end": (
        b"<22>%b mx1 postfix/smtp[12]: %b\0" % (OLD, RECORD),
        OLD,
        b"mx1 postfix/smtp",
    ),
    "RFC 3339's time": (
        b"<22>%b mx1 postfix/smtp[12]: %b" % (NEW, RECORD),
        NEW,
        b"mx1 postfix/smtp",
    ),
    "no priority": (b"%b mx1 postfix/smtp[12]: %b" % (OLD, RECORD), OLD, b"mx1 postfix/smtp"),
    "no time": (b"<22>postfix/smtp[12]: " + RECORD, ARRIVAL, b" postfix/smtp"),
    "no time, but a host": (b"<22>mx1 postfix/smtp[12]: " + RECORD, ARRIVAL, b"mx1 postfix/smtp"),
    "RFC 5424": (b"<22>1 %b mx1 postfix/smtp 12 - - %b" % (NEW, RECORD), NEW, b"mx1 postfix/smtp"),
    "a BOM": (
        b"<22>1 %b mx1 postfix/smtp 12 - - \xef\xbb\xbf%b" % (NEW, RECORD),
        NEW,
        b"mx1 postfix/smtp",
    ),
    "structured data": (
        b'<22>1 %b mx1 postfix/smtp 12 mail [a b="c \\"]\\\\"][d e="] f"] %b' % (NEW, RECORD),
        NEW,
        b"mx1 postfix/smtp",
    ),
    "no time in RFC 5424": (
        b"<22>1 - mx1 postfix/smtp 12 - - " + RECORD,
        ARRIVAL,
        b"mx1 postfix/smtp",
    ),
    "no process id in RFC 5424": (
        b"<22>1 %b mx1 postfix/smtp - - - %b" % (NEW, RECORD),
        NEW,
        b"mx1 postfix/smtp",
    ),
}


@pytest.mark.parametrize("kind", MESSAGES)
def test_every_format_is_read(kind: str) -> None:
    """A record is read, with host, tag and the time of its header, else that of its arrival."""
    message, timestamp, origin = MESSAGES[kind]
    line = line_of(message, ARRIVAL)
    records = Parser().parse(line + b"\n" + line + b"\n")
    assert [tuple(one[:2]) for one in records.deliveries] == 2 * [(timestamp, origin)]


def test_newlines_within_a_message_are_blanks() -> None:
    """A message cannot make two lines: the second would be a record that nobody logged."""
    line = line_of(
        b"<22>%b mx1 app[1]: a\n%b mx1 postfix/smtp[12]: %b\n" % (OLD, OLD, RECORD), ARRIVAL
    )
    assert b"\n" not in line
    assert Parser().parse(line + b"\n").deliveries == []


def test_what_is_no_message_is_no_line() -> None:
    """Empty datagrams, and newlines between frames, are nothing."""
    for message in (b"", b"\n", b"\0", b"\r\n"):
        assert line_of(message, ARRIVAL) == b""


@given(st.binary(max_size=200))
def test_any_message_is_one_line(message: bytes) -> None:
    """Whatever comes is one line at most, and is read without an error."""
    line = line_of(message, ARRIVAL)
    assert b"\n" not in line
    Parser().parse(line + b"\n")


def _framed(message: bytes, *, counted: bool) -> bytes:
    if counted:
        return b"%d %b" % (len(message), message)
    return message + b"\n"


_TEXT = st.binary(max_size=40).map(lambda text: text.replace(b"\n", b" "))
_COUNTED = st.tuples(st.binary(max_size=40).map(lambda text: b"<22>" + text), st.just(True))
_LINE = st.tuples(_TEXT.map(lambda text: b"<22>" + text), st.just(False))


@given(st.lists(_COUNTED | _LINE, max_size=6), st.lists(st.integers(0, 400), max_size=8))
def test_framing_cut_anywhere(frames: list[tuple[bytes, bool]], cuts: list[int]) -> None:
    """Octet counting and lines may take turns, and pieces may end at any byte."""
    stream = b"".join(_framed(message, counted=counted) for message, counted in frames)
    ends = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    reader = Frames()
    got = [message for a, b in pairwise(ends) for message in reader.add(stream[a:b])]
    assert got == [message for message, _ in frames]
    assert (reader.rest(), reader.lost) == ([], 0)


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=8))
def test_any_stream_cut_anywhere(stream: bytes, cuts: list[int]) -> None:
    """Where the pieces of any stream end makes no difference."""
    ends = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    whole, pieces = Frames(), Frames()
    wanted = whole.add(stream) + whole.rest()
    got = [message for a, b in pairwise(ends) for message in pieces.add(stream[a:b])]
    assert got + pieces.rest() == wanted
    assert pieces.lost == whole.lost


LONG = b"<22>" + b"x" * (LONGEST_LINE - 4)
SHORT = b"<22>short"

BOUNDS = {
    # what comes, the messages, how many are lost
    "the longest line": (LONG + b"\n" + SHORT + b"\n", [LONG, SHORT], 0),
    "a longer line": (LONG + b"x\n" + SHORT + b"\n", [SHORT], 1),
    "a line without an end": (3 * LONG, [], 1),
    "the longest count": (_framed(LONG, counted=True) + SHORT + b"\n", [LONG, SHORT], 0),
    "a larger count": (_framed(LONG + b"x", counted=True) + SHORT + b"\n", [SHORT], 1),
    "a count nobody sends": (b"999999999 <22>" + LONG, [], 1),
    "a count of ten digits": (b"1234567890 <22>x\n" + SHORT + b"\n", [b"1234567890 <22>x", SHORT], 0),
    "a line that begins with a number": (b"2026-11-29 x\n12 x\n0 <22>\n", [b"2026-11-29 x", b"12 x", b"0 <22>"], 0),
    "cut off in a count": (b"20 <22>short", [], 1),
    "cut off in a line": (SHORT, [SHORT], 0),
    "newlines between counts": (b"9 <22>short\n9 <22>short\n", [SHORT, SHORT], 0),
}  # fmt: skip


@pytest.mark.parametrize("kind", BOUNDS)
@pytest.mark.parametrize("size", [1 << 20, 65_536, 4_099])
def test_bounds(kind: str, size: int) -> None:
    """A message that is too long is lost alone, and counted; no more than one is kept."""
    stream, wanted, lost = BOUNDS[kind]
    frames, got = Frames(), []
    for start in range(0, len(stream), size):
        got += frames.add(stream[start : start + size])
        assert len(frames) <= LONGEST_LINE + 12
    assert got + frames.rest() == wanted
    assert frames.lost == lost


def test_small_messages_take_linear_time() -> None:
    """Many messages in one piece cost no more than their bytes."""
    frames = Frames()
    began = time.process_time()
    assert len(frames.add(b"1 <" * 300_000)) == 300_000
    assert time.process_time() - began < 5


def test_single_bytes_take_linear_time() -> None:
    """A peer that sends a byte at a time costs no more than it sends."""
    frames = Frames()
    began = time.process_time()
    for _ in range(LONGEST_LINE):
        frames.add(b"<")
    assert time.process_time() - began < 5
