"""How long mail took until it was delivered, by provider: the collector `delivery_time`.

In: delivery records of what was sent. Out: at a commit, numbers of a histogram by provider.
Lost: nothing.

The time is Postfix' own `delay=`, from the message's arrival to the delivery, whether it was
deferred in between or not: what people mean who ask how fast mail is. Postfix tells two digits of
it (delay_logging_resolution_limit), so few texts are many deliveries, and each is read once.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from operator import itemgetter

from exporter.counts.routes import Route
from exporter.records.line import Delivery
from exporter.records.services.event import DELIVERY_TIME
from exporter.verdict.providers import listed

MOST = 1 << 14
"""Distinct routes and times tallied before they are settled; a commit comes earlier, as a rule."""

_route_and_delay = itemgetter(*map(Delivery._fields.index, ("origin", "domain", "relay", "delay")))


class DeliveryTimes:
    """Counts how long deliveries took; `observe` takes a series' labels and milliseconds."""

    def __init__(self, observe: Callable[[tuple[str, ...], list[int]], None]) -> None:
        self._observe = observe
        self._tally: Counter[tuple[bytes, bytes, bytes, bytes]] = Counter()

    def add(self, sent: Iterable[Delivery]) -> None:
        """Count deliveries."""
        self._tally.update(map(_route_and_delay, sent))

    def is_full(self) -> bool:
        """Whether it is time to settle."""
        return len(self._tally) > MOST

    def settle(self, provider_of: Callable[[Route], str | None]) -> None:
        """Hand on what was tallied; of a route that is no remote one, nothing."""
        times: defaultdict[str, list[int]] = defaultdict(list)
        for (origin, domain, relay, delay), number in self._tally.items():
            provider = provider_of((origin, domain, relay))
            if provider is not None:
                times[listed(provider)] += [round(float(delay) * 1000)] * number
        self._tally.clear()
        for provider, milliseconds in times.items():
            self._observe((DELIVERY_TIME, provider), milliseconds)
