"""Why, by the rule that decided: postfix_refusal_reasons_total."""

from __future__ import annotations

from exporter.config import Config
from exporter.counts.sums import Sums
from exporter.counts.totals import Reason, Totals
from exporter.verdict.classify import Rule
from tests.counting import START, Counted, deferred
from tests.lines import line

QUEER = "host mx.a.example[203.0.113.9] said: 450 4.9.9 queer weather (in reply to DATA command)"
OWN = Config(causes=(Rule("content", id="weather", text=("queer weather",)),))
WEATHER = Reason("other", "content", "weather")


def test_first_failures_by_the_rule() -> None:
    """Each failure counts with the id of the rule that decided, retries do not; nor do domains."""
    counted = Counted(OWN).add(START, deferred(1, QUEER), deferred(1, QUEER))
    counted.add(deferred(2, QUEER, to="u@b.example"), line(3))
    assert counted.published().totals.reasons[WEATHER] == 2
    assert sum(counted.published().totals.reasons.values()) == 2


def test_it_goes_on_after_a_restart() -> None:
    """A restart forgets nothing."""
    counted = Counted(OWN).add(START, deferred(1, QUEER)).restarted().add(deferred(2, QUEER))
    assert counted.published().totals.reasons == {WEATHER: 2}


def test_a_rule_without_an_id() -> None:
    """What a rule of the configuration without an id decides has its number as the reason."""
    nameless = Config(causes=(Rule("content", text=("queer weather",)),))
    totals = Counted(nameless).add(START, deferred(1, QUEER)).published().totals
    assert totals.reasons == {WEATHER._replace(reason="configuration-1"): 1}


def test_providers_named_by_a_domain_are_one() -> None:
    """However many receivers no table has, there is a series for each rule and known provider."""
    sums = Sums(Totals())
    for number in range(1000):
        sums.add_reason(f"hoster{number}.example", "content", "weather", 2)
    sums.add_reason("google", "content", "weather", 1)
    assert sums.totals().reasons == {WEATHER: 2000, WEATHER._replace(provider="google"): 1}
