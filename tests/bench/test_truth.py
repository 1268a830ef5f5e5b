"""A count that is not the truth ends the benchmark."""

from __future__ import annotations

import pytest

from bench.logs.truth import compare, counts_of
from bench.program import BenchmarkError


@pytest.mark.parametrize(
    "page",
    [
        "",
        'delivery_attempts_total{domain="a",dsn_class="2",dsn_code="2.0.0",status="sent"} 2',
        'delivery_attempts_total{domain="a",dsn_class="5",dsn_code="2.0.0",status="sent"} 1',
        'delivery_attempts_total{domain="b",dsn_class="2",dsn_code="2.0.0",status="sent"} 1',
    ],
)
def test_what_is_not_true_is_told(page: str) -> None:
    """A series too few, a wrong value, a wrong class and a wrong label end the benchmark."""
    with pytest.raises(BenchmarkError):
        compare(counts_of(page), {("a", "2.0.0", "sent"): 1})
