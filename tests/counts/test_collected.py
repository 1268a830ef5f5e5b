"""Events of collectors, counted: bounded, and going on after a restart."""

from __future__ import annotations

import pytest

from exporter.config import Config
from exporter.counts.collected import Collected
from exporter.counts.families import FAMILIES, RANKS, RECIPIENTS
from exporter.records.services.collectors import COLLECTORS
from tests.counting import Counted
from tests.records.services.texts import FORGERIES, SAID

ALL = tuple(COLLECTORS)
HEADER = "Nov 23 20:15:19 mx1 postfix/"
EVENTS = [(event, 1) for _, wanted in [*SAID.values(), *FORGERIES.values()] for event in wanted]


def counting(*collectors: str) -> Counted:
    """Give a tally with collectors."""
    return Counted(Config(collectors=collectors or ALL))


def flood(first: int, last: int) -> bytes:
    """Give lines full of what strangers can make up, each another."""
    return "".join(
        f"{HEADER}{line}\n"
        for number in range(first, last)
        for line in (
            f"smtpd[1]: connect from h{number}.example[192.0.2.1]",
            f"smtpd[1]: {number:X}: client=h{number}.example[192.0.2.1], sasl_method=M{number}, sasl_username=u{number}@s.example",
            f"smtpd[1]: disconnect from h{number}.example[192.0.2.1] ehlo=1 c{number % 26:c}=1 commands=2",
            f"smtpd[1]: lost connection after S{number} from h{number}.example[192.0.2.1]",
            f"smtpd[1]: warning: h{number}.example[192.0.2.1]: SASL M{number} authentication failed: x{number}",
            f"smtpd[1]: NOQUEUE: reject: RCPT from h{number}.example[192.0.2.1]: {200 + number % 400} 5.{number % 999}.{number % 1000} <u{number}@a.example>: no {number}",
            f"cleanup[1]: {number:X}: milter-m{number}: END-OF-MESSAGE from h{number}.example[192.0.2.1]: {number}",
            f"cleanup[1]: {number:X}: reject: p{number} Subject: {number} from local;",
            f"qmgr[1]: {number:X}: from=<u{number}@s.example>, size={number}, nrcpt={number} (queue active)",
            f"smtp[1]: Verified TLS connection established to mx{number}.example[192.0.2.1]:25: TLSv{number} with cipher C{number} (1/1 bits)",
            f"smtp[1]: {number:X}: to=<u{number}@a.example>, relay=x[192.0.2.1]:25, delay=1, delays=0/0/0/1, tls=l{number}, dsn=2.0.0, status=sent (250 ok)",
            f"postscreen[1]: NOQUEUE: reject: RCPT from [192.0.2.1]:1: {200 + number % 400} 5.7.1 no",
            f"postscreen[1]: DNSBL rank {number} for [192.0.2.1]:1",
            f"bounce[1]: {number:X}: sender made up notification: {number:X}",
            f"s{number}[1]: warning: made up {number}",
        )
    ).encode()  # fmt: skip


def test_flood_of_made_up_values() -> None:
    """Whatever strangers make up, series are bounded, no value of theirs is a label, all counts."""
    counted = counting()
    for first in range(0, 4000, 100):
        counted.add(flood(first, first + 100))
    series = counted.published().totals.collected
    assert len(series) < 1000
    for name, family in FAMILIES.items():
        own = [one for one in series if one[0] == name]
        # a full family has one remainder for each combination of its other labels
        assert len(own) <= (family.most + 40 if family.most else 60), name
    assert series["smtpd_connects",] == 4000
    assert sum(n for one, n in series.items() if one[0] == "smtp_tls_connections") == 4000
    assert not {label for one in series for label in one if "example" in label or "@" in label}


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
    counted = counting().add(flood(0, 700))
    again = counted.restarted().add(flood(700, 1400))
    whole = counting().add(flood(0, 1400))
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
    counted = Counted(Config()).add(flood(0, 3))
    assert not counted.published().totals.collected
    assert counted.tally._services is None


def test_every_family_has_a_collector_that_fills_it() -> None:
    """No family is without an event, and no event without a family."""
    assert {event[0] for event, _ in EVENTS} == set(FAMILIES)
    assert {family.collector for family in FAMILIES.values()} == set(COLLECTORS)


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
