"""The last day by quarter of an hour: nothing lost within it, nothing kept beyond it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.counts.series import LabelSeries
from exporter.counts.totals import Attempt, Totals, Verdict
from exporter.heuristics import recent
from exporter.heuristics.history import History
from exporter.heuristics.recent import (
    KEPT,
    MOST,
    MOST_DELIVERED,
    MOST_OF_PROVIDERS,
    MOST_SERIES,
    Recent,
    Recorded,
)
from exporter.verdict.classify import DELIVERED

FIRST = 1_994_000


def attempt(domain: str, cause: str = "throttled") -> Attempt:
    """Give the labels of a deferral at a domain, or of a delivery."""
    if cause == "delivered":
        return Attempt(domain, domain, "2", "2.0.0", "sent", cause, "false")
    return Attempt(domain, domain, "4", "4.7.0", "deferred", cause, "false")


def rises(history: History) -> Counter[tuple[int, object]]:
    """Give how much rose what, in which quarter."""
    told: Counter[tuple[int, object]] = Counter()
    for family in recent.FAMILIES:
        for labels, run in getattr(history, family).items():
            for quarter, times in run:
                told[quarter, (family, labels)] += times
    return told


STEPS = st.lists(
    st.tuples(st.integers(-3, 60), st.sampled_from("abc"), st.integers(1, 5), st.booleans()),
    max_size=40,
)


@given(STEPS)
def test_it_is_the_history_of_a_day(steps: list[tuple[int, str, int, bool]]) -> None:
    """Whatever restarts and jumps there are, rises of the last day are those of a whole history."""
    day, whole, totals, quarter = Recent(Recorded(), Totals()), History(), Totals(), FIRST
    latest = 0
    for forward, name, times, restarts in steps:
        quarter += forward
        latest = max(latest, quarter)
        labels = attempt(f"{name}.example")
        attempts = Counter(totals.attempts)
        attempts[labels] += times
        totals = replace(totals, attempts=attempts)
        whole.note(quarter, totals)
        day.note(quarter, totals)
        if restarts:
            recorded = day.recorded()
            recorded.check()
            day = Recent(recorded, totals)
    wanted = rises(whole)
    got = rises(day.recorded().history())
    kept = {key: n for key, n in wanted.items() if key[0] > latest - KEPT}
    assert {key: n for key, n in got.items() if key[0] > latest - KEPT} == kept
    assert set(got) <= set(wanted)


def test_a_domain_that_left_and_came_back() -> None:
    """What a domain counts after it was forgotten is a rise as a whole, even if it is more."""
    verdict = Verdict("a.example", "other", "throttled")
    series = LabelSeries({}, {})
    series.add(verdict, 5)
    day = Recent(Recorded(), Totals())
    day.note(FIRST, Totals(refused=series.version()))
    series.forget({"a.example"})
    series.add(verdict, 7)
    day.note(FIRST + 1, Totals(refused=series.version()))
    assert list(day.recorded().history().refused[verdict]) == [(FIRST, 5), (FIRST + 1, 7)]


def test_what_was_counted_before_is_no_rise() -> None:
    """Totals of an earlier format are known, and are not what happened now."""
    totals = Totals(attempts={attempt("a.example"): 1000})
    day = Recent(Recorded(), totals)
    day.note(FIRST, totals)
    assert not rises(day.recorded().history())


def test_a_quarter_that_goes_on_is_bounded() -> None:
    """However many destinations come at once, there is room for those that refuse; totals are right."""
    recent, one = Recent(Recorded(), Totals()), attempt("d.example")
    taken = {
        one._replace(domain=f"t{number}.example", cause=DELIVERED): 1
        for number in range(MOST_SERIES)
    }
    refused = {one._replace(domain=f"r{number}.example"): 2 for number in range(MOST_SERIES)}
    recent.note(7, Totals(attempts=taken))
    assert len(recent.recorded().series) == MOST_DELIVERED + 1
    recent.note(7, Totals(attempts=taken | refused))
    recorded = recent.recorded()
    assert len(recorded.series) == MOST_SERIES + 1
    assert sum(recorded.rises.values()) == 3 * MOST_SERIES


def test_invented_receivers_are_bounded() -> None:
    """However many receivers nobody knows refuse, there is room for those of a table."""
    day = Recent(Recorded(), Totals())
    many = {attempt(f"d{number}.example"): 1 for number in range(2 * MOST_SERIES)}
    day.note(FIRST, Totals(attempts=many))
    assert len(day.recorded().series) == MOST_SERIES + 1
    known = attempt("late.example")._replace(provider="google")
    day.note(FIRST, Totals(attempts=many | {known: 7}))
    assert len(day.recorded().series) == MOST_SERIES + 2
    runs = day.recorded().history().attempts
    assert list(runs[known._replace(domain="other")]) == [(FIRST, 7)]
    tables = {
        known._replace(domain=f"t{number}.example", provider=f"p{number}"): 1
        for number in range(2 * MOST_OF_PROVIDERS)
    }
    day.note(FIRST, Totals(attempts=many | {known: 7} | tables))
    assert len(day.recorded().series) == MOST_OF_PROVIDERS


def test_what_is_judged_is_bounded() -> None:
    """Of however many destinations and causes few are named, and those of rare causes stay."""
    causes = ("unknown_recipient", "network", "other", "throttled", "local")
    many = {
        attempt(f"d{number}.example", cause): 100 + number
        for number in range(900)
        for cause in causes
    }
    rare = attempt("rare.example", "blocked")
    day = Recent(Recorded(), Totals())
    day.note(FIRST, Totals(attempts=many | {rare: 5}))
    runs = day.recorded().history(200).attempts
    assert len(runs) <= 2 * 200 + len(causes)
    assert list(runs[rare]) == [(FIRST, 5)]
    assert attempt("d899.example") in runs
    assert sum(sum(run.times) for run in runs.values()) == sum(many.values()) + 5


def test_many_destinations_are_bounded() -> None:
    """Beyond MOST destinations those with fewest failures are one; the totals stay right."""
    many = {attempt(f"d{number}.example"): 1 + number for number in range(2 * MOST)}
    day = Recent(Recorded(), Totals())
    day.note(FIRST, Totals(attempts=many))
    day.note(FIRST + 1, Totals(attempts=many))
    recorded = day.recorded()
    assert len(recorded.series) == MOST + 1
    domains = {labels.domain for _, labels in recorded.series.values()}
    assert len(domains) == MOST + 1
    assert f"d{2 * MOST - 1}.example" in domains
    assert "d0.example" not in domains
    assert sum(rises(recorded.history()).values()) == sum(many.values())


@pytest.mark.parametrize(
    "recorded",
    [
        Recorded({}, {FIRST: b"\1\0\0\0\1\0\0\0"}),
        Recorded({}, {FIRST: b"\1"}),
        Recorded({}, {}, FIRST, {7: 1}),
    ],
)
def test_what_nobody_recorded(recorded: Recorded) -> None:
    """Series that are unknown, and parts of one, are damage."""
    with pytest.raises(ValueError, match="quarters"):
        recorded.check()
