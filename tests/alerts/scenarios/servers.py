"""Postfix itself: queue, services, clients; their names begin with S."""

from __future__ import annotations

from tests.alerts import server_series as server
from tests.alerts.scenarios.scenario import (
    QUIET,
    Scenario,
    fires,
)
from tests.alerts.series import (
    DAY,
    HOUR,
    series,
)

_GROWING, _STUCK, _FATAL = (
    fires(name) for name in ("PostfixQueueGrowing", "PostfixQueueStuck", "PostfixFatalErrors")
)
_ATTACK, _REJECTS, _TLS = (
    fires(name) for name in ("PostfixSaslAttack", "PostfixInboundRejects", "PostfixTlsFailing")
)
_SLOWLY = 15
"""Minutes between samples of a scenario of two weeks."""
_CALM, _STORM = 4 * HOUR, 3 * HOUR
_ALL, _LATE = _CALM + _STORM, 25


def _then(before: float, after: float) -> tuple[tuple[int, float], ...]:
    """Give four hours at a rate a minute and three at another."""
    return ((_CALM, before), (_STORM, after))


def _read_late(after: float) -> tuple[tuple[int, float], ...]:
    """Give a rate while an exporter reads what was written before."""
    return ((_CALM, 0), (_LATE, after), (_STORM - _LATE, 0))


