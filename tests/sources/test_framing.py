"""Container runtimes' wrapping: taken off exactly, whatever the parts."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.records.timestamps import seconds
from exporter.sources import framing
from exporter.sources.entry import line_of
from exporter.sources.framing import MOST_PENDING, unwrap
from tests.lines import line
from tests.reading import Reader
from tests.records.forms import FORMS, header
from tests.records.pieces import HEADERS
from tests.records.twice import PARSER, readings


def cri(text: bytes, tag: bytes = b"F", stream: bytes = b"stdout") -> bytes:
    """Give a CRI line."""
    return b"2026-11-23T20:16:19.000000000Z %s %s %s\n" % (stream, tag, text)


def docker(text: str) -> bytes:
    """Give a line of Docker's json-file."""
    record = {"log": text, "stream": "stdout", "time": "2026-11-23T20:16:19Z"}
    return json.dumps(record).replace("<", "\\u003c").encode() + b"\n"


def test_plain_lines_stay() -> None:
    """A block that is not wrapped is handed on untouched."""
    block = b"Nov 23 20:15:19 mx1 postfix/smtp[1]: x\n2026-11-23T20:15:19Z mx1 postfix/smtp[1]: x\n"
    assert unwrap(block) == (block, len(block))


def test_docker_escapes() -> None:
    """Docker's escaped angle brackets are undone; a record in parts is joined."""
    block = docker("to=<a@b> ") + docker("rest\n")
    assert unwrap(block) == (b"to=<a@b> rest\n", len(block))


def test_strange_first_line_hides_nothing() -> None:
    """A line of something else before wrapped lines does not keep them wrapped."""
    for wrapped in (docker("a\n"), cri(b"a")):
        block = b"something else\n" + wrapped
        assert unwrap(block) == (b"something else\na\n", len(block))


def test_parts_wait_for_the_last() -> None:
    """Parts without their last part stay unread; other streams do not mix in."""
    head = cri(b"one")
    parts = cri(b"tw", b"P") + cri(b"err", b"F", b"stderr")
    assert unwrap(head + parts) == (b"one\n", len(head))
    whole = head + parts + cri(b"o")
    assert unwrap(whole) == (b"one\nerr\ntwo\n", len(whole))


