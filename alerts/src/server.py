"""What Postfix itself does, by instance: what waits, and what its collectors count in 15 minutes.

Of a collector that is off, and of a queue that is not read, nothing is recorded.
"""

from __future__ import annotations

from alerts.src.rules import SELDOM, Expression, Group, Record
from alerts.src.series import CATCHING_UP, highest

INSTANCE = "job, instance"
SERVICE = "job, instance, service"

WAITING = "instance:postfix_waiting:messages"
FAILED_LOGINS = "instance:postfix_failed_logins:increase15m"
OWN_REJECTS = "instance:postfix_own_rejects:increase15m"
HANDSHAKES = "instance_service:postfix_tls_handshakes:increase15m"
FAILED_HANDSHAKES = "instance_service:postfix_failed_handshakes:increase15m"

FATAL_LINES = "instance:postfix_fatal_lines:increase15m"

_NEW = f"unless on (job, instance) {CATCHING_UP}"
"""What an exporter that catches up counts is old."""

COMMANDS = (
    "sendmail|postalias|postcat|postconf|postdrop|postkick|postlock|postlog|postmap|postmulti"
    "|postqueue|postsuper"
)
"""Programs that users call: that one ends with a fatal error is a message to its user."""

_CONNECTS = f"sum by ({INSTANCE}) (increase(postfix_smtpd_connects_total[15m]))"
_LOGINS = "postfix_smtpd_sasl_authentication_failures_total"
_REJECTS = "postfix_smtpd_messages_rejected_total"
_FAILURES = "postfix_tls_handshake_failures_total"
_SERVICES = ("smtp", "lmtp", "smtpd", "tlsproxy")


def usual(series: str) -> str:
    """Give the name of the series of what is usual."""
    level, name, last = series.split(":")
    return f"{level}:{name}_usual:{last}"


def groups() -> tuple[Group, ...]:
    """Give the groups of what Postfix itself does."""
    return (
        Group(
            "postfix-server",
            "Postfix itself, where its queue is read and its collectors are on.",
            (_waiting(), _fatal_lines(), _failed_logins(), _own_rejects(), *_handshakes()),
        ),
        Group(
            "postfix-server-usual",
            "What is usual of these: the highest of the mean of the day before the last two hours,"
            " and of four hours around this one yesterday and a week ago.",
            tuple(_usual(one) for one in (WAITING, FAILED_LOGINS, OWN_REJECTS, FAILED_HANDSHAKES)),
            SELDOM,
        ),
    )


def _waiting() -> Record:
    # the Go exporters' series of this name have no label path
    depth = 'postfix_showq_queue_depth{path!="", queue=~"incoming|active|deferred"}'
    return Record(
        WAITING,
        "Messages that wait in all queues that an instance reads; without those on hold.",
        Expression(f"sum by ({INSTANCE}) ({depth})"),
    )


def _fatal_lines() -> Record:
    lines = f'postfix_log_messages_total{{severity=~"fatal|panic", service!~"{COMMANDS}"}}'
    return Record(
        FATAL_LINES,
        "Lines of services in a quarter of an hour that begin with fatal or panic.",
        Expression(f"sum by ({INSTANCE}) (increase({lines}[15m]))", (_NEW,)),
    )


def _failed_logins() -> Record:
    return Record(
        FAILED_LOGINS,
        "Logins at smtpd that failed in a quarter of an hour, 0 without any.",
        Expression(_or_zero(f"sum by ({INSTANCE}) (increase({_LOGINS}[15m]))"), (_NEW,)),
    )


def _own_rejects() -> Record:
    ours = (
        f'increase({_REJECTS}{{code=~"4..", dsn_code=~"4[.]3[.].+"}}[15m])'
        f' or increase({_REJECTS}{{action=~"milter-reject|proxy-reject", code=~"4.."}}[15m])'
    )
    return Record(
        OWN_REJECTS,
        "What smtpd put off in a quarter of an hour for trouble of our own, 0 without any: for the"
        " mail system (enhanced codes 4.3.x of RFC 3463), or at the word of a Milter or proxy.",
        Expression(_or_zero(f"sum by ({INSTANCE}) ({ours})"), (_NEW,)),
    )


def _or_zero(counted: str) -> str:
    """Give what was counted, 0 where smtpd is counted and this never happened."""
    return f"({counted}\n  or {_CONNECTS} * 0)"


def _handshakes() -> tuple[Record, ...]:
    made = "\n  or ".join(
        "label_replace(sum by (job, instance) (increase(postfix_"
        f'{service}_tls_connections_total[15m])), "service", "{service}", "", "")'
        for service in _SERVICES
    )
    failed = f"sum by ({SERVICE}) (increase({_FAILURES}[15m]))"
    return (
        Record(
            HANDSHAKES,
            "TLS sessions of a service in a quarter of an hour, where Postfix logs them.",
            Expression(made),
        ),
        Record(
            FAILED_HANDSHAKES,
            "TLS handshakes of a service that failed in a quarter of an hour, 0 without any.",
            Expression(f"({failed}\n  or {HANDSHAKES} * 0)", (_NEW,)),
        ),
    )


def _usual(series: str) -> Record:
    return Record(
        usual(series),
        f"What {series} usually is.",
        Expression(
            highest(
                (
                    f"avg_over_time({series}[1d:15m] offset 2h)",
                    f"max_over_time({series}[4h:15m] offset 22h)",
                    f"max_over_time({series}[4h:15m] offset 166h)",
                )
            )
        ),
    )
