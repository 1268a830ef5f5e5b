"""Lines of Postfix' services, to events: in real logs, with every header, and forged by nobody."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.counts.families import FAMILIES
from exporter.records.kinds import FEW, MANY
from exporter.records.parse import Parser, Records
from exporter.records.senders import WAYS
from exporter.records.services.collectors import COLLECTORS
from exporter.records.services.event import Event
from exporter.records.services.forms import REMOVED, USUAL
from exporter.records.services.reader import ServiceReader
from exporter.sources.framing import unwrap
from tests.pages import CORPUS, content
from tests.plain_counting import counted
from tests.records.forms import FORMS, header
from tests.records.pieces import PIECES
from tests.records.services.texts import CLIENT, FORGERIES, SAID


class Reading:
    """A parser and the reader of what it leaves; parameters as theirs."""

    def __init__(
        self, collectors: Collection[str], names: Sequence[str] = (), senders: str = ""
    ) -> None:
        self.reader = ServiceReader(collectors, names, senders)
        self.parser = Parser(names, senders, self.reader.wanted)

    def of_block(self, block: bytes) -> Iterator[tuple[Event, int]]:
        """Give the events of a block that is read at once."""
        told, numbers = self.reader.read(self.parser.parse(block))
        yield from told
        yield from (((name, str(one)), 1) for name in numbers for one in numbers[name])

    def of_lines(self, block: bytes) -> Iterator[tuple[Event, int]]:
        """Give the same of one that is read line by line, with the complete grammar."""
        for text in block.split(b"\n")[:-1]:
            _, records = self.parser.parse_line(text)
            yield from self.reader.read(Records(records, said={(b"", text): 1})).events


ALL = Reading(COLLECTORS)

SERVICES = "../records/services/postfix-3.7/maillog"
"""What no log of the corpus has."""

LOGS = [
    "escapes/mail.traditional.log", "escapes/mail.rfc3339.log", "mixed-maillog/maillog",
    "mixed-reduced/mail.traditional.log", "mixed-syslog/mail.traditional.log",
    "mixed-syslog/mail.rfc3339.log", "postfix-3.11/mail.log.gz", "postfix-3.11-maillog/maillog.gz",
    "rotation-create/mail.log", "rotation-create/mail.log.1", "rotation-create/mail.log.2.gz",
    "rotation-create/mail.log.3.gz", "rotation-create/unrotated.log.gz",
    "rotation-copytruncate/mail.log", "rotation-copytruncate/mail.log.1",
    "rotation-copytruncate/mail.log.2.gz", "rotation-copytruncate/mail.log.3.gz",
    "scenario-a-ratelimit-gmail/mail.log", "scenario-c-auth-gmail/mail.log",
    "scenario-d-nouser-spike/mail.log", "scenario-f-healthy/mail.log",
    "scenario-g-local-outage/mail.log", SERVICES,
]  # fmt: skip


def events(block: bytes, reading: Reading = ALL) -> Counter[Event]:
    """Give the events of a block; what comes in numbers as so many of one."""
    return sums(reading.of_block(block))


def events_of(block: bytes, reading: Reading = ALL) -> Counter[Event]:
    """Give the same of a block that is read line by line."""
    return sums(reading.of_lines(block))


def sums(told: Iterable[tuple[Event, int]]) -> Counter[Event]:
    """Give events as `events` does."""
    found: Counter[Event] = Counter()
    for event, times in told:
        is_sum = FAMILIES[event[0]].is_sum
        found[event[:-1] if is_sum else event] += times * int(event[-1]) if is_sum else times
    return found


READINGS = {way: Reading(COLLECTORS, (), way) for way in ("", *WAYS)}
ALONE = {way: Parser((), way) for way in READINGS}


def all_readings(block: bytes) -> Counter[Event]:
    """Give the events of a block, whoever else reads it, who reads as if there was no collector."""
    wanted = events_of(block)
    for way, reading in READINGS.items():
        assert events(block, reading) == wanted, way
        told, alone = reading.parser.parse(block), ALONE[way].parse(block)
        assert steps(told) == steps(alone), way
        assert told._replace(steps=(), said={}, entered=()) == alone._replace(steps=()), way
    return wanted


def steps(records: Records) -> list[tuple[bytes, ...]]:
    """Give what is told of queue ids."""
    return [tuple(step) for step in records.steps if step[2]]


@pytest.mark.parametrize("log", LOGS)
def test_counts_equal_plain_ones(log: str) -> None:
    """Each event is counted as often as plain comparisons find it in the lines of a real log.

    Deliveries and senders are read in the same walk, and none takes from another.
    """
    lines = content(CORPUS / log)
    assert all_readings(lines) == counted(lines)


def test_every_family_is_in_real_logs() -> None:
    """No family of these services rests on lines alone that were made up for tests."""
    logs = ("mixed-syslog/mail.rfc3339.log", "postfix-3.11/mail.log.gz", SERVICES)
    families = {name for name, family in FAMILIES.items() if family.collector in COLLECTORS}
    assert {event[0] for log in logs for event in counted(content(CORPUS / log))} == families


def test_signs() -> None:
    """What is left of a line is told by its sign from all else that its program says."""
    assert not any(form.sign.isalnum() for form in (*USUAL, REMOVED))
    signs = Counter(
        (program, form.sign)
        for collector in COLLECTORS.values()
        for form in collector.usual
        for program in collector.programs
    )
    assert set(signs.values()) == {1}


def line(said: str, header: str = "Nov 23 20:15:19 mx1 {tag}[4711]: ") -> bytes:
    """Give the line in which a program says something; `said` names the program first."""
    service, _, text = said.partition(": ")
    return (header.format(tag=f"postfix/{service}") + text + "\n").encode()


@pytest.mark.parametrize("kind", SAID)
def test_what_is_said(kind: str) -> None:
    """A line of a known form is its events, read in a block and alone."""
    said, wanted = SAID[kind]
    assert events(line(said)) == all_readings(line(said)) == sums((event, 1) for event in wanted)


@pytest.mark.parametrize("kind", FORGERIES)
def test_nobody_forges_events(kind: str) -> None:
    """What client, sender, receiver or message wrote is no event, and no label."""
    said, wanted = FORGERIES[kind]
    assert events(line(said)) == all_readings(line(said)) == sums((event, 1) for event in wanted)


PLAIN_RECORD = (
    "smtp: 4F1: to=<u@a.example>, relay=mx.a.example[192.0.2.1]:25, delay=0.1,"
    " delays=0/0/0/0.1, dsn=2.0.0, status=sent (250 2.0.0 Ok)"
)
ALL_SAID = [*SAID.values(), *FORGERIES.values()]
EVERYTHING = sums((event, 1) for _, wanted in ALL_SAID for event in wanted)


@pytest.mark.parametrize("form", [*FORMS, "RFC 5424", "traditional", "RFC 3339"])
def test_headers_of_all_forms(form: str) -> None:
    """A block with any form of header has the same events, also among lines with another one."""
    headers = {
        "RFC 5424": "<22>1 2026-11-23T20:15:19.672484+00:00 mx1 {tag} 4711 - - ",
        "traditional": "Nov 23 20:15:19 mx1 {tag}[4711]: ",
        "RFC 3339": "2026-11-23T20:15:19.672484+00:00 mx1 {tag}[4711]: ",
    }
    like = headers.get(form) or header(
        FORMS[form], tag="{tag}", pid="" if form == "metalog" else "[4711]"
    )
    block = b"".join(line(said, like) for said, _ in ALL_SAID)
    assert events(block) == EVERYTHING
    others = b"".join(map(line, [said for said, _ in ALL_SAID]))
    assert events(others + block) == events(block + others) == EVERYTHING + EVERYTHING


@pytest.mark.parametrize("form", sorted(FORMS.keys() - {"metalog"}))
def test_lines_like_the_first(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A block whose lines have a header of another form is read in one pass, as lines one by one.

    Plain lines of other programs and records that say nothing are among them, and a few odd lines;
    none is rewritten.
    """
    like = header(FORMS[form], tag="{tag}")
    texts = [said for said, _ in ALL_SAID] * FEW
    for said in (PLAIN_RECORD, PLAIN_RECORD.replace(", dsn", ", tls=may, dsn")):
        texts += [said] * FEW
    texts[5:5] = [PLAIN_RECORD, "smtp: message repeated 3 times: [ " + PLAIN_RECORD[6:] + "]"]
    others = [(like.format(tag="sshd") + f"connect from {CLIENT}\n").encode()] * FEW
    others += [b"\n", b"odd\n", line("smtpd: connect from " + CLIENT), b"postfix/smtpd[1]: x\n"]
    block = b"".join([line(said, like) for said in texts] + others)
    assert len(texts) > MANY
    wanted = events_of(block)
    monkeypatch.setattr("exporter.records.parse.rewritten", None)
    assert events(block, Reading(COLLECTORS)) == wanted
    assert wanted["smtpd_connects",] > FEW


