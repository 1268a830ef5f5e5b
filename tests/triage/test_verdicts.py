"""What a report makes of a log: a cluster, one mailbox, a bad list, churn, or nothing."""

from __future__ import annotations

import os
import random
from datetime import datetime
from pathlib import Path

import pytest

from exporter.triage.reading import Span
from exporter.triage.report import CHURN, NOTHING, PROBLEM, Wish
from tests.triage.reports import (
    FULL,
    NOON,
    THROTTLED,
    UNKNOWN,
    Log,
    alerts,
    corpus,
    every,
    names,
    report_of,
)

HOUR = 3600.0

CORPUS_VERDICTS: dict[str, list[str]] = {
    "scenario-a-ratelimit-gmail": ["PostfixDestinationThrottled"],
    "scenario-c-auth-gmail": ["PostfixDestinationAuthenticationFailing"],
    "scenario-d-nouser-spike": ["PostfixListQualityDegraded"],
    "scenario-f-healthy": [],
    "scenario-g-local-outage": ["PostfixOwnNetworkOutage"],
}


@pytest.mark.parametrize("name", CORPUS_VERDICTS)
def test_corpus(name: str) -> None:
    """The logs of the corpus that tell one story give the verdict that the rules give."""
    told = report_of(*corpus(name))
    assert alerts(told) == CORPUS_VERDICTS[name]
    assert told.outcome == (PROBLEM if CORPUS_VERDICTS[name] else CHURN)


def healthy(log: Log, begin: float = NOON, hours: float = 6) -> Log:
    """Add what six receivers take."""
    for number in range(6):
        log.add_many(every(60, begin + number, begin + hours * HOUR), f"d{number}.example")
    return log


def throttled(log: Log, begin: float = NOON) -> Log:
    """Add a receiver that throttles for two hours."""
    moments = every(60, begin + 2 * HOUR, begin + 4 * HOUR)
    log.add_many(moments, "big.example", THROTTLED, "4.7.28")
    log.add_many(every(120, begin, begin + 6 * HOUR), "big.example")
    return log


def test_one_mailbox_is_no_cluster(tmp_path: Path) -> None:
    """Thousands of deferrals of one recipient are one mailbox, and no reputation."""
    log = healthy(Log())
    for text, dsn in ((THROTTLED, "4.7.28"), (FULL, "4.2.2")):
        for moment in every(10, NOON, NOON + 5 * HOUR):
            log.add(moment, "me@home.example", text, dsn)
    told = report_of(log.write(tmp_path / "mail.log"))
    assert told.outcome == CHURN
    mailboxes = [text for name, text in told.looked_at if name == "one mailbox"]
    assert any(
        text.startswith("1,800 failures (throttled) at home.example are of 1") for text in mailboxes
    )


def test_a_retry_storm_of_one_message_is_one_recipient(tmp_path: Path) -> None:
    """One message that is tried again and again is no cluster, and counts as retries."""
    log = healthy(Log())
    for number, moment in enumerate(every(5, NOON, NOON + 3 * HOUR)):
        line = f"{log.stamp(moment)} mx1 postfix/smtp[1]: "
        log.lines.append(
            (
                moment,
                f"{line}ABCDEF12345: to=<u@storm.example>, relay=mx.storm.example[203.0.113.9]:25,"
                f" delay={5 * number + 1}, delays=0/0/0/1, dsn=4.7.1, status=deferred ({THROTTLED})",
            )
        )
    told = report_of(log.write(tmp_path / "mail.log"))
    assert told.outcome == CHURN
    assert ("throttled", 1) in told.usual


def test_suspended_counts_the_refusal_once(tmp_path: Path) -> None:
    """A queue that is suspended behind one refusal is told, and is no failure more."""
    log = healthy(Log())
    log.add(NOON, "u@a.example", THROTTLED, "4.7.28")
    for number, moment in enumerate(every(5, NOON + 60, NOON + HOUR)):
        said = f"delivery temporarily suspended: {THROTTLED}"
        log.add(moment, f"v{number}@a.example", said, "4.7.28", relay="none")
    told = report_of(log.write(tmp_path / "mail.log"))
    assert told.outcome == CHURN
    assert ("throttled", 1) in told.usual
    assert any(name == "suspended" and "708" in text for name, text in told.looked_at)


