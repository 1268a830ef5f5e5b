"""Events of collectors, counted: bounded, and going on after a restart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.measure.made_up import SENDERS, block, broken, broken_senders
from exporter.config import Config, SendersConfig
from exporter.counts.collected import Collected
from exporter.counts.families import FAMILIES, RANKS, RECIPIENTS
from exporter.counts.totals import Sender
from exporter.records.services.collectors import COLLECTORS
from exporter.records.services.event import ALL_NAMES, DELIVERY_TIME
from tests.counting import Counted
from tests.records.services.texts import FORGERIES, SAID

ALL = tuple(COLLECTORS)
EVENTS = [(event, 1) for _, wanted in [*SAID.values(), *FORGERIES.values()] for event in wanted]


def counting(*collectors: str) -> Counted:
    """Give a tally with collectors."""
    return Counted(Config(collectors=collectors or ALL))


def test_flood_of_made_up_values() -> None:
    """Whatever strangers make up, series are bounded, no name of theirs is a label, all counts."""
    counted = Counted(Config(collectors=ALL, senders=SendersConfig(limit=SENDERS)))
    for first in range(0, 2000, 100):
        counted.add(block(first, first + 100))
    published = counted.published()
    collected = published.totals.collected
    assert len(collected) < 1000
    assert not broken(dict(collected), 2000)
    assert broken({**collected, ("smtpd_connects", "h1.example"): 1}, 2000)
    assert broken({**collected, **{("log_messages", str(n), "x"): 1 for n in range(99)}}, 2000)
    assert not broken_senders(published, 2000)
    assert published.senders is not None
    series = {Sender(f"s{n}.example", "other", "unknown"): 1 for n in range(1000, 1060)}
    for wrong in (
        replace(published, senders=published.senders._replace(ids=50_001)),
        replace(published, senders=published.senders._replace(ids=1999)),
        replace(published, totals=replace(published.totals, senders=series)),
        replace(published, totals=replace(published.totals, forgotten_senders=series)),
        replace(published, totals=replace(published.totals, senders={})),
        replace(published, senders=None),
    ):
        assert broken_senders(wrong, 2000)


def test_codes_nobody_registered() -> None:
    """A code that rules know is a label, without leading zeros; one that is made up is x.x."""
    collected = Collected(ALL, {})
    codes = {
        "5.7.1": "5.7.1",
        "5.07.01": "5.7.1",
        "4.9.9": "4.x.x",
        "5.1.0": "5.1.0",
        "none": "none",
    }
    for code, wanted in codes.items():
        collected.add([(("smtpd_messages_rejected", "reject", "RCPT", "554", code), 3)])
        assert collected.totals()["smtpd_messages_rejected", "reject", "RCPT", "554", wanted] >= 3


def test_postfix_own_codes() -> None:
    """The codes with which smtpd itself rejects are labels."""
    own = (
        "4.3.0 4.3.2 4.3.5 4.4.2 4.5.1 4.5.3 4.7.0 4.7.1 5.1.0 5.1.1 5.1.2 5.1.3 5.1.7 5.1.8 5.3.4"
    )
    for code in (
        own + " 4.1.1 4.1.2 4.1.7 4.1.8 5.4.0 5.5.1 5.5.2 5.5.3 5.5.4 5.7.0 5.7.1"
    ).split():
        collected = Collected(ALL, {})
        event = ("smtpd_messages_rejected", "reject", "RCPT", "554", code)
        collected.add([(event, 1)])
        assert collected.totals()[event] == 1, code


@pytest.mark.parametrize(
    ("family", "bounds"),
    [("qmgr_inserted_recipients", RECIPIENTS), ("postscreen_dnsbl_rank", RANKS)],
)
def test_buckets(family: str, bounds: tuple[int, ...]) -> None:
    """A number counts in the first bucket whose bound it does not exceed, and in the sum."""
    collected = Collected(ALL, {})
    collected.add([((family, str(bound + more)), 1) for bound in bounds for more in (0, 1)])
    totals = collected.totals()
    assert totals[family, "sum"] == sum(2 * bound + 1 for bound in bounds)
    found = [totals.get((family, str(place)), 0) for place in range(len(bounds) + 1)]
    wanted = [0] * (len(bounds) + 1)
    for bound in bounds:
        for number in (bound, bound + 1):
            wanted[sum(1 for one in bounds if one < number)] += 1
    assert found == wanted


def test_restart() -> None:
    """What was counted is counted on; what a full family has folded stays so."""
    counted = counting().add(block(0, 700))
    again = counted.restarted().add(block(700, 1400))
    whole = counting().add(block(0, 1400))
    assert again.published().totals.collected == whole.published().totals.collected


def test_a_collector_is_turned_off_and_on() -> None:
    """What is off is neither counted nor kept; what is turned on begins at 0."""
    first = Collected(["smtpd", "qmgr"], {})
    first.add(
        [(event, n) for event, n in EVENTS if FAMILIES[event[0]].collector in ("smtpd", "qmgr")]
    )
    second = Collected(["qmgr"], first.totals())
    assert second.totals()["qmgr_messages_removed",] == 1
    assert {FAMILIES[series[0]].collector for series in second.totals()} == {"qmgr"}
    third = Collected(["smtpd", "qmgr"], second.totals())
    assert third.totals()["smtpd_connects",] == 0


def test_nothing_is_counted_when_all_are_off() -> None:
    """Without collectors nothing is kept of such lines."""
    counted = Counted(Config()).add(block(0, 3))
    assert not counted.published().totals.collected
    assert counted.tally._services is None


def test_every_family_has_a_collector_that_fills_it() -> None:
    """No family is without an event, and no event without a family."""
    assert {event[0] for event, _ in EVENTS} == set(FAMILIES) - {DELIVERY_TIME}
    assert {family.collector for family in FAMILIES.values()} == set(ALL_NAMES)


@pytest.mark.parametrize("name", [name for name, family in FAMILIES.items() if family.folded])
def test_full_families(name: str) -> None:
    """A full family goes on to count what it knows, and counts all else under its remainder."""
    family = FAMILIES[name]
    collected = Collected(ALL, {})
    events = [
        (name, *(f"{200 + number}" if place in family.folded else "x" for place in range(len(family.labels))))
        for number in range(2 * family.most)
    ]  # fmt: skip
    for _ in range(3):
        collected.add([(event, 1) for event in events])
    totals = {series: n for series, n in collected.totals().items() if series[0] == name}
    assert len(totals) == family.most + 1
    remainder = [series for series in totals if "other" in series]
    assert [totals[series] for series in remainder] == [3 * family.most]
