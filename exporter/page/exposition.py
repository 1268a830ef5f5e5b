"""The page of one moment, as text or OpenMetrics.

In: what the pipeline published, and readings of queues. Out: the bytes of the page, in parts.
Families of many series are written by render.py, the rest by prometheus_client; a registry of all
families gives the same page, slowly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from exporter.counts.totals import Totals
from exporter.page.metrics import families, large_families, small_families
from exporter.page.queue import all_queue_families, large_queue_families, small_queue_families
from exporter.page.render import page
from exporter.queues import Readings
from exporter.records.services.event import ALL_NAMES as COLLECTORS
from exporter.tally import Published, SendersBound

EVERYTHING = Published(
    Totals(), 0, senders=SendersBound(), last_line_seconds=0.0, collectors=COLLECTORS
)
"""What has every family, and no samples."""


def no_queues() -> Readings:
    """Give the readings where no queue is to be read."""
    return None


class Exposition:
    """The page of what `published` and `readings` return at the moment of a scrape.

    With `process`, it has the metrics of the process, the platform and the garbage collector too.
    """

    def __init__(
        self,
        published: Callable[[], Published],
        readings: Callable[[], Readings] = no_queues,
        *,
        process: bool = True,
    ) -> None:
        self._published, self._readings = published, readings
        self._process = CollectorRegistry()
        if process:
            _add_process(self._process)

    def page(self, *, openmetrics: bool = False) -> Iterator[bytes]:
        """Give the page of one consistent moment, in parts."""
        published, readings = self._published(), self._readings()
        many = chain(large_families(published), large_queue_families(readings))
        few = chain(
            small_families(published), small_queue_families(readings), self._process.collect()
        )
        return page(many, few, openmetrics=openmetrics)


class PublishedCollector(Collector):
    """Gives the families of what `published` and `readings` return at the moment of a scrape."""

    def __init__(
        self,
        published: Callable[[], Published],
        readings: Callable[[], Readings] = no_queues,
    ) -> None:
        self._published, self._readings = published, readings

    def describe(self) -> Iterable[Metric]:
        """Give the families without samples, so that a registry knows the names."""
        return _all(EVERYTHING, ())

    def collect(self) -> Iterable[Metric]:
        """Give the families of one consistent moment."""
        return _all(self._published(), self._readings())


def _all(published: Published, readings: Readings) -> Iterator[Metric]:
    yield from families(published)
    yield from all_queue_families(readings)


def registry(
    published: Callable[[], Published],
    readings: Callable[[], Readings] = no_queues,
    *,
    process: bool = True,
) -> CollectorRegistry:
    """Make a registry of the exporter's families, with those of its process if `process`."""
    registered = CollectorRegistry()
    registered.register(PublishedCollector(published, readings))
    if process:
        _add_process(registered)
    return registered


def _add_process(registered: CollectorRegistry) -> None:
    for collector in (ProcessCollector, PlatformCollector, GCCollector):
        collector(registry=registered)
