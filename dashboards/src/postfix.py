"""Server: what Postfix itself does: traffic, queue, clients, TLS, senders, how fast it is.

Each panel reads one collector, the queue, or the senders; all are off by default, and a panel
without data says what to turn on.
"""

from __future__ import annotations

from grafana_foundation_sdk.models import dashboard as models

from dashboards.src import delivery_times, inbound, sessions, shared
from dashboards.src.frame import POSTFIX, Row, build
from dashboards.src.panels import (
    CRITICAL,
    NEUTRAL,
    WARNING,
    About,
    Column,
    Query,
    listing,
)
from dashboards.src.promql import (
    AT_THE_END,
    RANGE,
    REFUSALS,
    TARGETS,
    default,
    minutes,
    or_zero,
    ratio,
)
from dashboards.src.services import (
    MESSAGES,
    MOST,
    QUEUE,
    SENDERS,
    collector,
    counted,
    most_frequent,
    off,
    per_minute,
    stacked,
    trend,
)

_OURS = 'path!=""'
"""The Go exporters' series have no label path."""

_WAITS = f'{_OURS}, queue=~"incoming|active|deferred"'
_TAKEN_UP = f'{_OURS}, queue=~"incoming|maildrop"'
_TEMPORARY = 'code=~"4.."'
_FATAL = 'severity=~"fatal|panic"'


def dashboard() -> str:
    """Give the dashboard's JSON."""
    return build(
        POSTFIX,
        "What Postfix itself does: traffic, queue, clients, TLS, our senders, warnings, and how"
        " fast it delivers; as far as `collectors`, `queue` and `senders` are turned on.",
        [],
        'alertname=~"Postfix.*", category="server"',
        [
            Row(4, _figures()),
            Row(8, (_traffic(), inbound.connections())),
            Row(8, (_depth(), _oldest(), _waiting_for())),
            Row(8, (inbound.rejects(), inbound.logins())),
            Row(8, (inbound.broken_off(), inbound.postscreen())),
            Row(8, (sessions.encrypted(), sessions.protocols())),
            Row(8, (sessions.failures(), _senders())),
            Row(8, (_messages(), _notifications())),
            Row(8, (delivery_times.half(), delivery_times.nearly_all())),
        ],
    )


def _figures() -> tuple[models.Panel, ...]:
    connects = counted("smtpd_connects")
    stuck = default("stuck_min_seconds")
    return (
        shared.figure(
            "Messages waiting",
            "How much mail waits?",
            f"sum({_queue('postfix_showq_queue_depth', _WAITS)})",
            QUEUE,
            reading="In incoming, active and deferred; not what is on hold.",
        ),
        shared.figure(
            "Not taken up for",
            "Does Postfix take up what is new?",
            f"max({_queue('postfix_queue_oldest_message_age_seconds', _TAKEN_UP)})",
            QUEUE,
            ((None, NEUTRAL), (stuck, CRITICAL)),
            reading="Age of the oldest message in maildrop and incoming, where messages lie for"
            " seconds.",
            unit="s",
        ),
        shared.figure(
            "Messages taken in",
            "How much mail came in?",
            f"sum({counted('cleanup_messages_processed')})",
            collector("cleanup"),
            reading="Within the time shown, from outside and from this host.",
        ),
        shared.figure(
            "Rejects put off",
            "Are clients told to come back later?",
            or_zero(f"sum({counted('smtpd_messages_rejected', _TEMPORARY)})", f"sum({connects})"),
            collector("smtpd"),
            reading="Rejects with 4xx within the time shown: greylisting, limits, and our own"
            " trouble (4.3.x).",
        ),
        shared.figure(
            "Failed logins",
            "Does somebody guess passwords?",
            or_zero(f"sum({counted('smtpd_sasl_authentication_failures')})", f"sum({connects})"),
            collector("smtpd"),
            reading="Within the time shown.",
        ),
        shared.figure(
            "Fatal errors",
            "Do services of Postfix fail?",
            f"sum({counted('log_messages', _FATAL)}) > 0",
            f"None, or {MESSAGES} is off",
            ((None, NEUTRAL), (1, WARNING)),
            reading="Lines with fatal or panic within the time shown.",
        ),
    )


