"""Lines to delivery records: what is read, what is refused, and what hostile text cannot do."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.records.agents import origin_of
from exporter.records.fields import SENT
from exporter.records.line import Delivery, log_timestamp
from exporter.records.parse import Parser, Records
from tests.lines import HEADER, line, record
from tests.pages import CORPUS
from tests.records.pieces import FORGED, HEADERS, IGNORED, MESSAGE, OTHER, PIECES, RECORD_OF_OTHERS
from tests.records.twice import PARSER, by_lines, readings


def one(text: bytes, parser: Parser = PARSER) -> Delivery:
    """Give the only record of a line."""
    result, deliveries = parser.parse_line(text.rstrip(b"\n"))
    assert (result, len(deliveries)) == ("delivery", 1)
    return deliveries[0]


@pytest.mark.parametrize("kind", HEADERS)
def test_header_formats(kind: str) -> None:
    """The record is the same whatever header stands before it."""
    delivery = one((HEADERS[kind] + MESSAGE).encode())
    assert delivery[2:] == one(line())[2:]
    assert origin_of(delivery.origin).agent == "smtp"


TAGS = {
    "postfix/smtp": ("postfix", "smtp"),
    "postfix/relay/smtp": ("postfix/relay", "smtp"),
    "postfix-out/smtp": ("postfix-out", "smtp"),
    "postfix-hop/error": ("postfix-hop", "error"),
    "mta1/smtp": ("mta1", "smtp"),
    "out.example/slow/lmtp": ("out.example/slow", "lmtp"),
    "postfix/own-agent": ("postfix", "unknown"),
}


@pytest.mark.parametrize("tag", TAGS)
def test_tags(tag: str) -> None:
    """Any syslog_name is Postfix' when a Postfix program stands behind its last slash."""
    delivery = one(line(header=f"Nov 23 20:15:19 mx1 {tag}[1]: "))
    assert origin_of(delivery.origin) == ("mx1", *TAGS[tag])


@pytest.mark.parametrize("tag", IGNORED)
def test_other_programs_are_ignored(tag: str) -> None:
    """A line of another program is no delivery, whatever it says."""
    block = line(header=f"Nov 23 20:15:19 mx1 {tag}")
    assert PARSER.parse(block) == Records([], 0, 0, 1, 0)


def test_syslog_names_restrict_to_an_instance() -> None:
    """With names, only these instances and the services below them are read."""
    parser = Parser(["postfix-out", "mx.out"])
    wanted = {"postfix-out/smtp": 1, "postfix-out/relay/smtp": 1, "mx.out/smtp": 1, "mx.out": 1}
    others = {"postfix/smtp": 0, "postfix-outer/smtp": 0, "mxxout/smtp": 0, "postfix": 0}
    for tag, times in (wanted | others).items():
        records = parser.parse(line(header=f"Nov 23 20:15:19 mx1 {tag}[7]: "))
        assert (len(records.deliveries), records.ignored) == (times, 1 - times), tag


ADDRESSES = {
    "u@a.example": (b"u", b"a.example"),
    "U@A.Example": (b"U", b"A.Example"),
    '"odd name"@a.example': (b'"odd name"', b"a.example"),
    '"a@b"@a.example': (b'"a@b"', b"a.example"),
    '"q\\"u>, relay=x"@a.example': (b'"q\\"u>, relay=x"', b"a.example"),
    '"a@b"': (b'"a@b"', b""),
    '""@a.example': (b'""', b"a.example"),
    "a@b@a.example": (b"a@b", b"a.example"),
    "odd name@a.example": (b"odd name", b"a.example"),
    "a<b>c@a.example": (b"a<b>c", b"a.example"),
    "labroot": (b"labroot", b""),
    "": (b"", b""),
    "u@[203.0.113.99]": (b"u", b"[203.0.113.99]"),
    "u@bücher.example": (b"u", "bücher.example".encode()),
    "u@b#303#274cher.example": (b"u", b"b#303#274cher.example"),
}


@pytest.mark.parametrize("address", ADDRESSES)
def test_addresses(address: str) -> None:
    """The domain stands after the last @, and a quoted local part is one string."""
    delivery = one(line(to=address))
    assert (delivery.local_part, delivery.domain) == ADDRESSES[address]
    assert delivery.relay == b"mx.a.example[203.0.113.9]:25"


RECORDS = {
    "orig_to": ", orig_to=<root>, relay=mx.a.example[203.0.113.9]:25, conn_use=2, delay=0.1",
    "quoted orig_to": ', orig_to=<"x>, relay=none, dsn=5.7.1"@b.example>, relay=mx.a.example'
    "[203.0.113.9]:25, delay=0.1",
}


