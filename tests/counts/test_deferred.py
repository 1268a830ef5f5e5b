"""What waits: repeated deferrals, recipients that wait, messages that expire."""

from __future__ import annotations

import pickle

import pytest

from exporter.checkpoint.state import State
from exporter.config import Config
from exporter.counts.deferred import LIFETIME, LIMIT, DeferredRecipients, QueueState
from exporter.counts.totals import Verdict
from exporter.counts.waiting import CAUSE_BITS
from exporter.records.parse import Parser
from exporter.tally import Tally
from exporter.verdict.classify import CAUSES
from tests.counting import QMGR, START, Counted, by, deferred, queue_of, repeats
from tests.lines import HEADER, line

BLOCKED = "host mx.a.example[203.0.113.9] said: 450 4.7.1 blocked using a list (in reply to DATA)"
NAMES = ("postfix-bulk/smtp", "postfix/relay/smtp", "slow/smtp", "postfix/slow/smtp")
"""Tags of services, with `-o syslog_name=...` and without."""


def removed(number: int) -> bytes:
    """Give the queue manager's line on a message that left the queue."""
    return f"{QMGR}{number:011X}: removed\n".encode()


def expired(number: int, word: str = "expired") -> bytes:
    """Give the queue manager's line on a message that was too old."""
    end = f"from=<s@sender.example>, status={word}, returned to sender\n"
    return f"{QMGR}{number:011X}: {end}".encode()


def waiting(counted: Counted) -> dict[str, int]:
    """Give the recipients that wait, by cause."""
    return {verdict.cause: n for verdict, n in counted.published().deferred.items()}


def test_one_message_retried_fifty_times() -> None:
    """One message retried 50 times is one first deferral, over a restart too."""
    counted = Counted().add(START)
    for turn in range(50):
        counted = counted.add(deferred(delay=str(1 + 300 * turn)))
        counted = counted.restarted() if turn % 10 == 5 else counted
    assert repeats(counted.published().totals, "throttled") == (1, 49)
    assert waiting(counted) == {"throttled": 1}


def test_another_cause_is_no_repeat() -> None:
    """A deferral repeats one with the same cause only, whatever came between."""
    counted = Counted().add(START, deferred(), deferred(text=BLOCKED), deferred())
    totals = counted.published().totals
    assert repeats(totals, "throttled") == (1, 1)
    assert repeats(totals, "blocked") == (1, 0)
    assert waiting(counted) == {"throttled": 1}


def test_messages_recipients_and_hosts_are_told_apart() -> None:
    """A repeat is of the same message, recipient and log host; services and their names are not."""
    others = [
        deferred(2),
        deferred(to="v@a.example"),
        deferred(header=HEADER.replace("mx1", "mx2")),
    ]
    counted = Counted().add(START, deferred(), *others)
    assert repeats(counted.published().totals, "throttled") == (4, 0)
    for number, name in enumerate(NAMES, 1):
        counted.add(deferred(header=HEADER.replace("postfix/smtp", name)))
        assert repeats(counted.published().totals, "throttled") == (4, number)


def test_what_is_done_waits_no_more() -> None:
    """Sent, bounced, removed and expired recipients leave; the others of the message stay."""
    five = [deferred(number) for number in range(5)]
    counted = Counted().add(START, *five, deferred(0, to="v@a.example"))
    assert waiting(counted) == {"throttled": 6}
    counted.add(line(0), line(1, status="bounced", dsn="5.1.1"), removed(2), expired(3))
    assert waiting(counted) == {"throttled": 2}
    counted.add(line(0, to="v@a.example"), expired(4, "force-expired"))
    assert waiting(counted) == {}


def test_a_final_word_of_another_agent() -> None:
    """A recipient that is bounced or delivered by an agent of our own waits no more."""
    counted = Counted().add(START, deferred(1), deferred(2))
    local = HEADER.replace("smtp", "local")
    counted.add(line(1, header=local, relay="local", status="bounced", dsn="5.1.1"))
    counted.add(line(2, header=local, relay="local"))
    assert waiting(counted) == {}


def test_expired_recipients_have_the_cause_of_their_last_deferral() -> None:
    """A message that expires counts those of its recipients that waited, by their last cause."""
    counted = Counted().add(
        START, deferred(1), deferred(1, to="v@a.example"), line(1, to="w@a.example")
    )
    counted.add(deferred(1, text=BLOCKED), expired(1), removed(1), expired(2))
    assert counted.published().totals.expired == {
        Verdict("a.example", "other", "blocked"): 1,
        Verdict("a.example", "other", "throttled"): 1,
    }


