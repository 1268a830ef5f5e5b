"""Headers of all known forms: read with the right time, host and agent; and none is forged."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.records import timestamps
from exporter.records.agents import origin_of
from exporter.records.first_line import like_first
from exporter.records.headers import rewritten_line
from exporter.records.line import Delivery, log_timestamp
from exporter.records.parse import Parser
from exporter.records.timestamps import seconds
from exporter.sources.framing import unwrap
from tests.lines import line, record
from tests.records.forms import FORMS, NOW, STAMP, header, utc
from tests.records.pieces import IGNORED, OTHER, PIECES, RECORD_OF_OTHERS
from tests.records.twice import PARSER, by_lines, readings


@pytest.fixture(scope="module", autouse=True)
def utc_here() -> Iterator[None]:
    """Set the local zone, which times without a zone are in, to UTC."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "UTC"
    time.tzset()
    timestamps._hour.cache_clear()
    yield
    os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)
    time.tzset()
    timestamps._hour.cache_clear()


def only_record(block: bytes) -> Delivery:
    """Give the only record of a line, in both readings the same."""
    records = PARSER.parse(block)
    assert readings(records) == readings(by_lines(block))
    assert records[1:5] == (1, 0, 0, 0), block
    return Delivery._make(records.deliveries[0])


DATA = Path(__file__).parent / "data"
TIMES: dict[str, list[float | None]] = {
    "unread-headers.log": [
        utc(2026, 9, 18, 5, 39, 23),
        utc(2026, 11, 28, 18, 49, 46),
        utc(2023, 4, 23, 6, 2, 11),
        utc(2026, 3, 22, 7, 45, 1),
        utc(2026, 10, 20, 21, 22, 57),
        utc(2027, 1, 21, 19, 6, 28),
        utc(2026, 11, 28, 18, 49, 46),
        utc(2026, 11, 28, 18, 49, 46),
        utc(2027, 4, 14, 19, 44, 46),
        utc(2018, 8, 22, 7, 30, 18),
        utc(2024, 7, 3, 17, 18, 6),
        utc(2026, 11, 28, 18, 49, 46),
        utc(2026, 11, 28, 18, 49, 46),
        utc(2026, 11, 28, 18, 49, 46),
        1795891234.123456,
        utc(2026, 11, 28, 18, 49, 46),
        1795891786.0,
    ],
    "unread-forms.log": [
        utc(2027, 3, 14, 1, 3, 56),
        utc(2026, 3, 1, 8, 23, 46),
        utc(2013, 6, 10, 6, 27, 30),
        utc(2016, 4, 6, 20, 31, 41),
        utc(2016, 6, 16, 5, 56, 25),
        utc(2027, 1, 9, 11, 30, 31),
        *[utc(2027, 1, 22, 6, 1)] * 2,
        *[utc(2019, 3, 19, 9, 29, 5)] * 4,
        utc(2027, 3, 19, 9, 29, 5),
        utc(2024, 1, 1),
        *[utc(2027, 3, 19, 9, 29, 5)] * 7,
        utc(2027, 3, 15, 4, 10, 11),
        utc(2027, 3, 19, 9, 29, 5),
        None,
        None,
    ],
}
CASES = [
    (text, moment)
    for name, moments in TIMES.items()
    for text, moment in zip((DATA / name).read_bytes().splitlines(), moments, strict=True)
]


def closest_year(moment: float) -> float:
    """Give the same day in the year that puts it closest to NOW."""
    years = (datetime.fromtimestamp(moment, UTC).replace(year=2026 + n) for n in (0, 1))
    return min((one.timestamp() for one in years), key=lambda one: abs(one - NOW))


@pytest.mark.parametrize(("text", "moment"), CASES)
def test_lines_of_real_logs(text: bytes, moment: float | None) -> None:
    """Each line is a record, with the time that it tells, the agent and the domain."""
    block, used = unwrap(text + b"\n")
    assert used == len(text) + 1
    delivery = only_record(block)
    told = seconds(delivery.timestamp, NOW)
    if moment is None or told is None:
        assert told is moment
    else:
        in_log = moment if delivery.timestamp[:1].isdigit() else closest_year(moment)
        assert told == pytest.approx(in_log, abs=1)
    assert seconds(log_timestamp(block), NOW) == told
    assert origin_of(delivery.origin).agent == "smtp"
    assert delivery.domain.count(b".")


