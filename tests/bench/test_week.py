"""A week that is written rather than waited for: which rules are asked, and what is asked of it."""

from __future__ import annotations

import pytest

from bench.measure.dashboards import pinned, step_of
from bench.measure.week import Rule, Span, layers, needed

QUARTER = Rule("a_b:postfix_c:increase15m", "sum(increase(postfix_c_total[15m]))")
HOURS = Rule("a:postfix_c:increase2h", "sum_over_time(a_b:postfix_c:increase15m[2h:5m]) / 3")
SHARE = Rule("a:postfix_c:share2h", "a:postfix_c:increase2h / on () a_b:postfix_c:increase15m")
MEMORY = Rule("a:postfix_d:timestamp", "last_over_time(a:postfix_d:timestamp[1h])")
RULES = [SHARE, MEMORY, HOURS, QUARTER]


def test_rules_that_are_read() -> None:
    """Only what a query reads is evaluated, with all that it reads in turn."""
    assert needed(RULES, {"a:postfix_c:increase2h"}) == [HOURS, QUARTER]
    assert needed(RULES, {"postfix_c_total"}) == []


def test_layers() -> None:
    """A rule stands behind those that it reads; its own past is not among them."""
    assert layers(RULES) == [[MEMORY, QUARTER], [HOURS], [SHARE]]


def test_span() -> None:
    """A span has whole blocks of two hours, and ends before the moment."""
    span = Span.until(10 * 86400 + 3 * 3600 + 5, days=1)
    assert (span.begin, span.end) == (9 * 86400 + 2 * 3600, 10 * 86400 + 2 * 3600)
    assert len(span.blocks()) == 12


@pytest.mark.parametrize(
    ("query", "read_once"),
    [
        ("rate(a[5m])", []),
        ('b and topk(1, sum(increase(a{c="d"}[6h] @ end())))', ['a{c="d"}[6h]']),
        ('max_over_time(sum by (c) (f(a{c="d"}))[6h:5m] @ end())', ['(f(a{c="d"}))[6h:5m]']),
        ('increase(a{c="d"}[6h] offset 1w @ end())', ['a{c="d"}[6h] offset 1w']),
    ],
)
def test_what_is_pinned_is_counted_once(query: str, read_once: list[str]) -> None:
    """What `@ end()` pins is found with all that it reads, whatever is around it."""
    assert pinned(query) == [f"count(count_over_time({one}))" for one in read_once]


@pytest.mark.parametrize(
    ("width", "interval", "hours", "seconds"),
    [(12, "5m", 6, 300), (12, "1m", 6, 60), (12, "1m", 24, 120), (14, "5m", 168, 600), (10, "15m", 168, 900)],
)  # fmt: skip
def test_step(width: int, interval: str, hours: int, seconds: int) -> None:
    """A panel asks for a point a pixel at most, at Grafana's round steps, and for none below its own."""
    panel = {"gridPos": {"w": width}, "interval": interval}
    assert step_of(panel, hours * 3600) == seconds