def test_a_bad_list_is_one_problem(tmp_path: Path) -> None:
    """Unknown recipients at many receivers are one problem with its worst receivers and waves."""
    log = healthy(Log())
    for number in range(12):
        for start in (1 * HOUR, 4.5 * HOUR):
            begin = NOON + start
            log.add_many(every(20, begin, begin + 900), f"l{number}.example", UNKNOWN, "5.1.1")
            log.add_many(every(10, begin, begin + 900), f"l{number}.example")
    told = report_of(log.write(tmp_path / "mail.log"))
    assert alerts(told) == ["PostfixListQualityDegraded"]
    problem = told.problems[0].problem
    assert len(problem.receivers) == 12
    assert len(problem.waves) == 2


def test_a_flooded_mailbox_follows_from_the_list(tmp_path: Path) -> None:
    """The sender's mailbox that the bounces of a bad list flood is said to follow from it."""
    log = healthy(Log())
    begin = NOON + HOUR
    log.add_many(every(20, begin, begin + HOUR), "list.example", UNKNOWN, "5.1.1")
    for moment in every(30, begin + 900, begin + 4 * HOUR):
        log.add(moment, "bounces@home.example", THROTTLED, "4.7.28")
    told = report_of(log.write(tmp_path / "mail.log"))
    assert alerts(told) == ["PostfixListQualityDegraded"]
    assert any("It began while 1 went on" in text for _, text in told.looked_at)


def test_times_without_a_year_over_new_year(tmp_path: Path) -> None:
    """The year of a time stamp changes with it: what began last year goes on in this one."""
    begin = datetime(2026, 12, 31, 20).timestamp()
    path = throttled(healthy(Log(form="old"), begin), begin).write(tmp_path / "mail.log")
    os.utime(path, (begin + 6 * HOUR, begin + 6 * HOUR))
    told = report_of(path)
    assert alerts(told) == ["PostfixDestinationThrottled"]
    assert begin <= (told.first or 0) < (told.last or 0) < begin + 6 * HOUR


def test_order_of_logs_and_offsets_do_not_matter(tmp_path: Path) -> None:
    """Several hosts, with clocks of several zones, in any order are judged together."""
    paths = []
    for number, offset in enumerate(("+00:00", "+05:00", "-08:00")):
        log = Log(f"mx{number}", offset=offset)
        healthy(log)
        log.add_many(
            every(180, NOON + 2 * HOUR + number, NOON + 4 * HOUR),
            "big.example",
            THROTTLED,
            "4.7.28",
        )
        paths.append(log.write(tmp_path / f"{number}.log"))
    expected = report_of(*paths)
    assert alerts(expected) == ["PostfixDestinationThrottled"]
    assert expected.problems[0].problem.failures == 118
    for _ in range(5):
        random.shuffle(paths)
        told = report_of(*paths)
        assert told.problems[0].problem == expected.problems[0].problem


def test_a_clock_that_jumps(tmp_path: Path) -> None:
    """A clock that is years ahead for some lines neither hides a problem nor takes for ever."""
    log = throttled(healthy(Log()))
    for number in range(20):
        ahead = NOON + 40 * 365 * 86400
        log.add_at(NOON + HOUR, ahead, f"u{number}@jump.example", UNKNOWN, "5.1.1")
    assert "PostfixDestinationThrottled" in alerts(report_of(log.write(tmp_path / "mail.log")))


def test_only_the_time_that_is_asked_for(tmp_path: Path) -> None:
    """What is before or after counts for nothing, but retries stay retries."""
    path = throttled(healthy(Log())).write(tmp_path / "mail.log")
    assert report_of(path, span=Span(NOON, NOON + 2 * HOUR)).outcome == CHURN
    assert report_of(path, span=Span(NOON + 2 * HOUR, NOON + 5 * HOUR)).outcome == PROBLEM
    whole, early, late = (
        report_of(path, span=span).attempts
        for span in (Span(), Span(0, NOON + 3.01 * HOUR), Span(NOON + 3.01 * HOUR))
    )
    assert whole == early + late
    nothing = report_of(path, span=Span(NOON + 30 * HOUR))
    assert nothing.outcome == NOTHING
    assert "none of the time" in nothing.reason


