"""The families of the collectors: what Postfix' other services did.

In: what the pipeline published. Out: families of metrics; none of a collector that is off.
Names are those of the Go exporters where the meaning is the same; docs/migration.md tells where it
is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import accumulate

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric

from exporter.counts.collected import SUM, Series
from exporter.counts.families import FAMILIES, Family
from exporter.records.services.event import DELIVERY_TIME
from exporter.tally import Published

NAMES: dict[str, tuple[str, str]] = {
    "smtpd_connects": ("postfix_smtpd_connects", "Connections of clients to smtpd."),
    "smtpd_disconnects": ("postfix_smtpd_disconnects", "Sessions of smtpd that ended."),
    "smtpd_commands": (
        "postfix_smtpd_commands",
        "Commands of clients, told at the end of a session (since Postfix 3.0), by what they got.",
    ),
    "smtpd_connections_lost": (
        "postfix_smtpd_connections_lost",
        "Sessions that the client broke off, by the command after which.",
    ),
    "smtpd_connections_ended": (
        "postfix_smtpd_connections_ended",
        "Sessions that smtpd broke off: it waited too long, or the client made too many errors.",
    ),
    "smtpd_messages_processed": (
        "postfix_smtpd_messages_processed",
        "Messages for which smtpd took a first recipient, by the client's SASL mechanism.",
    ),
    "smtpd_messages_rejected": (
        "postfix_smtpd_messages_rejected",
        "Rejects by smtpd, its Milters and its proxy, at any stage, with a message or before one.",
    ),
    "smtpd_access_actions": (
        "postfix_smtpd_access_actions",
        "Other actions of access tables, policy servers, Milters and proxies.",
    ),
    "smtpd_sasl_authentication_failures": (
        "postfix_smtpd_sasl_authentication_failures",
        "Logins that failed.",
    ),
    "smtpd_reverse_dns_errors": (
        "postfix_smtpd_forward_confirmed_reverse_dns_errors",
        "Clients whose name does not resolve to their address.",
    ),
    "cleanup_messages_processed": (
        "postfix_cleanup_messages_processed",
        "Messages that cleanup took in, from outside, from this host, and Postfix' own.",
    ),
    "cleanup_messages_rejected": (
        "postfix_cleanup_messages_rejected",
        "Messages that cleanup rejected, by header and body checks or by a Milter.",
    ),
    "cleanup_actions": ("postfix_cleanup_actions", "Actions of header and body checks."),
    "cleanup_milter_actions": (
        "postfix_cleanup_milter_actions",
        "Actions of Milters on whole messages, and of checks of headers that they added.",
    ),
    "qmgr_inserted_recipients": (
        "postfix_qmgr_messages_inserted_recipients",
        "Recipients of messages that entered the active queue; each retry enters anew.",
    ),
    "qmgr_inserted_size": (
        "postfix_qmgr_messages_inserted_size_bytes",
        "Size of messages that entered the active queue; each retry enters anew.",
    ),
    "qmgr_messages_removed": (
        "postfix_qmgr_messages_removed",
        "Messages that the queue manager removed: all of their recipients were done.",
    ),
    "qmgr_messages_expired": (
        "postfix_qmgr_messages_expired",
        "Messages given up as too old, or at an operator's word (force-expired).",
    ),
    "smtp_connections_timed_out": (
        "postfix_smtp_connection_timed_out",
        "Connections to a server of a receiver that timed out; another one may have answered.",
    ),
    "smtp_connections_refused": (
        "postfix_smtp_connection_refused",
        "Connections that a server of a receiver refused; another one may have answered.",
    ),
    "smtp_tls_connections": ("postfix_smtp_tls_connections", "TLS sessions of the SMTP client."),
    "lmtp_tls_connections": ("postfix_lmtp_tls_connections", "TLS sessions of the LMTP client."),
    "smtpd_tls_connections": ("postfix_smtpd_tls_connections", "TLS sessions of smtpd."),
    "tlsproxy_tls_connections": (
        "postfix_tlsproxy_tls_connections",
        "TLS sessions of tlsproxy, as it has them for postscreen.",
    ),
    "tls_handshake_failures": ("postfix_tls_handshake_failures", "TLS handshakes that failed."),
    "tls_certificate_failures": (
        "postfix_tls_certificate_verification_failures",
        "Certificates that could not be verified; what comes of it depends on the security level.",
    ),
    "tls_deliveries": (
        "postfix_tls_delivery_records",
        "Delivery records by TLS security level and what became of it (tls=, since Postfix 3.11).",
    ),
    "postscreen_connects": ("postfix_postscreen_connects", "Connections to postscreen."),
    "postscreen_connects_rejected": (
        "postfix_postscreen_connects_rejected",
        "Clients that postscreen sent away untested, because something was full.",
    ),
    "postscreen_passes": ("postfix_postscreen_passes", "Clients that passed, new ones and old."),
    "postscreen_dnsbl_rank": ("postfix_postscreen_dnsbl_rank", "DNSBL rank of listed clients."),
    "postscreen_messages_rejected": (
        "postfix_postscreen_messages_rejected",
        "Rejects by postscreen's own SMTP engine, by reply code.",
    ),
    "postscreen_tests_failed": ("postfix_postscreen_tests_failed", "Tests that clients failed."),
    "postscreen_hangups": ("postfix_postscreen_hangups", "Clients that hung up on postscreen."),
    "postscreen_access_list_matches": (
        "postfix_postscreen_access_list_matches",
        "Clients found in an access list or by their DNS allowlist scores.",
    ),
    "bounce_notifications": ("postfix_bounce_notifications", "Notifications that bounce sent."),
    "log_messages": (
        "postfix_log_messages",
        "Lines of Postfix that begin with warning, error, fatal or panic, by program.",
    ),
    DELIVERY_TIME: (
        "postfix_delivery_seconds",
        "How long mail took (delay=) to remote recipients, deferred before or not, by provider.",
    ),
}
"""The metric and its text, by the family's name in counts/families.py."""

