"""What the page shows of new counters, so that a rule sees the first burst and no phantom."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from exporter.checkpoint.new_series import Births
from exporter.checkpoint.state import State
from exporter.counts.bounded_labels import ABSENCE
from exporter.counts.totals import Attempt
from exporter.pipeline import was_away
from tests.by_hand import HOLD, Clock, Exporter
from tests.lines import line


def test_birth_at_zero(tmp_path: Path) -> None:
    """A new series shows 0 for the whole hold, and then its true value, without a new line."""
    exporter = Exporter(tmp_path)
    assert exporter.read(200) == {"a": 0}
    assert exporter.read(50) == {"a": 0}
    assert exporter.wait(HOLD - 2).shown() == {"a": 0}
    assert exporter.wait(1).shown() == {"a": 250}
    assert exporter.read(1) == {"a": 251}
    exporter.close()


def test_birth_of_what_is_counted_besides(tmp_path: Path) -> None:
    """The counters of reasons and of suspended attempts begin at 0, too."""
    exporter = Exporter(tmp_path)
    with exporter.log.open("ab") as file:
        text = "delivery temporarily suspended: connect to a[203.0.113.9]:25: Connection refused"
        file.write(line(999, relay="none", dsn="4.4.1", status="deferred", text=text))
    for waited, wanted in ((HOLD - 1, 0), (2, 1)):
        exporter.read(1 - wanted)
        exporter.wait(waited)
        totals = exporter.pipeline.published.totals
        for family in (totals.reasons, totals.suspended):
            assert list(family.values()) == [wanted]
    exporter.close()


def test_series_have_births_of_their_own(tmp_path: Path) -> None:
    """A series that is born later is held later."""
    exporter = Exporter(tmp_path)
    exporter.read(5)
    exporter.wait(HOLD - 30)
    assert exporter.read(7, "b.example") == {"a": 0, "b": 0}
    assert exporter.wait(30).shown() == {"a": 5, "b": 0}
    assert exporter.wait(HOLD - 30).shown() == {"a": 5, "b": 7}
    exporter.close()


def test_no_hold(tmp_path: Path) -> None:
    """With a hold of 0 values are shown at once."""
    exporter = Exporter(tmp_path, hold=0)
    assert exporter.read(3) == {"a": 3}
    assert exporter.killed(9999).shown() == {"a": 3}
    exporter.close()


def test_kill_while_a_series_is_held(tmp_path: Path) -> None:
    """After a kill or restart a held series still shows 0, for the whole hold again."""
    exporter = Exporter(tmp_path)
    exporter.read(5)
    exporter.wait(HOLD - 3)
    assert exporter.killed().shown() == {"a": 0}
    assert exporter.read(1) == {"a": 0}
    assert exporter.wait(HOLD - 3).shown() == {"a": 0}
    assert exporter.wait(2).shown() == {"a": 6}
    exporter.close()


def test_no_counter_falls_over_kills(tmp_path: Path) -> None:
    """Whenever it is killed, the page goes on where it was; released values are never taken back."""
    exporter, seen = Exporter(tmp_path), 0
    for turn in range(200):
        shown = exporter.read(turn % 3).get("a", 0)
        assert shown >= seen
        seen = shown
        exporter.wait(turn % 7 * 5)
        assert exporter.shown().get("a", 0) >= seen
        seen = exporter.shown().get("a", 0)
        if turn % 5 == 0:
            assert exporter.killed(turn % 4 * 100).shown().get("a", 0) >= seen
    assert exporter.wait(HOLD).wait(HOLD).shown() == {"a": exporter.number}
    exporter.close()


def test_short_restart_holds_nothing_back(tmp_path: Path) -> None:
    """Scrapers remember what they saw a moment ago: a short restart delays nothing."""
    exporter = Exporter(tmp_path)
    exporter.read(5)
    exporter.wait(HOLD)
    assert exporter.killed(HOLD - 30).shown() == {"a": 5}
    assert exporter.read(3) == {"a": 8}
    exporter.close()


def test_return_after_a_long_absence(tmp_path: Path) -> None:
    """After a long absence a series shows its last value first: what came meanwhile is a rise."""
    exporter = Exporter(tmp_path)
    exporter.read(5)
    exporter.wait(HOLD)
    with exporter.log.open("ab") as file:
        file.write(b"".join(line(n, dsn="5.7.1", status="bounced") for n in range(900, 1000)))
    assert exporter.killed(6 * 3600).shown() == {"a": 5}
    assert exporter.wait(1).shown() == {"a": 5}
    assert exporter.wait(HOLD - 2).shown() == {"a": 5}
    assert exporter.wait(1).shown() == {"a": 105}
    exporter.close()


def raises(error: OSError) -> Callable[..., int]:
    """Give a system call that fails."""

    def call(*_: object) -> int:
        raise error

    return call


def test_full_disk_at_birth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hold begins when the value is on the page, not when it could not be committed."""
    exporter = Exporter(tmp_path)
    with monkeypatch.context() as full:
        full.setattr(os, "write", raises(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))))
        assert exporter.read(5) == {}
        assert exporter.wait(HOLD + 1).shown() == {}
    assert exporter.wait(1).shown() == {"a": 0}
    assert exporter.wait(HOLD - 1).shown() == {"a": 0}
    assert exporter.wait(1).shown() == {"a": 5}
    exporter.close()