def test_only_what_is_asked_for(tmp_path: Path) -> None:
    """A domain or a provider is judged among all others, and told alone."""
    path = throttled(healthy(Log())).write(tmp_path / "mail.log")
    assert names(report_of(path, wish=Wish(domain="big.example"))) == ["big.example"]
    quiet = report_of(path, wish=Wish(domain="d1.example"))
    assert quiet.outcome == CHURN
    assert quiet.messages == 359
    assert report_of(path, wish=Wish(domain="no.example")).outcome == NOTHING


NOTHING_TO_JUDGE: dict[str, tuple[str, str]] = {
    "an empty log": ("", "no line in it"),
    "another program's": ("2026-11-03T12:00:00+00:00 h sshd[1]: hello\n" * 50, "no line"),
    "only received": (
        "2026-11-03T12:00:00+00:00 h postfix/smtpd[1]: connect from a.example[203.0.113.9]\n"
        "2026-11-03T12:00:00+00:00 h postfix/local[1]: A1: to=<u@a.example>, relay=local, delay=1,"
        " delays=0/0/0/1, dsn=2.0.0, status=sent (delivered to mailbox)\n",
        "only receives",
    ),
    "only our own errors": (
        "2026-11-03T12:00:00+00:00 h postfix/smtp[1]: A1: to=<u@a.example>, relay=none, delay=1,"
        " delays=0/0/0/1, dsn=4.3.5, status=deferred (mail system configuration error)\n",
        "no receiver gave a verdict",
    ),
    "a private smarthost": (
        "2026-11-03T12:00:00+00:00 h postfix/smtp[1]: A1: to=<u@a.example>,"
        " relay=10.0.0.1[10.0.0.1]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (ok)\n" * 30,
        "remote_relays",
    ),
}


@pytest.mark.parametrize("name", NOTHING_TO_JUDGE)
def test_nothing_to_judge(name: str, tmp_path: Path) -> None:
    """A log without outbound mail, or that nobody understands, says so, and why."""
    text, reason = NOTHING_TO_JUDGE[name]
    path = tmp_path / "mail.log"
    path.write_text(text)
    told = report_of(path)
    assert told.outcome == NOTHING
    assert reason in told.reason


NOBODY = (
    "Host or domain name not found. Name service error for name=relay.example type=A:"
    " Host not found, try again"
)
REFUSED_LOGIN = (
    "SASL authentication failed; server relay.example[203.0.113.9] said: 535 5.7.8 Error:"
    " authentication failed"
)


@pytest.mark.parametrize(("text", "dsn"), [(NOBODY, "4.4.3"), (REFUSED_LOGIN, "4.7.8")])
def test_a_dead_relay_is_told(tmp_path: Path, text: str, dsn: str) -> None:
    """Mail that goes nowhere for hours is a problem, with the share that got out, and no churn."""
    log = Log()
    log.add(NOON, "u@a.example")
    for number, moment in enumerate(every(120, NOON + 60, NOON + 6 * HOUR)):
        tried = number % 10 == 0
        said = text if tried else f"delivery temporarily suspended: {text}"
        log.add(moment, f"v{number}@d{number % 3}.example", said, dsn, relay="none")
    told = report_of(log.write(tmp_path / "mail.log"))
    assert alerts(told) == ["PostfixNothingDelivered"]
    assert told.verdict.startswith("Nothing gets out")
    problem = told.problems[0].problem
    assert (problem.failures, problem.messages) == (179, 180)
    assert all(of.messages == of.failures for of in problem.receivers)
    assert sum(times for times, _ in told.problems[0].hours) == 179
    assert problem.goes_on
    assert problem.suspended == 161
    assert problem.retries == 0
