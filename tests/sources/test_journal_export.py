"""Entries of `journalctl -o export` of any length, cut anywhere, never let a value through as lines."""

from __future__ import annotations

import bz2
import gzip
import io
import struct
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.records.parse import Parser
from exporter.sources.blocks import BLOCK
from exporter.sources.entry import line_of
from exporter.sources.files import Segment
from exporter.sources.journal_export import DAMAGED, LONGEST, read_entries
from exporter.sources.stream import LONGEST_LINE, blocks_of
from tests.lines import line, record

PARSER = Parser()
FORGED = line(4711, to="v@forged.example")


def field(name: bytes, value: bytes) -> bytes:
    """Give a field in the binary form."""
    return name + b"\n" + struct.pack("<Q", len(value)) + value + b"\n"


def entry(number: int, *more: bytes) -> bytes:
    """Give an entry with a delivery record."""
    text = (
        f"__CURSOR=s=1;i={number}\n__REALTIME_TIMESTAMP=1795891786123456\n_HOSTNAME=mx1\n"
        f"SYSLOG_IDENTIFIER=postfix/smtp\nSYSLOG_PID=12\n"
    )
    return text.encode() + b"".join(more) + b"MESSAGE=" + record(number).encode() + b"\n\n"


ENTRY = entry(0).replace(b"a.example", b"forged.example")
INSIDE = {
    "lines": FORGED * 3,
    "an entry": b"x\n\n" + ENTRY * 2,
    "blank lines": b"\n" * 50 + FORGED,
    "lines of an entry": b"MESSAGE=x\n\n__CURSOR=1\n" + FORGED,
}
SIZES = (100, 65_530, 66_000, BLOCK - 700, BLOCK, BLOCK + 9, 1_000_000)