def docker(text: bytes) -> bytes:
    """Give a line in Docker's json-file."""
    framed = {"log": text.decode() + "\n", "stream": "stdout", "time": "2020-02-02T02:02:02.2Z"}
    return json.dumps(framed).replace("<", "\\u003c").encode() + b"\n"


def cri(text: bytes) -> bytes:
    """Give a line as CRI writes it."""
    return b"2020-02-02T02:02:02.2Z stdout F " + text + b"\n"


@pytest.mark.parametrize("frame", [docker, cri])
@pytest.mark.parametrize("form", FORMS)
def test_forms_in_frames(form: str, frame: object) -> None:
    """In a frame a line reads as without; if its time is missing or has no year, the frame's is."""
    assert callable(frame)
    text = (header(FORMS[form]) + record()).encode()
    plain, framed = only_record(text + b"\n"), only_record(unwrap(frame(text))[0])
    if not FORMS[form].is_timed:
        assert framed.timestamp == b"2020-02-02T02:02:02.2Z"
    assert framed[1:10] == plain[1:10]
    assert framed.timestamp in (plain.timestamp, b"2020-02-02T02:02:02.2Z")
    if plain.timestamp[:1].isdigit():
        assert framed.timestamp == plain.timestamp


HOSTS = st.sampled_from(
    ["mx1", "mx1.sender.example", "192.0.2.77", "2001:db8::25", "(none)", "INFO1", "u@mx1"]
)
TAGS = st.sampled_from(
    ["postfix/smtp", "postfix-out/smtp", "postfix/relay/smtp", "outbound/smtp", "smtp-uol/smtp"]
)
PROCESS_IDS = st.integers(1, 2**22).map("[{}]".format)


@settings(deadline=None, max_examples=300)
@given(
    form=st.sampled_from(list(FORMS)),
    host=HOSTS,
    tag=TAGS,
    pid=PROCESS_IDS,
    moment=st.integers(STAMP - 10**7, STAMP),
)
def test_any_header_of_a_known_form(form: str, host: str, tag: str, pid: str, moment: int) -> None:
    """A record behind a header of a known form is read, with what the header says, in any block."""
    known = FORMS[form]
    text = (header(known, moment, host, tag, pid) + record()).encode() + b"\n"
    delivery = only_record(text)
    assert delivery[2:10] == only_record(line())[2:10]
    assert origin_of(delivery.origin).agent == "smtp"
    told_host, _, told_tag = delivery.origin.partition(b" ")
    assert told_host.decode() == (host.partition("@")[2] or host if known.has_host else "")
    assert told_tag.decode() == tag
    told = seconds(log_timestamp(text), NOW)
    assert told == (pytest.approx(moment, abs=1) if known.is_timed else None)
    quiet = (
        header(known, moment, host, "postfix/qmgr", pid) + "4F1: from=<a@b.example>\n"
    ).encode()
    records = PARSER.parse(quiet * 99 + text + quiet)
    assert records[1:5] == (1, 100, 0, 0)
    assert Delivery._make(records.deliveries[0])[:11] == delivery[:11]


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=25, deadline=None)
@given(
    pieces=st.lists(st.one_of(PIECES, PIECES, st.binary(max_size=4)), max_size=8),
    starts=st.integers(0, 9),
)
def test_block_of_a_form_and_line_agree(form: str, pieces: list[bytes], starts: int) -> None:
    """Among lines of one form, any line is read as on its own."""
    start = header(FORMS[form]).encode()
    filler = start.replace(b"smtp[", b"smtpd[") + b"connect from x[192.0.2.1]\n"
    odd = start * (starts < 5) + start * (starts < 1) + b"".join(pieces) + b"\n"
    block = filler * 99 + odd + filler
    assert readings(PARSER.parse(block)) == readings(by_lines(block))