@pytest.mark.parametrize("kind", RECORDS)
def test_optional_fields(kind: str) -> None:
    """Optional fields in their places change nothing else."""
    plain = ", relay=mx.a.example[203.0.113.9]:25, delay=0.1"
    assert one((HEADER + MESSAGE.replace(plain, RECORDS[kind])).encode()) == one(line())


def test_tls_field_of_postfix_3_11() -> None:
    """Postfix 3.11 adds tls= before dsn=."""
    told = line().replace(b", dsn=", b", tls=may:none!x, dsn=")
    assert one(told) == one(line())._replace(tls=b"may:none!x")


STATUSES = {
    "sent": SENT,
    "deferred": b"deferred",
    "bounced": b"bounced",
    "SOFTBOUNCE": b"SOFTBOUNCE",
    "deliverable": b"deliverable",
    "undeliverable": b"undeliverable",
}


@pytest.mark.parametrize("status", STATUSES)
def test_statuses(status: str) -> None:
    """Postfix' own words are kept; `sent` costs no object."""
    assert one(line(status=status)).status == STATUSES[status]


UNPARSED = {
    "delay of two points": line(delay="1.2.3"),
    "delay without digits": line(delay="."),
    "delay of three hundred digits": line(delays="9" * 300 + "/0/0/0"),
    "repeated too often": f"{HEADER}message repeated 999999 times: [ {MESSAGE}]\n".encode(),
    "unknown status": line(status="expired"),
    "no code": line(dsn=""),
    "class 3": line(dsn="3.0.0"),
    "detail of four digits": line(dsn="5.7.1234"),
    "three delays": line(delays="0/0/0"),
    "cut in the delays": line()[:-60] + b"\n",
    "cut in a quoted recipient": line(to='"a>, relay=none, delay=1, delays=0/0/0/0, dsn=2.0.0'),
    "fields in another order": line().replace(b"relay=", b"delay=1, relay="),
    "a field twice": line().replace(b", dsn=", b", delay=1, dsn="),
}


@pytest.mark.parametrize("kind", UNPARSED)
def test_records_that_cannot_be_read_are_unparsed(kind: str) -> None:
    """A delivery line that is not whole is counted as unparsed, never guessed at."""
    assert PARSER.parse(UNPARSED[kind]) == Records([], 0, 0, 0, 1)


def test_record_cut_at_every_byte() -> None:
    """However a record is cut, the reading is the true one or none."""
    text = line(
        to="u@a.example", dsn="5.7.1", status="bounced", text="550 dsn=2.0.0, status=sent (x"
    )
    whole = one(text)
    for end in range(len(HEADER), len(text) - 1):
        _, found = PARSER.parse_line(text[:end])
        assert [delivery[:-1] for delivery in found] in ([], [whole[:-1]])


@pytest.mark.parametrize("kind", OTHER)
def test_postfix_lines_without_a_record(kind: str) -> None:
    """Text of outsiders in other Postfix lines is no record; the record starts the message."""
    block = f"Nov 23 20:15:19 mx1 {OTHER[kind]}\n".encode()
    assert PARSER.parse(block)[:5] == ([], 0, 1, 0, 0)


def test_reply_cannot_forge_fields() -> None:
    """Fields in the reply text are never read."""
    for text in (f"250 Ok), {FORGED}", f"x\\n{RECORD_OF_OTHERS}", "dsn=2.0.0, status=sent (250)"):
        delivery = one(line(dsn="4.7.1", status="deferred", text=text))
        assert (delivery.domain, delivery.dsn, delivery.status) == (
            b"a.example",
            b"4.7.1",
            b"deferred",
        )


def test_quoted_recipient_cannot_forge_fields() -> None:
    """Fields inside a quoted recipient are part of the recipient."""
    delivery = one(line(to=f'"a>, {FORGED} x"@a.example'))
    assert (delivery.domain, delivery.dsn, delivery.status) == (b"a.example", b"2.0.0", SENT)


@pytest.mark.parametrize(("times", "counted"), [("5", 5), ("1", 1), ("0", 0)])
def test_repeated_messages(times: str, counted: int) -> None:
    """One line of rsyslog's repeated-message reduction stands for several deliveries."""
    block = f"{HEADER}message repeated {times} times: [ {MESSAGE}]\n".encode()
    records = PARSER.parse(block)
    assert records == Records([one(line())._replace(text=b"")] * counted, 1, 0, 0, 0)


