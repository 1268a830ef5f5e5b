"""The bound on domains: who has series, who leaves, and what becomes of the counts."""

from __future__ import annotations

from exporter.config import Config, DomainsConfig
from exporter.counts.bounded_labels import ABSENCE, DAY
from tests.counting import Counted, all_ever, by, domains
from tests.counts.few_places import WEEK, limited, mail
from tests.lines import line


def shown(counted: Counted) -> dict[str, int]:
    """Give attempts by domain, without the ending."""
    totals = counted.published().totals
    return {name.removesuffix(".example"): n for (name,), n in by(totals, "domain").items()}


def test_newcomers_when_there_is_no_room() -> None:
    """Without room a newcomer is `other`, as long as nobody was idle for a day."""
    counted = limited().add(mail(*"abcdde")).later(DAY - 61)
    counted.add(mail(*"abcdd")).later(61)
    assert shown(counted) == {"a": 2, "b": 2, "c": 2, "other": 5}
    published = counted.published()
    assert published.totals.domains_folded == 5
    assert (published.domains, published.domain_limit) == (3, 3)


def test_newcomer_takes_the_place_of_an_idle_domain() -> None:
    """A newcomer with two deliveries replaces the domain idle for longest, at least a day."""
    counted = limited().add(mail(*"abc")).later(100)
    counted.add(mail(*"bcde")).later(DAY)  # d and e delivered once
    assert shown(counted) == {"a": 1, "b": 2, "c": 2, "other": 2}
    counted.add(mail(*"bcdd")).later(61).add(mail("d")).later(61)
    assert shown(counted) == {"b": 3, "c": 3, "d": 1, "other": 4}
    totals = counted.published().totals
    assert totals.domains_forgotten == 1
    assert all_ever(totals) == 12


def test_retries_are_no_second_delivery() -> None:
    """One message that is tried again and again does not get a made-up domain a place."""
    counted = limited(1).add(mail("a")).later(DAY)
    retry = line(99, to="u@made-up.example", dsn="4.4.3", status="deferred", relay="none")
    counted.add(retry).later(61).add(retry).later(61).add(retry).later(61)
    assert shown(counted) == {"a": 1, "other": 3}


def test_page_that_cannot_be_written() -> None:
    """The absence of a domain begins when the page is out, not when it was decided."""
    counted = limited().add(mail(*"aa")).later(1)
    counted.now += WEEK
    counted.tally.published()  # decided, but the commit failed
    counted.now += ABSENCE + 61
    counted.add(mail("a")).later(ABSENCE - 61)
    assert shown(counted) == {"other": 1}


def test_other_recipients_of_a_message_stay() -> None:
    """When a domain leaves, the message's recipients elsewhere still wait."""
    text = "host mx.a.example[203.0.113.9] said: 421 4.7.0 Slow down (in reply to DATA command)"
    fields = {"status": "deferred", "dsn": "4.7.0", "text": text}
    counted = limited().add(
        line(1, to="u@a.example", **fields), line(1, to="u@b.example", **fields)
    )
    counted.later(WEEK - 60).add(line(1, to="u@b.example", **fields)).later(61)
    assert [verdict.domain for verdict in counted.published().deferred] == ["b.example"]


def test_idle_domains_leave() -> None:
    """A domain without deliveries for the idle time leaves; its counts stay among the forgotten."""
    counted = limited().add(mail(*"aab")).later(WEEK - 120).add(mail("b")).later(121)
    assert shown(counted) == {"b": 2}
    totals = counted.published().totals
    assert sum(totals.forgotten.values()) == 2
    assert domains(totals.forgotten) == {""}
    assert all_ever(totals) == 4


def test_who_left_stays_away_for_a_while() -> None:
    """A domain that left is `other` until no scraper remembers it; then it starts again at 0."""
    counted = limited().add(mail(*"aa")).later(WEEK).add(mail("a")).later(ABSENCE - 61)
    assert shown(counted) == {"other": 1}
    counted.add(mail("a")).later(122).add(mail("a"))
    assert shown(counted) == {"a": 1, "other": 2}
    assert all_ever(counted.published().totals) == 5


def test_refusals_and_queue_of_who_left() -> None:
    """Recipients that waited, were refused or expired are forgotten with their domain."""
    text = "host mx.a.example[203.0.113.9] said: 421 4.7.0 Slow down (in reply to DATA command)"
    counted = limited().add(line(1, status="deferred", dsn="4.7.0", text=text))
    assert len(counted.published().deferred) == 1
    counted.later(WEEK)
    published = counted.published()
    assert (published.deferred, published.queue_entries, published.totals.refused) == ({}, 0, {})
    assert sum(published.totals.forgotten_refused.values()) == 1
    assert counted.tally.counts.memory().refused == {}


def test_idle_times_survive_a_restart() -> None:
    """Idle times, newcomers and absences go on after a restart; time while down does not count."""
    counted = limited().add(mail(*"abcd")).later(DAY - 100).restarted().later(90)
    counted = counted.add(mail(*"bcd")).restarted().later(70).restarted().add(mail("d"))
    assert shown(counted) == {"b": 2, "c": 2, "d": 1, "other": 2}
    assert all_ever(counted.published().totals) == 8


def test_limit_that_was_lowered() -> None:
    """With a lower limit those who have series keep them; nobody new gets some."""
    counted = limited(3).add(mail(*"abc"))
    counted.config = Config(domains=DomainsConfig(limit=1))
    counted = counted.restarted().add(mail(*"abcd"))
    assert shown(counted) == {"a": 2, "b": 2, "c": 2, "other": 1}


def test_spellings_of_a_domain() -> None:
    """However a domain is written, it takes one place and has one label."""
    counted = limited(1).add(mail("a", "A", "a", "b"), line(to="u@A.Example."))
    assert shown(counted) == {"a": 4, "other": 1}


def test_provider_and_cause_are_kept_for_other() -> None:
    """`other` is still told by provider and cause."""
    counted = limited(1).add(mail("a"))
    relay = "aspmx.l.google.com[192.0.2.1]:25"
    text = f"host {relay[:-3]} said: 421 4.7.28 Slow down (in reply to DATA command)"
    counted.add(line(to="u@b.example", relay=relay, dsn="4.7.28", status="deferred", text=text))
    totals = counted.published().totals
    assert by(totals, "domain", "provider", "cause")["other", "google", "throttled"] == 1
    assert [verdict.domain for verdict in totals.refused] == ["other"]