def test_messages_that_an_operator_gave_up_are_not_expired() -> None:
    """`postsuper -e` and `-d` are the operator's word: the message leaves, nothing expired."""
    deleted = QMGR.replace("qmgr", "postsuper") + f"{2:011X}: removed\n"
    counted = Counted().add(START, deferred(1), deferred(2))
    counted.add(expired(1, "force-expired"), deleted.encode())
    assert counted.published().totals.expired == {}
    assert waiting(counted) == {}


NO_END = {
    "another program": QMGR.replace("qmgr", "cleanup") + f"{1:011X}: removed\n",
    "a stranger": QMGR.replace("postfix/qmgr", "app/qmgr") + f"x {1:011X}: removed\n",
    "a sender that says so": QMGR
    + f'{1:011X}: from=<"a>, status=expired, returned to sender"@x.example>, size=1 (queue active)\n',
    "inside a line": QMGR + f"note {1:011X}: removed\n",
    "more behind it": QMGR + f"{1:011X}: removed not\n",
}


def test_what_does_not_end_a_message() -> None:
    """Only the queue manager and postsuper end a message, in their own words."""
    counted = Counted().add(START, deferred(1), *(text.encode() for text in NO_END.values()))
    assert waiting(counted) == {"throttled": 1}


def test_ends_in_every_header_format() -> None:
    """The end of a message is seen whatever the header, also where the program is lost."""
    for header, tag in (
        ("2026-11-23T20:15:19.672484+00:00 mx1 postfix/qmgr[1]: ", "postfix"),
        ("<22>1 2026-11-23T20:15:19.672484+00:00 mx1 postfix 25578 - -  ", "postfix"),
        ("Nov 23 20:15:19 mx1 postfix-out/qmgr[1]: ", "postfix-out"),
    ):
        counted = Counted().add(START, deferred(1, header=HEADER.replace("postfix", tag)))
        assert waiting(counted.add(f"{header}{1:011X}: removed\n".encode())) == {}, header


def test_end_on_another_host() -> None:
    """The same queue id on another host is another message."""
    counted = Counted().add(START, deferred(1))
    for end in (removed(1), expired(1)):
        counted.add(end.replace(b"mx1", b"mx2"))
    assert waiting(counted) == {"throttled": 1}


@pytest.mark.parametrize("name", NAMES)
def test_a_service_with_a_name_of_its_own(name: str) -> None:
    """What a service defers under its own syslog_name ends with the queue manager's words."""
    header = HEADER.replace("postfix/smtp", name)
    for end, given_up in ((expired(1), 1), (removed(1), 0), (line(1, header=HEADER), 0)):
        counted = Counted().add(START, deferred(1, header=header))
        assert waiting(counted) == {"throttled": 1}
        assert waiting(counted.add(end)) == {}
        assert sum(counted.published().totals.expired.values()) == given_up


def test_old_queue_after_a_first_start() -> None:
    """Retries of what arrived before the memory begins are repeats: no burst, and no delays."""
    counted = Counted().add(START)
    counted.add(b"".join(deferred(number, delay="4000") for number in range(200)))
    published = counted.published()
    assert repeats(published.totals, "throttled") == (0, 200)
    assert sum(published.totals.delays[0].buckets) == 0
    counted.add(b"".join(deferred(number, delay="8000") for number in range(200)))
    counted.add(deferred(999, delay="1.2"), deferred(999, text=BLOCKED, delay="300"))
    totals = counted.published().totals
    assert repeats(totals, "throttled") == (1, 400)
    assert repeats(totals, "blocked") == (1, 0)


def test_after_a_gap() -> None:
    """After lost lines the memory begins anew: what is not in it may have been counted."""
    counted = Counted().add(START, deferred(1))
    counted.tally.counts.queue.begin_anew()
    later = HEADER.replace("20:15", "21:15")
    counted.add(deferred(1, header=later, delay="3000"), deferred(2, header=later, delay="3000"))
    assert repeats(counted.published().totals, "throttled") == (1, 2)


def test_memory_is_bounded() -> None:
    """Beyond the limit the oldest messages are forgotten and counted; totals stay right."""
    for messages, recipients in ((1000, 1), (40, 25), (1, 1000)):
        with queue_of(recipients=100):
            counted = Counted()
        memory = counted.tally.counts.queue
        lines = [
            deferred(message, to=f"u{number}@a.example")
            for message in range(messages)
            for number in range(recipients)
        ]
        counted.add(START, b"".join(lines))
        assert len(memory) <= 100
        assert memory.overflows == 1000 - len(memory)
        assert sum(waiting(counted).values()) == len(memory)
        assert repeats(counted.published().totals, "throttled") == (1000, 0)


