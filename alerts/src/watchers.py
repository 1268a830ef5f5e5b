"""The alert rules for the watcher itself: whether what the other alerts read is still true."""

from __future__ import annotations

from alerts.src.annotations import EXPORTER, annotate, named_by_meaning
from alerts.src.rules import Alert, Expression
from alerts.src.series import OURS
from alerts.src.thresholds import THRESHOLDS, threshold


def alerts() -> tuple[Alert, ...]:
    """Give the alerts on exporters, the logs that they read, and thresholds."""
    return (_thresholds_missing(), *_reading(), *_counting())


def _thresholds_missing() -> Alert:
    name = "PostfixAlertThresholdsMissing"
    return Alert(
        name,
        "Comparisons with a threshold that is not there are false: the alerts would be silent.",
        Expression(
            # one that is missing, misspelt or there twice is not a number, and not equal to itself
            "sum by (job) (job:postfix_alert_threshold:resolved"
            f" == bool job:postfix_alert_threshold:resolved) < {len(THRESHOLDS)}\n"
            "or absent(postfix:alert_threshold)"
        ),
        "10m",
        "",
        {"severity": "warning", "category": "monitoring"},
        annotate(
            name,
            "Thresholds of the Postfix alerts are missing; alerts cannot fire.",
            (
                f"{len(THRESHOLDS)} series postfix:alert_threshold are needed, each name once"
                " without a job. Load the file postfix-thresholds.yml of the same release as the"
                " other rules, and look for names that are misspelt or there twice.",
            ),
            EXPORTER,
        ),
    )


def _reading() -> tuple[Alert, ...]:
    """Give the alerts on what is not read."""
    return (
        _watching(
            "PostfixExporterDown",
            "An exporter of a job that had one cannot be scraped.",
            Expression(
                "up == 0",
                (
                    f"and on (job) (last_over_time({OURS}[1d])"
                    ' or last_over_time(ALERTS{alertname="PostfixExporterDown"}[1h]))',
                ),
            ),
            "5m",
            "critical",
            "cannot be scraped; delivery alerts of this host are blind.",
        ),
        _watching(
            "PostfixLogUnreadable",
            "The exporter may not, or cannot, read a log.",
            Expression("postfix_exporter_log_readable == 0"),
            "5m",
            "critical",
            "cannot read {{ $labels.path }}; its log and /-/ready say why.",
        ),
        _watching(
            "PostfixLogNotUnderstood",
            "Lines are read, but none is Postfix', or no delivery record or no time in them can be read.",
            Expression("postfix_exporter_log_understood == 0"),
            "10m",
            "warning",
            "reads lines that it does not understand, so its counts are not to be relied on; its log"
            " and /-/ready say why, and what the first of them looks like. Is it the log of Postfix?",
        ),
        _watching(
            "PostfixLogStalled",
            "No line was read for half an hour, although there were at this hour a day or a week"
            " ago.",
            Expression(
                f"{_lines()} == 0",
                (
                    f"and on (job, instance) ({_lines(' offset 1d')} > 0"
                    f" or {_lines(' offset 1w')} > 0)",
                ),
            ),
            "15m",
            "warning",
            "has read no line for half an hour, although there were some at this hour before. Does"
            " Postfix log elsewhere, or not at all?",
        ),
        _watching(
            "PostfixLogGap",
            "Lines of the log were lost: removed unread, not taken by journald, dropped at a socket, or"
            " a file or the checkpoint was damaged.",
            Expression("increase(postfix_exporter_log_gaps_total[1h]) > 0"),
            "",
            "warning",
            "has lost lines of the log; counts are too low by what stood there.",
        ),
    )


def _counting() -> tuple[Alert, ...]:
    """Give the alerts on what is counted late, not at all, or without its name."""
    return (
        _watching(
            "PostfixExporterBehind",
            "The exporter reads the past, or the log's clock is wrong.",
            Expression(
                "min_over_time(postfix_exporter_read_lag_seconds[15m])"
                f" > {threshold('catch_up_lag_seconds')}"
            ),
            "15m",
            "warning",
            "reads lines that are {{ $value | humanizeDuration }} old. Alerts leave it out of what"
            " happens now: is it catching up, or is the time zone of the log not its own?",
        ),
        _watching(
            "PostfixCheckpointFailing",
            "The state cannot be written; the page stands still.",
            Expression("increase(postfix_exporter_checkpoint_failures_total[5m]) > 0"),
            "10m",
            "critical",
            "cannot write its checkpoint and shows the counts of the last one. Is the disk full?",
        ),
        _watching(
            "PostfixDomainsFolded",
            "Domains beyond the limit share the label `other`, where no alert names them.",
            Expression(
                "sum by (job, instance) (increase(postfix_exporter_domains_folded_total[1h]))\n"
                "/ on (job, instance) sum by (job, instance)"
                ' (increase(postfix_exporter_log_lines_total{result="delivery"}[1h]))\n'
                f"> {threshold('folded_min_ratio')}"
            ),
            "30m",
            "info",
            "counts {{ $value | humanizePercentage }} of the delivery records as domain `other`; raise"
            " domains.limit if memory allows.",
        ),
    )


def _lines(offset: str = "") -> str:
    series = f"increase(postfix_exporter_log_lines_total[30m]{offset})"
    return f"sum by (job, instance) ({series})"


def _watching(
    name: str, meaning: str, expression: Expression, wait: str, severity: str, says: str
) -> Alert:
    labels = {"severity": severity, "category": "monitoring"}
    description = (f"{{{{ $labels.instance }}}} {says}",)
    return named_by_meaning(name, meaning, expression, (wait, ""), labels, description, EXPORTER)
