"""Whose delays are measured: first attempts at a receiver, each stage for itself."""

from __future__ import annotations

from exporter.tally import Published
from tests.counting import count
from tests.lines import HEADER, line

START = line(header="Nov 23 20:00:00 mx1 postfix/local[1]: ", relay="local")
QMGR = "Nov 23 20:15:19 mx1 postfix/error[4711]: "


def delays(published: Published) -> tuple[list[int], list[float]]:
    """Give the number and the sum of delays by stage."""
    histograms = published.totals.delays
    return [sum(h.buckets) for h in histograms], [h.microseconds / 1e6 for h in histograms]


def test_delays_of_first_attempts() -> None:
    """Each stage has its part of delays=; retries are left out, whatever their status."""
    first = line(1, status="deferred", dsn="4.7.0", delay="6.66", delays="0.06/0.1/2.5/4")
    retry = line(1, status="deferred", dsn="4.7.0", delay="400", delays="390/0/1/9")
    sent = line(1, delay="4000", delays="3990/0/1/9")
    assert delays(count(START, first)) == ([1] * 4, [0.06, 0.1, 2.5, 4.0])
    assert delays(count(START, first, retry, sent)) == delays(count(START, first))
    assert delays(count(START + first + retry + sent)) == delays(count(START, first))


def test_delays_of_what_was_not_tried_are_left_out() -> None:
    """Suspended mail, hops and probes have no delay at a receiver."""
    blocks = [
        line(
            header=QMGR, relay="none", status="deferred", text="delivery temporarily suspended: x"
        ),
        line(relay="127.0.0.1[127.0.0.1]:10024"),
        line(
            relay="none", status="deferred", text="connect to store.example[10.1.2.3]:25: refused"
        ),
        line(status="undeliverable"),
        line(header=HEADER.replace("smtp", "local"), relay="local"),
    ]
    assert delays(count(*blocks)) == ([0] * 4, [0.0] * 4)


def test_delays_before_the_memory_begins() -> None:
    """A message that arrived before the log may have been tried unseen: it is no first attempt."""
    assert delays(count(line(1, delay="300", delays="299/0/0/1")))[0] == [0] * 4
    assert delays(count(line(1), line(2, delay="300", delays="299/0/0/1")))[0] == [1] * 4


def test_same_recipient_of_another_message_or_host() -> None:
    """The memory tells messages, recipients and log hosts apart."""
    deferred = line(1, status="deferred", dsn="4.7.0")
    others = [
        line(2),
        line(1, to="v@a.example"),
        line(1, header=HEADER.replace("mx1", "mx2")),
    ]
    assert delays(count(deferred, *others))[0] == [4] * 4
    relay = line(1, header=HEADER.replace("postfix/", "postfix-relay/"))
    assert delays(count(deferred, relay))[0] == [1] * 4
