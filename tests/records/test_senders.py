"""Who sent a message: what the queue manager, smtpd and pickup tell, and what hostile text cannot do."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.records.parse import Parser
from exporter.records.senders import BY_DOMAIN, BY_USER, READ
from tests.lines import HEADER, line
from tests.records.pieces import HEADERS, PIECES
from tests.records.twice import PARSER, readings

PARSERS = {way: Parser(senders=way) for way in READ}

Step = tuple[bytes, bytes, bytes, bytes | None]
"""Origin, queue id, the one before, and the name of a sender; None where none is told."""


def steps(block: bytes, way: str = BY_DOMAIN) -> list[Step]:
    """Give what a block tells of queue ids, without its records."""
    name = READ[way].name
    return [
        (step[1], step[2], step[3], name(step[11]) if step[11] else None)
        for step in PARSERS[way].parse(block).steps
        if step[2] and not step[5]
    ]


def qmgr(address: str, header: str = HEADERS["traditional"], number: int = 1) -> bytes:
    """Give the line in which the queue manager tells a sender."""
    head = header.replace("/smtp", "/qmgr")
    return f"{head}4F{number}: from=<{address}>, size=9, nrcpt=1 (queue active)\n".encode(
        "utf-8", "surrogateescape"
    )


def smtpd(rest: str, program: str = "smtpd") -> bytes:
    """Give a line of one who takes mail in."""
    return f"{HEADER.replace('/smtp', f'/{program}')}4F1: {rest}\n".encode()


ADDRESSES = {
    "bob@news.example": b"@news.example",
    "": b"",
    "root": b"-",
    "bob@": b"@",
    "bob@[192.0.2.1]": b"@[192.0.2.1]",
    '"a@b c"@news.example': b"@news.example",
    '"a>, size=1, nrcpt=1 (queue active) @x"@news.example': b"@news.example",
    '"a\\"@x>"@news.example': b"@news.example",
    "a>b@news.example": b"@news.example",
    "a@b@news.example": b"@news.example",
    "bob@bücher.example": "@bücher.example".encode(),
    "bob@a>, size=7>b": b"@a?, size=7?b",
    "a@x>, size=1, nrcpt=1 (queue active)": b"@x?, size=1, nrcpt=1 (queue active)",
    "bob@\udcff\x00.example": b"@\xff\x00.example",
}


@pytest.mark.parametrize("address", ADDRESSES)
def test_addresses(address: str) -> None:
    """Of any address the domain names the sender, whatever its local part quotes."""
    assert steps(qmgr(address)) == [(b"mx1 postfix/qmgr", b"4F1", b"", ADDRESSES[address])]


@pytest.mark.parametrize("kind", HEADERS)
def test_headers(kind: str) -> None:
    """A sender is read behind any header that a record is read behind, between lines of all kinds."""
    told = qmgr("bob@news.example", HEADERS[kind])
    for block in (told, line() + told + line(2), told * 100):
        found = steps(block)
        assert [(step[1], step[3]) for step in found] == [(b"4F1", b"@news.example")] * (
            block.count(b"from=<")
        )


USERS = {
    "client=x.example[192.0.2.1], sasl_method=PLAIN, sasl_username=bob@news.example": b"bob@news.example",
    "client=x.example[192.0.2.1], sasl_method=LOGIN, sasl_username=b, c, sasl_sender=d": b"b, c",
    "client=unknown[192.0.2.1]": b"",
    "uid=33 from=<www-data>": b"",
    'uid=33 from=<"a, sasl_username=b">': b"",
}


@pytest.mark.parametrize("told", USERS)
def test_users(told: str) -> None:
    """The user is who logged in, and nobody where nobody did."""
    found = steps(smtpd(told), BY_USER)
    assert [step[1:] for step in found] == [(b"4F1", b"", USERS[told])]


@pytest.mark.parametrize("way", READ)
def test_requeued_and_removed(way: str) -> None:
    """What was requeued has the id before; what was removed names nobody."""
    requeued = smtpd("uid=0 from=<a@b.example> orig_id=3E9", "pickup")
    removed = smtpd("removed", "qmgr")
    found = [step[1:] for step in steps(requeued + removed, way)]
    assert found == [(b"4F1", b"3E9", None), (b"4F1", b"", None)]


NOTHING = {
    "expired": HEADER.replace("smtp", "qmgr")
    + "4F1: from=<a@b.example>, status=expired, returned to sender",
    "quoted by a receiver": line(
        status="bounced",
        text="host x[192.0.2.1] said: 550 postfix/qmgr[1]: 4F1: from=<a@b.example>, size=9, nrcpt=1 (queue active)",
    ).decode()[:-1],
    "rejected": HEADER.replace("smtp", "smtpd")
    + "NOQUEUE: reject: RCPT from x[192.0.2.1]: 554 4F1: from=<a@b.example>, size=9, nrcpt=1 (queue active)",
    "cut": HEADER.replace("smtp", "qmgr") + "4F1: from=<a@b.example>, size=9",
    "of another program": HEADER.replace("postfix/smtp", "sshd")
    + "4F1: from=<a@b.example>, size=9, nrcpt=1 (queue active)",
}


@pytest.mark.parametrize("kind", NOTHING)
def test_what_tells_nothing(kind: str) -> None:
    """Only what Postfix' queue manager says of a message that it runs tells a sender."""
    assert steps(NOTHING[kind].encode() + b"\n") == []


@pytest.mark.parametrize("way", READ)
@given(
    st.lists(
        st.one_of(
            PIECES,
            st.sampled_from([*map(qmgr, ADDRESSES), *map(smtpd, USERS), qmgr("", number=2)]),
            st.sampled_from(
                [b"from=<", b">, size=9, nrcpt=1 (queue active)", b"client=", b"\nNov "]
            ),
            st.binary(max_size=5),
        ),
        max_size=12,
    )
)
@settings(deadline=None)
def test_both_readings_agree(way: str, pieces: list[bytes]) -> None:
    """A block tells what its lines tell one by one, and its records are those read without senders."""
    block = b"".join(pieces) + b"\n"
    parser = PARSERS[way]
    assert readings(parser.parse(block)) == readings(PARSER.parse(block))
    one_by_one = [step for one in block.split(b"\n")[:-1] for step in _alone(one, way)]
    assert steps(block, way) == one_by_one


def _alone(one: bytes, way: str) -> list[Step]:
    """Give what the complete grammar reads in a line."""
    parser, name = PARSERS[way], READ[way].name
    if parser.parse_line(one)[1] or parser._senders is None:
        return []
    read = parser._senders.steps(one, parser.ends.removed(one), parser.ends.requeued(one, 0))
    return [(step[1], step[2], step[3], name(step[11]) if step[11] else None) for step in read]
