"""What a code means and what to check next is what the exporter knows."""

from __future__ import annotations

import re

import pytest

from dashboards.src import causes
from dashboards.src.frame import DELIVERY, DESTINATION
from exporter.verdict.classify import CodePattern
from exporter.verdict.knowledge import built_in
from tests.dashboards.asking import mapped
from tests.dashboards.boards import BOARDS, panel


def test_every_cause() -> None:
    """Every cause has a colour, and the note tells of each that is no delivery."""
    assert set(causes.COLOURS) == set(built_in().causes)
    [note] = [one for one in BOARDS[DESTINATION]["panels"] if one["type"] == "text"]
    for cause in causes.failing():
        told = built_in().causes[cause]
        assert (
            f"| {causes.shown(cause)} | {told.meaning} | {told.next} |"
            in (note["options"]["content"])
        )


@pytest.mark.parametrize(
    ("key", "meaning"),
    [
        ("throttled google 4.7.28", "Google limits mail of our address, network or domain; the text says which."),
        ("throttled other 4.7.28", "Mail flood detected."),
        ("authentication other 5.7.26", "Multiple authentication checks failed."),
        ("unknown_recipient yahoo 5.1.1", "Bad destination mailbox address."),
        ("blocked unknown 5.0.0", built_in().causes["blocked"].meaning),
    ],
)  # fmt: skip
def test_meaning(key: str, meaning: str) -> None:
    """The first rule that decides by provider and code tells, else the cause."""
    assert (
        mapped(
            panel(BOARDS[DESTINATION], "Codes, what they mean, and what to check next"),
            "meaning",
            key,
        )
        == meaning
    )


def test_reasons() -> None:
    """A reason is told in the words of its rule, and one without any in those of its cause."""
    shown = panel(BOARDS[DESTINATION], "Reasons, what they mean, and what to check next")
    for rule in built_in().rules:
        cause = built_in().causes[rule.cause]
        told = mapped(shown, "advice", f"{rule.cause} {rule.id}")
        if rule.id and (rule.meaning or rule.next):
            assert rule.meaning in told
            assert rule.next in told
        else:
            assert told == f"{cause.meaning} Next: {cause.next}"
    blocked = built_in().causes["blocked"]
    assert mapped(shown, "advice", "blocked own-rule") == (
        f"{blocked.meaning} Next: {blocked.next}"
    )


def test_patterns() -> None:
    """A pattern of codes fits the same codes in Grafana as in the exporter."""
    codes = [f"{c}.{s}.{d}" for c in "45" for s in range(8) for d in range(0, 999, 7)]
    for pattern in {code for rule in built_in().rules for code in rule.code}:
        expected = [code for code in codes if CodePattern(pattern).fits(code)]
        expression = re.compile(causes.expression(pattern))
        assert [code for code in codes if expression.fullmatch(code)] == expected, pattern


def test_blocked_is_permanent() -> None:
    """A block is permanent in any class: a greeting that refuses is logged with class 4."""
    shown = panel(BOARDS[DELIVERY], "Temporary or permanent")
    assert mapped(shown, "kind", "blocked 4") == "Blocked, permanent"
    assert mapped(shown, "kind", "authentication 5") == "Authentication, permanent"
    assert mapped(shown, "kind", "throttled 4") == "Throttled, transient"