@settings(deadline=None)
@given(
    pieces=st.lists(
        st.one_of(PIECES, st.sampled_from([header(f).encode() for f in FORMS.values()])), max_size=6
    )
)
def test_rewritten_twice_is_rewritten_once(pieces: list[bytes]) -> None:
    """The header of a line is rewritten to one that stays as it is."""
    text = b"".join(pieces).partition(b"\n")[0].lstrip(b"\0")
    assert rewritten_line(rewritten_line(text)) == rewritten_line(text)


def without_tag(form: str) -> str:
    """Give the header up to its tag."""
    return header(FORMS[form], tag="TAG", pid="").partition("TAG")[0]


@pytest.mark.parametrize("form", sorted(FORMS.keys() - {"metalog", "Solaris", "docker logs -t"}))
def test_outsiders_forge_nothing(form: str) -> None:
    """Behind the tag of another Postfix program, or of another program, no text is a record."""
    for text in OTHER.values():
        block = f"{without_tag(form)}{text}\n".encode()
        assert PARSER.parse(block)[:5] == ([], 0, 1, 0, 0), block
    for tag in IGNORED if FORMS[form].is_timed else IGNORED[:2]:
        for said in (RECORD_OF_OTHERS, header(FORMS[form]) + RECORD_OF_OTHERS):
            block = f"{without_tag(form)}{tag}{said}\n".encode()
            assert PARSER.parse(block)[:5] == ([], 0, 0, 1, 0), block
            assert readings(PARSER.parse(block)) == readings(by_lines(block))


QUOTING = {
    "a program that quotes a log": "Nov 28 18:49:46 mx1 backup[9]: {header}",
    "smtpd": "Nov 28 18:49:46 mx1 postfix/smtpd[9]: {header}",
    "cleanup of an instance": "Nov 28 18:49:46 mx1 out/cleanup[9]: {header}",
    "smtpd, RFC 5424": "<22>1 2026-11-28T18:49:46Z mx1 postfix/smtpd 9 - - {header}",
    "smtpd, BusyBox": "Nov 28 18:49:46 mx1 mail.info postfix/smtpd[9]: {header}",
    "not at the start": "Nov 28 18:49:46 mx1 smtp-out[9]: x {header}",
    "a policy service": "Nov 28 18:49:46 mx1 postfix/policy-spf[9]: {header}",
}  # fmt: skip


@pytest.mark.parametrize("quoting", QUOTING.values(), ids=QUOTING)
@pytest.mark.parametrize("form", FORMS)
def test_quoted_headers_are_none(quoting: str, form: str) -> None:
    """A header in a header counts only where a container's or a mail host's lines are passed on."""
    block = (quoting.format(header=header(FORMS[form])) + RECORD_OF_OTHERS + "\n").encode()
    records = PARSER.parse(block)
    assert not records.deliveries
    assert records.unparsed == 0
    assert readings(records) == readings(by_lines(block))


CARRIED = "Nov 28 18:49:46 c1 postfix/smtp[1]: "


@pytest.mark.parametrize("tag", ["fetchmail", "procmail", "webmail", "hotmail-bot", "xdocker"])
def test_a_part_of_a_word_passes_nothing_on(tag: str) -> None:
    """Only a whole word in a tag says that it passes on lines; other programs quote logs."""
    for outer in (
        f"Nov 28 18:49:46 mx1 {tag}[1]: ",
        f"<22>1 2026-11-28T18:49:46Z mx1 {tag} 12 - - ",
    ):
        block = (outer + CARRIED + RECORD_OF_OTHERS + "\n").encode()
        assert PARSER.parse(block)[:5] == ([], 0, 0, 1, 0)
        assert readings(PARSER.parse(block)) == readings(by_lines(block))


