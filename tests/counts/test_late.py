"""Delivered in the end: how long it took to deliver what was deferred, by provider."""

from __future__ import annotations

import re

import pytest

from exporter.counts.totals import LATE_BUCKETS, Histogram
from tests.counting import START, Counted, deferred
from tests.lines import line
from tests.pages import CORPUS, content

GOOGLE = "gmail-smtp-in.l.google.com[203.0.113.9]:25"


def late(counted: Counted) -> dict[str, list[float]]:
    """Give the upper bounds of the buckets by provider, one for each delivery."""
    bounds = [*LATE_BUCKETS, float("inf")]
    return {
        provider: [
            bound
            for bound, times in zip(bounds, histogram.buckets, strict=True)
            for _ in range(times)
        ]
        for provider, histogram in counted.published().totals.late.items()
    }


def test_only_what_was_deferred() -> None:
    """A delivery counts if this recipient of the message waited, with the delay that Postfix tells."""
    counted = Counted().add(START, deferred(1), deferred(1, to="v@a.example"), line(2))
    counted.add(line(1, delay="61", relay=GOOGLE), line(1, to="w@a.example"))
    assert late(counted) == {"google": [300.0]}
    again = counted.restarted().add(line(1, to="v@a.example", delay="432001"))
    assert late(again) == {"google": [300.0], "other": [float("inf")]}
    histogram = again.published().totals.late["other"]
    assert histogram == Histogram((0,) * len(LATE_BUCKETS) + (1,), 432_001_000_000)


DONE_OTHERWISE = {
    "bounced": line(1, dsn="5.1.1", status="bounced"),
    "to a relay of our own": line(1, relay="127.0.0.1[127.0.0.1]:10024"),
    "by another agent": line(1).replace(b"postfix/smtp", b"postfix/virtual"),
    "deferred again": deferred(1),
}


@pytest.mark.parametrize("how", DONE_OTHERWISE)
def test_not_delivered(how: str) -> None:
    """What ended in another way than a delivery to a remote destination does not count."""
    assert late(Counted().add(START, deferred(1), DONE_OTHERWISE[how])) == {}


def test_receivers_of_no_table_are_one() -> None:
    """The number of series does not grow with the receivers that have a name of their own."""
    counted = Counted().add(START)
    for number in range(1, 9):
        relay = f"mx.hoster{number}.example[203.0.113.9]:25"
        counted.add(deferred(number, relay=relay), line(number, relay=relay))
    assert set(late(counted)) == {"other"}


def by_hand(log: bytes) -> int:
    """Give the deliveries of a log to remote recipients that had waited."""
    waiting: set[tuple[bytes, bytes]] = set()
    delivered = 0
    for one in log.split(b"\n"):
        told = re.search(rb"/(smtp|error)\[\d+\]: (\w+): to=<(.*?)>, .*?, status=(\w+)", one)
        if told and told[4] == b"deferred":
            waiting.add((told[2], told[3].lower()))
        elif told and (told[2], told[3].lower()) in waiting:
            waiting.discard((told[2], told[3].lower()))
            delivered += told[4] == b"sent" and not re.search(rb" relay=(127[0-9.]+)\[\1\]", one)
    return delivered


@pytest.mark.parametrize(
    "name",
    ["postfix-3.11/mail.log.gz", "mixed-maillog/maillog", "rotation-create/unrotated.log.gz"],
)
def test_corpus(name: str) -> None:
    """In logs of a real Postfix as many are delivered in the end as a plain look by recipient gives."""
    log = content(CORPUS / name)
    assert sum(map(len, late(Counted().add(log)).values())) == by_hand(log) > 0