def test_forgotten_series_starts_at_zero(tmp_path: Path) -> None:
    """A domain that left and comes back after a while is born again, at 0, with new counts."""
    exporter = Exporter(tmp_path)
    exporter.read(5)
    week = exporter.config.domains.idle
    assert exporter.wait(week).shown() == {}
    assert exporter.wait(ABSENCE + 1).wait(61).read(2) == {"a": 0}
    assert exporter.wait(HOLD).shown() == {"a": 2}
    totals = exporter.pipeline.published.totals
    assert sum(totals.forgotten.values()) == 5
    exporter.close()


def test_reload_keeps_what_is_held(tmp_path: Path) -> None:
    """A new configuration changes nothing about held values."""
    exporter = Exporter(tmp_path)
    exporter.read(5)
    exporter.wait(HOLD - 10)
    exporter.pipeline = exporter.pipeline.reconfigured(exporter.config)
    assert exporter.read(1) == {"a": 0}
    assert exporter.wait(9).shown() == {"a": 6}  # the time went on
    exporter.close()


def test_hold_that_was_switched_off(tmp_path: Path) -> None:
    """Without a hold, what was held is shown after the first commit, not before."""
    exporter = Exporter(tmp_path)
    exporter.read(5)
    exporter.config = replace(exporter.config, hold=0.0)
    assert exporter.killed().shown() == {"a": 5}
    exporter.close()


def test_clock_that_was_set_back() -> None:
    """A wall clock that jumped says nothing about the absence: values are held."""
    state = State(committed=1000.0)
    assert not was_away(state, HOLD, 1010.0)
    assert was_away(state, HOLD, 1100.0)
    assert was_away(state, HOLD, 10.0)
    assert not was_away(State(), HOLD, 1100.0)


def test_every_counter_with_labels_is_born_at_zero() -> None:
    """Families are held apart; a series that vanishes is held no more."""
    clock = Clock()
    births = Births(HOLD, clock, {"attempts": {}, "gaps": {(): 1}}, {"gaps": {(): 0}})
    attempt = Attempt("a.example", "other", "4", "4.7.1", "deferred", "throttled", "false")
    births.take({"attempts": {attempt: 9}, "gaps": {(): 1}})
    births.begin()
    assert births.page("attempts", {attempt: 9}) == {attempt: 0}
    assert births.page("gaps", {(): 1}) == {(): 0}
    births.take({"attempts": {}, "gaps": {(): 1}})
    assert births.held() == {"attempts": {}, "gaps": {(): 0}}
    assert births.page("attempts", {}) == {}
    clock.now += HOLD
    assert births.is_due()
    births.take({"attempts": {}, "gaps": {(): 1}})
    assert not births.is_due()
    assert births.page("gaps", {(): 1}) == {(): 1}


def test_held_values_are_in_the_checkpoint(tmp_path: Path) -> None:
    """What is held is kept; what the state holds is the truth all the same."""
    exporter = Exporter(tmp_path)
    exporter.read(5)
    state, _ = exporter.checkpoint.load()
    assert state
    assert sum(state.totals.attempts.values()) == 5
    assert list(state.held["attempts"].values()) == [0]
    assert replace(state, held={}) != state
    exporter.close()
