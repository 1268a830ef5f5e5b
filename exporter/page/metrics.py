"""The families of the page: every metric name, HELP text and label lives here, and nowhere else.

In: what the pipeline published. Out: families of metrics.
Families that may have a hundred thousand series are apart: render.py writes them.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import Any

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from exporter import __version__
from exporter.counts.totals import (
    BUCKETS,
    LATE_BUCKETS,
    STAGES,
    AgentStatus,
    Attempt,
    Histogram,
    Outcome,
    Probe,
    Reason,
    Sender,
    Totals,
    Verdict,
)
from exporter.page.collectors import collector_families
from exporter.page.render import Family
from exporter.records.parse import RESULTS
from exporter.tally import Health, Published, SendersBound

REVISION = os.environ.get("POSTFIX_DELIVERABILITY_EXPORTER_REVISION", "unknown")
"""The source revision that was built, set by the image."""


def families(published: Published) -> Iterator[Metric]:
    """Give all families as prometheus_client has them."""
    for family in large_families(published):
        make = _counter if family.kind == "counter" else _gauge
        yield make(family.name, family.documentation, family.series, " ".join(family.labels))
    yield from small_families(published)


def large_families(published: Published) -> Iterator[Family]:
    """Give the families that have a series for each domain and more."""
    totals = published.totals
    yield Family(
        "counter",
        "postfix_delivery_attempts",
        "Delivery attempts to remote destinations as logged, one per recipient and attempt.",
        Attempt._fields,
        totals.attempts,
    )
    yield from _failed(totals)
    yield Family(
        "gauge",
        "postfix_deferred_recipients",
        "Recipients that wait for a retry now, as far as the log tells, by the cause of their last"
        " deferral.",
        Verdict._fields,
        published.deferred,
    )
    if published.senders is not None:
        yield Family(
            "counter",
            "postfix_sender_attempts",
            "Delivery attempts to remote destinations by who sent the message; receivers that no"
            " table knows are one.",
            Sender._fields,
            totals.senders,
        )


def _failed(totals: Totals) -> Iterator[Family]:
    """Give the families of what failed, by who refused and why."""
    yield Family(
        "counter",
        "postfix_refused_recipients",
        "Recipients refused who were not refused for this cause within the last 24 hours.",
        Verdict._fields,
        totals.refused,
    )
    yield Family(
        "counter",
        "postfix_refusal_reasons",
        "Failed attempts that repeat no earlier one, by the rule that decided; what Postfix did not"
        " try is left out.",
        Reason._fields,
        totals.reasons,
    )
    yield Family(
        "counter",
        "postfix_suspended_attempts",
        "Deferrals without a try because the destination is suspended, by the cause of the failure"
        ' that they repeat; postfix_delivery_attempts_total has them as cause="suspended".',
        Verdict._fields,
        totals.suspended,
    )
    yield Family(
        "counter",
        "postfix_expired_recipients",
        "Recipients given up when their message expired, with the cause of their last deferral;"
        " without those that an operator gave up (postsuper -e, -d).",
        Verdict._fields,
        totals.expired,
    )


def small_families(published: Published) -> Iterator[Metric]:
    """Give the families of a few series."""
    yield from _attempts(published.totals)
    yield _delays(published.totals.delays)
    yield _late(published.totals.late)
    yield from collector_families(published)
    yield from _reading(published)
    yield from _checkpoint(published.health)
    yield from _bounds(published)
    yield _gauge(
        "postfix_exporter_build_info",
        "The running version; the value is always 1.",
        {(__version__, REVISION, platform.python_version()): 1},
        "version revision python",
    )


def _attempts(totals: Totals) -> Iterator[Metric]:
    yield _counter(
        "postfix_delivery_outcomes",
        "Delivery attempts to all remote destinations together: the sum of"
        " postfix_delivery_attempts_total over the labels missing here, and what domains whose"
        " series left the page had counted.",
        totals.outcomes,
        " ".join(Outcome._fields),
    )
    yield _counter(
        "postfix_agent_delivery_attempts",
        "Delivery records by Postfix delivery agent, internal hops and probes included.",
        totals.agents,
        " ".join(AgentStatus._fields),
    )
    yield _counter(
        "postfix_address_probes",
        "Address verification probes (deliverable, undeliverable); they are not mail.",
        totals.probes,
        " ".join(Probe._fields),
    )


def _delays(histograms: Iterable[Histogram]) -> Metric:
    family = HistogramMetricFamily(
        "postfix_delivery_delay_seconds",
        "The parts of delays= of attempts at remote destinations, first attempts only,"
        " without mail that was suspended untried.",
        labels=["stage"],
    )
    for stage, histogram in zip(STAGES, histograms, strict=True):
        _add_histogram(family, stage, BUCKETS, histogram)
    return family


def _late(histograms: Mapping[str, Histogram]) -> Metric:
    family = HistogramMetricFamily(
        "postfix_delivery_after_deferral_seconds",
        "How long mail took (delay=) to remote recipients whose delivery was deferred before, by"
        " provider; receivers that no table knows are one.",
        labels=["provider"],
    )
    for provider, histogram in histograms.items():
        _add_histogram(family, provider, LATE_BUCKETS, histogram)
    return family


def _add_histogram(
    family: HistogramMetricFamily, label: str, bounds: Iterable[float], histogram: Histogram
) -> None:
    counts = map(float, accumulate(histogram.buckets))
    buckets = list(zip([*map(str, bounds), "+Inf"], counts, strict=True))
    family.add_metric([label], buckets, histogram.microseconds / 1e6)


def _reading(published: Published) -> Iterator[Metric]:
    health = published.health
    yield _counter(
        "postfix_exporter_log_lines",
        "Log lines read, by what they are: delivery records, other Postfix lines, lines of other"
        " programs, delivery records that could not be read.",
        {(result,): published.totals.lines.get(result, 0) for result in RESULTS},
        "result",
    )
    if published.last_line_seconds is not None:
        yield _gauge(
            "postfix_exporter_last_line_timestamp_seconds",
            "Log time of the last line read.",
            {(): published.last_line_seconds},
        )
    yield _gauge(
        "postfix_exporter_read_lag_seconds",
        "How old lines were when they were read: the oldest of the last minutes, 0 without any.",
        {(): health.read_lag},
    )
    yield _gauge(
        "postfix_exporter_unread_bytes",
        "Bytes of log not read yet; of packed files waiting to be read, their packed size.",
        {(): health.unread_bytes},
    )
    yield _gauge(
        "postfix_exporter_log_readable",
        "Whether the log can be read.",
        {(_text(path),): int(why is None) for path, why in health.problems.items()},
        "path",
    )
    yield _gauge(
        "postfix_exporter_log_understood",
        "Whether Postfix' lines and delivery records are found in what is read; 1 until lines that"
        " are not have been read.",
        {(): int(health.not_understood is None)},
    )
    yield from _losses(published)


def _losses(published: Published) -> Iterator[Metric]:
    yield _counter(
        "postfix_exporter_log_gaps",
        "Places where lines were lost: rotated or vacuumed away unread, not taken by journald,"
        " dropped at a socket, or a checkpoint that was damaged.",
        {(): published.gaps},
    )
    yield _counter(
        "postfix_exporter_log_lost_lines",
        "Lines lost before they could be read, where their number is told: by journald's rate limit"
        " or at a socket; since the exporter started.",
        {(): published.health.lost_lines},
    )


def _checkpoint(health: Health) -> Iterator[Metric]:
    yield _gauge(
        "postfix_exporter_checkpoint_timestamp_seconds",
        "Time of the last commit; 0 before the first.",
        {(): health.checkpoint_seconds},
    )
    yield _gauge(
        "postfix_exporter_checkpoint_duration_seconds",
        "How long the last commit took.",
        {(): health.checkpoint_duration},
    )
    yield _counter(
        "postfix_exporter_checkpoint_commits",
        "Commits written since the exporter started.",
        {(): health.checkpoint_commits},
    )
    yield _counter(
        "postfix_exporter_checkpoint_bytes_written",
        "Bytes of commits written since the exporter started.",
        {(): health.checkpoint_bytes},
    )
    yield _counter(
        "postfix_exporter_checkpoint_failures",
        "Commits that failed.",
        {(): health.checkpoint_failures},
    )


def _bounds(published: Published) -> Iterator[Metric]:
    totals = published.totals
    for name, documentation, value in (
        ("domains", "Domains with series of their own.", published.domains),
        ("domains_limit", "The most domains with series of their own.", published.domain_limit),
        ("series", "Series of postfix_delivery_attempts_total.", len(totals.attempts)),
        ("queue_entries", "Deferred recipients remembered.", published.queue_entries),
    ):
        yield _gauge(f"postfix_exporter_{name}", documentation, {(): value})
    yield _counter(
        "postfix_exporter_domains_folded",
        'Delivery attempts counted as domain="other" because of the limit.',
        {(): totals.domains_folded},
    )
    yield _counter(
        "postfix_exporter_domains_forgotten",
        "Domains whose series left the page because they were idle.",
        {(): totals.domains_forgotten},
    )
    yield _counter(
        "postfix_exporter_queue_overflows",
        "Deferred recipients forgotten because too many wait.",
        {(): published.queue_overflows},
    )
    if published.senders is not None:
        yield from _senders(published.senders)


def _senders(bound: SendersBound) -> Iterator[Metric]:
    for name, documentation, value in (
        ("senders", "Senders with series of their own.", bound.senders),
        ("senders_limit", "The most senders with series of their own.", bound.limit),
        ("sender_ids", "Messages in the queue whose sender is remembered.", bound.ids),
    ):
        yield _gauge(f"postfix_exporter_{name}", documentation, {(): value})
    yield _counter(
        "postfix_exporter_sender_id_overflows",
        "Messages whose sender was forgotten because too many are in the queue.",
        {(): bound.overflows},
    )


def _text(path: str) -> str:
    """Give a file name as text: names are bytes, and a page that is no UTF-8 breaks the scrape."""
    return os.fsencode(path).decode("utf-8", "replace")


def _counter(
    name: str, documentation: str, series: Mapping[Any, float], labels: str = ""
) -> Metric:
    family = CounterMetricFamily(name, documentation, labels=labels.split())
    for values, times in series.items():
        family.add_metric(values, times)
    return family


def _gauge(name: str, documentation: str, series: Mapping[Any, float], labels: str = "") -> Metric:
    family = GaugeMetricFamily(name, documentation, labels=labels.split())
    for values, value in series.items():
        family.add_metric(values, value)
    return family
