"""`postsuper -r`: a message goes on under another queue id."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.counting import QMGR, START, THROTTLED, Counted, deferred, repeats
from tests.lines import HEADER, line

PICKUP = HEADER.replace("smtp", "pickup")
RFC_5424 = "<22>1 2026-11-23T20:15:19.672484+00:00 mx1 postfix 25578 - -  "


def requeued(before: int, number: int, header: str = PICKUP, sender: str = "s@b.example") -> bytes:
    """Give pickup's line on a message that was `before`."""
    ids = f"{number:011X}: uid=993 from=<{sender}> orig_id={before:011X}"
    return f"{header}{ids}\n".encode()


def end(number: int, word: str = "removed") -> bytes:
    """Give the end of a message."""
    return f"{QMGR}{number:011X}: {word}\n".encode()


EXPIRED = "from=<s@b.example>, status=expired, returned to sender"

HEADERS = {
    "pickup": PICKUP,
    "another name": PICKUP.replace("postfix", "postfix-out"),
    "RFC 3339": "2026-11-23T20:15:19.672484+00:00 mx1 postfix/pickup[1]: ",
    "program lost": RFC_5424,
}


@pytest.mark.parametrize("name", HEADERS)
def test_what_waited_waits_under_the_new_id(name: str) -> None:
    """It waits once, its retries are repeats, and it expires, leaves or is done by its new id."""
    for done, given_up in (
        (end(2, EXPIRED), 2),
        (end(2), 0),
        (line(2) + line(2, to="v@a.example"), 0),
    ):
        counted = Counted().add(START, deferred(1) + deferred(1, to="v@a.example"))
        counted.add(requeued(1, 2, HEADERS[name]))
        assert sum(counted.published().deferred.values()) == 2
        counted.add(deferred(2) + deferred(2, to="v@a.example"))
        assert sum(counted.published().deferred.values()) == 2
        assert repeats(counted.published().totals, "throttled") == (2, 2)
        counted.add(done)
        assert counted.published().deferred == {}
        assert sum(counted.published().totals.expired.values()) == given_up


STRANGE_SENDERS = ["", '"a b> orig_id=1"@b.example', '"x> orig_id=0"@b.example', "MAILER-DAEMON"]


@pytest.mark.parametrize("sender", STRANGE_SENDERS)
def test_the_sender_says_nothing(sender: str) -> None:
    """The id is what pickup wrote behind the sender's address, whatever stands in that."""
    counted = Counted().add(START, deferred(1), requeued(1, 2, sender=sender), end(2))
    assert counted.published().deferred == {}


NOT_REQUEUED = {
    "another program": requeued(1, 2, HEADER),
    "a stranger": requeued(1, 2, PICKUP.replace("postfix/pickup", "app")),
    "another host": requeued(1, 2, PICKUP.replace("mx1", "mx2")),
    "a sender that says so": requeued(9, 2, sender=f"x> orig_id={1:011X}"),
    "a sender that says so, not requeued": requeued(9, 2).replace(
        b"s@b.example> orig_id", b"x> orig_id=1> orig"
    ),
    "another message": requeued(3, 2),
    "more behind it": requeued(1, 2)[:-1] + b" x\n",
}


@pytest.mark.parametrize("name", NOT_REQUEUED)
def test_who_is_not_believed(name: str) -> None:
    """Only pickup of the same host gives a message another id, in its own words."""
    counted = Counted().add(START, deferred(1), NOT_REQUEUED[name], end(2))
    assert sum(counted.published().deferred.values()) == 1
    assert counted.add(end(1)).published().deferred == {}


def test_requeued_again_and_onto_itself() -> None:
    """A message may be requeued often, and an id that is its own again loses nobody."""
    counted = Counted().add(START, deferred(1), requeued(1, 2), requeued(2, 2), requeued(2, 1))
    assert sum(counted.published().deferred.values()) == 1
    assert repeats(counted.add(deferred(1)).published().totals, "throttled") == (1, 1)