def test_overflow_is_the_same_in_any_blocks() -> None:
    """What is a repeat after an overflow depends on the log, not on how it was cut."""
    minutes = [HEADER.replace("20:15", f"20:{minute:02}") for minute in range(10, 60)]
    lines = [
        deferred(number, header=header, delay=delay)
        for header in minutes
        for number, delay in [(n, d) for d in ("1", "600") for n in range(30)]
    ]

    def count(*blocks: bytes) -> tuple[int, int]:
        with queue_of(recipients=20):
            counted = Counted()
        return repeats(counted.add(START, *blocks).published().totals, "throttled")

    assert count(b"".join(lines)) == count(*lines)


def test_old_queue_behind_lines_without_a_time() -> None:
    """The memory begins with the first time that the log tells, whatever stands before it."""
    counted = Counted().add(b"garbage\n" + b"".join(deferred(n, delay="40000") for n in range(5)))
    assert repeats(counted.published().totals, "throttled") == (0, 5)


def test_many_recipients_of_one_message() -> None:
    """A message with 20,000 deferred recipients costs no more than as many messages."""
    counted = Counted().add(START)
    counted.add(b"".join(deferred(1, to=f"u{number}@a.example") for number in range(20_000)))
    counted.add(b"".join(deferred(1, to=f"u{number}@a.example") for number in range(20_000)))
    assert repeats(counted.published().totals, "throttled") == (20_000, 20_000)
    counted.add(removed(1))
    assert waiting(counted) == {}


def test_messages_that_left_unseen() -> None:
    """A message longer in memory than any is in a queue is taken for gone."""
    earlier = HEADER.replace("Nov 23", "Nov 10")
    counted = Counted().add(START, deferred(1, header=earlier), deferred(2)).later(61)
    assert waiting(counted) == {"throttled": 1}
    assert LIFETIME < 13 * 24 * 60


def test_addresses_are_not_kept() -> None:
    """Neither memory nor its state holds an address or a local part."""
    counted = Counted().add(START, deferred(1, to="secret.person@a.example"))
    assert "secret" not in repr(counted.tally.counts.memory())


def test_by_is_complete() -> None:
    """Repeats and firsts of all causes are all attempts."""
    counted = Counted().add(START, deferred(1), deferred(1), line(2))
    totals = counted.published().totals
    assert sum(by(totals, "repeat").values()) == sum(totals.attempts.values()) == 3


def test_memory_of_the_queue_is_bounded() -> None:
    """Beyond the limit the oldest messages are forgotten, and the memory begins after them."""
    with queue_of(recipients=100):
        tally = Tally(Config(), State())
    memory = tally.counts.queue
    lines = b"".join(line(number, status="deferred", dsn="4.7.0") for number in range(1000))
    tally.add(lines)
    assert len(memory) <= 100
    assert memory.overflows == 1000 - len(memory)
    restored = DeferredRecipients(memory.state(), limit=100)
    assert restored.state() == memory.state()


def test_a_short_delay_needs_no_time() -> None:
    """Of a message that is younger than the memory the time is not read, also soon after a start."""
    memory = DeferredRecipients(QueueState(begin=600.0))
    old, young = (Parser().parse(line(1, delay=delay)).deliveries[0] for delay in ("900", "299"))
    memory.look_at([old, young], [15])
    assert not memory.is_old(young, never)
    assert memory.is_old(old, lambda _: 930.0)
    assert not memory.is_old(old, lambda _: 1500.0)
    memory.look_at([young], [None])
    assert memory.is_old(young, lambda _: 800.0)


def never(_: bytes) -> float:
    """Stand for what reads a time where none is to be read."""
    raise AssertionError


def test_there_is_room_for_every_cause() -> None:
    """Each cause has a bit in the number of a recipient, and the verdicts that fit are enough."""
    assert len(CAUSES) <= CAUSE_BITS
    assert LIMIT < 1 << 32 - CAUSE_BITS


def test_what_left_leaves_no_memory() -> None:
    """Whole files are read without a commit: messages that left cost nothing, however many."""
    tally = Tally(Config(), State())
    tally.add(START)
    sizes = []
    for begin in range(0, 60_000, 20_000):
        for number in range(begin, begin + 20_000, 500):
            several = range(number, number + 500)
            tally.add(b"".join(part for one in several for part in (deferred(one), removed(one))))
        sizes.append(_bytes_of(tally.counts.queue))
    assert len(tally.counts.queue) == 0
    assert sizes[2] <= sizes[0]


def _bytes_of(queue: DeferredRecipients) -> int:
    return len(pickle.dumps(vars(queue)))