SERVER = (
    Scenario(
        "S1",
        "The queue fills within an hour and does not empty; then it does.",
        [
            *server.known(9 * HOUR, "postfix"),
            *server.waiting("100x180 110+40x60 2500x200 2500-25x99"),
        ],
        ((4 * HOUR, QUIET), (5 * HOUR, QUIET), (7 * HOUR, _GROWING), (9 * HOUR, QUIET)),
    ),
    Scenario(
        "S1b",
        "Few messages wait; twice as many as ever; a newsletter that is on its way out; a Go"
        " exporter's queue, for which nobody is asked; a queue that is read since it is full.",
        [
            *server.known(8 * HOUR, "few", "twice", "newsletter", "go", "new"),
            *server.waiting("10x180 400x300", "few"),
            *server.waiting("2000x180 4000x300", "twice"),
            *server.waiting("100x180 9000-20x300", "newsletter"),
            series(
                "postfix_showq_queue_depth", values="10x180 9000x300", queue="deferred", job="go"
            ),
            server.depth("deferred", "_x180 9000x300", "new"),
        ],
        ((4 * HOUR, QUIET), (6 * HOUR, QUIET), (8 * HOUR, QUIET)),
    ),
    Scenario(
        "S1c",
        "A newsletter waits for four hours each day, or each week: so it was, and so it is.",
        [
            *server.newsletters(DAY, 7 * DAY, _SLOWLY, "daily"),
            *server.newsletters(7 * DAY, 14 * DAY, _SLOWLY, "weekly"),
        ],
        (
            (2 * DAY - 15, QUIET),
            (4 * DAY - 15, QUIET),
            (7 * DAY - 15, _GROWING),
            (14 * DAY - 15, QUIET),
        ),
        every=_SLOWLY,
    ),
    Scenario(
        "S2",
        "Nobody takes up what is handed in on the host itself: pickup has ended.",
        [
            *server.known(3 * HOUR, "postfix"),
            *server.lying("maildrop", "0x60 0+60x90 0x30", "0x60 0+1x90 0x30"),
        ],
        ((HOUR, QUIET), (72, QUIET), (90, _STUCK), (150, _STUCK)),
    ),
    Scenario(
        "S2b",
        "What is there for seconds; a flood that the queue manager works off; what is old where"
        " mail grows old.",
        [
            *server.known(3 * HOUR, "postfix", "flood", "old"),
            *server.lying("incoming", "5x180", "3x180"),
            *server.lying("incoming", "0x60 1800x120", "0x60 9000-60x120", "flood"),
            *server.lying("deferred", "400000x180", "50x180", "old"),
            *server.lying("active", "400000x180", "50x180", "old"),
            *server.lying("hold", "900000x180", "50x180", "old"),
        ],
        ((HOUR, QUIET), (2 * HOUR, QUIET), (3 * HOUR, QUIET)),
    ),
    Scenario(
        "S3",
        "Each smtpd ends with a fatal error once a minute, for its map cannot be opened.",
        [*server.known(_ALL, "postfix"), *server.severe("fatal", "smtpd", *_then(0, 1))],
        ((_CALM, QUIET), (_CALM + 30, _FATAL)),
    ),
    Scenario(
        "S3b",
        "A fatal error in an hour; those of a user's script; warnings; old ones that are read now.",
        [
            *server.known(_ALL, "seldom", "script", "warnings"),
            *server.severe("fatal", "smtpd", *_then(0, 0.02), job="seldom"),
            *server.severe("fatal", "postqueue", *_then(0, 5), job="script"),
            *server.severe("warning", "smtpd", *_then(0, 5), job="warnings"),
            *server.catching_up(_CALM, _LATE, _ALL, "behind"),
            *server.severe("fatal", "smtpd", *_read_late(5), job="behind"),
        ],
        ((_CALM, QUIET), (5 * HOUR, QUIET), (_ALL, QUIET)),
    ),
    Scenario(
        "S4",
        "Passwords are guessed, at a host where that is rare.",
        [*server.known(_ALL, "postfix"), *server.logins(_then(1, 30), 2)],
        ((_CALM, QUIET), (_CALM + 60, _ATTACK)),
    ),
    Scenario(
        "S4b",
        "So it is at a host where never a login failed before, or was accepted.",
        [
            *server.known(_ALL, "postfix"),
            *server.connects(_ALL),
            series(
                "postfix_smtpd_sasl_authentication_failures_total",
                values=f"_x{_CALM - 1} 0+30x{_STORM}",
                sasl_method="LOGIN",
            ),
        ],
        ((_CALM, QUIET), (_CALM + 60, _ATTACK)),
    ),
    Scenario(
        "S4c",
        "Guesses as every day; few of them; mistyped passwords among many logins; old guesses that"
        " are read now; a collector that is on since then.",
        [
            *server.known(_ALL, "usual", "few", "office", "new"),
            *server.logins(_then(20, 30), 2, "usual"),
            *server.logins(_then(0.1, 3), 2, "few"),
            *server.logins(_then(1, 30), 100, "office"),
            *server.catching_up(_CALM, _LATE, _ALL, "behind"),
            *server.logins(_read_late(30), 2, "behind"),
            series(
                "postfix_smtpd_connects_total", values=f"_x{_CALM} 0+5x{_STORM - 65}", job="new"
            ),
            series(
                "postfix_smtpd_sasl_authentication_failures_total",
                values=f"_x{_CALM} 0+30x{_STORM - 65}",
                sasl_method="PLAIN",
                job="new",
            ),
        ],
        ((_CALM, QUIET), (5 * HOUR, QUIET), (_ALL, QUIET)),
    ),
    Scenario(
        "S5",
        "A policy server is down: smtpd speaks of a problem of its configuration, and takes nothing.",
        [
            *server.known(_ALL, "postfix"),
            *server.rejects("451 4.3.5", *_then(0, 2)),
            *server.taken(*_then(2, 0)),
        ],
        ((_CALM, QUIET), (_CALM + 40, _REJECTS)),
    ),
    Scenario(
        "S5b",
        "A Milter is down, and smtpd puts every client off; it never took a message before.",
        [
            *server.known(_ALL, "postfix"),
            *server.rejects("451 4.7.1", *_then(0, 2), action="milter-reject"),
            *server.connects(_ALL),
        ],
        ((_CALM, QUIET), (_CALM + 40, _REJECTS)),
    ),
    Scenario(
        "S5c",
        "Spam and greylisting; a single table that fails; a Milter that greylists as ever; what is"
        " little beside much mail; what is old and read now.",
        [
            *server.known(_ALL, "spam", "seldom", "usual", "busy"),
            *server.taken((_ALL, 1), job="spam"),
            *server.rejects("554 5.7.1", *_then(1, 50), job="spam"),
            *server.rejects("450 4.7.1", *_then(1, 50), job="spam"),
            *server.rejects("554 5.7.1", *_then(1, 50), action="milter-reject", job="spam"),
            *server.rejects("554 5.3.4", *_then(1, 50), job="spam"),
            *server.taken((_ALL, 0.1), job="seldom"),
            *server.rejects("451 4.3.0", *_then(0, 0.1), job="seldom"),
            *server.taken((_ALL, 1), job="usual"),
            *server.rejects("451 4.7.1", *_then(1, 3), action="milter-reject", job="usual"),
            *server.taken((_ALL, 100), job="busy"),
            *server.rejects("451 4.3.0", *_then(0, 3), job="busy"),
            *server.catching_up(_CALM, _LATE, _ALL, "behind"),
            *server.taken((_ALL, 1), job="behind"),
            *server.rejects("451 4.3.0", *_read_late(3), job="behind"),
        ],
        ((_CALM, QUIET), (5 * HOUR, QUIET), (_ALL, QUIET)),
    ),
    Scenario(
        "S6",
        "A certificate has expired: most clients break off their handshakes with smtpd.",
        [
            *server.known(_ALL, "postfix"),
            *server.handshakes(_then(0.1, 5), _then(5, 5)),
            *server.handshakes(((_ALL, 0),), ((_ALL, 5),), "smtp"),
        ],
        ((_CALM, QUIET), (_CALM + 60, _TLS)),
    ),
    Scenario(
        "S6b",
        "Handshakes of the client fail since a change of its settings, the first ever.",
        [
            *server.known(_ALL, "postfix"),
            *server.handshakes((), ((_ALL, 1),), "smtp"),
            series(
                "postfix_tls_handshake_failures_total",
                values=f"_x{_CALM - 1} 0+5x{_STORM}",
                service="smtp",
            ),
        ],
        ((_CALM, QUIET), (_CALM + 60, _TLS)),
    ),
    Scenario(
        "S6c",
        "Scanners as every day; few of them; a small share of much; sessions that are not logged;"
        " what is old and read now.",
        [
            *server.known(_ALL, "usual", "few", "share", "unlogged"),
            *server.handshakes(_then(5, 9), ((_ALL, 1),), job="usual"),
            *server.handshakes(_then(0, 1), ((_ALL, 0.1),), job="few"),
            *server.handshakes(_then(0, 5), ((_ALL, 50),), job="share"),
            *server.handshakes(_then(0, 5), (), job="unlogged"),
            *server.catching_up(_CALM, _LATE, _ALL, "behind"),
            *server.handshakes(_read_late(5), ((_ALL, 1),), job="behind"),
        ],
        ((_CALM, QUIET), (5 * HOUR, QUIET), (_ALL, QUIET)),
    ),
)