@pytest.mark.parametrize("name", ["smtp", "local", "x/smtp", "postfix", "mail-1"])
@pytest.mark.parametrize("runtime", ["docker", "podman"])
def test_a_container_may_have_the_name_of_a_program(runtime: str, name: str) -> None:
    """What a container says is read, whatever its name."""
    for said in (CARRIED, "2026-11-28T18:49:46Z INFO    postfix/smtp[1]: ", "postfix/smtp[1]: "):
        block = f"Nov 28 18:49:46 h {runtime}/{name}[7]: {said}{record()}\n".encode()
        assert only_record(block).origin.endswith(b" postfix/smtp")


BRACKETS = {
    "2026-11-28T18:49:46+00:00 [notice] postfix/smtp[1]: ": (1, b" postfix/smtp"),
    "2026-11-28 18:49:46 +0100 [INFO] mx1 postfix/smtp[1]: ": (1, b"mx1 postfix/smtp"),
    "2026-11-28 18:49:46 +0100 [INFO] postfix/smtp[1]: ": (1, b" postfix/smtp"),
    "Nov 28 18:49:46 [mail.info] mx1 postfix/smtp[1]: ": (1, b"mx1 postfix/smtp"),
    **{
        f"Nov 28 18:49:46 mx1 {level} postfix/smtp[1]: ": (1, b"mx1 postfix/smtp")
        for level in ("[mail.info]", "[info]", "[22]", "[mail:info]", "mail.info:", "INFO:")
    },
    "Nov 28 18:49:46 [mx1] postfix/smtp[1]: ": (0, b""),
    "Nov 28 18:49:46 [192.0.2.1] postfix/smtp[1]: ": (0, b""),
    "Nov 28 18:49:46 mx1 [mail] [info] postfix/smtp[1]: ": (0, b""),
    "Nov 28 18:49:46 mx1: postfix/smtp[1]: ": (0, b""),
}


@pytest.mark.parametrize("start", BRACKETS)
def test_brackets_and_colons_hide_no_record(start: str) -> None:
    """A severity in brackets is none of metalog's tags; a host in brackets is told as unparsed."""
    read, origin = BRACKETS[start]
    block = (start + record() + "\n").encode()
    for lines in (block, line() * 40 + block):
        records = PARSER.parse(lines)
        assert (records.ignored, records.other, records.unparsed) == (0, 0, 1 - read)
        assert readings(records) == readings(by_lines(lines))
    if read:
        assert only_record(block).origin == origin


ZONES = {" +0200": 2, "+02:00": 2, " -05": -5, " UTC": 0, " GMT": 0, " Z": 0}


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("copies", [1, 100])
def test_zone_behind_a_time_without_a_year(zone: str, copies: int) -> None:
    """A zone that is told counts, in a line and in a block, and for the log's time."""
    block = f"Nov 28 18:49:46{zone} mx1 postfix/smtp[1]: {record()}\n".encode() * copies
    records = PARSER.parse(block)
    assert records[1:5] == (copies, 0, 0, 0)
    assert readings(records) == readings(by_lines(block))
    for stamp in (records.deliveries[0][0], log_timestamp(block)):
        assert seconds(stamp, NOW) == STAMP - 3600 * ZONES[zone]


OUTER = [
    "", "Nov 28 18:49:50 x docker/postfix[99]: ", "Nov 28 18:49:50 INFO x docker/mx[9]: ",
    "Nov 28 18:49:50 +0200 x docker/mx[9]: ", "Sat Nov 28 18:49:50 2026 x docker/mx[9]: ",
    "Sat 2026-11-28 18:49:50 UTC x docker/mx[9]: ", "2026-11-28T18:49:50Z [info] x mail[9]: ",
    "Nov 28 18:49:50 x sshd[9]: ", "Nov 28 18:49:50 x postfix/smtpd[9]: ",
    "2026-11-28T18:49:50.1Z stdout F ", "2026-11-28T18:49:50.1+01:00 stderr P ",
]  # fmt: skip


