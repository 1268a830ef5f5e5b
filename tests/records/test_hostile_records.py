"""Records that strangers or broken clocks made: nothing stops, nothing takes long, nothing is lost."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.by_hand import Exporter
from tests.counting import START, Counted, deferred, repeats
from tests.lines import HEADER, line, record

REPLIES = {
    "no letter and no digit": "host mx.a.example[192.0.2.1] said:    -",
    "a greeting of nothing": "host mx.a.example[192.0.2.1] refused to talk to me: ",
    "a line of one code": "host mx.a.example[192.0.2.1] said: 550-",
    "two codes": "host mx.a.example[192.0.2.1] said: 550-5.7.1",
    "a bracket without end": "host mx.a.example[192.0.2.1 said: 550 no",
    "an address of signs": "host mx.a.example[192.0.2.1] said: 550 @@@ <@> @@",
    "a code out of range": "host mx.a.example[192.0.2.1] said: 550 (#5.999.999)",
}


@pytest.mark.parametrize("text", REPLIES.values(), ids=REPLIES)
def test_odd_replies(text: str) -> None:
    """Any reply has a cause, and the records beside it are counted."""
    odd = line(1, dsn="5.0.0", status="bounced", text=text)
    totals = Counted().add(START, line(2) + odd + line(3)).published().totals
    assert sum(totals.attempts.values()) == 3
    assert totals.lines["delivery"] == 3


LONG = {
    "relay of many labels": line(relay="a." * 60_000 + "x[192.0.2.1]:25", dsn="4.7.0", status="deferred"),
    "host of many labels in the text": line(
        relay="none", dsn="4.4.1", status="deferred", text=f"connect to {'a.' * 60_000}x[192.0.2.1]:25: no"
    ),
    "domain of many labels": line(to="u@" + "a." * 60_000 + "x", dsn="5.1.1", status="bounced"),
    "reply of many lines": line(
        dsn="5.7.1", status="bounced", text="host m[192.0.2.1] said: " + "550-5.7.1 x " * 10_000
    ),
}  # fmt: skip


@pytest.mark.parametrize("record", LONG.values(), ids=LONG)
def test_long_records(record: bytes) -> None:
    """A record of a hundred kilobytes costs less than a second."""
    started = time.process_time()
    Counted().add(START, record)
    assert time.process_time() - started < 1.0


def test_lines_that_stand_for_many() -> None:
    """Many lines that stand for a thousand each are counted in a few seconds."""
    repeated = f"{HEADER}message repeated 1000 times: [ {record()}]\n".encode()
    started = time.process_time()
    totals = Counted().add(START, repeated * 200).published().totals
    assert sum(totals.attempts.values()) == 200_000
    assert time.process_time() - started < 5.0


FUTURE = "2105-01-01T00:00:00+00:00 mx1 postfix/smtp[1]: "


def test_clock_far_ahead() -> None:
    """A time that cannot be yet neither begins the memory nor empties it."""
    counted = Counted().add(f"{FUTURE}a line\n".encode(), START)
    counted.add(*(deferred(number, delay="1") for number in range(5)))
    assert repeats(counted.published().totals, "throttled") == (5, 0)
    counted.add(deferred(9, header=FUTURE)).later(61)
    counted.add(*(deferred(number, delay="400") for number in range(5)))
    assert repeats(counted.published().totals, "throttled") == (6, 5)


def test_time_behind_a_carriage_return() -> None:
    """A line ends at a newline: what stands behind a carriage return begins no memory."""
    early = HEADER.replace("20:15", "19:15").encode()
    counted = Counted().add(b"junk\r" + early + b"a line\n" + START)
    assert counted.tally.counts.queue.begin == Counted().add(START).tally.counts.queue.begin


def test_times_that_go_back() -> None:
    """Old mail is old, whatever times the records beside it have, in any blocks."""
    later = HEADER.replace("20:15", "21:15")
    lines = [line(1, header=later), deferred(2, delay="4000"), deferred(3, delay="1")]
    at_once, one_by_one = Counted().add(START, b"".join(lines)), Counted().add(START, *lines)
    assert at_once.published().totals == one_by_one.published().totals
    assert repeats(at_once.published().totals, "throttled") == (1, 1)


def test_burst_behind_a_gap(tmp_path: Path) -> None:
    """What was lost unread may have held the first attempts: retries behind a gap are repeats."""
    exporter = Exporter(tmp_path)
    exporter.read(3)
    exporter.log.unlink()
    text = "host mx.a.example[203.0.113.9] said: 421 4.7.0 Slow down (in reply to DATA command)"
    fields = {"header": HEADER.replace("20:15", "22:15"), "dsn": "4.7.0", "text": text}
    retries = [line(n, status="deferred", delay="5000", **fields) for n in range(50)]
    exporter.killed()
    exporter.log.write_bytes(b"".join(retries))
    exporter.wait(1).wait(1)
    assert exporter.pipeline.published.gaps + exporter.pipeline._sources.gaps > 0
    exporter.wait(66).wait(66)
    counted = {
        attempt.repeat: times
        for attempt, times in exporter.pipeline.published.totals.attempts.items()
        if attempt.status == "deferred"
    }
    assert counted == {"true": 50}
    exporter.close()
