"""What the exporters counted within the last quarter of an hour, by job.

Raw counters are read here, once each: that is most of what the rules cost. What did not happen has
no series: most destinations refuse nothing. When something was is `* time()`, not `timestamp()`: in
MetricsQL that of an expression is up to five minutes older, and outlives it.
"""

from __future__ import annotations

from alerts.src.rules import Expression, Group, Record
from alerts.src.series import (
    ANSWERED,
    ATTEMPTS,
    BASE,
    BASE_LABELS,
    CATCHING_UP,
    CLUSTERED,
    OWN_ERRORS,
    UNREACHABLE,
)
from alerts.src.thresholds import JOBS, resolved, threshold
from exporter.heuristics.figures import any_of, figures

_RAW = "postfix_delivery_attempts_total"

_NO_VERDICT, _FAILING = (any_of(figures().causes[name]) for name in ("no_verdict", "failing"))


def group() -> Group:
    """Give the group of quarters of an hour."""
    return Group(
        "postfix-delivery-quarters",
        "What the exporters counted within the last quarter of an hour, by job.",
        _quarters(),
    )


def _quarters() -> tuple[Record, ...]:
    return (
        *_attempts(),
        Record(
            f"{BASE}postfix_first_attempts:increase15m",
            "Attempts on which a receiver gave its first verdict, without retries for the same"
            " cause.",
            Expression(f'sum by ({BASE_LABELS}) ({ATTEMPTS}{{repeat!="true"}})'),
        ),
        Record(
            JOBS,
            "When a job last had an exporter or delivery attempts, if within two days; it remembers"
            " itself.",
            Expression(
                f"group by (job) ({BASE}postfix_first_attempts:increase15m) * time()\n"
                "or group by (job) (postfix_exporter_build_info) * time()\n"
                f"or last_over_time({JOBS}[1h]) > time() - 2 * 86400"
            ),
        ),
        *resolved(),
        Record(
            CATCHING_UP,
            "Seconds by which an exporter was behind within the last quarter of an hour, where it"
            " was catching up: what it counted then happened earlier.",
            Expression(
                "max by (job, instance) (max_over_time(postfix_exporter_read_lag_seconds[15m]))"
                f" > {threshold('catch_up_lag_seconds')}"
            ),
        ),
        *_failing(),
        Record(
            f"{BASE}postfix_refused_recipients:increase15m",
            "Distinct recipients refused for a cause that can be a cluster.",
            Expression(
                f"sum by ({BASE_LABELS}) (\n"
                f'  increase(postfix_refused_recipients_total{{cause=~"{CLUSTERED}|content"}}[15m])'
                " > 0\n)"
            ),
        ),
        Record(
            "domain_provider:postfix_expired_recipients:increase15m",
            "Recipients given up because their message expired.",
            Expression(
                "sum by (job, domain, provider)"
                " (increase(postfix_expired_recipients_total[15m]) > 0)"
            ),
        ),
        Record(
            OWN_ERRORS,
            "Attempts that failed for errors of our own, by exporters that are not catching up; of bounces, which are not tried again, each"
            " is a recipient.",
            Expression(
                f'sum by (job, instance, status) (increase({_RAW}{{cause="local"}}[15m]) > 0)',
                (f"unless on (job, instance) {CATCHING_UP}",),
            ),
        ),
    )


def _attempts() -> tuple[Record, ...]:
    """Give three rules of one series: one look at each counter, and each look is a small one."""
    parts: tuple[tuple[str, str, dict[str, str]], ...] = (
        ("accepted", 'cause="delivered"', {}),
        (
            "first, without what is no verdict (suspended, local, greylisted)",
            f'repeat!="true", cause!~"delivered|{_NO_VERDICT}"',
            {"repeat": "false"},
        ),
        ("repeated for the same cause", f'repeat="true", cause=~"{_FAILING}"', {"repeat": "true"}),
    )
    return tuple(
        Record(
            ATTEMPTS,
            f"Attempts by instance, {meaning}.",
            Expression(
                f"sum by (job, instance, domain, provider, cause) (\n"
                f"  increase({_RAW}{{{matchers}}}[15m]) > 0\n"
                ")"
            ),
            labels,
        )
        for meaning, matchers, labels in parts
    )


def _failing() -> tuple[Record, ...]:
    fresh = f"unless on (job, instance) {CATCHING_UP}"
    return (
        Record(
            ANSWERED,
            "When a receiver took mail from an instance or refused it, to a quarter of an hour: who"
            " is answered has no outage. `unknown_recipient` is left out, for a null MX is known"
            " from DNS alone.",
            Expression(
                "group by (job, instance)"
                f' ({ATTEMPTS}{{cause!~"network|unknown_recipient"}}) * time()'
            ),
        ),
        Record(
            UNREACHABLE,
            "When nobody was found, to a quarter of an hour, of instances that nobody answers, by"
            " exporters that are not catching up.",
            Expression(
                # who is answered is left out here only to have few series
                "group by (job, instance, domain, provider) (\n"
                f'  {ATTEMPTS}{{cause="network"}}\n'
                f"  unless on (job, instance) {ANSWERED}\n"
                f"  {fresh}\n"
                ") * time()"
            ),
        ),
        Record(
            f"{BASE}postfix_failing_attempts:increase15m",
            "Failed attempts, retries included, of exporters that are not catching up: is it still"
            " failing now?",
            Expression(f'sum by ({BASE_LABELS}) ({ATTEMPTS}{{cause=~"{_FAILING}"}} {fresh})'),
        ),
    )
