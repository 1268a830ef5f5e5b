"""The scenarios that the rules must tell apart: problems (P), quiet (N), and the watcher (W).

Each moment names the complete set of alerts that fire then; at a moment with none, none is even
pending.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.alerts.series import (
    DAY,
    HOUR,
    Series,
    attempts,
    background,
    backlog,
    counters,
    delivered,
    expired,
    joined,
    series,
)

Alerts = frozenset[str]
"""`NAME scope destination`, or `NAME` alone for an alert without a destination."""

THROTTLED, BLOCKED = "PostfixDestinationThrottled", "PostfixDestinationBlocked"
AUTHENTICATION = "PostfixDestinationAuthenticationFailing"
REFUSING, LIST = "PostfixDestinationRefusing", "PostfixListQualityDegraded"
UNREACHABLE, OUTAGE = "PostfixDestinationUnreachable", "PostfixOwnNetworkOutage"
AUTH_WIDELY, WIDELY = "PostfixAuthenticationFailingWidely", "PostfixRefusedWidely"
EXPIRED = "PostfixMessagesExpired"


@dataclass(frozen=True, slots=True)
class Scenario:
    """What happened, and which alerts fire when; moments are in minutes from the beginning.

    `without` leaves out a rule file, `extra` adds a threshold rule.
    """

    name: str
    requirement: str
    series: list[Series]
    moments: tuple[tuple[int, Alerts], ...]
    without: str = ""
    extra: tuple[tuple[str, str, float], ...] = ()

    def minutes_per_sample(self) -> int:
        """Give the interval of samples and evaluations."""
        return 1 if max(minute for minute, _ in self.moments) <= 9 * HOUR else 5


def fires(*alerts: str) -> Alerts:
    """Give a set of alerts."""
    return frozenset(alerts)


def both(alert: str, domain: str, provider: str) -> tuple[str, str]:
    """Give the alerts of a domain and of its provider."""
    return f"{alert} domain {domain}", f"{alert} provider {provider}"


QUIET: Alerts = frozenset()
GOOGLE = {"provider": "google"}
YAHOO = {"provider": "yahoo"}


def _receivers(count: int, name: str = "d{}.test") -> list[str]:
    return [name.format(number) for number in range(count)]


def _refusing(rates: dict[str, float]) -> list[Series]:
    """Give receivers that accept one message a minute and block others at these rates."""
    return joined(
        [*delivered(domain, (6 * HOUR, 1)), *attempts(domain, "blocked", (6 * HOUR, rate))]
        for domain, rate in rates.items()
    )


POSITIVE = (
    Scenario(
        "P1",
        "200 deferrals 4.7.28 in two hours, almost all to one domain, fire, and it ends afterwards.",
        [
            *delivered("gmail.com", (6 * HOUR, 5), **GOOGLE),
            *attempts("gmail.com", "throttled", (HOUR, 0), (2 * HOUR, 2), (3 * HOUR, 0), **GOOGLE),
            *attempts("tiny.example", "throttled", (90, 0), (1, 1), (269, 0), code="4.7.1"),
            *background(6 * HOUR),
        ],
        (
            (59, QUIET),
            (3 * HOUR, fires(*both(THROTTLED, "gmail.com", "google"))),
            (270, QUIET),
        ),
    ),
    Scenario(
        "P2",
        "Five mails an hour, all refused with 5.7.1 from the sixth hour on.",
        [
            *delivered("gmail.com", (6 * HOUR, 1 / 12), (8 * HOUR, 0)),
            *attempts("gmail.com", "blocked", (6 * HOUR, 0), (8 * HOUR, 1 / 12)),
            *background(14 * HOUR, 0.0138),
        ],
        (
            (6 * HOUR, QUIET),
            (7 * HOUR, QUIET),
            (630, fires(f"{BLOCKED} domain gmail.com")),
        ),
    ),
    Scenario(
        "P2b",
        "Ten mails a day, all refused.",
        [*attempts("gmail.com", "blocked", (26 * HOUR, 10 / DAY)), *background(26 * HOUR, 0.005)],
        ((6 * HOUR, QUIET), (16 * HOUR, fires(f"{BLOCKED} domain gmail.com"))),
    ),
    Scenario(
        "P3",
        "The first 5.7.26 ever at one domain.",
        [
            *delivered("gmail.com", (2 * HOUR, 10), (2 * HOUR, 0), **GOOGLE),
            *attempts("gmail.com", "authentication", (2 * HOUR, 0), (2 * HOUR, 10), **GOOGLE),
            *background(6 * HOUR),
        ],
        ((2 * HOUR, QUIET), (160, fires(*both(AUTHENTICATION, "gmail.com", "google")))),
    ),
    Scenario(
        "P4",
        "DKIM is broken: five receivers refuse, none of them concentrated.",
        [
            *joined(
                [
                    *delivered(domain, (4 * HOUR, 1)),
                    *attempts(domain, "authentication", (2 * HOUR, 0), (2 * HOUR, 1), code=code),
                ]
                for domain, code in (
                    ("a.test", "5.7.26"),
                    ("b.test", "5.7.20"),
                    ("c.test", "5.7.23"),
                    ("d.test", "5.7.26"),
                    ("e.test", "5.7.515"),
                )
            ),
            *background(6 * HOUR),
        ],
        ((2 * HOUR, QUIET), (3 * HOUR, fires(AUTH_WIDELY))),
    ),
    Scenario(
        "P5",
        "Unknown recipients rise from one to twenty percent against the destination's history.",
        [
            *delivered("yahoo.com", (30 * HOUR, 5), **YAHOO),
            *attempts(
                "yahoo.com", "unknown_recipient", (26 * HOUR, 0.05), (4 * HOUR, 1.25), **YAHOO
            ),
            *background(30 * HOUR),
        ],
        ((26 * HOUR, QUIET), (28 * HOUR, fires(*both(LIST, "yahoo.com", "yahoo")))),
    ),
    Scenario(
        "P6",
        "The same at a destination without history.",
        [
            *delivered("yahoo.com", (4 * HOUR, 4)),
            *attempts("yahoo.com", "unknown_recipient", (4 * HOUR, 1)),
            *background(4 * HOUR),
        ],
        ((2 * HOUR, fires(f"{LIST} domain yahoo.com")),),
    ),
    Scenario(
        "P7",
        "Our own outage: every destination is unreachable, most records are suspended.",
        joined(
            [
                *delivered(domain, (2 * HOUR, 3), (2 * HOUR, 0)),
                *attempts(domain, "network", (2 * HOUR, 0), (2 * HOUR, 0.5)),
                *attempts(domain, "network", (2 * HOUR, 0), (2 * HOUR, 0.5), repeat="true"),
                *attempts(domain, "suspended", (2 * HOUR, 0), (2 * HOUR, 2)),
            ]
            for domain in _receivers(5)
        ),
        ((2 * HOUR, QUIET), (210, fires(OUTAGE))),
    ),
    Scenario(
        "P7b",
        "The same with two mails an hour.",
        joined(
            [
                *delivered(domain, (6 * HOUR, 0.03), (6 * HOUR, 0)),
                *attempts(domain, "network", (6 * HOUR, 0), (6 * HOUR, 0.03)),
            ]
            for domain in _receivers(4)
        ),
        ((6 * HOUR, QUIET), (9 * HOUR, fires(OUTAGE))),
    ),
    Scenario(
        "P7c",
        "One destination is unreachable, the others are fine.",
        [
            *attempts("a.test", "network", (6 * HOUR, 1)),
            *attempts("stray.test", "network", (6 * HOUR, 0.25)),
            *background(6 * HOUR),
        ],
        ((3 * HOUR, fires(f"{UNREACHABLE} domain a.test")),),
    ),
    Scenario(
        "P7d",
        "In an outage of every instance nothing else fires, however bad it looked before.",
        [
            *attempts("gmail.com", "throttled", (HOUR, 0), (HOUR, 2), (2 * HOUR, 0.5)),
            *expired("gmail.com", (4 * HOUR, 0.05)),
            *joined(
                [
                    *delivered(domain, (2 * HOUR, 3), (2 * HOUR, 0)),
                    *attempts(domain, "network", (2 * HOUR, 0), (2 * HOUR, 3)),
                ]
                for domain in _receivers(5)
            ),
        ],
        (
            (2 * HOUR, fires(f"{THROTTLED} domain gmail.com", f"{EXPIRED} domain gmail.com")),
            (210, fires(OUTAGE)),
        ),
    ),
    Scenario(
        "P7e",
        "A busy host in an outage: within an hour it does not try all of yesterday's destinations.",
        [
            *joined(delivered(domain, (2 * HOUR, 0.2), (2 * HOUR, 0)) for domain in _receivers(80)),
            *joined(
                attempts(domain, "network", (2 * HOUR, 0), (2 * HOUR, 0.05))
                for domain in _receivers(12)
            ),
        ],
        ((2 * HOUR, QUIET), (210, fires(OUTAGE))),
    ),
    Scenario(
        "P8",
        "Two providers throttle at once, 45 % of the failures each.",
        [
            *delivered("gmail.com", (6 * HOUR, 5)),
            *delivered("yahoo.com", (6 * HOUR, 5)),
            *attempts("gmail.com", "throttled", (6 * HOUR, 2)),
            *attempts("yahoo.com", "throttled", (6 * HOUR, 2), code="4.7.0"),
            *attempts("web.de", "throttled", (6 * HOUR, 0.2), code="4.7.1"),
            *attempts("orange.fr", "throttled", (6 * HOUR, 0.2), code="4.7.1"),
            *background(6 * HOUR, 100),
        ],
        ((3 * HOUR, fires(f"{THROTTLED} domain gmail.com", f"{THROTTLED} domain yahoo.com")),),
    ),
    Scenario(
        "P8b",
        "One receiver throttles much, twelve a little: the cluster says enough.",
        [
            *delivered("gmail.com", (6 * HOUR, 2)),
            *attempts("gmail.com", "throttled", (6 * HOUR, 2)),
            *joined(
                [
                    *delivered(domain, (6 * HOUR, 4)),
                    *attempts(domain, "throttled", (6 * HOUR, 0.25)),
                ]
                for domain in _receivers(12)
            ),
        ],
        ((3 * HOUR, fires(f"{THROTTLED} domain gmail.com")),),
    ),
    Scenario(
        "P9",
        "Thirty Workspace domains with three deferrals an hour each are one receiver.",
        [
            *joined(
                [
                    *delivered(domain, (6 * HOUR, 0.02), **GOOGLE),
                    *attempts(domain, "throttled", (6 * HOUR, 0.05), **GOOGLE),
                ]
                for domain in _receivers(30)
            ),
            *joined(
                delivered(domain, (6 * HOUR, 0.5), provider="microsoft365")
                for domain in _receivers(3, "m{}.test")
            ),
            *background(6 * HOUR),
        ],
        ((3 * HOUR, fires(f"{THROTTLED} provider google")),),
    ),
    Scenario(
        "P10",
        "A million mails an hour: 0.2 % deferred become 2 %.",
        [
            *delivered("gmail.com", (30 * HOUR, 6667)),
            *attempts("gmail.com", "throttled", (26 * HOUR, 13), (4 * HOUR, 136)),
            *delivered("rest.example", (30 * HOUR, 10000)),
            *attempts("rest.example", "throttled", (30 * HOUR, 15), code="4.7.1"),
        ],
        ((26 * HOUR, QUIET), (29 * HOUR, fires(f"{THROTTLED} domain gmail.com"))),
    ),
    Scenario(
        "P10b",
        "The same without any history: other destinations tell what is usual.",
        [
            *delivered("gmail.com", (6 * HOUR, 6667)),
            *attempts("gmail.com", "throttled", (6 * HOUR, 136)),
            *delivered("rest.example", (6 * HOUR, 10000)),
            *attempts("rest.example", "throttled", (6 * HOUR, 15), code="4.7.1"),
        ],
        ((3 * HOUR, fires(f"{THROTTLED} domain gmail.com")),),
    ),
    Scenario(
        "P11",
        "Recipients are given up at one destination.",
        [*expired("gmail.com", (6 * HOUR, 0.05)), *background(6 * HOUR)],
        ((3 * HOUR, fires(f"{EXPIRED} domain gmail.com")),),
    ),
    Scenario(
        "P12",
        "Four instances, each below the minimum, are one sender.",
        [
            *joined(
                [
                    *delivered("gmail.com", (6 * HOUR, 0.2), instance=f"mx{number}"),
                    *attempts("gmail.com", "throttled", (6 * HOUR, 0.2), instance=f"mx{number}"),
                ]
                for number in range(4)
            ),
            *background(6 * HOUR),
        ],
        ((3 * HOUR, fires(f"{THROTTLED} domain gmail.com")),),
    ),
    Scenario(
        "P13",
        "Twelve receivers reject with 5.7.1 at once: a blocklist.",
        joined(
            [
                *delivered(domain, (6 * HOUR, 1)),
                *attempts(domain, "blocked", (2 * HOUR, 0), (4 * HOUR, 0.5)),
            ]
            for domain in _receivers(12)
        ),
        ((2 * HOUR, QUIET), (210, fires(WIDELY))),
    ),
    Scenario(
        "P14",
        "The exporter was down for six hours, and the block goes on.",
        [
            *background(8 * HOUR),
            *delivered("gmail.com", (2 * HOUR, 5), (7 * HOUR, 0)),
            series("postfix_exporter_read_lag_seconds", values="0x120 _x360 21600x3 0x60"),
            *backlog("gmail.com", "blocked", during=500, after=2),
        ],
        ((2 * HOUR, QUIET), (8 * HOUR + 40, fires(f"{BLOCKED} domain gmail.com"))),
    ),
    Scenario(
        "P15",
        "A small sender is refused by all of its five receivers.",
        joined(attempts(domain, "blocked", (8 * HOUR, 0.02)) for domain in _receivers(5)),
        ((6 * HOUR, fires(WIDELY)),),
    ),
    Scenario(
        "P16",
        "A surge that lasts a day and a half does not become its own baseline.",
        [
            *delivered("gmail.com", (5 * DAY, 6667)),
            *attempts("gmail.com", "throttled", (3 * DAY, 13), (36 * HOUR, 136), (12 * HOUR, 13)),
            *delivered("rest.example", (5 * DAY, 10000)),
            *attempts("rest.example", "throttled", (5 * DAY, 15), code="4.7.1"),
        ],
        (
            (3 * DAY, QUIET),
            (3 * DAY + 6 * HOUR, fires(f"{THROTTLED} domain gmail.com")),
            (3 * DAY + 30 * HOUR, fires(f"{THROTTLED} domain gmail.com")),
            (3 * DAY + 42 * HOUR, QUIET),
        ),
    ),
    Scenario(
        "P17",
        "The same a week later fires again.",
        [
            *delivered("gmail.com", (9 * DAY, 6667)),
            *attempts(
                "gmail.com",
                "throttled",
                (DAY, 13),
                (6 * HOUR, 136),
                (162 * HOUR, 13),
                (6 * HOUR, 136),
            ),
            *delivered("rest.example", (9 * DAY, 10000)),
            *attempts("rest.example", "throttled", (9 * DAY, 15), code="4.7.1"),
        ],
        (
            (DAY + 5 * HOUR, fires(f"{THROTTLED} domain gmail.com")),
            (2 * DAY, QUIET),
            (8 * DAY + 5 * HOUR, fires(f"{THROTTLED} domain gmail.com")),
        ),
    ),
    Scenario(
        "P18",
        "One of ten hosts has lost its network.",
        [
            *joined(
                delivered(domain, (4 * HOUR, 1), instance=f"mx{number}")
                for number in range(9)
                for domain in _receivers(5)
            ),
            *joined(
                [
                    *delivered(domain, (2 * HOUR, 1), (2 * HOUR, 0), instance="dead"),
                    *attempts(domain, "network", (2 * HOUR, 0), (2 * HOUR, 1), instance="dead"),
                ]
                for domain in _receivers(5)
            ),
            *attempts("gmail.com", "blocked", (2 * HOUR, 0), (2 * HOUR, 2)),
        ],
        ((2 * HOUR, QUIET), (200, fires(OUTAGE, f"{BLOCKED} domain gmail.com"))),
    ),
    Scenario(
        "P19",
        "A sender with two destinations reaches neither.",
        joined(
            [
                *delivered(domain, (2 * HOUR, 1), (2 * HOUR, 0)),
                *attempts(domain, "network", (2 * HOUR, 0), (2 * HOUR, 0.1)),
            ]
            for domain in ("a.test", "b.test")
        ),
        ((2 * HOUR, QUIET), (3 * HOUR, fires(OUTAGE))),
    ),
    Scenario(
        "P19b",
        "A sender with one destination does not reach it: whose fault it is cannot be told.",
        [
            *delivered("a.test", (2 * HOUR, 1), (2 * HOUR, 0)),
            *attempts("a.test", "network", (2 * HOUR, 0), (2 * HOUR, 0.1)),
        ],
        ((2 * HOUR, QUIET), (3 * HOUR, fires(f"{UNREACHABLE} domain a.test"))),
    ),
    Scenario(
        "P20",
        "Refusals are followed by suspension; the real ones come on retry.",
        [
            *delivered("gmail.com", (2 * HOUR, 5), (4 * HOUR, 0)),
            *attempts("gmail.com", "throttled", (2 * HOUR, 0), (4 * HOUR, 0.75)),
            *attempts("gmail.com", "throttled", (2 * HOUR, 0), (4 * HOUR, 0.25), repeat="true"),
            *attempts("gmail.com", "suspended", (2 * HOUR, 0), (4 * HOUR, 4)),
            *background(6 * HOUR),
        ],
        ((2 * HOUR, QUIET), (4 * HOUR, fires(f"{THROTTLED} domain gmail.com"))),
    ),
    Scenario(
        "P21",
        "554 without a code from a provider in no table.",
        [
            *delivered("small.test", (2 * HOUR, 2), (2 * HOUR, 0)),
            *attempts("small.test", "other", (2 * HOUR, 0), (2 * HOUR, 1)),
            *attempts("small.test", "content", (2 * HOUR, 0), (2 * HOUR, 1)),
            *background(6 * HOUR),
        ],
        ((2 * HOUR, QUIET), (3 * HOUR, fires(f"{REFUSING} domain small.test"))),
    ),
    Scenario(
        "P22",
        "The same twenty customers are refused for two days: counted once, but it is not over.",
        [
            *attempts(
                "gmail.com",
                "blocked",
                (50 * HOUR, 1 / 12),
                recipients=((4 * HOUR, 1 / 12), (46 * HOUR, 0)),
            ),
            *background(50 * HOUR, 0.02),
        ],
        (
            (8 * HOUR, fires(f"{BLOCKED} domain gmail.com")),
            (48 * HOUR, fires(f"{BLOCKED} domain gmail.com")),
        ),
    ),
    Scenario(
        "P23",
        "A threshold for one job wins there and leaves the others alone.",
        joined(
            [
                *delivered("gmail.com", (4 * HOUR, 5), job=job),
                *attempts("gmail.com", "throttled", (4 * HOUR, 2), job=job),
                *joined(delivered(d, (4 * HOUR, 5), job=job) for d in _receivers(3)),
            ]
            for job in ("bulk", "office")
        ),
        ((3 * HOUR, fires(f"{THROTTLED} domain gmail.com")),),
        extra=(("fast_min_failures", "bulk", 500), ("surge_min_failures", "bulk", 500)),
    ),
)

NEGATIVE = (
    Scenario(
        "N1",
        "Churn over 60 domains.",
        joined(
            [
                *delivered(domain, (26 * HOUR, 0.2)),
                *attempts(domain, cause, (26 * HOUR, 0.0014)),
            ]
            for domain, cause in zip(
                _receivers(60),
                12 * ("unknown_recipient", "blocked", "throttled", "mailbox", "other"),
                strict=True,
            )
        ),
        tuple((hour * HOUR, QUIET) for hour in (2, 8, 24, 26)),
    ),
    Scenario(
        "N2",
        "An old list: eight percent unknown recipients every day.",
        [
            *delivered("yahoo.com", (60 * HOUR, 5)),
            *attempts("yahoo.com", "unknown_recipient", (60 * HOUR, 0.45)),
            *background(60 * HOUR),
        ],
        tuple((hour * HOUR, QUIET) for hour in (10, 26, 40, 60)),
    ),
    Scenario(
        "N2b",
        "Twelve percent every day: on the second day it is known to be usual.",
        [
            *delivered("yahoo.com", (60 * HOUR, 5)),
            *attempts("yahoo.com", "unknown_recipient", (60 * HOUR, 0.7)),
            *background(60 * HOUR),
        ],
        ((52 * HOUR, QUIET), (60 * HOUR, QUIET)),
    ),
    Scenario(
        "N3",
        "Greylisting in words that no rule knows: each message is deferred once, then accepted.",
        [
            *attempts("grey.test", "throttled", (HOUR, 0), (30, 0.3), (5 * HOUR, 0), code="4.7.1"),
            *delivered("grey.test", (66, 0), (30, 0.3), (294, 0)),
            *background(7 * HOUR),
        ],
        ((2 * HOUR, QUIET), (3 * HOUR, QUIET), (6 * HOUR, QUIET)),
    ),
    Scenario(
        "N3b",
        "Greylisting in bulk.",
        [
            *attempts("grey.test", "greylisted", (4 * HOUR, 5)),
            *delivered("grey.test", (4 * HOUR, 1)),
            *background(4 * HOUR),
        ],
        ((2 * HOUR, QUIET), (4 * HOUR, QUIET)),
    ),
    Scenario(
        "N4",
        "Mailboxes are full at one domain.",
        [
            *delivered("gmail.com", (6 * HOUR, 5)),
            *attempts("gmail.com", "mailbox", (6 * HOUR, 3)),
            *background(6 * HOUR),
        ],
        ((2 * HOUR, QUIET), (6 * HOUR, QUIET)),
    ),
    Scenario(
        "N5",
        "One refusal is repeated 500 times as suspended.",
        [
            *delivered("gmail.com", (6 * HOUR, 5)),
            *attempts("gmail.com", "suspended", (2 * HOUR, 0), (10, 50), (230, 0)),
            *attempts("gmail.com", "throttled", (2 * HOUR, 0), (1, 1), (239, 0)),
            *background(6 * HOUR),
        ],
        ((140, QUIET), (3 * HOUR, QUIET)),
    ),
    Scenario(
        "N6",
        "One message is retried 50 times.",
        [
            *attempts("small.test", "throttled", (HOUR, 0), (1, 1), (5 * HOUR, 0)),
            *attempts("small.test", "throttled", (HOUR, 0), (5 * HOUR, 0.17), repeat="true"),
            *background(6 * HOUR),
        ],
        ((3 * HOUR, QUIET), (6 * HOUR, QUIET)),
    ),
    Scenario(
        "N6b",
        "Few recipients who are deferred first wait and are retried many times: no bulk.",
        [
            *delivered("small.test", (6 * HOUR, 0.5)),
            *attempts("small.test", "throttled", (HOUR, 0), (10, 2), (290, 0)),
            *attempts("small.test", "throttled", (HOUR, 0), (5 * HOUR, 4), repeat="true"),
            *background(6 * HOUR),
        ],
        ((3 * HOUR, QUIET), (6 * HOUR, QUIET)),
    ),
    Scenario(
        "N7",
        "A bulk sender's long tail: a tiny domain refuses all of its 20 mails.",
        [
            *attempts("tail.test", "blocked", (26 * HOUR, 0.06)),
            *delivered("gmail.com", (26 * HOUR, 6667)),
            *attempts("gmail.com", "blocked", (26 * HOUR, 3)),
            *background(26 * HOUR, 1000),
        ],
        ((6 * HOUR, QUIET), (26 * HOUR, QUIET)),
    ),
    Scenario(
        "N7b",
        "The same when nothing else fails at all.",
        [
            *attempts("tail.test", "blocked", (26 * HOUR, 0.06)),
            *delivered("gmail.com", (26 * HOUR, 6667)),
        ],
        ((6 * HOUR, QUIET), (26 * HOUR, QUIET)),
    ),
    Scenario(
        "N8",
        "Two failures at a low-volume sender.",
        [
            *attempts("gmail.com", "blocked", (HOUR, 0), (2, 1), (5 * HOUR, 0)),
            *background(6 * HOUR, 0.01),
        ],
        ((2 * HOUR, QUIET), (6 * HOUR, QUIET)),
    ),
    Scenario(
        "N9",
        "The counters of a busy exporter begin anew.",
        [
            *counters("gmail.com", "delivered", "0+50x120 0+50x240"),
            *counters("gmail.com", "throttled", "5000+0x120 0+0.125x240"),
            *background(6 * HOUR),
        ],
        ((130, QUIET), (3 * HOUR, QUIET), (5 * HOUR, QUIET)),
    ),
    Scenario(
        "N10",
        "A bulk sender is throttled mildly, as always.",
        [
            *delivered("gmail.com", (30 * HOUR, 6667)),
            *attempts("gmail.com", "throttled", (30 * HOUR, 136)),
            *delivered("rest.example", (30 * HOUR, 10000)),
            *attempts("rest.example", "throttled", (30 * HOUR, 15), code="4.7.1"),
        ],
        ((27 * HOUR, QUIET), (30 * HOUR, QUIET)),
    ),
    Scenario(
        "N11",
        "Our own TLS policy fails at one destination.",
        [
            *attempts("strict.test", "local", (6 * HOUR, 2)),
            *background(6 * HOUR),
        ],
        ((3 * HOUR, QUIET), (6 * HOUR, QUIET)),
    ),
    Scenario(
        "N12",
        "Three thousand messages to one mailbox are deferred with 4.7.1.",
        [
            *delivered("small.test", (6 * HOUR, 1)),
            *attempts("small.test", "throttled", (6 * HOUR, 8), recipients=((1, 1), (359, 0))),
            *background(6 * HOUR),
        ],
        ((3 * HOUR, QUIET), (6 * HOUR, QUIET)),
    ),
    Scenario(
        "N12b",
        "One mailbox refuses all of its mail for days.",
        [
            *attempts("small.test", "blocked", (30 * HOUR, 0.05), recipients=((5, 0.2), (1795, 0))),
            *background(30 * HOUR, 0.5),
        ],
        ((8 * HOUR, QUIET), (30 * HOUR, QUIET)),
    ),
    Scenario(
        "N13",
        "The exporter was down for six hours, and the block is over.",
        [
            *background(8 * HOUR),
            *delivered("gmail.com", (9 * HOUR, 5)),
            series("postfix_exporter_read_lag_seconds", values="0x120 _x360 21600x3 0x60"),
            *backlog("gmail.com", "blocked", during=500, after=0),
        ],
        ((8 * HOUR + 10, QUIET), (8 * HOUR + 30, QUIET), (9 * HOUR, QUIET)),
    ),
    Scenario(
        "N14",
        "Three mistyped domains are retried through a quiet night.",
        [
            *joined(delivered(domain, (2 * HOUR, 1), (7 * HOUR, 0)) for domain in _receivers(6)),
            *joined(
                attempts(domain, "network", (HOUR, 0.02), (8 * HOUR, 0.02), repeat=repeat)
                for domain in ("gmial.test", "yaho.test", "hotnail.test")
                for repeat in ("false", "true")
            ),
        ],
        ((4 * HOUR, QUIET), (8 * HOUR, QUIET)),
    ),
    Scenario(
        "N14b",
        "Two of six destinations are down in a quiet night.",
        [
            *joined(delivered(domain, (2 * HOUR, 1), (7 * HOUR, 0)) for domain in _receivers(6)),
            *joined(
                attempts(domain, "network", (2 * HOUR, 0), (7 * HOUR, 0.02), repeat="true")
                for domain in _receivers(3)
            ),
        ],
        ((4 * HOUR, QUIET), (8 * HOUR, QUIET)),
    ),
    Scenario(
        "N14c",
        "Five of six destinations fail now and then, but mail goes out.",
        [
            *joined(
                [
                    *delivered(domain, (9 * HOUR, 0.25)),
                    *attempts(domain, "network", (9 * HOUR, 0.02), repeat="true"),
                ]
                for domain in _receivers(6)
            ),
        ],
        ((4 * HOUR, QUIET), (8 * HOUR, QUIET)),
    ),
    Scenario(
        "N15",
        "A dictionary attack is bounced by our own mailbox server behind the gateway.",
        [
            series(
                "postfix_agent_delivery_attempts_total",
                ((6 * HOUR, 20),),
                agent="smtp",
                status="bounced",
            ),
            *background(6 * HOUR),
        ],
        ((3 * HOUR, QUIET), (6 * HOUR, QUIET)),
    ),
    Scenario(
        "N16",
        "What is folded into remainders is never named.",
        [
            *joined(
                attempts(domain, "blocked", (6 * HOUR, 2), provider="unknown")
                for domain in ("other", "none", "invalid", "address-literal")
            ),
            *background(6 * HOUR),
        ],
        ((3 * HOUR, QUIET), (6 * HOUR, QUIET)),
    ),
    Scenario(
        "N17",
        "Two receivers refuse at once: no blocklist.",
        _refusing({"a.test": 0.1, "b.test": 0.1, "c.test": 0.04, "d.test": 0}),
        ((3 * HOUR, QUIET), (6 * HOUR, QUIET)),
    ),
    Scenario(
        "N18",
        "Three receivers refuse, most of it one of them, too little to be a cluster: no blocklist.",
        _refusing({"a.test": 0.3, "b.test": 0.07, "c.test": 0.07, "d.test": 0}),
        ((3 * HOUR, QUIET), (6 * HOUR, QUIET)),
    ),
)

SCENARIOS = POSITIVE + NEGATIVE
