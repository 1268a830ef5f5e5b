"""Exporter health: whether the other dashboards and the alerts can be trusted."""

from __future__ import annotations

from collections.abc import Sequence

from grafana_foundation_sdk.models import dashboard as models

from dashboards.src import shared
from dashboards.src.frame import EXPORTER, Row, build
from dashboards.src.panels import (
    CRITICAL,
    GOOD,
    NEUTRAL,
    NEXT,
    REST,
    WARNING,
    About,
    Column,
    Query,
    Steps,
    fixed,
    limit,
    lines,
    listing,
)
from dashboards.src.promql import (
    RANGE,
    RATE,
    TARGETS,
    counted_in_all,
    default,
    minutes,
    per_minute_in_all,
    ratio,
    threshold,
)

_NONE_IS_GOOD: Steps = ((None, NEUTRAL), (1, CRITICAL))
_NO_EXPORTER = "No exporter"
_RESULTS = {"^delivery$": GOOD, "^other$": NEXT, "^ignored$": REST, "^unparsed$": CRITICAL}
"""Colours of what a line can be."""


def dashboard() -> str:
    """Give the dashboard's JSON."""
    return build(
        EXPORTER,
        "Whether the exporters read their logs, keep up and have room: can one trust the figures?",
        [],
        'alertname=~"Postfix.*", category="monitoring"',
        [
            Row(4, (*_alive(), *_reading())),
            Row(4, (*_counting(), *_keeping())),
            Row(8, (_age(), _unread())),
            Row(8, (_lines_read(), _folded())),
            Row(8, (_series(), _memory())),
            Row(7, (_commits(), _versions())),
        ],
    )


def _figure(
    title: str,
    question: str,
    expression: str,
    unit: str,
    steps: Steps = ((None, NEUTRAL),),
    *,
    reading: str = "",
    decimals: int | None = 0,
) -> models.Panel:
    return shared.figure(
        title,
        question,
        expression,
        _NO_EXPORTER,
        steps,
        reading=reading,
        unit=unit,
        decimals=decimals,
    )


def _own(name: str, more: str = "") -> str:
    return f"postfix_exporter_{name}{{{TARGETS}{more}}}"


_OURS = _own("build_info", ', python!=""')
"""Those in Go have a metric of this name, too."""


def _increase(name: str, more: str = "", window: str = RANGE) -> str:
    return f"sum(increase({_own(name, more)}[{window}]))"


def _alive() -> Sequence[models.Panel]:
    exporters = f"count(up{{{TARGETS}}})"
    return (
        _figure(
            "Exporters down",
            "Can all exporters be scraped?",
            f"count(up{{{TARGETS}}} == 0) or 0 * {exporters}",
            "short",
            _NONE_IS_GOOD,
        ),
        _figure(
            "Logs that tell nothing",
            "Can the exporters read their logs, and understand them?",
            f"count({_own('log_readable')} == 0 or {_own('log_understood')} == 0)"
            f" or 0 * count({_own('log_readable')})",
            "short",
            _NONE_IS_GOOD,
            reading="The exporter's own log and /-/ready say why not.",
        ),
        shared.log_age(4, {}),
    )


def _reading() -> Sequence[models.Panel]:
    return (
        _figure(
            "Behind by",
            "Do the exporters keep up with their logs?",
            f"sum({_own('unread_bytes')})",
            "bytes",
            ((None, NEUTRAL), (1 << 20, WARNING), (1 << 26, CRITICAL)),
        ),
        _figure(
            "Gaps in the log",
            "Were lines lost?",
            _increase("log_gaps_total"),
            "short",
            _NONE_IS_GOOD,
            reading="Places within the time shown: rotated away unread, or a damaged checkpoint.",
        ),
        _figure(
            "Unparsed records",
            "Does the exporter understand the log?",
            ratio(
                _increase("log_lines_total", ', result="unparsed"'),
                _increase("log_lines_total", ', result=~"delivery|unparsed"'),
            ),
            "percentunit",
            ((None, NEUTRAL), (0.001, WARNING), (0.01, CRITICAL)),
            reading="Share of the delivery records within the time shown.",
            decimals=2,
        ),
    )


def _counting() -> Sequence[models.Panel]:
    return (
        _figure(
            "Attempts folded",
            "Is there room for all domains?",
            ratio(_increase("domains_folded_total"), counted_in_all()),
            "percentunit",
            ((None, NEUTRAL), (default("folded_min_ratio"), WARNING)),
            reading="Share of attempts that were counted as domain other because of domains.limit.",
            decimals=1,
        ),
        _figure(
            "Domains of the limit",
            "How full is the table of domains?",
            f"max({_own('domains')} / ({_own('domains_limit')} > 0))",
            "percentunit",
            ((None, NEUTRAL), (0.9, WARNING)),
            reading="The fullest exporter. Idle domains make room when it is full.",
        ),
        _figure(
            "Waiting recipients lost",
            "Was the memory of the queue too small?",
            _increase("queue_overflows_total"),
            "short",
            ((None, NEUTRAL), (1, WARNING)),
            reading="Deferred recipients forgotten within the time shown: their retries may count"
            " as first attempts.",
        ),
    )