def test_onto_a_message_that_waits() -> None:
    """A recipient known under both ids waits once, with the causes of both."""
    blocked = THROTTLED.replace("421 4.7.0 Slow down", "550 5.7.1 blocked using a list")
    counted = Counted().add(START, deferred(1), deferred(2, blocked), requeued(1, 2))
    assert sum(counted.published().deferred.values()) == len(counted.tally.counts.queue) == 1
    counted.add(deferred(2), deferred(2, blocked))
    assert repeats(counted.published().totals, "throttled")[1] == 1


@pytest.mark.parametrize("recipients", [1, 50])
@pytest.mark.parametrize("restarts", [False, True])
def test_two_hosts_with_one_queue_id(recipients: int, restarts: bool) -> None:
    """Of a message of two log hosts the recipients of that which requeues it have the new id."""
    here = [deferred(1, to=f"u{number}@a.example") for number in range(recipients)]
    there = deferred(1, header=HEADER.replace("mx1", "mx2"))
    counted = Counted().add(START, *here, there)
    counted = counted.restarted() if restarts else counted
    counted.add(requeued(1, 2))
    assert sum(counted.published().deferred.values()) == recipients + 1
    assert sum(counted.add(end(2)).published().deferred.values()) == 1
    assert counted.add(end(1).replace(b"mx1", b"mx2")).published().deferred == {}


@pytest.mark.parametrize("recipients", [1, 50])
@pytest.mark.parametrize("restarts", [False, True])
def test_another_host_had_recipients(recipients: int, restarts: bool) -> None:
    """Recipients of another host that wait no more keep nobody from the new id."""
    here = [deferred(1, to=f"u{number}@a.example") for number in range(recipients)]
    there = HEADER.replace("mx1", "mx2")
    counted = Counted().add(START, *here, deferred(1, header=there), line(1, header=there))
    counted = counted.restarted() if restarts else counted
    assert counted.add(requeued(1, 2), end(2)).published().deferred == {}


def test_large_messages_that_are_requeued_again_and_again() -> None:
    """However often a large message is requeued, alone or onto another one, reading is linear."""
    many = b"".join(deferred(1, to=f"u{number}@a.example") for number in range(20_000))
    counted = Counted().add(START, many, deferred(4))
    turns = [requeued(1, 2), requeued(2, 1), deferred(3), requeued(1, 3), requeued(3, 1)]
    there = HEADER.replace("mx1", "mx2")
    turns += [deferred(1, header=there), requeued(1, 2), deferred(2, header=there), requeued(2, 1)]
    began = time.process_time()
    counted.add(b"".join(turns * 1000))
    assert time.process_time() - began < 5.0
    assert sum(counted.published().deferred.values()) == 20_004


_EVENTS = st.one_of(
    st.builds(deferred, st.integers(1, 3), to=st.sampled_from(["u@a.example", "v@b.example"])),
    st.builds(deferred, st.integers(1, 3), header=st.just(HEADER.replace("mx1", "mx2"))),
    st.builds(requeued, st.integers(1, 3), st.integers(1, 3)),
    st.builds(line, st.integers(1, 3)),
    st.just(START),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(_EVENTS, max_size=12), st.sets(st.integers(0, 12)))
def test_any_blocks_count_the_same(events: list[bytes], cuts: set[int]) -> None:
    """However the log is cut into blocks, and at any restart, a new id holds from its place on."""
    at_once = Counted().add(START + b"".join(events))
    cut = Counted().add(START)
    for place, event in enumerate(events):
        cut.add(event)
        if place in cuts:
            cut = cut.restarted()
    got, wanted = cut.published(), at_once.published()
    assert got.deferred == wanted.deferred
    assert got.totals.attempts == wanted.totals.attempts
    assert sum(got.deferred.values()) == got.queue_entries == len(at_once.tally.counts.queue)