@pytest.mark.parametrize("log", ["docker.log", "cri.log", "cri-partial.log"])
def test_containers(log: str) -> None:
    """Lines in the frames of a container are counted as those that were put into them."""
    framed = content(CORPUS / "container" / log)
    wanted = counted(unframed(framed.decode()).encode())
    assert wanted["smtpd_connects",]
    assert events(unwrap(framed)[0]) == wanted


def unframed(frames: str) -> str:
    """Give what a container wrote, as Docker's or CRI's frames have it."""
    if frames.startswith("{"):
        return "".join(json.loads(frame)["log"] for frame in frames.split("\n")[:-1])
    parts = (frame.split(" ", 3) for frame in frames.split("\n")[:-1])
    return "".join(text + "\n" * (flag == "F") for _, _, flag, text in parts)


def test_lost_programs() -> None:
    """Where the header has lost the program, what is said tells it; of a warning it is unknown."""
    folder = CORPUS / "mixed-syslog"
    told = events(content(folder / "mail.traditional.log"))
    lost = events(content(folder / "mail.rfc5424.log"))
    assert without_services(lost) == without_services(told)
    services = {event[1] for event in lost if event[0] == "log_messages"}
    assert services == {"unknown"}


def without_services(found: Counter[Event]) -> Counter[Event]:
    """Give events with warnings of all services together."""
    merged: Counter[Event] = Counter()
    for event, times in found.items():
        merged[(event[0], event[2]) if event[0] == "log_messages" else event] += times
    return merged


