"""Suspended mail: Postfix did not try, and repeats an older failure."""

from __future__ import annotations

from exporter.counts.totals import Verdict
from exporter.verdict.classify import SUSPENDED
from tests.counting import START, THROTTLED, Counted, deferred, repeats
from tests.counts.few_places import WEEK, limited, mail
from tests.lines import HEADER, line

ERROR = HEADER.replace("smtp", "error")
REFUSED = "connect to mx.a.example[203.0.113.9]:25: Connection refused"
NETWORK = Verdict("a.example", "other", "network")

# the relay host cannot be resolved, and the message expires (queue ids and times of a real log)
DEAD_RELAY = """\
May  8 00:53:18 h postfix/smtp[1]: C422018FB: to=<z@c.example>, relay=none, delay=1, delays=1/0/0/0, dsn=4.4.1, status=deferred (connect to x.c.example[203.0.113.9]:25: Connection refused)
May  8 00:53:18 h postfix/error[1]: C422018FC: to=<a@b.example>, relay=none, delay=2, delays=2/0/0/0, dsn=4.4.3, status=deferred (delivery temporarily suspended: Host or domain name not found. Name service error for name=relay.example type=MX: Host not found, try again)
May  8 02:03:18 h postfix/error[1]: C422018FC: to=<a@b.example>, relay=none, delay=4202, delays=4202/0/0/0, dsn=4.4.3, status=deferred (delivery temporarily suspended: Host or domain name not found. Name service error for name=relay.example type=MX: Host not found, try again)
May  8 03:13:18 h postfix/error[1]: C422018FC: to=<a@b.example>, relay=none, delay=8402, delays=8402/0/0/0, dsn=4.4.3, status=deferred (delivery temporarily suspended: Host or domain name not found. Name service error for name=relay.example type=MX: Host not found, try again)
May  8 03:13:19 h postfix/qmgr[1]: C422018FC: from=<>, status=expired, returned to sender
"""  # fmt: skip


def suspended(number: int = 1, failure: str = REFUSED, **fields: str) -> bytes:
    """Give a deferral without a try, which repeats a failure."""
    text = f"delivery temporarily suspended: {failure}"
    return deferred(number, text, **{"relay": "none", "header": ERROR, "dsn": "4.4.1"} | fields)


def tried(number: int = 1, **fields: str) -> bytes:
    """Give the failure that is repeated."""
    return deferred(number, REFUSED, **{"relay": "none", "dsn": "4.4.1"} | fields)


def test_retries_and_expiry_of_what_was_never_tried() -> None:
    """Its retries are repeats; the recipient expires with the cause that the text repeats."""
    totals = Counted().add(DEAD_RELAY.encode()).published().totals
    assert repeats(totals, SUSPENDED) == (1, 2)
    (verdict,) = totals.expired
    assert (verdict.domain, verdict.cause) == ("b.example", "network")
    assert totals.suspended == {verdict: 3}


HISTORIES: dict[str, tuple[list[bytes], tuple[int, int], tuple[int, int]]] = {
    "never tried": ([suspended()] * 3, (1, 2), (0, 0)),
    "tried before, and failed so": ([tried(), suspended()], (0, 1), (1, 0)),
    "the first try after it": ([suspended(), tried(), tried()], (1, 0), (1, 1)),
    "between two tries": ([tried(), suspended(), tried()], (0, 1), (1, 1)),
    "failed otherwise before": ([deferred(), suspended(), suspended()], (1, 1), (0, 0)),
    "another failure is repeated": ([suspended(), suspended(failure=THROTTLED)], (1, 1), (0, 0)),
    "another recipient": ([suspended(), suspended(to="v@a.example")], (2, 0), (0, 0)),
    "another message": ([tried(1), suspended(2)], (1, 0), (1, 0)),
}
"""Records, first and repeated ones without a try, and those with a try that failed so."""


def test_what_repeats_what() -> None:
    """No try repeats a deferral with its cause or one without a try, a try one with its cause."""
    for name, (records, untried, network) in HISTORIES.items():
        totals = Counted().add(START, *records).published().totals
        assert repeats(totals, SUSPENDED) == untried, name
        assert repeats(totals, "network") == network, name
        restarted = Counted().add(START)
        for record in records:
            restarted = restarted.add(record).restarted()
        assert restarted.published().totals == totals, name


def test_what_waits_is_told_as_the_failure() -> None:
    """Suspended recipients wait with the cause of the failure, tried or not, as one."""
    counted = Counted().add(START, tried(), suspended(), suspended(2))
    assert counted.published().deferred == {NETWORK: 2}
    assert counted.published().totals.suspended == {NETWORK: 2}
    assert counted.add(line(1)).published().deferred == {NETWORK: 1}


def test_deferred_transport_is_suspended_by_configuration() -> None:
    """Each attempt with the cause `suspended` is one of the metric, for what else it repeats none."""
    record = deferred(1, "deferred transport", relay="none", header=ERROR, dsn="4.3.2")
    totals = Counted().add(START, record, record, suspended(2)).published().totals
    assert sum(repeats(totals, SUSPENDED)) == 3
    assert sum(totals.suspended.values()) == 3


def test_it_is_no_refusal_and_no_reason() -> None:
    """What was not tried is nobody's word about a recipient, and no rule is told for it."""
    totals = Counted().add(START, suspended(failure=THROTTLED)).published().totals
    assert totals.refused == {}
    assert totals.reasons == {}


def test_domains_that_left() -> None:
    """What a domain had counted before it left stays in the sum."""
    counted = limited().add(mail(*"ab"), suspended()).later(WEEK - 120).add(mail("b")).later(121)
    totals = counted.published().totals
    assert totals.suspended == {}
    assert totals.forgotten_suspended == {NETWORK._replace(domain=""): 1}