def _keeping() -> Sequence[models.Panel]:
    return (
        _figure(
            "Checkpoint age",
            "Are the counters safe?",
            f"time() - min({_own('checkpoint_timestamp_seconds')})",
            "s",
            ((None, NEUTRAL), (300, WARNING), (900, CRITICAL)),
            reading="An idle exporter commits once a minute.",
        ),
        _figure(
            "Commits failed",
            "Can the checkpoint be written?",
            _increase("checkpoint_failures_total"),
            "short",
            _NONE_IS_GOOD,
            reading="Within the time shown; the page shows the last committed values meanwhile.",
        ),
        _figure(
            "Memory",
            "How much memory does an exporter take?",
            f"max(process_resident_memory_bytes{{{TARGETS}}} and on (job, instance) {_OURS})",
            "bytes",
            reading="The largest.",
            decimals=None,
        ),
    )


def _trend(
    title: str, question: str, queries: Sequence[Query], unit: str, *, reading: str = ""
) -> models.Panel:
    about = About(
        title=title,
        question=question,
        reading=reading,
        width=12,
        unit=unit,
        nothing=_NO_EXPORTER,
    )
    return lines(about, queries, _RESULTS)


def _by_instance(expression: str) -> Query:
    return Query(f"max by (instance) ({expression})", "{{instance}}")


def _age() -> models.Panel:
    return _trend(
        "Age of a line when it was read",
        "Does the exporter tell of now?",
        [
            _by_instance(_own("read_lag_seconds")),
            limit(threshold("catch_up_lag_seconds"), "catching up above"),
        ],
        "s",
        reading="Above the red line alerts take what it counts for the past.",
    )


def _unread() -> models.Panel:
    return _trend(
        "Bytes not read yet",
        "Does it keep up?",
        [_by_instance(_own("unread_bytes"))],
        "bytes",
    )


def _lines_read() -> models.Panel:
    read = minutes(f"sum by (result) (rate({_own('log_lines_total')}[{RATE}]))")
    return _trend(
        "Lines read per minute",
        "What does the log consist of?",
        [Query(read, "{{result}}")],
        "short",
        reading="delivery: records of deliveries; other: Postfix' other lines; ignored: other"
        " programs; unparsed: delivery records that could not be read.",
    )


def _folded() -> models.Panel:
    folded = f"sum by (instance) (rate({_own('domains_folded_total')}[{RATE}]))"
    attempts = f"sum by (instance) ({per_minute_in_all()})"
    return _trend(
        "Share of attempts folded into other",
        "When was there no room for domains?",
        [
            Query(ratio(folded, attempts), "{{instance}}"),
            limit(threshold("folded_min_ratio"), "alert threshold"),
        ],
        "percentunit",
    )


def _series() -> models.Panel:
    return _trend(
        "Series, and recipients waiting",
        "How much does an exporter remember and show?",
        [
            _by_instance(_own("series")),
            Query(
                f"max by (instance) ({_own('queue_entries')})",
                "{{instance}}, recipients waiting",
                fixed(NEXT),
            ),
        ],
        "short",
    )


def _memory() -> models.Panel:
    memory = f"process_resident_memory_bytes{{{TARGETS}}}"
    return _trend(
        "Resident memory",
        "Does memory grow?",
        [_by_instance(f"{memory} and on (job, instance) {_OURS}")],
        "bytes",
    )


def _commits() -> models.Panel:
    return _trend(
        "Duration of a commit",
        "Is the disk fast enough?",
        [_by_instance(_own("checkpoint_duration_seconds"))],
        "s",
        reading="Commits take at most a twentieth of the time.",
    )


def _versions() -> models.Panel:
    return listing(
        About(
            title="Versions",
            question="Which exporters run, and in which version?",
            reading="The value is when the process started.",
            width=12,
            unit="short",
            nothing=_NO_EXPORTER,
        ),
        [
            Column("job", 140, properties={"displayName": "Job"}),
            Column("instance", properties={"displayName": "Instance"}),
            Column("version", 110, properties={"displayName": "Version"}),
            Column("python", 90, properties={"displayName": "Python"}),
        ],
        [
            Column(
                "Started",
                180,
                "1000 * max by (job, instance, version, python)"
                f" (process_start_time_seconds{{{TARGETS}}} * on (job, instance)"
                f" group_left (version, python) {_OURS})",
                {"unit": "dateTimeAsIso"},
            )
        ],
        sort_by=("Started",),
    )