_NON_DELIVERY = "bounce_notifications", "sender", "non-delivery"


def collector_families(published: Published) -> Iterator[Metric]:
    """Give the families of the collectors that are on."""
    by_family: dict[str, dict[Series, int]] = {}
    for series, times in published.totals.collected.items():
        by_family.setdefault(series[0], {})[series[1:]] = times
    for name, family in FAMILIES.items():
        if family.collector in published.collectors:
            counted = by_family.get(name, {})
            yield _histogram(name, family, counted) if family.buckets else _counter(name, counted)
    if FAMILIES[_NON_DELIVERY[0]].collector in published.collectors:
        yield CounterMetricFamily(
            "postfix_bounce_non_delivery_notification",
            "Non-delivery notifications to senders: one of postfix_bounce_notifications_total.",
            value=published.totals.collected.get(_NON_DELIVERY, 0),
        )


def _counter(name: str, counted: Mapping[Series, int]) -> Metric:
    metric, documentation = NAMES[name]
    made = CounterMetricFamily(metric, documentation, labels=FAMILIES[name].labels)
    for values, times in counted.items():
        made.add_metric(values, times)
    return made


def _histogram(name: str, family: Family, counted: Mapping[Series, int]) -> Metric:
    metric, documentation = NAMES[name]
    made = HistogramMetricFamily(metric, documentation, labels=family.labels)
    bounds = [*(str(bound / family.per) for bound in family.buckets), "+Inf"]
    for values in dict.fromkeys(one[:-1] for one in counted) if family.labels else [()]:
        counts = accumulate(counted.get((*values, str(place)), 0) for place in range(len(bounds)))
        buckets = list(zip(bounds, map(float, counts), strict=True))
        made.add_metric(values, buckets, counted.get((*values, SUM), 0) / family.per)
    return made
