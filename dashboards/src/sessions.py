"""Panels of TLS: how much is encrypted, how, and what fails."""

from __future__ import annotations

from grafana_foundation_sdk.models import dashboard as models

from dashboards.src.panels import Query
from dashboards.src.promql import ratio
from dashboards.src.services import HOUR, counted, most_frequent, off, stacked, trend


def encrypted() -> models.Panel:
    """Show the shares of what is encrypted."""

    def records(states: str) -> str:
        matchers = f'state=~"{states}"'
        return f"sum({counted('tls_delivery_records', matchers, window=HOUR)})"

    made = f"sum({counted('smtpd_tls_connections', window=HOUR)})"
    clients = f"sum({counted('smtpd_connects', window=HOUR)})"
    return trend(
        "Share encrypted, in 1 h",
        "How much mail goes out and comes in over TLS?",
        [
            Query(ratio(records("met|unmet"), records("met|unmet|plaintext")), "deliveries"),
            Query(ratio(made, clients), "sessions of clients"),
        ],
        off("tls", "smtpd"),
        reading="Deliveries as Postfix tells since 3.11; sessions where smtpd_tls_loglevel is 1 or"
        " more, those from our own filters counted as any other.",
        unit="percentunit",
    )


def protocols() -> models.Panel:
    """Show which protocols are spoken."""
    return stacked(
        "TLS sessions per minute, by protocol",
        "Who still speaks an old protocol?",
        [
            most_frequent("smtpd_tls_connections", "protocol", "in, {{protocol}}"),
            most_frequent("smtp_tls_connections", "protocol", "out, {{protocol}}"),
        ],
        off("tls"),
        reading="Where smtpd_tls_loglevel and smtp_tls_loglevel are 1 or more.",
    )


def failures() -> models.Panel:
    """Show what fails."""
    return stacked(
        "TLS failures per minute",
        "Do handshakes or certificates fail?",
        [
            most_frequent("tls_handshake_failures", "service", "handshakes of {{service}}"),
            most_frequent(
                "tls_certificate_verification_failures",
                "service, reason",
                "certificates, {{service}}: {{reason}}",
            ),
        ],
        off("tls"),
        reading="A certificate that cannot be verified stops a delivery only where the security"
        " level asks for one.",
    )