def long_value(inside: bytes, size: int) -> bytes:
    """Give a value of about a size, full of what is inside."""
    return (b"y" * 99 + b"\n") * max(0, (size - len(inside)) // 100) + inside


def read(path: Path, pieces: Iterable[bytes] = (), *, restart: bool = False) -> list[bytes]:
    """Read a file that grows by pieces; with a restart from the place after each."""
    blocks: list[bytes] = []
    if pieces:
        path.write_bytes(b"")
    segment = Segment(str(path))
    for piece in pieces:
        with path.open("ab") as file:
            file.write(piece)
        blocks += segment
        if restart:
            mark = segment.mark()
            segment.close()
            segment = Segment(str(path))
            if mark.offset:
                assert segment.holds(mark)
                segment.resume(mark)
    blocks += segment
    blocks.append(segment.lines.rest())
    blocks += segment
    segment.close()
    return blocks


def domains(blocks: Iterable[bytes]) -> list[str]:
    """Give whose deliveries are in blocks."""
    return [one[4].decode() for block in blocks for one in PARSER.parse(block).deliveries]


@pytest.mark.parametrize("inside", INSIDE)
@pytest.mark.parametrize("size", SIZES)
def test_a_value_is_passed_by_its_length(inside: str, size: int, tmp_path: Path) -> None:
    """However long a field is and whatever it holds, the entry and those behind it are read."""
    data = entry(1) + entry(2, field(b"BODY", long_value(INSIDE[inside], size)))
    data += b"".join(map(entry, range(3, 13)))
    half = len(entry(1)) + size + 300
    plain, packed = tmp_path / "journal", tmp_path / "journal.gz"
    plain.write_bytes(data)
    packed.write_bytes(gzip.compress(data))
    (tmp_path / "journal.bz2").write_bytes(bz2.compress(data))
    for blocks in (
        read(plain),
        read(packed),
        read(tmp_path / "journal.bz2"),
        read(tmp_path / "grows", (data[:half], data[half:])),
        read(tmp_path / "again", (data[:half], data[half:]), restart=True),
        list(blocks_of(io.BytesIO(data))),
    ):
        assert domains(blocks) == ["a.example"] * 12


@settings(max_examples=60, deadline=None)
@given(
    sizes=st.lists(st.sampled_from((10, 70_000, BLOCK, 300_000)), max_size=3),
    inside=st.sampled_from(sorted(INSIDE)),
    cuts=st.lists(st.floats(0, 1), max_size=5),
    restart=st.booleans(),
)
def test_any_cut(
    sizes: list[int],
    inside: str,
    cuts: list[float],
    restart: bool,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Any cut into pieces, with or without restarts, gives what the whole gives."""
    long = [field(b"BODY", long_value(INSIDE[inside], size)) for size in sizes]
    data = entry(1) + b"".join(entry(number, one) + entry(8) for number, one in enumerate(long, 2))
    places = sorted({0, len(data), *(round(cut * len(data)) for cut in cuts)})
    pieces = [data[begin:end] for begin, end in pairwise(places)]
    path = tmp_path_factory.mktemp("cut") / "journal"
    assert domains(read(path, pieces, restart=restart)) == ["a.example"] * (1 + 2 * len(long))


ENDS = {
    "no blank line at the end": (entry(1) + entry(2)[:-1], 2, 0),
    "cut within a field": (entry(1) + entry(2, field(b"BODY", FORGED * 9))[:400], 1, 1),
    "cut within a long field": (entry(1) + entry(2, field(b"BODY", FORGED * 9000))[:700_000], 1, 1),
    "no newline at the end": (entry(1) + entry(2)[:-2], 2, 0),
    "lines between entries": (entry(1) + line(2) + line(3) + entry(4) + line(5), 5, 0),
    "lines before entries": (line(1) * 3 + entry(2) * 2, 5, 0),
    "a damaged length": (
        entry(1) + entry(2, b"BODY\n" + b"\xff" * 8 + FORGED) + entry(3), 2, 1,
    ),
    "a length that does not fit": (
        entry(1) + entry(2, b"BODY\n" + struct.pack("<Q", 5) + FORGED) + entry(3), 2, 1,
    ),
    "a length beyond the file": (
        entry(1) + entry(2, b"BODY\n" + struct.pack("<Q", LONGEST) + FORGED) + entry(3), 1, 1,
    ),
    "a message that is too long": (
        entry(1) + entry(2).replace(b"MESSAGE=", b"MESSAGE=" + b"x" * 300_000 + b" ") + entry(3), 2, 0,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ENDS)
def test_unusual_files(name: str, tmp_path: Path) -> None:
    """What is no whole entry is told as damaged or read as it is; what stands in a value, never."""
    data, read_ones, damaged = ENDS[name]
    path = tmp_path / "journal"
    path.write_bytes(data)
    for blocks in (read(path), list(blocks_of(io.BytesIO(data)))):
        assert domains(blocks) == ["a.example"] * read_ones
        assert sum(block.count(DAMAGED) for block in blocks) == damaged


def test_a_line_without_end_is_dropped_whole() -> None:
    """Of a line that is too long nothing is read, and what follows it is."""
    data = line(1) + b"x" * (LONGEST_LINE + 9) + FORGED + line(2)
    assert domains(blocks_of(io.BytesIO(data))) == ["a.example"] * 2


_TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\n"), max_size=20
).map(str.encode)
_PLAIN_FIELDS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                *(b"MESSAGE", b"SYSLOG_IDENTIFIER", b"_PID", b"_HOSTNAME", b"_BOOT_ID"),
                *(b"PRIORITY", b"_TRANSPORT", b"CONTAINER_NAME", b"N_DROPPED", b"__SEQNUM"),
            ]
        ),
        st.one_of(_TEXTS, st.sampled_from([b"mx1", b"postfix/smtp", b"4711", b"", b"x\ny"])),
    ),
    max_size=8,
)


@given(st.lists(_PLAIN_FIELDS, max_size=6))
def test_all_ways_to_read_agree(entries: list[list[tuple[bytes, bytes]]]) -> None:
    """Entries of lines alone, which cost little, are read as the complete grammar reads them."""
    written = [
        b"__CURSOR=s=1;i=%d\n__REALTIME_TIMESTAMP=1795891786123456\n" % number
        + b"".join(
            field(name, value) if b"\n" in value else name + b"=" + value + b"\n"
            for name, value in fields
        )
        + b"\n"
        for number, fields in enumerate(entries)
    ]
    block = b"".join(written)
    found = read_entries(block)
    whole = [line_of(_fields_of(one)) or b"" for one in written]
    assert found.lines == [line.replace(b"\n", b" ") + b"\n" for line in whole]
    assert found.used == len(block)
    if entries:
        assert (found.cursors[0], found.cursors[-1]) == (
            b"s=1;i=0",
            b"s=1;i=%d" % (len(entries) - 1),
        )


_VALUES = st.one_of(
    _TEXTS,
    st.sampled_from([b"postfix/smtp", b"systemd-journald", b"a[1]", b"", b"x\ny", FORGED, ENTRY]),
)
_ASKED_FIELDS = st.one_of(
    st.lists(
        st.tuples(st.sampled_from([b"MESSAGE", b"SYSLOG_IDENTIFIER", b"CONTAINER_NAME"]), _VALUES),
        max_size=3,
    ),
    st.tuples(
        st.tuples(st.just(b"MESSAGE"), _VALUES),
        st.tuples(st.just(b"SYSLOG_IDENTIFIER"), st.sampled_from([b"postfix/smtp", b"a[1"])),
    ).flatmap(st.permutations),
)


@given(st.lists(_ASKED_FIELDS, max_size=6))
def test_entries_of_a_known_host(entries: list[list[tuple[bytes, bytes]]]) -> None:
    """Entries that do not tell their host and process are read as if they told these."""
    written = [
        b"__CURSOR=s=1;i=%d\n__REALTIME_TIMESTAMP=1795891786123456\n__SEQNUM=1\n_BOOT_ID=1\n"
        % number
        + b"".join(
            field(name, value) if b"\n" in value else name + b"=" + value + b"\n"
            for name, value in fields
        )
        + b"\n"
        for number, fields in enumerate(entries)
    ]
    found = read_entries(b"".join(written), host=b"mx1")
    told = [{**_fields_of(one), "_HOSTNAME": b"mx1", "_PID": b"0"} for one in written]
    whole = [(line_of(fields) or b"").replace(b"\n", b" ") + b"\n" for fields in told]
    assert _in_seconds(b"".join(found.lines)) == _in_seconds(b"".join(whole))
    if entries:
        assert (found.cursors[0], found.cursors[-1]) == (
            b"s=1;i=0",
            b"s=1;i=%d" % (len(entries) - 1),
        )


def _in_seconds(lines: bytes) -> bytes:
    return lines.replace(b"2026-11-28T18:49:46.123456Z ", b"2026-11-28T18:49:46Z ")


def _fields_of(written: bytes) -> dict[str, bytes]:
    """Read an entry by its definition, field by field, the first of each name."""
    fields: dict[str, bytes] = {}
    while written != b"\n":
        head, _, rest = written.partition(b"\n")
        name, sign, value = head.partition(b"=")
        if not sign:
            length = int.from_bytes(rest[:8], "little")
            value, rest = rest[8 : 8 + length], rest[9 + length :]
        fields.setdefault(name.decode(), value)
        written = rest
    return fields


def _numbered(number: int, *, is_plain: bool) -> bytes:
    text = b"MESSAGE=text\n" if is_plain else b"MESSAGE\n" + struct.pack("<Q", 2) + b"\xe4\n\n"
    return (
        b"__CURSOR=i=%d\n__REALTIME_TIMESTAMP=1795891786123456\n_HOSTNAME=mx1\n"
        b"SYSLOG_IDENTIFIER=postfix/smtp\n_PID=12\n" % number
    ) + text + b"\n"  # fmt: skip


@given(st.lists(st.booleans(), min_size=1, max_size=6))
def test_last_cursor(kinds: list[bool]) -> None:
    """The last cursor of a block is that of its last entry, whichever kinds stand before it."""
    block = b"".join(_numbered(number, is_plain=kind) for number, kind in enumerate(kinds))
    found = read_entries(block)
    assert found.used == len(block)
    assert found.cursors[0] == b"i=0"
    assert found.cursors[-1] == b"i=%d" % (len(kinds) - 1)
