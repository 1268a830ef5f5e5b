"""How long mail took until it was delivered, by provider."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter

import pytest

from exporter.config import Config
from exporter.counts.collected import SUM
from exporter.counts.delivery_times import MOST
from exporter.counts.families import MILLISECONDS
from exporter.records.services.event import DELIVERY_TIME
from tests.counting import START, Counted, deferred
from tests.lines import line
from tests.pages import CORPUS, content

GOOGLE = "gmail-smtp-in.l.google.com[203.0.113.9]:25"


def counting() -> Counted:
    """Give a tally with this collector alone."""
    return Counted(Config(collectors=(DELIVERY_TIME,)))


def times(counted: Counted) -> dict[tuple[str, ...], int]:
    """Give what was counted by provider and bucket, and the sums."""
    return {one[1:]: n for one, n in counted.published().totals.collected.items()}


def place(seconds: float) -> str:
    """Give the bucket of a time."""
    return str(bisect_left(MILLISECONDS, seconds * 1000))


def test_each_delivery() -> None:
    """Every delivery to a remote recipient counts with its delay, deferred before or not."""
    counted = counting().add(START, line(1, delay="0.26"), line(2, delay="0.25", relay=GOOGLE))
    counted.add(deferred(3, relay=GOOGLE), line(3, delay="61", relay=GOOGLE))
    wanted = {
        ("other", place(0.26)): 1,
        ("other", SUM): 260,
        ("google", place(0.25)): 1,
        ("google", place(61)): 1,
        ("google", SUM): 61_250,
    }
    assert times(counted) == wanted
    again = counted.restarted().add(line(4, delay="432001"))
    gained = {("other", str(len(MILLISECONDS))): 1, ("other", SUM): 432_001_260}
    assert times(again) == wanted | gained


OTHERWISE = {
    "deferred": deferred(1),
    "bounced": line(1, dsn="5.1.1", status="bounced"),
    "to a relay of our own": line(1, relay="127.0.0.1[127.0.0.1]:10024"),
    "by another agent": line(1).replace(b"postfix/smtp", b"postfix/virtual"),
    "a probe": line(1, dsn="2.1.5", status="deliverable"),
}


@pytest.mark.parametrize("how", OTHERWISE)
def test_no_delivery(how: str) -> None:
    """What is no delivery to a remote recipient does not count."""
    assert times(counting().add(START, OTHERWISE[how])) == {}


def test_receivers_of_no_table_are_one() -> None:
    """The number of series does not grow with the receivers that have a name of their own."""
    counted = counting().add(START)
    for number in range(1, 9):
        counted.add(line(number, relay=f"mx.hoster{number}.example[203.0.113.9]:25"))
    assert {provider for provider, _ in times(counted)} == {"other"}


def test_bounded_between_commits() -> None:
    """However many times there are between two commits, few are kept, and all count."""
    counted, most, block = counting().add(START), 0, 1000
    kept = counted.tally.counts._sums.delivery_times
    assert kept is not None
    for first in range(0, 2 * MOST, block):
        counted.add(b"".join(line(n, delay=f"{n}") for n in range(first, first + block)))
        most = max(most, len(kept._tally))
    assert 0 < most <= MOST + block
    number = -(-2 * MOST // block) * block
    assert times(counted)["other", SUM] == 1000 * number * (number - 1) // 2


def test_nothing_else_is_read_for_it() -> None:
    """Alone it needs no reader of other services, and without it nothing is kept."""
    assert counting().tally._services is None
    assert Counted().add(START, line(1)).tally.counts._sums.delivery_times is None


def by_hand(log: str) -> Counter[str]:
    """Give the deliveries of a log to remote recipients by bucket, and the sum, line by line."""
    counted: Counter[str] = Counter()
    for one in log.split("\n"):
        tag, bracket, text = one.partition("]: ")
        program = tag.rpartition("/")[2].partition("[")[0]
        queue_id, _, told = text.partition(": ")
        if not bracket or program != "smtp" or not told.startswith("to=<"):
            continue
        if told.startswith('to=<"'):  # what a sender quotes is no field
            told = "to=" + told.partition('"@')[2]
        relay, status = (told.partition(f", {key}=")[2] for key in ("relay", "status"))
        if status.startswith("sent (") and queue_id.isalnum() and not relay.startswith("127."):
            seconds = float(told.partition(", delay=")[2].partition(",")[0])
            counted[place(seconds)] += 1
            counted[SUM] += round(1000 * seconds)
    return counted


@pytest.mark.parametrize(
    "name",
    ["postfix-3.11/mail.log.gz", "mixed-maillog/maillog", "rotation-create/unrotated.log.gz"],
)
def test_corpus(name: str) -> None:
    """In logs of a real Postfix it is what a plain look line by line gives."""
    log = content(CORPUS / name)
    counted: Counter[str] = Counter()
    for (_, bucket), number in times(counting().add(log)).items():
        counted[bucket] += number
    assert counted == by_hand(log.decode("utf-8", "replace"))
    assert counted[SUM] > 0
