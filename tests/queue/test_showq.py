"""A reply of showq is taken apart by the names in it, whatever text stands there."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exporter.queue.showq import (
    BOUNCED,
    DEFERRED,
    LONGEST,
    UNTRIED,
    Entry,
    Message,
    Recipient,
    ReplyError,
    entries,
)
from tests.queue.replies import BEGIN, DATA, END, Made, deferred, reply

VERSIONS = ["3.7", "3.11"]
TEXT = st.binary(max_size=40).map(lambda some: some.replace(b"\0", b""))
ADDRESS = TEXT.filter(bool)
MADE = st.builds(
    Made,
    queue=TEXT,
    recipients=st.lists(
        st.tuples(ADDRESS, st.sampled_from([b"", b"defer", b"bounce"]), TEXT), max_size=4
    ).map(tuple),
    arrival=st.integers(0, 1 << 40),
    size=st.integers(0, 1 << 40),
)


def parted(data: bytes, at: list[int]) -> Iterator[bytes]:
    """Yield bytes in pieces."""
    begin = 0
    for end in sorted({min(one, len(data)) for one in at} | {len(data)}):
        yield data[begin:end]
        begin = end


def meant(messages: list[Made]) -> list[Entry]:
    """Give what messages are to be read as."""
    found: list[Entry] = []
    for made in messages:
        found.append(Message(made.queue, made.arrival, made.size))
        for address, log_class, reason in made.recipients:
            state = (BOUNCED if log_class == b"bounce" else DEFERRED) if reason else UNTRIED
            found.append(Recipient(address, state))
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_real_replies(version: str) -> None:
    """What a real showq says is what postqueue -j prints at the same moment, in 3.7 and in 3.11."""
    found: list[Entry] = []
    printed = (DATA / f"postqueue-{version}.json").read_text(encoding="utf-8")
    for line in printed.splitlines():
        told = json.loads(line)
        queue = told["queue_name"].encode()
        found.append(Message(queue, told["arrival_time"], told["message_size"]))
        for one in told["recipients"]:
            state = (
                BOUNCED if "bounce_reason" in one
                else DEFERRED if "delay_reason" in one
                else UNTRIED
            )  # fmt: skip
            found.append(Recipient(one["address"].encode(), state))
    assert list(entries([(DATA / f"showq-{version}").read_bytes()])) == found
    assert any(isinstance(one, Recipient) and one.state == DEFERRED for one in found)


@given(messages=st.lists(MADE, max_size=4), at=st.lists(st.integers(0, 2000), max_size=6))
@example(messages=[deferred(b"a\nqueue_name\nactive@b.example", b'"@"@c.example')], at=[])
def test_any_text_cut_anywhere(messages: list[Made], at: list[int]) -> None:
    """No text in an address or a reason is taken for anything else, however the reply is cut."""
    assert list(entries(parted(reply(messages), at))) == meant(messages)


@given(data=st.binary(max_size=300), at=st.lists(st.integers(0, 300), max_size=4))
def test_any_bytes(data: bytes, at: list[int]) -> None:
    """Any bytes are a reply or a ReplyError that repeats nothing of them."""
    for begin in (b"", BEGIN, BEGIN + b"queue_name\0active\0"):
        error = ""
        try:
            list(entries(parted(begin + data, at)))
        except ReplyError as caught:
            error = str(caught)
        assert error in ERRORS


@pytest.mark.parametrize("version", VERSIONS)
def test_cut_off_at_every_byte(version: str) -> None:
    """A reply that ends early, wherever, is no queue."""
    whole = (DATA / f"showq-{version}").read_bytes()
    for end in range(len(whole)):
        with pytest.raises(ReplyError, match="ended too early"):
            list(entries([whole[:end]]))


def test_empty_queue() -> None:
    """An empty queue is a reply without messages, before Postfix 3.6 without a protocol, too."""
    assert list(entries([BEGIN + END])) == []
    assert list(entries([END])) == []


def test_what_is_not_known_is_passed_over() -> None:
    """Names that a later Postfix adds change nothing, wherever they stand."""
    told = (
        BEGIN
        + b"new\0a\0queue_name\0hold\0size\0007\0more\0b\0time\0009\0"
        + b"original_recipient\0c\0flavour\0d\0recipient\0e@f.example\0reason\0g\0hue\0h\0"
        + b"recipient\0i@j.example\0depth\0\0log_class\0bounce\0reason\0k\0\0"
        + END
    )
    assert list(entries([told])) == [
        Message(b"hold", 9, 7),
        Recipient(b"e@f.example", DEFERRED),
        Recipient(b"i@j.example", BOUNCED),
    ]


ERRORS = {
    "",
    "the reply ended too early",
    "what answers there is not showq of Postfix 3",
    "a message has no time",
    "a message has no size",
}

WRONG = {
    "another protocol": (b"protocol\0another\0\0", "is not showq"),
    "another service": (b"status\0000\0\0", "is not showq"),
    "recipient without a message": (b"recipient\0a@b.example\0\0", "is not showq"),
    "Postfix 2": (b"Mail queue is empty\n", "ended too early"),
    "no size": (b"queue_name\0active\0time\0001\0\0", "no size"),
    "no time": (b"queue_name\0active\0size\0001\0\0", "no time"),
    "time that is no number": (b"queue_name\0active\0time\0-1\0size\0001\0\0", "no time"),
    "size without end": (b"queue_name\0a\0time\0001\0size\0" + b"9" * 5000 + b"\0\0", "no size"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_no_reply(kind: str) -> None:
    """What another service says, or an unknown version, is an error that says which."""
    told, error = WRONG[kind]
    with pytest.raises(ReplyError, match=error):
        list(entries([told + END]))


def test_long_values() -> None:
    """A value of any length fills no memory, and what stands behind it is read."""
    long = b"x" * (5 * LONGEST)
    told = reply([deferred(b"a@b.example"), Made(recipients=((b"c@d.example", b"defer", long),))])
    size = 1 << 12
    pieces = [told[begin : begin + size] for begin in range(0, len(told), size)]
    assert [one.state for one in entries(pieces) if isinstance(one, Recipient)] == [
        DEFERRED,
        DEFERRED,
    ]
