"""The alert rules for Postfix itself: its queue, its services, who comes in and how. By instance.

They fire only where the queue is read, or the collector that tells is on.
"""

from __future__ import annotations

from alerts.src.annotations import listed_of_instance, named_by_meaning, since, value_of_instance
from alerts.src.rules import Alert, Expression, Group
from alerts.src.server import (
    FAILED_HANDSHAKES,
    FAILED_LOGINS,
    FATAL_LINES,
    HANDSHAKES,
    INSTANCE,
    OWN_REJECTS,
    SERVICE,
    WAITING,
    usual,
)
from alerts.src.thresholds import threshold

_DASHBOARD = "postfix-server"
_WHERE = "{{ $labels.instance }}, job {{ $labels.job }}:"


def group() -> Group:
    """Give the group of alerts on Postfix itself."""
    return Group(
        "postfix-server-alerts",
        "Postfix itself: queue, services, clients. Silent where no queue is read or no collector on.",
        (_growing(), _stuck(), _fatal_errors(), _sasl_attack(), _inbound_rejects(), _tls_failing()),
    )


def _alert(
    name: str,
    meaning: str,
    expression: Expression,
    wait: str,
    severity: str,
    description: tuple[str, ...],
) -> Alert:
    labels = {"severity": severity, "category": "server"}
    times = (wait, "30m")
    return named_by_meaning(name, meaning, expression, times, labels, description, _DASHBOARD)


def _times_usual(series: str, labels: str, factor: str) -> str:
    return f"and on ({labels}) {series} / {usual(series)} >= {threshold(factor)}"


def _growing() -> Alert:
    return _alert(
        "PostfixQueueGrowing",
        "For hours far more messages wait in the queue than usual, and it does not empty.",
        Expression(
            f"{WAITING} >= {threshold('waiting_min_messages')}",
            (
                f"and on ({INSTANCE}) min_over_time({WAITING}[2h]) / {usual(WAITING)}"
                f" >= {threshold('waiting_factor')}",
                f"and on ({INSTANCE}) {WAITING} >= 0.9 * max_over_time({WAITING}[2h])",
            ),
        ),
        "15m",
        "warning",
        (
            f'{_WHERE} {{{{ $value | printf "%.0f" }}}} messages wait,',
            value_of_instance(usual(WAITING), "usual are"),
            listed_of_instance(
                "For",
                "topk(3, sum by (domain) (postfix_queue_deferred_recipients{job=%q,instance=%q}) > 0)",
                "domain",
            ),
            listed_of_instance(
                "Deferred as",
                "topk(3, sum by (cause) (postfix_deferred_recipients{job=%q,instance=%q}) > 0)",
                "cause",
            ),
            since("PostfixQueueGrowing", "job", "instance"),
        ),
    )


def _stuck() -> Alert:
    queue = 'path!="", queue=~"incoming|maildrop"'
    depth = f"postfix_showq_queue_depth{{{queue}}}"
    return _alert(
        "PostfixQueueStuck",
        "Messages lie where Postfix takes them up within seconds, and nobody does.",
        Expression(
            f"postfix_queue_oldest_message_age_seconds{{{queue}}} >= {threshold('stuck_min_seconds')}",
            (f"and on ({INSTANCE}, path, queue) {depth} >= 0.9 * max_over_time({depth}[30m])",),
        ),
        "10m",
        "critical",
        (
            f"{_WHERE} the oldest message in the queue {{{{ $labels.queue }}}} has been there for"
            " {{ $value | humanizeDuration }}.",
            "From maildrop pickup takes them, from incoming the queue manager: do they run, or is the"
            " active queue full? Until then new mail goes nowhere.",
        ),
    )


