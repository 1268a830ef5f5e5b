"""Refused recipients: a recipient counts once a day and cause, however often it is refused."""

from __future__ import annotations

from collections.abc import Iterable

from exporter.counts.refused import DIGEST, MOST, RefusedRecipients
from exporter.counts.totals import Verdict
from tests.counting import START, Counted
from tests.lines import line

THROTTLED = "host mx.a.example[203.0.113.9] said: 421 4.7.0 Slow down (in reply to DATA command)"
VERDICT = Verdict("a.example", "other", "throttled")
DAY = 24 * 60


def refused(number: int, to: str, text: str = THROTTLED, **fields: str) -> bytes:
    """Give a refusal."""
    return line(number, **{"to": to, "dsn": "4.7.0", "status": "deferred", "text": text} | fields)


def test_three_thousand_messages_to_one_mailbox() -> None:
    """Three thousand messages to one mailbox are one refused recipient."""
    counted = Counted().add(START)
    counted.add(b"".join(refused(number, "u@a.example") for number in range(3000)))
    totals = counted.published().totals
    assert totals.refused == {VERDICT: 1}
    assert sum(totals.attempts.values()) == 3000


def test_recipients_and_causes_are_told_apart() -> None:
    """Each recipient counts, and again for another cause; retries and bounces do not."""
    blocked = "host mx.a.example[203.0.113.9] said: 550 5.7.1 Blocked (in reply to DATA command)"
    counted = Counted().add(START, *(refused(n, f"u{n}@a.example") for n in range(5)))
    counted.add(*(refused(n, f"u{n}@a.example") for n in range(5)))
    counted.add(refused(9, "u1@a.example", blocked, dsn="5.7.1", status="bounced"))
    assert counted.published().totals.refused == {
        VERDICT: 5,
        Verdict("a.example", "other", "blocked"): 1,
    }


def test_what_is_no_refusal() -> None:
    """Mail that was not tried, that reached nobody or that our own Postfix stopped is not refused."""
    texts = {
        "4.4.1": "connect to mx.a.example[203.0.113.9]:25: Connection timed out",
        "4.4.2": "delivery temporarily suspended: lost connection with mx.a.example[203.0.113.9]",
        "4.7.4": "TLS is required, but was not offered by host mx.a.example[203.0.113.9]",
    }
    counted = Counted().add(START)
    for number, (dsn, text) in enumerate(texts.items()):
        counted.add(refused(number, "u@a.example", text, dsn=dsn, relay="none"))
    totals = counted.published().totals
    assert totals.refused == {}
    assert sum(totals.attempts.values()) == 3


def news(memory: RefusedRecipients, minutes: Iterable[int]) -> list[bool]:
    """Note one recipient at some times; give whether each was a new refusal."""
    return [memory.note(VERDICT, b"digest", minute) for minute in minutes]


def test_a_day_later() -> None:
    """After 24 hours without a refusal the recipient counts again; each refusal renews."""
    assert news(RefusedRecipients(), [0, DAY, 2 * DAY, 3 * DAY + 1]) == [True, False, False, True]


def test_a_late_line() -> None:
    """A refusal that is read late does not shorten the day."""
    assert news(RefusedRecipients(), [DAY, 1, DAY + 100, 2 * DAY]) == [True, False, False, False]


def test_spellings_of_a_mailbox() -> None:
    """Capitals make no other mailbox."""
    names = ("u@a.example", "U@A.Example", "u@a.EXAMPLE")
    counted = Counted().add(START, *(refused(n, name) for n, name in enumerate(names)))
    assert counted.published().totals.refused == {VERDICT: 1}


def test_bound_of_a_verdict() -> None:
    """Beyond the bound the recipient refused longest ago is forgotten, and the memory is bounded."""
    memory = RefusedRecipients()
    digests = [number.to_bytes(DIGEST) for number in range(MOST + 1)]
    assert all(memory.note(VERDICT, digest, 1) for digest in digests)
    assert not memory.note(VERDICT, digests[-1], 2)
    assert not memory.note(VERDICT, digests[1], 2)  # renewed
    assert memory.note(VERDICT, digests[0], 2)  # it was forgotten
    assert not memory.note(VERDICT, digests[1], 3)
    assert len(memory.state()[VERDICT]) == MOST * (DIGEST + 4)


def test_digests_that_overlap() -> None:
    """A digest is found where one begins, not across two entries."""
    memory = RefusedRecipients()
    memory.note(VERDICT, b"\0" * 5 + b"a", 0)
    assert memory.note(VERDICT, b"a" + b"\0" * 5, 0)


def test_memory_survives() -> None:
    """A restart forgets nobody."""
    counted = Counted().add(START, refused(1, "u@a.example")).restarted()
    counted.add(refused(2, "u@a.example"))
    assert counted.published().totals.refused == {VERDICT: 1}
