"""The alert rules: who is told what, how soon, and how urgently."""

from __future__ import annotations

from alerts.src import own_alerts, queue_alerts, server_alerts
from alerts.src.annotations import (
    advice,
    annotate,
    counted,
    destination_dashboard,
    share_of_failures,
    since,
    top_causes_of_expiry,
    top_codes,
    top_domains,
    top_reasons,
    top_reasons_anywhere,
    top_reasons_within,
    top_receivers,
    top_senders,
    where,
    widely,
    worst_receivers,
)
from alerts.src.problems import BAD_AT, WIDELY_BAD
from alerts.src.rules import OFTEN, Alert, Expression, Group
from alerts.src.series import CANDIDATE, CAUSED, OURS, SCOPED, still_failing
from alerts.src.thresholds import THRESHOLDS, threshold
from exporter.heuristics.clusters import (
    CLUSTER_ALERTS,
    LIST_QUALITY,
    UNREACHABLE,
    WIDELY_ALERTS,
)
from exporter.heuristics.judging import EXPIRED
from exporter.heuristics.outage import OUTAGE

NOT_IN_OUTAGE = "unless on (job) job:postfix_own_network_outage:everywhere"
"""When nothing gets out, nothing else is worth a page, but which sole receiver is concerned."""

_EXPORTER = "postfix-exporter-health"


def groups() -> tuple[Group, ...]:
    """Give the groups of alert rules."""
    return (
        Group(
            "postfix-delivery-alerts",
            "Delivery: what receivers do to our mail.",
            (
                *_clusters(),
                *_widely(),
                _list_quality(),
                _list_quality_widely(),
                *_unreachable(),
                _outage(),
                *own_alerts.alerts(),
                _expired(),
            ),
            OFTEN,
        ),
        Group(
            "postfix-exporter-alerts",
            "The watcher itself: is what the alerts above read still true?",
            (_thresholds_missing(), *_watcher(), *queue_alerts.alerts()),
        ),
        server_alerts.group(),
    )


# -- delivery --------------------------------------------------------------------------------------


def _with_provider(series: str, labels: str = CAUSED) -> str:
    """Give the series, each destination with the provider behind it; so one silences the other.

    `series` ends before the brace that closes its matchers.
    """
    by_scope = f"max by ({labels}) ({series}"
    return (
        "(\n"
        f'  label_replace({by_scope}, scope="provider"}}), "provider", "$1", "destination", "(.*)")\n'
        f'  or on ({labels}) {by_scope}, scope="domain"}})'
        " * on (job, destination) group_left (provider)"
        " topk by (job, destination) (1, destination:postfix_provider:info)\n"
        f'  or on ({labels}) {by_scope}, scope="domain"}})\n'
        ")"
    )


def _on_destination(
    name: str,
    meaning: str,
    series: str,
    causes: tuple[str, ...],
    verb: str,
    severity: str,
    wait: str,
    summary: str,
) -> Alert:
    either = "|".join(causes)
    return Alert(
        name,
        meaning,
        Expression(_with_provider(series), (NOT_IN_OUTAGE,)),
        wait,
        "30m",
        _labels(severity),
        annotate(
            name,
            summary,
            (
                where(),
                counted(verb, series.partition("{")[0]),
                since(name),
                top_codes(either),
                top_domains(either),
                top_reasons(either, series.partition("{")[0]),
                top_senders(either, series.partition("{")[0]),
                advice(*causes),
            ),
            destination_dashboard(),
        ),
    )


def _labels(severity: str) -> dict[str, str]:
    return {"severity": severity, "category": "deliverability"}


def _clusters() -> tuple[Alert, ...]:
    cluster = 'destination_cause:postfix_cluster:failures{{cause="{}"'
    return (
        _on_destination(
            CLUSTER_ALERTS["throttled"],
            "One receiver asks us to come back slower, and the others do not.",
            cluster.format("throttled"),
            ("throttled",),
            "refused",
            "warning",
            "15m",
            "A receiver throttles our mail.",
        ),
        _on_destination(
            CLUSTER_ALERTS["blocked"],
            "One receiver refuses us for policy or reputation.",
            cluster.format("blocked"),
            ("blocked",),
            "refused",
            "critical",
            "5m",
            "A receiver blocks our mail for policy or reputation.",
        ),
        _on_destination(
            CLUSTER_ALERTS["authentication"],
            "One receiver does not believe that the mail is ours.",
            cluster.format("authentication"),
            ("authentication",),
            "refused",
            "critical",
            "5m",
            "A receiver refuses our mail because SPF, DKIM, DMARC or host names do not pass.",
        ),
        _on_destination(
            CLUSTER_ALERTS["other"],
            "One receiver refuses for reasons that no rule knows, or for the messages' content.",
            cluster.format("other"),
            ("other", "content"),
            "refused",
            "warning",
            "15m",
            "A receiver refuses our mail for a reason that its codes do not tell.",
        ),
    )


def _widely() -> tuple[Alert, ...]:
    return (
        _on_many(
            WIDELY_ALERTS["authentication"],
            "authentication",
            ("authentication",),
            "critical",
            "5m",
            "Several receivers refuse our mail because it fails authentication: the fault is ours.",
        ),
        _on_many(
            WIDELY_ALERTS["policy"],
            "policy",
            ("throttled", "blocked"),
            "warning",
            "15m",
            "Many receivers throttle or block our mail at once: look at public blocklists first.",
        ),
    )


