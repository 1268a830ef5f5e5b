"""The families of the queue: what waits, as it was read last.

In: readings. Out: families of metrics; none where no queue is to be read.
Names, labels and bounds of postfix_up and postfix_showq_* are those of the Go exporters, but for
the label `path`, since several queues can be read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric

from exporter.page.render import Family
from exporter.queue.figures import AGES, SIZES, QueueFigures
from exporter.queue.watch import Reading
from exporter.queues import Readings


def large_queue_families(readings: Readings) -> Iterator[Family]:
    """Give the family that has a series for each domain."""
    if readings is None:
        return
    yield Family(
        "gauge",
        "postfix_queue_deferred_recipients",
        "Recipients in the queue whose delivery was deferred, in whichever queue, by destination.",
        ("path", "domain", "provider"),
        {
            (reading.path, *destination): times
            for reading in readings
            if reading.figures
            for destination, times in reading.figures.deferred.items()
        },
    )


def all_queue_families(readings: Readings) -> Iterator[Metric]:
    """Give all families as prometheus_client has them."""
    for family in large_queue_families(readings):
        labels = " ".join(family.labels)
        yield _gauge(family.name, family.documentation, labels, family.series.items())
    yield from small_queue_families(readings)


def small_queue_families(readings: Readings) -> Iterator[Metric]:
    """Give the families of a few series."""
    if readings is None:
        return
    yield from _health(readings)
    queues = [
        (reading.path, name, queue)
        for reading in readings
        if reading.figures
        for name, queue in reading.figures.queues.items()
    ]
    yield _gauge(
        "postfix_showq_queue_depth",
        "Messages in a queue.",
        "path queue",
        (((path, name), queue.depth()) for path, name, queue in queues),
    )
    yield from _histograms(queues)
    yield _gauge(
        "postfix_queue_oldest_message_age_seconds",
        "Age of the oldest message in a queue when it was read, 0 without any.",
        "path queue",
        (((path, name), queue.oldest) for path, name, queue in queues),
    )
    yield _gauge(
        "postfix_queue_recipients",
        "Recipients in a queue by what became of them: untried or nothing known, deferred, bounced"
        " with the notification not sent yet (told since Postfix 3.11).",
        "path queue state",
        (
            ((path, name, state), times)
            for path, name, queue in queues
            for state, times in queue.recipients.items()
        ),
    )


def _health(readings: Iterable[Reading]) -> Iterator[Metric]:
    yield _gauge(
        "postfix_up",
        "Whether the queue could be read when that was tried last.",
        "path",
        (((one.path,), int(one.problem is None)) for one in readings),
    )
    yield _gauge(
        "postfix_exporter_queue_read_timestamp_seconds",
        "When the queue was read last; 0 for never.",
        "path",
        (((one.path,), one.read_seconds) for one in readings),
    )
    yield _gauge(
        "postfix_exporter_queue_read_duration_seconds",
        "How long the last reading of the queue took, or the try.",
        "path",
        (((one.path,), one.duration) for one in readings),
    )


def _histograms(queues: Iterable[tuple[str, str, QueueFigures]]) -> Iterator[Metric]:
    ages = HistogramMetricFamily(
        "postfix_showq_message_age_seconds",
        "Age of the messages in a queue when it was read; it falls as they leave.",
        labels=["path", "queue"],
    )
    sizes = HistogramMetricFamily(
        "postfix_showq_message_size_bytes",
        "Size of the messages in a queue; it falls as they leave.",
        labels=["path", "queue"],
    )
    for path, name, queue in queues:
        ages.add_metric([path, name], _buckets(AGES, queue.ages), queue.seconds)
        sizes.add_metric([path, name], _buckets(SIZES, queue.sizes), queue.bytes)
    yield ages
    yield sizes


def _buckets(bounds: Iterable[int], counts: Iterable[int]) -> list[tuple[str, float]]:
    named = [*(str(float(bound)) for bound in bounds), "+Inf"]
    return list(zip(named, map(float, accumulate(counts)), strict=True))


def _gauge(
    name: str,
    documentation: str,
    labels: str,
    series: Iterable[tuple[Sequence[str], float]],
) -> Metric:
    family = GaugeMetricFamily(name, documentation, labels=labels.split())
    for values, value in series:
        family.add_metric(values, value)
    return family
