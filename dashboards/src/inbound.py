"""Panels of who comes in: connections, rejects, logins, postscreen."""

from __future__ import annotations

from grafana_foundation_sdk.models import dashboard as models

from dashboards.src.panels import Query
from dashboards.src.promql import minutes
from dashboards.src.services import most_frequent, off, per_minute, stacked, trend


def connections() -> models.Panel:
    """Show how many clients come."""
    return trend(
        "Connections per minute",
        "How many clients come, and does postscreen keep some away?",
        [
            Query(minutes(f"sum({per_minute('smtpd_connects')})"), "smtpd"),
            Query(minutes(f"sum({per_minute('postscreen_connects')})"), "postscreen"),
        ],
        off("smtpd", "postscreen"),
    )


def rejects() -> models.Panel:
    """Show what smtpd rejects, by reply."""
    return stacked(
        "Rejects per minute",
        "What is rejected, at which command and with which code?",
        [
            most_frequent(
                "smtpd_messages_rejected",
                "stage, code, dsn_code",
                "{{stage}} {{code}} {{dsn_code}}",
            )
        ],
        off("smtpd"),
        reading="5xx for good, 4xx for now; 4.3.x is trouble of our own.",
    )


def logins() -> models.Panel:
    """Show logins beside those that fail."""
    commands = per_minute("smtpd_commands", 'command="auth"')
    attempts = f"sum by (result) ({commands})"
    return trend(
        "Logins per minute",
        "Does somebody guess passwords, or can nobody log in?",
        [
            Query(minutes(attempts), "AUTH {{result}}"),
            Query(
                minutes(f"sum({per_minute('smtpd_sasl_authentication_failures')})"), "failed logins"
            ),
        ],
        off("smtpd"),
        reading="Where none is accepted any more, look at the login service.",
    )


def broken_off() -> models.Panel:
    """Show sessions that ended before their end."""
    return stacked(
        "Sessions broken off per minute",
        "At which command do clients leave, or does smtpd give up?",
        [
            most_frequent("smtpd_connections_lost", "after_stage", "lost after {{after_stage}}"),
            most_frequent(
                "smtpd_connections_ended", "reason, after_stage", "{{reason}} after {{after_stage}}"
            ),
        ],
        off("smtpd"),
    )


def postscreen() -> models.Panel:
    """Show what postscreen makes of clients."""
    return stacked(
        "postscreen per minute",
        "Whom does postscreen let pass, and why not the others?",
        [
            most_frequent("postscreen_passes", "type", "passed, {{type}}"),
            most_frequent("postscreen_tests_failed", "test", "failed {{test}}"),
            most_frequent("postscreen_messages_rejected", "code", "rejected with {{code}}"),
        ],
        off("postscreen"),
    )
