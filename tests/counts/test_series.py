"""How many codes there may be: of all receivers, and of one."""

from __future__ import annotations

from collections import Counter

from exporter.counts.series import FAILED, SENT, LabelSeries
from exporter.counts.totals import Attempt, Verdict
from exporter.verdict.judge import canonical_code
from tests.counting import count
from tests.lines import line


def test_codes_are_bounded() -> None:
    """The receiver chooses the code: beyond a number of distinct ones only the class is kept."""
    codes = [f"5.{subject}.{detail}" for subject in (8, 9) for detail in range(500)]
    blocks = [
        line(to=f"u@d{number // 20}.example", dsn=code, status="bounced")
        for number, code in enumerate(codes)
    ]
    counted: Counter[str] = Counter()
    for attempt, times in count(*blocks).totals.attempts.items():
        counted[attempt.dsn_code] += times
    assert len(counted) == FAILED.codes + 1
    assert counted["5.x.x"] == 1000 - FAILED.codes


def test_familiar_codes_are_always_shown() -> None:
    """Receivers who invent codes cannot hide a code that means something."""
    invented = [
        line(to=f"u@d{number // 20}.example", dsn=f"5.9.{number}", status="bounced")
        for number in range(900)
    ]
    totals = count(*invented, line(dsn="4.7.28", status="deferred")).totals
    assert "4.7.28" in {attempt.dsn_code for attempt in totals.attempts}


def test_codes_of_a_domain_are_bounded() -> None:
    """A receiver that invents codes takes no more than a share; what it delivers has its own."""
    failed = [line(dsn=f"5.9.{number}", status="bounced") for number in range(100)]
    sent = [line(dsn=f"2.9.{number}") for number in range(100)]
    totals = count(*failed, *sent, line(to="u@b.example", dsn="5.8.8", status="bounced")).totals
    codes = {attempt.dsn_code for attempt in totals.attempts if attempt.domain == "a.example"}
    assert len(codes) == FAILED.codes_of_domain + SENT.codes_of_domain + 2
    assert {"2.x.x", "5.x.x"} <= codes
    assert totals.attempts[bounced("b.example", "5.8.8")] == 1


def bounced(domain: str, code: str, cause: str = "local") -> Attempt:
    """Give the series of a bounce."""
    return Attempt(domain, "a.example", code[0], code, "bounced", cause, "false")


def test_versions_of_verdicts() -> None:
    """What changed since the version before is known, so a commit looks at nothing else."""
    one, two = (Verdict(name, "other", "network") for name in ("a.example", "b.example"))
    series = LabelSeries({one: 1, two: 2}, {})
    before = series.version()
    series.add(two, 3)
    after = series.version()
    assert (dict(before), dict(after)) == ({one: 1, two: 2}, {one: 1, two: 5})
    assert (after.earlier, after.set_keys, after.removed) == (before, {two}, set())
    series.forget({"a.example"})
    assert series.version().removed == {one}
    assert series.forgotten == {one._replace(domain=""): 1}


def test_canonical_codes() -> None:
    """Codes have no leading zeros."""
    assert canonical_code[b"5.07.01"] == "5.7.1"
    assert canonical_code[b"5.7.999"] == "5.7.999"
    assert canonical_code[b"4.000.0"] == "4.0.0"