def test_repeated_messages() -> None:
    """A line of rsyslog's reduction stands for so many, but for no more than is likely."""
    for times, wanted in ((5, 5), (1, 1), (10**9 - 1, 1)):
        block = line(f"smtpd: message repeated {times} times: [ connect from {CLIENT}]")
        assert events(block) == {("smtpd_connects",): wanted}


def test_instances() -> None:
    """With syslog names only lines of these instances are read."""
    block = b"".join(
        b"Nov 23 20:15:19 mx1 %b[1]: connect from x[203.0.113.7]\n" % tag
        for tag in (b"postfix/smtpd", b"postfix-out/submission/smtpd", b"mx-in/smtpd", b"smtpd")
    )
    for names, wanted in (((), 3), (["postfix-out"], 1), (["mx-in", "postfix"], 2)):
        found = events(block, Reading(COLLECTORS, names))
        assert found == {("smtpd_connects",): wanted}, names


@pytest.mark.parametrize("name", COLLECTORS)
def test_one_collector(name: str) -> None:
    """A collector that is on alone finds its own events, and no other."""
    block = b"".join(line(said) for said, _ in ALL_SAID)
    own = {event: n for event, n in EVERYTHING.items() if FAMILIES[event[0]].collector == name}
    assert own
    reading = Reading([name])
    assert events(block, reading) == events_of(block, reading) == own


TEXTS = [said.encode() for said, _ in ALL_SAID]


@given(
    st.lists(
        st.sampled_from(TEXTS).map(lambda said: line(said.decode()))
        | st.sampled_from(TEXTS)
        | PIECES
        | st.binary(max_size=20),
        max_size=8,
    )
)
def test_any_lines(pieces: list[bytes]) -> None:
    """Any bytes have the same events, read at once and line by line, whoever else reads them."""
    all_readings(b"".join(pieces) + b"\n")


@given(
    st.sampled_from(sorted(FORMS)),
    st.lists(st.sampled_from(TEXTS) | PIECES | st.binary(max_size=20), max_size=8),
)
def test_any_lines_behind_any_header(form: str, pieces: list[bytes]) -> None:
    """Whatever lines have another form of header: read at once and line by line they are equal."""
    like = header(FORMS[form], tag="{tag}", pid="" if form == "metalog" else "[4711]")
    begin, end = like.encode().split(b"{tag}")
    lines = [begin + tag + end for tag in (b"postfix/smtpd", b"sshd", b"postfix", b"")]
    block = line(f"smtpd: connect from {CLIENT}", like) * (MANY + 1)
    block += b"".join(one + piece + b"\n" for piece in pieces for one in [*lines, begin])
    assert events(block) == events_of(block)


HOSTILE = {
    "sender": b"qmgr[1]: 4F1: from=<" + b">, size=1, nrcpt=1 (queue active)x" * 3000,
    "returned to sender": b"qmgr[1]: 4F1: from=<"
    + b">, status=expired, returned to sender" * 3000
    + b"x",
    "slashes": b"a/" * 50_000 + b"smtpd[1]: connect from x",
    "recipient": b'smtp[1]: 4F1: to=<"' + b", tls=may" * 10_000,
    "queue id": b"cleanup[1]: " + b"A" * 100_000 + b": reject: ",
    "commands": b"smtpd[1]: disconnect from x" + b" ehlo=1" * 10_000,
    "type of a notification": b"bounce[1]: 4F1: sender " + b"a " * 50_000,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_long_lines(kind: str) -> None:
    """Lines of a hundred kilobytes cost a moment, in both readings."""
    block = (b"Nov 23 20:15:19 mx1 postfix/" + HOSTILE[kind] + b"\n") * 50
    started = time.process_time()
    assert events(block) == events_of(block)
    assert time.process_time() - started < 4.0