BEGINNINGS = [
    "Sat 2026-11-28 18:49:46 UTC mx1 ", "Nov 28 18:49:46 mx1 ", "2026-11-28T18:49:46Z mx1 ",
]  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.sampled_from(OUTER), st.sampled_from(sorted(FORMS))), min_size=1),
    st.sampled_from([1, 80]),
    st.sampled_from(BEGINNINGS),
)
def test_mixed_blocks_read_as_their_lines(
    lines: list[tuple[str, str]], copies: int, beginning: str
) -> None:
    """Whatever stands beside a line in a block, and however it begins, it is read as if alone."""
    block = (
        beginning
        + "postfix/qmgr[1]: A: removed\n"
        + "".join(outer + header(FORMS[form]) + record() + "\n" for outer, form in lines)
    )
    mixed = (block * copies).encode()
    assert readings(PARSER.parse(mixed)) == readings(by_lines(mixed))


UNREADABLE = {
    "another language": "28 listopada 18:49:46 mx1 postfix/smtp[9]: ",
    "day, month, year": "28.11.2026 18:49:46 mx1 postfix/smtp[9]: ",
    "AM and PM": "Nov 28 06:49:46 PM mx1 postfix/smtp[9]: ",
    "time in brackets": "[28/Nov/2026:18:49:46 +0000] mx1 postfix/smtp[9]: ",
    "tabs": "2026-11-28T18:49:46Z\tmx1\tpostfix/smtp[9]:\t",
    "no colon": "Nov 28 18:49:46 mx1 postfix/smtp[9] ",
    "unknown words": "2026-11-28T18:49:46Z a b c d mx1 postfix-out/smtp[9]: ",
}


@pytest.mark.parametrize("unreadable", UNREADABLE.values(), ids=UNREADABLE)
def test_a_record_behind_an_unknown_header_is_unparsed(unreadable: str) -> None:
    """A record whose header has no known form is not passed over in silence."""
    block = (unreadable + record()).encode() + b"\n"
    assert PARSER.parse(block)[:5] == ([], 0, 0, 0, 1)
    for number in (1, 99):
        records = PARSER.parse(line() * number + block)
        assert (records.delivery, records.unparsed) == (number, 1)
    assert Parser(["other"]).parse(block).ignored == 1
    harmless = unreadable.replace("smtp[9]", "smtpd[9]") + f"warning: postfix/smtp[3]: {record()}\n"
    assert PARSER.parse(harmless.encode()).unparsed == 0


def test_units_of_postfix() -> None:
    """With -o with-unit, journalctl writes the unit in place of the tag: the agent is inferred."""
    for unit in ("postfix.service", "postfix@-.service", "postfix@postfix-out.service"):
        delivery = only_record(
            f"Sat 2026-11-28 18:49:46 UTC mx1 {unit}[100]: {record()}\n".encode()
        )
        assert origin_of(delivery.origin).agent == "smtp"
        assert seconds(delivery.timestamp, NOW) == STAMP
    assert delivery.origin == b"mx1 postfix-out/smtp"


def test_ends_of_messages_under_any_form() -> None:
    """Messages that leave the queue are found behind each header."""
    for form in FORMS.values():
        start = header(form, tag="postfix/qmgr")
        block = f"{start}4F1: removed\n{start}4F2: from=<a@b.example>, status=expired, returned to sender\n"
        records = PARSER.parse(block.encode())
        ended = PARSER.ends.find(block.encode(), records.removed, {b"4F1", b"4F2"})
        assert [(one.queue_id, one.expired) for one in ended] == [(b"4F2", True), (b"4F1", False)]


_NONE_ALIKE = {
    "metalog",
}


@pytest.mark.parametrize("form", sorted(FORMS.keys() - _NONE_ALIKE))
def test_a_pattern_of_like_lines(form: str) -> None:
    """What stands before the tag has a pattern that other lines of the form fit, too."""
    first, other = (
        b"\n" + header(FORMS[form], moment, host).encode()
        for moment, host in ((STAMP, "mx1"), (STAMP - 5_000_001, "mx22"))
    )
    like = like_first(first)
    assert like is not None
    assert re.match(like.before_tag + rb"(?=postfix/smtp)", other)