RELAYS = {
    ("mx.a.example[203.0.113.9]:25", "deferred", "host said: 450"): "smtp",
    ("mx.a.example[2001:db8::25]:2525", "sent", "250 Ok"): "smtp",
    ("lmtp.a.example[127.0.0.1]:24", "sent", "250 Ok"): "lmtp",
    ("mx1.a.example[private/dovecot-lmtp]", "sent", "250 Ok"): "lmtp",
    ("local", "sent", "delivered to mailbox"): "local",
    ("virtual", "sent", "delivered to maildir"): "virtual",
    ("maildrop", "sent", "delivered via maildrop service"): "pipe",
    ("none", "sent", "silently"): "discard",
    ("none", "deferred", "delivery temporarily suspended: connect to x"): "error",
    ("none", "deferred", "mail transport unavailable"): "error",
    ("none", "deferred", "connect to mx.a.example[203.0.113.9]:25: Connection refused"): "smtp",
    ("none", "bounced", "Host or domain name not found. Name service error for name=x"): "smtp",
    ("none", "deferred", "host mx.a.example[203.0.113.9] refused to talk to me: 421 no"): "smtp",
    ("none", "deferred", "no TLSA records found"): "smtp",
    ("none", "deferred", "client TLS configuration problem"): "smtp",
    ("none", "deferred", "Error looking up name=a.example type=MX: dropped"): "smtp",
    ("none", "deferred", "unable to find primary relay for a.example"): "smtp",
    ("none", "bounced", "mx.a.example: host not found"): "smtp",
    (
        "none",
        "bounced",
        "Sender requested REQUIRETLS, but my configured TLS security level 'may' disables"
        " certificate matching. The last attempted server was mx.a.example",
    ): "smtp",
    ("none", "bounced", "REQUIRETLS support was not offered by host mx.a.example"): "smtp",
    ("none", "deferred", "deferred transport"): "error",
    ("none", "deferred", "unknown mail transport error"): "error",
    ("none", "bounced", "bad address syntax"): "error",
    ("none", "bounced", "content refused"): "unknown",
    ("none", "bounced", "this domain does not accept mail"): "unknown",
}


@pytest.mark.parametrize(("relay", "status", "text"), RELAYS)
def test_lost_agent_is_inferred(relay: str, status: str, text: str) -> None:
    """Where rsyslog's RFC 5424 lost the agent, the relay's shape tells it."""
    header = "<22>1 2026-11-23T20:15:19.672484+00:00 mx1 postfix 25578 - -  "
    delivery = one(line(header=header, relay=relay, status=status, text=text))
    assert origin_of(delivery.origin).agent == RELAYS[relay, status, text]


LOGS = sorted(path for path in CORPUS.glob("*/*") if path.suffix in (".log", "") and path.is_file())


