"""Any lines of a log: promtool, too, reads the page that they make."""

from __future__ import annotations

from tests.hostile.made_up import ANY_LINES, SECRET, hold
from tests.hostile.targets import TARGETS, Together
from tests.prometheus import check_metrics


def test_any_lines() -> None:
    """Any lines of a log: the promises hold, and one page of them all is read by Prometheus' parser."""
    together = Together()

    def check(block: bytes) -> None:
        assert SECRET not in TARGETS["parser"](block)
        together.add(block)

    hold(ANY_LINES, check)
    page = together.page()
    assert page.count(b"postfix_delivery_attempts_total{") > 20
    assert check_metrics(page) == (0, "")
