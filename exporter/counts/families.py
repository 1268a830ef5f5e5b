"""The families that collectors count in: labels, numbers and bounds.

In: nothing. Out: the table. Pure. Their names on the page and their texts are page/collectors.py's.
"""

from __future__ import annotations

from dataclasses import dataclass

from exporter.records.services.event import DELIVERY_TIME

RECIPIENTS = (1, 2, 4, 8, 16, 32, 64, 128)
SIZES = (10**3, 10**4, 10**5, 10**6, 10**7, 10**8, 10**9)
RANKS = (0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15)
"""Upper bounds of histograms, as the Go exporters have them."""

MILLISECONDS = (
    *(100, 250, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000, 900_000),
    *(3_600_000, 14_400_000, 86_400_000, 432_000_000),
)
"""Upper bounds of how long a delivery takes, to five days, when Postfix gives up."""


@dataclass(frozen=True, slots=True)
class Family:
    """A family of a collector.

    A histogram has `buckets`, and events whose last value is what was observed, of which the page's
    unit has `per`; of a sum it is what is added. Beyond `most` series the labels at the places
    `folded` are `other`; a family without these has labels of tables only (records/services/).
    """

    collector: str
    labels: tuple[str, ...] = ()
    buckets: tuple[int, ...] = ()
    per: int = 1
    is_sum: bool = False
    folded: tuple[int, ...] = ()
    most: int = 0


_TLS = Family("tls", ("trust", "protocol", "cipher"), folded=(2,), most=200)

FAMILIES: dict[str, Family] = {
    "smtpd_connects": Family("smtpd"),
    "smtpd_disconnects": Family("smtpd"),
    "smtpd_commands": Family("smtpd", ("command", "result"), is_sum=True),
    "smtpd_connections_lost": Family("smtpd", ("after_stage",)),
    "smtpd_connections_ended": Family("smtpd", ("reason", "after_stage")),
    "smtpd_messages_processed": Family("smtpd", ("sasl_method",)),
    "smtpd_messages_rejected": Family(
        "smtpd", ("action", "stage", "code", "dsn_code"), folded=(2, 3), most=500
    ),
    "smtpd_access_actions": Family("smtpd", ("action", "stage")),
    "smtpd_sasl_authentication_failures": Family("smtpd", ("sasl_method",)),
    "smtpd_reverse_dns_errors": Family("smtpd"),
    "cleanup_messages_processed": Family("cleanup"),
    "cleanup_messages_rejected": Family("cleanup", ("by",)),
    "cleanup_actions": Family("cleanup", ("action", "part")),
    "cleanup_milter_actions": Family("cleanup", ("action",)),
    "qmgr_inserted_recipients": Family("qmgr", buckets=RECIPIENTS),
    "qmgr_inserted_size": Family("qmgr", buckets=SIZES),
    "qmgr_messages_removed": Family("qmgr"),
    "qmgr_messages_expired": Family("qmgr", ("status",)),
    "smtp_connections_timed_out": Family("smtp"),
    "smtp_connections_refused": Family("smtp"),
    "smtp_tls_connections": _TLS,
    "lmtp_tls_connections": _TLS,
    "smtpd_tls_connections": _TLS,
    "tlsproxy_tls_connections": _TLS,
    "tls_handshake_failures": Family("tls", ("service",)),
    "tls_certificate_failures": Family("tls", ("service", "reason")),
    "tls_deliveries": Family("tls", ("service", "level", "state")),
    "postscreen_connects": Family("postscreen"),
    "postscreen_connects_rejected": Family("postscreen", ("reason",)),
    "postscreen_passes": Family("postscreen", ("type",)),
    "postscreen_dnsbl_rank": Family("postscreen", buckets=RANKS),
    "postscreen_messages_rejected": Family("postscreen", ("code",), folded=(0,), most=50),
    "postscreen_tests_failed": Family("postscreen", ("test",)),
    "postscreen_hangups": Family("postscreen"),
    "postscreen_access_list_matches": Family("postscreen", ("action",)),
    "bounce_notifications": Family("bounce", ("recipient", "type")),
    "log_messages": Family("messages", ("service", "severity")),
    DELIVERY_TIME: Family(DELIVERY_TIME, ("provider",), MILLISECONDS, per=1000),
}
