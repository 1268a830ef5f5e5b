"""The delay histogram: the four parts of `delays=` in, buckets and sums by stage out.

Lost: nothing. Texts are tallied as they stand in the log; each distinct one is read once a commit.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence

from exporter.counts.totals import BUCKETS, STAGES, Histogram

_MANY = 1 << 12
"""Texts that are tallied at once."""

_MICROSECONDS = 1_000_000


class Delays:
    """Counts delays, going on from `histograms`, one a stage."""

    def __init__(self, histograms: Iterable[Histogram]) -> None:
        histograms = tuple(histograms)
        self._buckets = [list(histogram.buckets) for histogram in histograms]
        self._microseconds = [histogram.microseconds for histogram in histograms]
        self._texts: list[bytes] = []
        self._tally: list[Counter[bytes]] = [Counter() for _ in STAGES]

    def add(self, delays: Sequence[bytes]) -> None:
        """Count `delays=` of attempts, each four numbers joined by slashes, or empty: not told."""
        self._texts += filter(None, delays)
        if len(self._texts) >= _MANY:
            self._count()

    def _count(self) -> None:
        if self._texts:
            parts = b"/".join(self._texts).split(b"/")
            for stage, tally in enumerate(self._tally):
                tally.update(parts[stage :: len(STAGES)])
            self._texts.clear()

    def histograms(self) -> tuple[Histogram, ...]:
        """Give the histograms as they are now."""
        self._count()
        for stage, tally in enumerate(self._tally):
            self._settle(stage, tally)
        return tuple(
            Histogram(tuple(buckets), microseconds)
            for buckets, microseconds in zip(self._buckets, self._microseconds, strict=True)
        )

    def _settle(self, stage: int, tally: Counter[bytes]) -> None:
        for text, times in tally.items():
            seconds = float(text)
            self._buckets[stage][bisect_left(BUCKETS, seconds)] += times
            self._microseconds[stage] += round(seconds * _MICROSECONDS) * times
        tally.clear()