def test_part_without_end_does_not_hold_up() -> None:
    """A part whose last part never comes is let through as a line after a while."""
    parts = cri(b"x" * 4000, b"P", b"stderr") + cri(b"line") * (MOST_PENDING // 40)
    inside, used = unwrap(parts)
    assert used > 0
    assert b"line\n" in inside


def test_strange_lines_are_handed_on() -> None:
    """A line that does not fit the wrapping is handed on as it is."""
    for strange in (b"{", b'{"log":1}', b'{"log":"x', b"[" * 10_000, b'{"log":"\\ud800\\n"}'):
        block = docker("a\n") + strange + b"\n" + docker("b\n")
        inside, used = unwrap(block)
        assert used == len(block)
        assert inside.startswith(b"a\n")
        assert inside.endswith(b"b\n")
        assert inside.count(b"\n") == 3


@settings(deadline=None)
@given(st.data())
def test_any_parts_and_polls_give_the_same(data: st.DataObject) -> None:
    """However records are cut into parts and the file into polls, the lines are the same."""
    import tempfile
    from pathlib import Path

    records = data.draw(st.lists(st.binary(max_size=30), min_size=1, max_size=8))
    records = [record.replace(b"\n", b"").replace(b"\0", b"") for record in records]
    wrapped = cri(b"start")
    for record in records:
        cut = data.draw(st.integers(0, len(record)))
        if cut:
            wrapped += cri(record[:cut], b"P")
        wrapped += cri(record[cut:])
    cuts = sorted(data.draw(st.lists(st.integers(0, len(wrapped)), max_size=5)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "0.log"
        path.touch()
        reader = Reader(path)
        for start, end in zip([0, *cuts], [*cuts, len(wrapped)], strict=True):
            with path.open("ab") as file:
                file.write(wrapped[start:end])
            reader.poll()
            reader.restart()
        assert reader.got == [b"start", *records]


RECORD = (
    "4F1: to=<u@a.example>, relay=none, delay=1, delays=0/0/0/1, dsn=4.4.1, status=deferred (x)"
)
LINE = f"2026-11-28T18:49:46Z mx1 postfix/smtp[100]: {RECORD}"
BYTES = list(RECORD.encode())
OBJECTS: dict[str, dict[str, object]] = {
    "journalctl": {
        "__REALTIME_TIMESTAMP": "1795891786000000", "_HOSTNAME": "mx1", "_PID": "100",
        "SYSLOG_IDENTIFIER": "postfix/smtp", "MESSAGE": RECORD,
    },
    "journalctl, bytes": {
        "__REALTIME_TIMESTAMP": "1795891786000000", "_HOSTNAME": "mx1", "SYSLOG_PID": "100",
        "SYSLOG_IDENTIFIER": "postfix/smtp", "MESSAGE": BYTES,
    },
    "journalctl, fields given twice": {
        "__REALTIME_TIMESTAMP": "1795891786000000", "_HOSTNAME": "mx1", "_PID": ["100", "7"],
        "SYSLOG_IDENTIFIER": ["postfix/smtp", "x"], "MESSAGE": [RECORD, "x"],
    },
    "Fluent Bit": {"date": 1795891786.0, "host": "mx1", "ident": "postfix/smtp", "pid": "100", "message": RECORD},
    "Vector": {
        "timestamp": "2026-11-28T18:49:46Z", "hostname": "mx1", "appname": "postfix/smtp",
        "procid": 100, "message": RECORD, "facility": "mail", "severity": "info",
    },
    "syslog-ng": {"DATE": "2026-11-28 18:49:46", "HOST": "mx1", "PROGRAM": "postfix/smtp", "PID": "100", "MESSAGE": RECORD},
    "rsyslog": {"timereported": "2026-11-28T18:49:46Z", "hostname": "mx1", "syslogtag": "postfix/smtp[100]:", "msg": f" {RECORD}"},
    "logstash": {"@timestamp": "2020-01-01T00:00:00Z", "host": {"name": "x"}, "message": LINE},
    "Kubernetes": {"log": LINE + "\n", "stream": "stdout", "time": "2020-01-01T00:00:00Z", "kubernetes": {}},
    "milliseconds": {"ts": 1795891786000, "host": "mx1", "tag": "postfix/smtp[100]", "text": RECORD},
    "a container's journal": {
        "__REALTIME_TIMESTAMP": "1795891786000000", "_HOSTNAME": "x", "_PID": "1",
        "SYSLOG_IDENTIFIER": "0f0f", "CONTAINER_NAME": "mx", "MESSAGE": LINE,
    },
}  # fmt: skip


TOLD = "2026-11-28T18:49:46Z"
INNER = f"Nov 28 17:49:46 mx1 postfix/smtp[100]: {RECORD}"
OBJECTS |= {
    "a container's name": {"timestamp": TOLD, "container_name": "/smtp", "message": INNER},
    "Elastic Common Schema": {
        "@timestamp": TOLD, "message": RECORD, "host": {"hostname": "mx1"},
        "process": {"name": "postfix/smtp", "pid": 12},
    },
    "Elastic Common Schema, syslog": {
        "@timestamp": TOLD, "message": RECORD, "host": {"name": "mx1"},
        "process": {"name": "smtp"}, "log": {"syslog": {"appname": "postfix/smtp"}},
    },
}  # fmt: skip


def test_frames_tell_the_year() -> None:
    """The time of a frame counts where that of the line has no year."""
    block = cri(INNER.encode())
    expected = b"2026-11-23T20:16:19.000000000Z mx1 postfix/smtp[100]: " + RECORD.encode() + b"\n"
    assert unwrap(block)[0] == expected
    assert unwrap(docker(INNER + "\n"))[0] == expected.replace(b".000000000", b"")


@pytest.mark.parametrize(
    "record",
    [
        {"container_id": "a", "container_name": "/mail", "source": "stdout", "log": INNER},
        {"timestamp": TOLD, "container_name": "mail", "message": f"postfix/smtp[1]: {RECORD}"},
    ],
)
def test_dockers_fluentd_driver(record: dict[str, str]) -> None:
    """A container's text is read, with or without a time of its own or of the object."""
    inside = unwrap(json.dumps(record).encode() + b"\n")[0]
    assert PARSER.parse(inside)[1:5] == (1, 0, 0, 0), inside


@pytest.mark.parametrize("key", ["process", "ident"])
def test_another_program_is_not_overruled(key: str) -> None:
    """A header in the text of another program is none."""
    record = {"timestamp": TOLD, key: "nginx", "message": INNER}
    inside = unwrap(json.dumps(record).encode() + b"\n")[0]
    assert PARSER.parse(inside)[1:5] == (0, 0, 1, 0)


@pytest.mark.parametrize("writer", OBJECTS)
@pytest.mark.parametrize("framed", [False, True])
def test_objects_of_many_writers(writer: str, framed: bool) -> None:
    """The fields of an object make the line that they come from, in a container's frame, too."""
    text = json.dumps(OBJECTS[writer])
    block = docker(text + "\n") if framed else text.encode() + b"\n"
    inside, used = unwrap(block)
    assert used == len(block)
    result, deliveries = PARSER.parse_line(inside.removesuffix(b"\n"))
    assert (result, len(deliveries)) == ("delivery", 1), inside
    assert deliveries[0].origin == b"mx1 postfix/smtp"
    time_zone_offset = 0 if b"Z" in deliveries[0].timestamp else time.localtime().tm_gmtoff
    assert seconds(deliveries[0].timestamp, 0) == 1795891786 - time_zone_offset


VALUES: dict[str, list[object]] = {  # the first of each is plain
    "date": [1795891786, 1795891786.0, 1795891786.25, 1795891786250, "1795891786250000", "now", "2026-11-28T18:49:46.5+01:00"],
    "host": ["mx1", "", "stdout", "mx1 x", "2001:db8::1", {"name": "mx1"}],
    "ident": ["postfix/smtp", "postfix/smtp[7]:", "postfix/smtp:", "post fix", "", None, "ü"],
    "pid": ["100", 100, -1, 1.5, "", None, [1], True],
    "message": [RECORD, "", 'a "b" \\ \n', "\ud800é\0", BYTES, None, 7, "postfix/smtp[1]: x\n"],
    "level": ["info", 6, None, 1.5e3, [1], {"a": "}"}],
}  # fmt: skip


@given(
    st.permutations(sorted(VALUES)),
    st.lists(st.fixed_dictionaries({key: st.sampled_from([*some[:1] * 9, *some]) for key, some in VALUES.items()}), max_size=6),
    st.booleans(),
)  # fmt: skip
def test_objects_that_are_alike(
    order: list[str], values: list[dict[str, object]], is_tight: bool
) -> None:
    """Objects with the same keys, read in one pass, give what each gives for itself."""
    ordered = [{key: one[key] for key in order} for one in values]
    separators = (",", ":") if is_tight else None
    check_alone([json.dumps(one, separators=separators).encode() for one in ordered])


def check_alone(objects: list[bytes]) -> None:
    """Check that objects together give what each gives for itself; one without a text stays."""
    alone = [line_of(json.loads(one)) for one in objects]
    inside = [
        one if line is None else line.replace(b"\n", b" ")
        for one, line in zip(objects, alone, strict=True)
    ]
    block = b"".join(one + b"\n" for one in objects)
    assert unwrap(block) == (b"".join(one + b"\n" for one in inside), len(block))


NESTED: dict[str, list[object]] = {  # the first of each is plain
    "@timestamp": ["2026-11-28T18:49:46.5Z", 1795891786, None, {}],
    "ecs": [{"version": "8.0.0"}, {"version": [1]}, {}, None],
    "host": [{"name": "mx1", "ip": ["192.0.2.1", "2001:db8::1"]}, {"ip": [], "name": "mx1"}, {"name": ["a b", 1]}, {"name": {"x": 1}}, "mx2"],
    "log": [{"file": {"path": "/a {}"}, "syslog": {"appname": "postfix/smtp", "procid": 100}}, {"syslog": {"appname": "postfix/smtp"}}, {"level": "info"}, "x"],
    "process": [{"name": "postfix/qmgr", "pid": 7}, {"pid": "7"}, {"pid": 7, "name": None}, []],
    "message": [RECORD, "", 'a "b" \\ }', {"a": RECORD}, [RECORD], None],
    "host.name": ["mx3", {"a": 1}, None],
}  # fmt: skip


@given(
    st.permutations(sorted(NESTED)),
    st.integers(2, len(NESTED)),  # a log alone is Docker's
    st.lists(st.fixed_dictionaries({key: st.sampled_from([*some[:1] * 9, *some]) for key, some in NESTED.items()}), max_size=6),
)  # fmt: skip
def test_nested_objects_that_are_alike(
    order: list[str], keys: int, values: list[dict[str, object]]
) -> None:
    """Objects with others inside (Elastic Common Schema) in one pass give what each gives."""
    check_alone([json.dumps({key: one[key] for key in order[:keys]}).encode() for one in values])


def test_objects_without_a_text() -> None:
    """What journalctl leaves out of a long record is a line without text; other objects stay."""
    long = {
        "__REALTIME_TIMESTAMP": "1795891786000000",
        "SYSLOG_IDENTIFIER": "postfix/smtp",
        "MESSAGE": None,
    }
    assert (
        unwrap(json.dumps(long).encode() + b"\n")[0]
        == b"2026-11-28T18:49:46.000000Z postfix/smtp: \n"
    )
    for strange in ({"a": 1}, {"message": {"a": 1}}, {"message": [[["x"]]]}, {"log": None}):
        block = json.dumps(strange).encode() + b"\n"
        assert unwrap(block) == (block, len(block))


@pytest.mark.parametrize("tag", ["sshd", "nginx", "postfix/smtpd"])
def test_objects_forge_nothing(tag: str) -> None:
    """The text of another program is no record, whatever header it begins with."""
    for text in (LINE, f"postfix/smtp[3]: {RECORD}", f"x\npostfix/smtp[3]: {RECORD}"):
        record = {
            "host": "mx1",
            "ident": tag,
            "pid": "9",
            "message": text,
            "time": "2026-11-28T18:49:46Z",
        }
        inside = unwrap(json.dumps(record).encode() + b"\n")[0]
        assert inside.count(b"\n") == 1
        assert not PARSER.parse(inside).deliveries


def entry(*fields: tuple[str, bytes]) -> bytes:
    """Give an entry of the journal's export format."""
    whole = b""
    for name, value in fields:
        if b"\n" in value or not value.isascii():
            whole += b"%b\n%b%b\n" % (name.encode(), len(value).to_bytes(8, "little"), value)
        else:
            whole += b"%b=%b\n" % (name.encode(), value)
    return whole + b"\n"


START = ("__CURSOR", b"s=1"), ("__REALTIME_TIMESTAMP", b"1795891786000000"), ("_HOSTNAME", b"mx1")
SMTP = ("SYSLOG_IDENTIFIER", b"postfix/smtp"), ("_PID", b"100")
HEAD = b"2026-11-28T18:49:46.000000Z mx1 postfix/smtp[100]: "
ENTRIES = {
    entry(*START, *SMTP, ("MESSAGE", RECORD.encode())): HEAD + RECORD.encode(),
    entry(*START, *SMTP, ("MESSAGE", "ä\xff".encode("latin-1"))): HEAD + b"\xe4\xff",
    entry(*START, ("MESSAGE", b"a\n\n__CURSOR=b"), *SMTP): HEAD + b"a  __CURSOR=b",
    entry(*START, *SMTP, ("MESSAGE", b"one"), ("MESSAGE", b"two")): HEAD + b"one",
    entry(*START, *SMTP): HEAD,
}


def test_entries_of_the_journal() -> None:
    """Each entry is a line; values with control characters have their length before them."""
    block = b"".join(ENTRIES)
    assert unwrap(block) == (b"".join(line + b"\n" for line in ENTRIES.values()), len(block))


def test_an_unfinished_entry_waits() -> None:
    """However the file is cut, whole entries are read and the rest stays unread."""
    first, *_ = ENTRIES
    block = first + b"".join(ENTRIES)
    for end in range(len(first), len(block)):
        cut = block.rfind(b"\n", 0, end) + 1
        inside, used = unwrap(block[:cut])
        assert used <= cut
        assert inside + unwrap(block[used:])[0] == unwrap(block)[0]


def test_damaged_entries_hold_up_nothing() -> None:
    """What is no entry is let through as lines; the entries behind it are read."""
    first, *_ = ENTRIES
    damaged = b"__CURSOR=x\nMESSAGE\n" + b"\xff" * 8 + b"x\n\n"
    block = first + damaged + first * 2000
    inside, used = unwrap(block)
    assert used == len(block)
    assert inside.count(ENTRIES[first]) >= 2000
    assert unwrap(damaged, final=True)[1] == len(damaged)


@given(
    st.lists(
        st.sampled_from(
            [*ENTRIES, b"__CURSOR=\n", b"MESSAGE\n", b"\n", b"A=b\n", b"\xff\0\0\0\0\0\0\0", b"x\n"]
        ),
        max_size=9,
    )
)
def test_any_export(pieces: list[bytes]) -> None:
    """Any bytes are read to the end, and no line that is told is lost."""
    block = entry(*START) + b"".join(pieces) + b"\n"
    assert unwrap(block, final=True)[1] == len(block)


BETWEEN = [
    *(header(form) + RECORD for form in FORMS.values()),
    *(text.lstrip("\0") + RECORD for text in HEADERS.values()),
    json.dumps(OBJECTS["Vector"]),
    "sshd[1]: a line of another program",
    "words",
    "",
]


@settings(deadline=None, max_examples=200)
@given(
    framed=st.lists(st.tuples(st.sampled_from(BETWEEN), st.sampled_from(["stdout", "stderr"]))),
    plain=st.sampled_from([line(), line(header=HEADERS["RFC 3339"]), b"words\n"]),
    copies=st.sampled_from([1, 40]),
)
def test_frames_between_plain_lines(
    framed: list[tuple[str, str]], plain: bytes, copies: int
) -> None:
    """CRI's lines among plain ones are read as they are alone, wherever they stand."""
    lines = [plain * copies]
    for text, stream in framed:
        lines += [cri(text.encode(), b"F", stream.encode()), plain * copies]
    apart = b"".join(unwrap(one)[0] for one in lines)
    assert readings(PARSER.parse(unwrap(b"".join(lines))[0])) == readings(PARSER.parse(apart))


def test_a_part_between_plain_lines() -> None:
    """Neither a part nor the line that it is a part of is passed over in silence."""
    text = LINE.encode()
    for cut, expected in ((0, (3, 0, 0, 0)), (80, (2, 0, 1, 1))):
        parts = cri(text[:cut] or text, b"P") + (cri(text[cut:]) if cut else b"")
        records = PARSER.parse(unwrap(line() + parts + line())[0])
        assert records[1:5] == expected


def test_json_between_other_lines() -> None:
    """A JSON object among plain lines is read, too, wherever it stands."""
    plain = b"Nov 23 20:15:19 mx1 postfix/qmgr[1]: 4F1: removed\n"
    record = b'{"host":"mx1","ident":"postfix/smtp","pid":"7","message":"4F2: removed","time":"2026-11-23T20:15:19Z"}\n'
    inside, used = unwrap(plain + record + plain)
    assert used == len(plain + record + plain)
    assert inside == plain + b"2026-11-23T20:15:19Z mx1 postfix/smtp[7]: 4F2: removed\n" + plain


ODD_TEXTS = st.one_of(
    st.sampled_from([*BETWEEN, LINE, f"Nov 23 20:15:19 UTC mx1 postfix/smtp[3]: {RECORD}", "{}"]),
    st.lists(
        st.sampled_from([*'ab2{}"\\/<>&\t\x1f: é', LINE, "Nov 23 20:15:19 mx1 a: "]), max_size=9
    ).map("".join),
)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(ODD_TEXTS, st.sampled_from(["F", "P", "spaced", "compact", "utf-8", "bytes"]))
    ),
    st.booleans(),
)
def test_all_ways_to_unwrap_agree(framed: list[tuple[str, str]], final: bool) -> None:
    """Whole records, which cost little, are read as the way for parts reads them."""
    block = b""
    for text, kind in framed:
        text = text.replace("\n", " ")
        if kind in "FP":
            block += cri(text.encode("latin-1", "replace"), kind.encode())
        elif kind == "spaced":
            block += docker(text + "\n")
        else:
            record = {"log": text + "\n", "stream": "stderr", "time": "2026-11-23T20:16:19.5Z"}
            written = json.dumps(record, separators=(",", ":"), ensure_ascii=kind == "compact")
            escaped = written.replace("<", "\\u003c").replace("&", "\\u0026")
            block += escaped.encode("latin-1" if kind == "bytes" else "utf-8", "replace") + b"\n"
    quickly = unwrap(block, final)
    with pytest.MonkeyPatch.context() as without:
        without.setattr(framing, "_read_whole", lambda _block, start, _inside: start)
        assert unwrap(block, final) == quickly
