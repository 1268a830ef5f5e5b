"""The overview: judged when somebody asks, once per commit, and for a small share of the time."""

from __future__ import annotations

from exporter.counts.totals import Totals
from exporter.heuristics.recent import Recorded
from exporter.page import overview
from exporter.page.overview import SHARE, Overviews
from exporter.tally import Published


def test_judged_seldom() -> None:
    """The same commit is judged once, the next one after sixty times what judging took."""
    now = 0.0

    def clock() -> float:
        nonlocal now
        now += 1.0  # so that judging takes a second
        return now

    published = Published(Totals(), 1, recorded=Recorded(quarter=1))
    overviews = Overviews(lambda: published, clock)
    first = overviews.latest()
    assert first.end == 2
    assert overviews.latest() is first
    published = Published(Totals(), 1, recorded=Recorded(quarter=7))
    assert overviews.latest() is first
    now += SHARE
    assert overviews.latest().end == 8
    assert overviews.latest().outcome == overview.NOTHING


def test_before_anything_was_read() -> None:
    """Who opens the page of an exporter that has just begun is not told that there was no mail."""
    assert "has been read so far" in overview.overview(Recorded()).verdict
    assert "in the last day" in overview.overview(Recorded(quarter=7)).verdict