def _on_many(
    name: str, reason: str, causes: tuple[str, ...], severity: str, wait: str, summary: str
) -> Alert:
    return Alert(
        name,
        summary,
        Expression(
            f'max by (job) (job:postfix_refused_widely:ratio{{reason="{reason}"}})',
            (NOT_IN_OUTAGE,),
        ),
        wait,
        "30m",
        _labels(severity),
        annotate(
            name,
            summary,
            (
                widely(reason),
                since(name, "job"),
                top_receivers("|".join(causes)),
                top_reasons_anywhere("|".join(causes)),
                advice(*causes),
            ),
        ),
    )


def _list_quality() -> Alert:
    return _on_destination(
        LIST_QUALITY,
        "More addresses than usual do not exist at one receiver: the list, not our reputation.",
        'destination_cause:postfix_list_quality:failures{cause="unknown_recipient"',
        ("unknown_recipient",),
        "bounced",
        "warning",
        "5m",
        "Unknown recipients at one receiver are far above what is usual there.",
    )


def _list_quality_widely() -> Alert:
    name = "PostfixListQualityWidely"
    return Alert(
        name,
        "One bad list at many receivers is one problem; those with most of it are named.",
        Expression(f"max by (job) ({WIDELY_BAD})", (NOT_IN_OUTAGE,)),
        "5m",
        "30m",
        _labels("warning"),
        annotate(
            name,
            "Unknown recipients at many receivers at once: the list is bad.",
            (
                "Job {{ $labels.job }}: at {{ $value }} receivers far more addresses than usual do"
                " not exist.",
                since(name, "job"),
                worst_receivers(BAD_AT),
                top_reasons_anywhere("unknown_recipient"),
                advice("unknown_recipient"),
            ),
        ),
    )


def _unreachable() -> tuple[Alert, ...]:
    name = UNREACHABLE
    network = f'{CANDIDATE}, cause="network"'
    failures = f"destination_cause:postfix_failures:increase2h{{{network}"
    texts = annotate(
        name,
        "A destination cannot be reached, and others can.",
        (
            where(),
            'no connection for {{ $value | printf "%.0f" }} messages in 2h,',
            share_of_failures("2h"),
            since(name),
            top_codes("network"),
            top_reasons_within("network", "2h"),
            "Its servers may be down, the route to them broken, or our address dropped silently.",
            advice("network"),
        ),
        destination_dashboard(),
    )
    return (
        Alert(
            name,
            "Nearly all mail for one destination finds nobody there.",
            Expression(
                _with_provider(failures) + f" >= {threshold('unreachable_min_failures')}",
                (
                    f"and on ({CAUSED}) destination_cause:postfix_failures:ratio2h{{{network}}}"
                    f" >= {threshold('unreachable_min_ratio')}",
                    f"and on ({CAUSED}) destination_cause:postfix_failures:share2h"
                    f" >= {threshold('cluster_share')}",
                    f"and on ({CAUSED}) {still_failing(network, 0.25)}",
                    NOT_IN_OUTAGE,
                ),
            ),
            "1h",
            "30m",
            _labels("info"),
            texts,
        ),
        Alert(
            name,
            "Nearly all that an instance delivers to is one receiver, which cannot be reached: whose fault"
            " it is cannot be told from here.",
            Expression("instance_destination:postfix_sole_receiver:unreachable"),
            "15m",
            "30m",
            _labels("warning"),
            annotate(
                name,
                "Nearly all mail of a host goes to one receiver, and it cannot be reached.",
                (
                    "{{ $labels.destination }}, job {{ $labels.job }}, instance"
                    " {{ $labels.instance }}: hardly anything else took mail on the last day with"
                    " deliveries, and now nobody answers. Is it them, or our own way out?",
                    advice("network"),
                ),
                destination_dashboard(),
            ),
        ),
    )


def _outage() -> Alert:
    name = OUTAGE
    return Alert(
        name,
        "Nearly every destination of an instance is unreachable: our own network.",
        Expression("instance:postfix_own_network_outage:ratio"),
        "5m",
        "10m",
        _labels("critical"),
        annotate(
            name,
            "A mail host reaches none of its destinations: our own network, DNS or firewall.",
            (
                "{{ $labels.instance }}, job {{ $labels.job }}: {{ $value | humanizePercentage }}"
                " of the destinations that took mail on the last day with deliveries cannot be reached,"
                " and nobody took or refused mail for a quarter of an hour.",
                "Look at the way out over port 25, at DNS, NAT and IPv6 of this host.",
            ),
        ),
    )


def _expired() -> Alert:
    name = EXPIRED
    expired = "destination:postfix_expired_recipients:increase1d"
    return Alert(
        name,
        "Deferred mail was given up.",
        Expression(
            _with_provider(f"{expired}{{{CANDIDATE}", SCOPED)
            + f" >= {threshold('expired_min_recipients')}",
            (NOT_IN_OUTAGE,),
        ),
        "",
        "30m",
        _labels("warning"),
        annotate(
            name,
            "Deferred mail was returned to its senders because it expired.",
            (
                where(),
                '{{ $value | printf "%.0f" }} recipients given up in a day:'
                " what was a delay has become a loss.",
                since(name, "job", "scope", "destination"),
                top_causes_of_expiry(),
                "Next: look at why their mail was deferred before, and whether senders must send"
                " again.",
            ),
            destination_dashboard(),
        ),
    )


# -- the watcher itself ----------------------------------------------------------------------------


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
            _EXPORTER,
        ),
    )


def _watcher() -> tuple[Alert, ...]:
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
    return Alert(
        name,
        meaning,
        expression,
        wait,
        "",
        {"severity": severity, "category": "monitoring"},
        annotate(name, meaning, (f"{{{{ $labels.instance }}}} {says}",), _EXPORTER),
    )
