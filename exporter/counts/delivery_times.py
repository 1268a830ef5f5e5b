"""How long mail took until it was delivered, by provider: the collector `delivery_time`.

In: delivery records of what was sent. Out: at a commit, numbers of a histogram by provider.
Lost: nothing.

The time is Postfix' own `delay=`, from the message's arrival to the delivery, whether it was
deferred in between or not: what people mean who ask how fast mail is. Postfix tells two digits of
it (delay_logging_resolution_limit), so few texts are many deliveries, and each is read once.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter

from exporter.counts.routes import Delivered
from exporter.records.line import Delivery
from exporter.records.services.event import DELIVERY_TIME
from exporter.verdict.judge import Judge
from exporter.verdict.providers import listed

MOST = 1 << 15
"""Distinct providers and times that are tallied before they are settled, unless a commit comes."""

_delay_of = itemgetter(Delivery._fields.index("delay"))


class DeliveryTimes:
    """Counts how long deliveries took; `observe` takes a series' labels and milliseconds."""

    def __init__(self, observe: Callable[[tuple[str, ...], list[int]], None], judge: Judge) -> None:
        self._observe = observe
        self._judge = judge
        self._ways: Sequence[Delivered] = ()
        self._providers: list[str | None] = []
        self._tally: Counter[tuple[str | None, bytes]] = Counter()

    def add(
        self, sent: Iterable[Delivery], places: Iterable[int], ways: Sequence[Delivered]
    ) -> None:
        """Count deliveries, each with the place of its route among `ways`, as in routes.py."""
        if ways is not self._ways:
            self._ways, self._providers = ways, []
        self._providers += map(self._provider_of, ways[len(self._providers) :])
        providers = map(self._providers.__getitem__, places)
        self._tally.update(zip(providers, map(_delay_of, sent), strict=True))

    def is_full(self) -> bool:
        """Whether it is time to settle."""
        return len(self._tally) > MOST

    def settle(self) -> None:
        """Hand on what was tallied."""
        times: defaultdict[str, list[int]] = defaultdict(list)
        for (provider, delay), number in self._tally.items():
            if provider:
                times[provider] += [round(float(delay) * 1000)] * number
        self._tally.clear()
        for provider, milliseconds in times.items():
            self._observe((DELIVERY_TIME, provider), milliseconds)

    def _provider_of(self, route: Delivered) -> str | None:
        """Give the provider of deliveries on a route; None unless it leads out of our system."""
        origin, domain, relay, _ = route
        if not self._judge.leads_out(origin, relay):
            return None
        found = self._judge.provider_seen[domain, relay]
        return found and listed(found)
