"""A flood of made-up domains breaks no bound."""

from __future__ import annotations

import gc
import sys

from tests.counting import all_ever, domains
from tests.counts.few_places import limited, mail
from tests.lines import line


def allocated() -> int:
    """Give the objects in memory, nearly; to trace them takes five times as long as the flood."""
    gc.collect()
    return sys.getallocatedblocks()


def test_flood_of_made_up_domains() -> None:
    """A flood of made-up domains, refused and delivered, breaks no bound and moves nobody busy."""
    counted = limited(50)
    busy = [f"busy{number}" for number in range(20)]
    counted.add(mail(*busy))

    def flood(first: int, last: int) -> None:
        for start in range(first, last, 500):
            names = [f"made-up-{number}" for number in range(start, start + 500)]
            failed = [
                line(number, to=f"u@{name}.example", status="deferred", dsn=f"4.7.{number % 999}")
                for number, name in enumerate(names)
            ]
            counted.add(mail(*names), b"".join(failed), mail(*names), mail(*busy)).later(120)

    flood(0, 55_000)  # all memories are full
    before = allocated()
    flood(55_000, 95_000)
    grown = allocated() - before
    published = counted.published()
    attempts = published.totals.attempts
    assert published.domains == 50
    assert len(domains(attempts)) <= 51
    assert len(attempts) < 600
    assert {f"{name}.example" for name in busy} < domains(attempts)
    assert all_ever(published.totals) == 20 + 3 * 95_000 + 20 * 190
    assert grown < 30_000, grown  # the memories come and go by 25,000; 40,000 domains were named