def _fatal_errors() -> Alert:
    return _alert(
        "PostfixFatalErrors",
        "Services of Postfix end with fatal errors again and again.",
        Expression(f"{FATAL_LINES} >= {threshold('fatal_min_lines')}"),
        "15m",
        "warning",
        (
            f'{_WHERE} {{{{ $value | printf "%.0f" }}}} fatal errors in 15m.',
            listed_of_instance(
                "Services",
                "topk(3, sum by (service) (increase(postfix_log_messages_total{job=%q,instance=%q,"
                "severity=~'fatal|panic'}[1h])) > 0)",
                "service",
            ),
            since("PostfixFatalErrors", "job", "instance"),
            "The log says why: grep for fatal and panic.",
        ),
    )


def _sasl_attack() -> Alert:
    accepted = (
        f"sum by ({INSTANCE})"
        ' (increase(postfix_smtpd_commands_total{command="auth", result="accepted"}[15m]))'
    )
    return _alert(
        "PostfixSaslAttack",
        "Far more logins fail than usual: passwords are guessed, or our own login is broken.",
        Expression(
            f"{FAILED_LOGINS} >= {threshold('login_min_failures')}",
            (
                f"unless on ({INSTANCE}) {FAILED_LOGINS} / {accepted}"
                f" < {threshold('login_min_ratio')}",
                _times_usual(FAILED_LOGINS, INSTANCE, "server_factor"),
            ),
        ),
        "30m",
        "warning",
        (
            f'{_WHERE} {{{{ $value | printf "%.0f" }}}} failed logins in 15m,',
            value_of_instance(usual(FAILED_LOGINS), "usual are"),
            listed_of_instance(
                "Logins in 15m",
                "sum by (result) (increase(postfix_smtpd_commands_total{job=%q,instance=%q,"
                "command='auth'}[15m]))",
                "result",
            ),
            "Where none is accepted any more, it is no attack: look at the login service.",
        ),
    )


def _inbound_rejects() -> Alert:
    taken = f"sum by ({INSTANCE}) (increase(postfix_smtpd_messages_processed_total[15m]))"
    return _alert(
        "PostfixInboundRejects",
        "smtpd puts clients off because of trouble of our own: a policy server, a Milter, a table.",
        Expression(
            f"{OWN_REJECTS} >= {threshold('deferring_min_rejects')}",
            (
                f"unless on ({INSTANCE}) {OWN_REJECTS} / ({OWN_REJECTS} + {taken})"
                f" < {threshold('deferring_min_ratio')}",
                _times_usual(OWN_REJECTS, INSTANCE, "server_factor"),
            ),
        ),
        "10m",
        "warning",
        (
            f'{_WHERE} {{{{ $value | printf "%.0f" }}}} times in 15m smtpd told a client to come back'
            " later,",
            value_of_instance(usual(OWN_REJECTS), "usual are"),
            listed_of_instance(
                "Codes",
                "topk(3, sum by (dsn_code) (increase(postfix_smtpd_messages_rejected_total{job=%q,"
                "instance=%q,code=~'4..'}[15m])) > 0)",
                "dsn_code",
            ),
            "Is a policy server, a Milter, a database or the disk out of order? Until it is mended,"
            " mail for us waits at its senders.",
        ),
    )


def _tls_failing() -> Alert:
    share = f"{FAILED_HANDSHAKES} / ({FAILED_HANDSHAKES} + {HANDSHAKES})"
    return _alert(
        "PostfixTlsFailing",
        "Most TLS handshakes of a service fail, and far more than usual.",
        Expression(
            f"{FAILED_HANDSHAKES} >= {threshold('handshake_min_failures')}",
            (
                f"and on ({SERVICE}) {share} >= {threshold('handshake_min_ratio')}",
                _times_usual(FAILED_HANDSHAKES, SERVICE, "server_factor"),
            ),
        ),
        "15m",
        "warning",
        (
            f'{_WHERE} {{{{ $value | printf "%.0f" }}}} TLS handshakes of'
            " {{ $labels.service }} failed in 15m,",
            value_of_instance(usual(FAILED_HANDSHAKES), "usual are", "service"),
            "Of smtpd: has our certificate expired, or do key and chain not fit? Of smtp: did"
            " settings or the TLS library change?",
        ),
    )