def _queue(name: str, matchers: str, when: str = "") -> str:
    return f"{name}{{{TARGETS}, {matchers}}}{when}"


def _traffic() -> models.Panel:
    return trend(
        "Messages per minute",
        "How much mail comes in, and does as much leave?",
        [
            Query(minutes(f"sum({per_minute('cleanup_messages_processed')})"), "taken in"),
            Query(minutes(f"sum({per_minute('qmgr_messages_removed')})"), "done"),
            Query(
                minutes(
                    f"sum({per_minute('qmgr_messages_inserted_recipients_count', total=False)})"
                ),
                "runs of the queue manager",
            ),
        ],
        off("cleanup", "qmgr"),
        reading="A run is a message that enters the active queue: a retry is one more.",
    )


def _depth() -> models.Panel:
    return trend(
        "Messages in the queue",
        "Does mail pile up, and where?",
        [Query(f"sum by (queue) ({_queue('postfix_showq_queue_depth', _OURS)})", "{{queue}}")],
        QUEUE,
        width=8,
    )


def _oldest() -> models.Panel:
    ages = _queue("postfix_queue_oldest_message_age_seconds", _OURS)
    return trend(
        "Oldest message",
        "How long does mail wait?",
        [Query(f"max by (queue) ({ages})", "{{queue}}")],
        QUEUE,
        reading="A message that is tried again is as old in active as it was in deferred.",
        unit="s",
        width=8,
    )


def _waiting_for() -> models.Panel:
    def deferred(when: str = "") -> str:
        return f"sum by (domain) (postfix_queue_deferred_recipients{{{TARGETS}}}{when})"

    return trend(
        "Deferred recipients",
        "For which destinations does mail wait?",
        [
            Query(
                f"{deferred()} and on (domain) topk({MOST}, {deferred(AT_THE_END)} > 0)",
                "{{domain}}",
            )
        ],
        f"Nobody, or {QUEUE}",
        reading="As the queue tells.",
        width=8,
    )


def _senders() -> models.Panel:
    def attempts(matchers: str) -> str:
        inner = ", ".join(filter(None, (TARGETS, matchers)))
        return f"sum by (sender) (increase(postfix_sender_attempts_total{{{inner}}}[{RANGE}]))"

    refused, every = attempts(f'cause=~"{REFUSALS}"'), attempts('cause!="suspended"')
    most = f"and on (sender) topk({MOST}, 1e6 * ({refused} > 0) or {every} > 0)"
    figure = {"unit": "none", "decimals": 0}
    return listing(
        About(
            title="Senders",
            question="Which of our senders is refused most?",
            reading="Attempts within the time shown, retries counted.",
            width=12,
            unit="short",
            nothing=SENDERS,
        ),
        [Column("sender", properties={"displayName": "Sender"})],
        [
            Column("Refused", 90, f"{or_zero(refused, every)} {most}", figure),
            Column("Attempts", 90, f"{every} {most}", figure),
            Column(
                "Share",
                90,
                f"{ratio(or_zero(refused, every), every)} {most}",
                {"unit": "percentunit", "decimals": 1},
            ),
        ],
        sort_by=("Refused", "Attempts"),
    )


def _messages() -> models.Panel:
    return stacked(
        "Warnings and errors per minute",
        "Which service complains, and how badly?",
        [most_frequent("log_messages", "service, severity", "{{service}}, {{severity}}")],
        f"None, or {MESSAGES} is off",
    )


def _notifications() -> models.Panel:
    return stacked(
        "Notifications per minute",
        "What does Postfix tell senders and the postmaster?",
        [most_frequent("bounce_notifications", "recipient, type", "{{type}} to {{recipient}}")],
        off("bounce"),
    )
