"""What the exporters counted within the last quarter of an hour, by job.

Raw counters are read here, once each: that is most of what the rules cost. What did not happen has
no series: most destinations refuse nothing. What was delivered is summed over instances at once,
for who delivered anything the counter of outcomes knows. When something was is `* time()`, not `timestamp()`: in
MetricsQL that of an expression is up to five minutes older, and outlives it.
"""

from __future__ import annotations

from alerts.src.rules import Expression, Record
from alerts.src.series import (
    ANSWERED,
    BASE,
    BASE_LABELS,
    CATCHING_UP,
    CLUSTERED,
    FAILED,
    FAILING,
    NO_VERDICT,
    OURS,
    OUTCOMES,
    OWN_ERRORS,
    RAW,
    UNREACHABLE,
)
from alerts.src.thresholds import JOBS, resolved, threshold


def rules() -> tuple[Record, ...]:
    """Give the rules of quarters of an hour."""
    return (
        *_attempts(),
        *_first_attempts(),
        Record(
            JOBS,
            "When a job last had an exporter or delivery attempts, if within two days; it remembers"
            " itself.",
            Expression(
                f"group by (job) ({BASE}postfix_first_attempts:increase15m) * time()\n"
                f"or group by (job) ({OURS}) * time()\n"
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
            "Distinct recipients refused for a cause that can be a cluster; `content` counts as"
            " `other`.",
            Expression(
                _summed(
                    BASE_LABELS, f'postfix_refused_recipients_total{{cause=~"{CLUSTERED}|content"}}'
                )
            ),
        ),
        Record(
            OWN_ERRORS,
            "Attempts that failed for errors of our own, by exporters that are not catching up; of bounces, which are not tried again, each"
            " is a recipient.",
            Expression(
                f'sum by (job, instance, status) (increase({RAW}{{cause="local"}}[15m]) > 0)',
                (f"unless on (job, instance) {CATCHING_UP}",),
            ),
        ),
    )


def _attempts() -> tuple[Record, ...]:
    """Give two rules of one series: one look at each counter, and each look is a small one."""
    parts = (
        (
            "first, without what is no verdict (suspended, local, greylisted)",
            f'repeat!="true", cause!~"delivered|{NO_VERDICT}"',
            "false",
        ),
        ("repeated for the same cause", f'repeat="true", cause=~"{FAILING}"', "true"),
    )
    return tuple(
        Record(
            FAILED,
            f"Failed attempts by instance, {meaning}; `content` counts as `other`.",
            Expression(
                _summed("job, instance, domain, provider, cause", f"{RAW}{{{matchers}}}"),
            ),
            {"repeat": repeat},
        )
        for meaning, matchers, repeat in parts
    )


def _summed(labels: str, counter: str) -> str:
    """Give the sum of increases, where `content` counts as `other`: alerts do not tell them apart."""
    labelled = f'label_replace(increase({counter}[15m]) > 0, "part", "content", "cause", "content")'
    return (
        f"sum by ({labels}) (label_replace(\n"
        f"  {labelled},\n"
        '  "cause", "other", "cause", "content"\n'
        "))"
    )


def _first_attempts() -> tuple[Record, ...]:
    name = f"{BASE}postfix_first_attempts:increase15m"
    return (
        Record(
            name,
            "Attempts on which a receiver gave its first verdict, without retries for the same"
            " cause: those that failed.",
            Expression(f'sum by ({BASE_LABELS}) ({FAILED}{{repeat="false"}})'),
        ),
        Record(
            name,
            "And those that were delivered.",
            Expression(
                f'sum by (job, domain, provider) (increase({RAW}{{cause="delivered"}}[15m]) > 0)'
            ),
            {"cause": "delivered"},
        ),
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
                f' (increase({OUTCOMES}{{cause!~"network|unknown_recipient|{NO_VERDICT}"}}[15m]) > 0)'
                " * time()"
            ),
        ),
        Record(
            UNREACHABLE,
            "When nobody was found, to a quarter of an hour, of instances that nobody answers, by"
            " exporters that are not catching up.",
            Expression(
                # who is answered is left out here only to have few series
                "group by (job, instance, domain, provider) (\n"
                f'  {FAILED}{{cause="network"}}\n'
                f"  unless on (job, instance) {ANSWERED}\n"
                f"  {fresh}\n"
                ") * time()"
            ),
        ),
    )
