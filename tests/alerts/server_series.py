"""Series of Postfix itself for promtool: its queue, its services, who comes in and how."""

from __future__ import annotations

from tests.alerts.series import HOUR, Series, series

SHOWQ = "/var/spool/postfix/public/showq"
Segments = tuple[tuple[int, float], ...]


def known(minutes: int, *jobs: str) -> list[Series]:
    """Give exporters, by which the rules know that there are jobs."""
    return [
        series("postfix_exporter_build_info", python="3.13.5", values=f"1x{minutes}", job=job)
        for job in jobs
    ]


def catching_up(before: int, late: int, minutes: int, job: str) -> list[Series]:
    """Give an exporter that reads for a while lines that are hours old."""
    lag = f"0x{before} 7200x{late - 1} 0x{minutes - before - late}"
    return [*known(minutes, job), series("postfix_exporter_read_lag_seconds", values=lag, job=job)]


def depth(queue: str, values: str, job: str = "postfix", path: str = SHOWQ) -> Series:
    """Give how many messages are in a queue."""
    return series("postfix_showq_queue_depth", values=values, queue=queue, path=path, job=job)


def waiting(values: str, job: str = "postfix") -> list[Series]:
    """Give how many messages are deferred, and some that do not wait for a delivery."""
    held = depth("hold", "90000x4100", job)
    return [depth("deferred", values, job), depth("active", "5x4100", job), held]


def lying(queue: str, ages: str, depths: str, job: str = "postfix") -> list[Series]:
    """Give the age of the oldest message in a queue, and how many are there."""
    oldest = series(
        "postfix_queue_oldest_message_age_seconds", values=ages, queue=queue, path=SHOWQ, job=job
    )
    return [oldest, depth(queue, depths, job)]


def severe(
    severity: str, service: str, *segments: tuple[int, float], job: str = "postfix"
) -> list[Series]:
    """Give lines of a service that begin with a word such as fatal."""
    labels = {"severity": severity, "service": service, "job": job}
    return [series("postfix_log_messages_total", segments, **labels)]


def logins(failed: Segments, accepted: float, job: str = "postfix") -> list[Series]:
    """Give logins that failed, and a rate of those that were accepted."""
    minutes = sum(length for length, _ in failed)
    commands = "postfix_smtpd_commands_total"
    return [
        *connects(minutes, job),
        series(
            "postfix_smtpd_sasl_authentication_failures_total", failed, job=job, sasl_method="PLAIN"
        ),
        series(commands, ((minutes, accepted),), job=job, command="auth", result="accepted"),
        series(commands, ((minutes, 1000),), job=job, command="ehlo", result="accepted"),
    ]


def connects(minutes: int, job: str = "postfix") -> list[Series]:
    """Give connections to smtpd, of which its collector tells from the beginning."""
    return [series("postfix_smtpd_connects_total", ((minutes, 2),), job=job)]


def rejects(
    reply: str, *segments: tuple[int, float], action: str = "reject", job: str = "postfix"
) -> list[Series]:
    """Give rejects with a code and an enhanced code."""
    code, dsn = reply.split()
    labels = {"action": action, "stage": "RCPT", "code": code, "dsn_code": dsn, "job": job}
    return [series("postfix_smtpd_messages_rejected_total", segments, **labels)]


def taken(*segments: tuple[int, float], job: str = "postfix") -> list[Series]:
    """Give messages that smtpd took in."""
    minutes = sum(length for length, _ in segments)
    processed = series(
        "postfix_smtpd_messages_processed_total", segments, sasl_method="none", job=job
    )
    return [processed, *connects(minutes, job)]


def handshakes(
    failed: Segments, made: Segments, service: str = "smtpd", job: str = "postfix"
) -> list[Series]:
    """Give TLS handshakes of a service that failed, and sessions, where there are any."""
    sessions = {"trust": "Anonymous", "protocol": "TLSv1.3", "cipher": "AES"}
    counted = (
        ("tls_handshake_failures", failed, {"service": service}),
        (f"{service}_tls_connections", made, sessions),
    )
    return [
        series(f"postfix_{name}_total", segments, job=job, **labels)
        for name, segments, labels in counted
        if segments
    ]


def newsletters(every: int, minutes: int, sampled: int, job: str) -> list[Series]:
    """Give a queue in which a newsletter waits for the last four hours of every so many minutes."""
    high = 4 * HOUR // sampled
    one = f"20x{every // sampled - high - 1} 4000x{high - 1} "
    return [*known(minutes // sampled, job), *waiting((one * (minutes // every)).strip(), job)]