@pytest.mark.parametrize("path", LOGS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_block_and_line_agree_on_the_corpus(path: str) -> None:
    """The fast reading of a block gives the records that the complete grammar gives per line."""
    with open(path, "rb") as file:
        block = file.read()
    assert readings(PARSER.parse(block)) == readings(by_lines(block))


@settings(max_examples=500, deadline=None)
@given(st.lists(st.one_of(PIECES, PIECES, st.binary(max_size=4)), max_size=12))
def test_block_and_line_agree(pieces: list[bytes]) -> None:
    """On any bytes, block and line give the same, and every line is exactly one thing."""
    block = b"".join(pieces) + b"\n"
    records = PARSER.parse(block)
    assert readings(records) == readings(by_lines(block))
    assert sum(records[1:5]) == block.count(b"\n")


FILLER = {
    "traditional": "Nov 23 20:15:19 mx1 postfix/smtpd[1]: connect from x[192.0.2.1]\n",
    "RFC 3339": "2026-11-23T20:15:19.672484+00:00 mx1 postfix/smtpd[1]: connect from x[192.0.2.1]\n",
    "RFC 5424": "<22>1 2026-11-23T20:15:19Z mx1 postfix/smtpd 1 - - connect from x[192.0.2.1]\n",
}


@pytest.mark.parametrize("kind", FILLER)
@settings(max_examples=200, deadline=None)
@given(pieces=st.lists(st.one_of(PIECES, PIECES, st.binary(max_size=4)), max_size=12))
def test_block_of_a_kind_and_line_agree(kind: str, pieces: list[bytes]) -> None:
    """Among lines of one kind of header, any line is read as on its own, before them or after."""
    filler = FILLER[kind].encode()
    odd = b"".join(pieces) + b"\n"
    for block in (filler * 300 + odd + filler, filler + odd + filler * 300):
        assert readings(PARSER.parse(block)) == readings(by_lines(block))


def test_headers_of_all_kinds_in_one_block() -> None:
    """A block of mixed headers is read whole, in log order."""
    block = b"".join(
        (header + record(number)).encode() + b"\n" for number, header in enumerate(HEADERS.values())
    )
    for text in (block, block * 30, FILLER["traditional"].encode() * 9 + block):
        records = PARSER.parse(text)
        assert readings(records) == readings(by_lines(text))
        assert records.delivery == text.count(b"status=sent")


HOSTILE = {
    "quotes": b'"' * 99,
    "backslashes": b'to=<"' + b"\\" * 99,
    "brackets": b"[" * 99,
    "closing": b">, " * 33,
    "relay": b">, relay=" * 11,
    "spaces": b" " * 99,
    "hosts": b"a@" * 49,
    "newlines": b"\n" * 99,
    "headers": HEADER.encode() * 2,
    "records": line(),
    "structured data": b'[a b="' * 16,
    "fields": b"tls=x, " * 14,
    "sockets": b"[private" * 12,
    "repeated": b"message repeated 9 times: [ " * 3,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_time_grows_no_faster_than_the_input(kind: str) -> None:
    """Sixteen times the bytes take at most some forty times the time: no quadratic reading."""

    def seconds(times: int) -> float:
        start = line()[: len(HEADER) + 20] if kind != "newlines" else b""
        if kind == "sockets":
            start = b"<22>1 2026-11-23T20:15:19Z mx1 postfix 1 - - A: to=<u>, relay="
        block = start + HOSTILE[kind] * times + b"\n"
        best = 9.0
        for _ in range(3):
            before = time.process_time()
            PARSER.parse(block)
            by_lines(block)
            best = min(best, time.process_time() - before)
        return best

    small, large = seconds(100), seconds(1600)
    assert large < 40 * small + 0.02


def test_time_stamp_of_the_last_line() -> None:
    """The last line's time stamp is given as it is written; none for a line without header."""
    assert log_timestamp(b"junk\n" + line()) == b"Nov 23 20:15:19"
    assert log_timestamp(line() + b"junk\n") == b""


OLD = {
    "250 2.0.0 OK 1363335073 - gsmtp": ("sent", b"2.0.0"),
    "250 Ok: queued as 4F1": ("sent", b"2.0.0"),
    "host mx.a.example[203.0.113.9] said: 550 5.1.1 no such user": ("bounced", b"5.1.1"),
    "host mx.a.example[203.0.113.9] said: 550-5.7.26 unauthenticated": ("bounced", b"5.7.26"),
    "host mx.a.example[203.0.113.9] refused to talk to me: 554 5.7.1 listed": ("deferred", b"4.7.1"),
    "host mx.a.example[203.0.113.9] said: 450 try later": ("deferred", b"4.0.0"),
    "connect to mx.a.example[203.0.113.9]: Connection timed out": ("deferred", b"4.0.0"),
    "host mx.a.example[203.0.113.9] said: 550 5.1.1.9 no": ("SOFTBOUNCE", b"4.0.0"),
}  # fmt: skip


@pytest.mark.parametrize("text", OLD)
def test_records_of_postfix_before_2_3(text: str) -> None:
    """Without delays= and dsn= the code is the reply's, of the status' class."""
    status, code = OLD[text]
    old = f"{HEADER}0B4797E2E: to=<u@a.example>, relay=mx.a.example[203.0.113.9], delay=1, status={status} ({text})\n"
    records = PARSER.parse(old.encode())
    assert readings(records) == readings(by_lines(old.encode()))
    delivery = one(old.encode())
    assert (delivery.dsn, delivery.delays, delivery.domain) == (code, b"", b"a.example")


BARE = {
    "no angle brackets": MESSAGE.replace("<", "").replace(">", ""),
    "nor of the original recipient": MESSAGE.replace("<u@a.example>", "u@a.example, orig_to=root"),
}


@pytest.mark.parametrize("kind", BARE)
def test_recipients_without_angle_brackets(kind: str) -> None:
    """A record whose recipient has lost its angle brackets is the same record."""
    text = (HEADER + BARE[kind]).encode()
    assert one(text) == one(line())
    assert readings(PARSER.parse(text + b"\n")) == readings(by_lines(text + b"\n"))


def test_queue_ids_with_a_suffix() -> None:
    """A queue id may have a suffix behind an underscore, in records and where messages end."""
    text = line().replace(b"00000000001:", b"EDA8D186090A_697C881B:")
    assert one(text).queue_id == b"EDA8D186090A_697C881B"
    ended = HEADER.replace("smtp[", "qmgr[").encode() + b"EDA8D186090A_697C881B: removed\n"
    assert [piece[2] for piece in PARSER.parse(text + ended).removed] == [b"EDA8D186090A_697C881B"]


LIKE_A_RECORD = {
    "no status": line().partition(b", dsn=")[0] + b"\n",
    "neither relay nor status": line().partition(b", relay=")[0] + b"\n",
    "no status, no angle brackets": line().replace(b"<", b"").partition(b", dsn=")[0] + b"\n",
    "a code that is none": line(dsn="2.0"),
}


@pytest.mark.parametrize("kind", LIKE_A_RECORD)
def test_what_begins_like_a_record(kind: str) -> None:
    """What begins like a record and lacks what is needed is unparsed, in any block."""
    for number in (0, 99):
        records = PARSER.parse(line() * number + LIKE_A_RECORD[kind])
        assert records[1:5] == (number, 0, 0, 1)
