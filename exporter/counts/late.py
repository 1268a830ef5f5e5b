"""What was deferred and then delivered: how long it took, by provider.

In: delivery records of recipients that waited. Out: at a commit, a histogram by provider.
Lost: nothing; a recipient that the memory of the queue had forgotten counts as never deferred.

The time is Postfix' own `delay=`, from the message's arrival to the delivery: what its sender
waited, and exact, while the first deferral is remembered by the minute. Providers that no table
knows are one, so that the series are few.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping

from exporter.counts.routes import Route, route_of
from exporter.counts.totals import LATE_BUCKETS, Histogram
from exporter.records.line import Delivery
from exporter.verdict.providers import listed

MOST = 1 << 13
"""Deliveries tallied before they are settled; a commit comes earlier, as a rule."""

_MICROSECONDS = 1_000_000


class LateDeliveries:
    """Counts deliveries to recipients that waited, going on from `histograms`."""

    def __init__(self, histograms: Mapping[str, Histogram]) -> None:
        self._histograms = dict(histograms)
        self._tally: list[tuple[Route, bytes]] = []

    def add(self, deliveries: Iterable[Delivery]) -> None:
        """Count deliveries."""
        self._tally += [(route_of(one), one[6]) for one in deliveries]

    def is_full(self) -> bool:
        """Whether it is time to settle."""
        return len(self._tally) > MOST

    def settle(self, provider_of: Callable[[Route], str | None]) -> None:
        """Add what was tallied to the histograms; of a route that is no remote one, nothing."""
        for route, delay in self._tally:
            provider = provider_of(route)
            if provider is not None:
                self._count(listed(provider), float(delay))
        self._tally.clear()

    def _count(self, provider: str, seconds: float) -> None:
        before = self._histograms.get(provider) or Histogram((0,) * (len(LATE_BUCKETS) + 1))
        buckets = list(before.buckets)
        buckets[bisect_left(LATE_BUCKETS, seconds)] += 1
        microseconds = before.microseconds + round(seconds * _MICROSECONDS)
        self._histograms[provider] = Histogram(tuple(buckets), microseconds)

    def histograms(self) -> dict[str, Histogram]:
        """Give the histograms as they are now."""
        return dict(self._histograms)
