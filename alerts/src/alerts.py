"""The alert rules: who is told what, how soon, and how urgently."""

from __future__ import annotations

from alerts.src import own_alerts, queue_alerts, server_alerts, watchers
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
from alerts.src.series import CANDIDATE, CAUSED, SCOPED, still_failing
from alerts.src.thresholds import threshold
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
            (*watchers.alerts(), *queue_alerts.alerts()),
        ),
        server_alerts.group(),
    )


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
