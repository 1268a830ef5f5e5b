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

from exporter.counts.routes import Route, route_of
from exporter.records.line import Delivery
from exporter.records.services.event import DELIVERY_TIME
from exporter.verdict.providers import listed

MOST = 1 << 15
"""Deliveries tallied before they are settled; a commit comes earlier, as a rule."""


class DeliveryTimes:
    """Counts how long deliveries took; `observe` takes a series' labels and milliseconds."""

    def __init__(self, observe: Callable[[tuple[str, ...], list[int]], None]) -> None:
        self._observe = observe
        self._delays: defaultdict[Route, list[bytes]] = defaultdict(list)
        self._tallied = 0

    def add(self, sent: list[Delivery]) -> None:
        """Count deliveries."""
        self._tallied += len(sent)
        for one in sent:
            self._delays[route_of(one)].append(one[6])

    def is_full(self) -> bool:
        """Whether it is time to settle."""
        return self._tallied > MOST

    def settle(self, provider_of: Callable[[Route], str | None]) -> None:
        """Hand on what was tallied; of a route that is no remote one, nothing."""
        by_provider: defaultdict[str, Counter[bytes]] = defaultdict(Counter)
        for route, delays in self._delays.items():
            provider = provider_of(route)
            if provider is not None:
                by_provider[listed(provider)].update(delays)
        self._delays.clear()
        self._tallied = 0
        for provider, times in by_provider.items():
            self._observe((DELIVERY_TIME, provider), list(_milliseconds(times)))


def _milliseconds(times: Counter[bytes]) -> Iterable[int]:
    for delay, number in times.items():
        yield from [round(float(delay) * 1000)] * number
