"""The scenarios that the rules must tell apart: problems, quiet days, watchers, queues, servers.

Their names begin with P, N, W, Q, S.
Each moment names the complete set of alerts that fire then; at a moment with none, none is even
pending.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.alerts import server_series as server
from tests.alerts.series import (
    DAY,
    HOUR,
    Series,
    attempts,
    background,
    backlog,
    counters,
    deferred,
    delivered,
    expired,
    joined,
    series,
    suspended,
)

Alerts = frozenset[str]
"""`NAME scope destination`, or `NAME` alone for an alert without a destination."""

THROTTLED, BLOCKED = "PostfixDestinationThrottled", "PostfixDestinationBlocked"
AUTHENTICATION = "PostfixDestinationAuthenticationFailing"
REFUSING, LIST = "PostfixDestinationRefusing", "PostfixListQualityDegraded"
UNREACHABLE, OUTAGE = "PostfixDestinationUnreachable", "PostfixOwnNetworkOutage"
AUTH_WIDELY, WIDELY = "PostfixAuthenticationFailingWidely", "PostfixRefusedWidely"
EXPIRED, LIST_WIDELY = "PostfixMessagesExpired", "PostfixListQualityWidely"
NOWHERE, OWN = "PostfixNothingDelivered", "PostfixOwnErrors"


@dataclass(frozen=True, slots=True)
class Scenario:
    """What happened, and which alerts fire when; moments are in minutes from the beginning.

    `without` leaves out a rule file; `extra` adds thresholds, of a job or a global one once more;
    `every` so many minutes there are samples and evaluations, if that is not left to its length.
    """

    name: str
    requirement: str
    series: list[Series]
    moments: tuple[tuple[int, Alerts], ...]
    without: str = ""
    extra: tuple[tuple[str, str, float], ...] = ()
    every: int = 0

    def minutes_per_sample(self) -> int:
        """Give the interval of samples and evaluations: of a long scenario every fifth minute.

        Single values, by the minute up to nine hours, say more in a shorter time.
        """
        hours = 9 if any(one.values for one in self.series) else 5
        return self.every or (1 if self._lasts() <= hours * HOUR else 5)

    def evaluations(self) -> int:
        """Give how often the rules are evaluated."""
        return self._lasts() // self.minutes_per_sample()

    def _lasts(self) -> int:
        return max(minute for minute, _ in self.moments)


def fires(*alerts: str) -> Alerts:
    """Give a set of alerts."""
    return frozenset(alerts)


def both(alert: str, domain: str, provider: str) -> tuple[str, str]:
    """Give the alerts of a domain and of its provider."""
    return f"{alert} domain {domain}", f"{alert} provider {provider}"


QUIET: Alerts = frozenset()
GOOGLE, YAHOO = "google", "yahoo"


def _receivers(count: int, name: str = "d{}.test") -> list[str]:
    return [name.format(number) for number in range(count)]


def _lost_network(
    domains: list[str],
    minutes: int = 2 * HOUR,
    *,
    well: int = 2 * HOUR,
    silent: int = 0,
    instance: str = "mx1",
) -> list[Series]:
    """Give receivers that accept mail, for two hours, may get none, and then are out of reach."""
    return joined(
        [
            *delivered(domain, (well, 3), (silent + minutes, 0), instance=instance),
            *attempts(domain, "network", (well + silent, 0), (minutes, 0.5), instance=instance),
        ]
        for domain in domains
    )


def _two_lost() -> list[Series]:
    return joined(
        [
            *delivered(domain, (2 * HOUR, 1), (2 * HOUR, 0)),
            *attempts(domain, "network", (2 * HOUR, 0), (2 * HOUR, 0.1)),
        ]
        for domain in ("a.test", "b.test")
    )


def _refusing(
    rates: dict[str, float], cause: str = "blocked", job: str = "postfix"
) -> list[Series]:
    """Give receivers that accept one message a minute and refuse others at these rates."""
    return joined(
        [
            *delivered(domain, (6 * HOUR, 1), job=job),
            *attempts(domain, cause, (6 * HOUR, rate), job=job),
        ]
        for domain, rate in rates.items()
    )


_AFTER_RETURN = tuple((minute, QUIET) for minute in (490, 505, 515, 530, 540))
"""Quiet moments once an exporter is back that was down from the second to the eighth hour."""


def _found_outage(accepted: str) -> list[Series]:
    """Give what such an exporter finds of five receivers: what they accepted, then an outage."""
    return [
        *joined(
            [
                *counters(domain, "delivered", accepted),
                *counters(domain, "network", "0x120 _x360 0 20x60"),
            ]
            for domain in _receivers(5)
        ),
        series("postfix_exporter_read_lag_seconds", values="0x120 _x360 21600x3 0x60"),
    ]


_FOLDED = fires("PostfixDomainsFolded")

_WANDERING = (0, 136, 136, 0, 136)
"""Throttled messages a minute in half days: the last is one that was quiet a day before."""


def _faded(job: str, begin: int, end: int, rest: float, refused: float) -> list[Series]:
    """Give twelve receivers that refuse a little for a while; then mail becomes rare."""
    return joined(
        [
            *delivered(domain, (end, 1), (48 * HOUR - end, rest), job=job),
            *attempts(
                domain,
                "blocked",
                (begin, 0),
                (end - begin, 0.0638),
                (48 * HOUR - end, refused),
                job=job,
            ),
        ]
        for domain in _receivers(12)
    )


def _refused_for(cause: str, job: str, begin: int, end: int, rate: float) -> list[Series]:
    """Give twelve receivers that accept a message a minute and refuse some for a while."""
    return joined(
        [
            *delivered(domain, (42 * HOUR, 1), job=job),
            *attempts(
                domain, cause, (begin, 0), (end - begin, rate), (42 * HOUR - end, 0), job=job
            ),
        ]
        for domain in _receivers(12)
    )


POSITIVE = (
    Scenario(
        "P1",
        "200 deferrals 4.7.28 in two hours, almost all to one domain, fire, and it ends afterwards.",
        [
            *delivered("gmail.com", (6 * HOUR, 5), provider=GOOGLE),
            *attempts(
                "gmail.com", "throttled", (HOUR, 0), (2 * HOUR, 2), (3 * HOUR, 0), provider=GOOGLE
            ),
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
        "P1b",
        "The same at one that no provider is named for: the domain fires alone.",
        [
            *delivered("example.com", (3 * HOUR, 5), provider=""),
            *attempts("example.com", "throttled", (HOUR, 0), (2 * HOUR, 2), provider=""),
            *background(3 * HOUR),
        ],
        ((3 * HOUR, fires(f"{THROTTLED} domain example.com")),),
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
            *delivered("gmail.com", (2 * HOUR, 10), (2 * HOUR, 0), provider=GOOGLE),
            *attempts(
                "gmail.com", "authentication", (2 * HOUR, 0), (2 * HOUR, 10), provider=GOOGLE
            ),
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
            *delivered("yahoo.com", (30 * HOUR, 5), provider=YAHOO),
            *attempts(
                "yahoo.com",
                "unknown_recipient",
                (26 * HOUR, 0.05),
                (4 * HOUR, 1.25),
                provider=YAHOO,
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
            *attempts("a.test", "network", (4 * HOUR, 1), (2 * HOUR, 0)),
            *attempts("stray.test", "network", (6 * HOUR, 0.25)),
            *background(6 * HOUR),
        ],
        ((3 * HOUR, fires(f"{UNREACHABLE} domain a.test")), (295, QUIET)),
    ),
    Scenario(
        "P7d",
        "In an outage of every instance nothing else fires, however bad it looks.",
        [
            *attempts("gmail.com", "throttled", (HOUR, 0), (HOUR, 2), (2 * HOUR, 0)),
            *attempts("yahoo.com", "blocked", (HOUR, 0), (HOUR, 2), (2 * HOUR, 0)),
            *attempts("gmx.de", "authentication", (HOUR, 0), (HOUR, 2), (2 * HOUR, 0)),
            *attempts("aol.com", "other", (HOUR, 0), (HOUR, 2), (2 * HOUR, 0)),
            *joined(
                attempts(domain, "unknown_recipient", (HOUR, 0), (3 * HOUR, 2))
                for domain in _receivers(3, "bad{}.test")
            ),
            *attempts("dead.test", "network", (HOUR, 0), (3 * HOUR, 9)),
            *expired("gmail.com", (4 * HOUR, 0.05)),
            *_lost_network(_receivers(8)),
        ],
        (
            (
                2 * HOUR,
                fires(
                    f"{THROTTLED} domain gmail.com",
                    f"{BLOCKED} domain yahoo.com",
                    f"{AUTHENTICATION} domain gmx.de",
                    f"{REFUSING} domain aol.com",
                    *(f"{LIST} domain {domain}" for domain in _receivers(3, "bad{}.test")),
                    LIST_WIDELY,
                    f"{EXPIRED} domain gmail.com",
                ),
            ),
            (210, fires(OUTAGE)),
        ),
    ),
    Scenario(
        "P7f",
        "In an outage of every instance no refusal by many receivers fires.",
        [
            *joined(
                [
                    *attempts(domain, "blocked", (HOUR, 0), (HOUR, 0.5), (2 * HOUR, 0)),
                    *attempts(domain, "authentication", (HOUR, 0), (HOUR, 0.5), (2 * HOUR, 0)),
                ]
                for domain in _receivers(12, "r{}.test")
            ),
            *_lost_network(_receivers(8)),
        ],
        ((2 * HOUR, fires(WIDELY, AUTH_WIDELY)), (210, fires(OUTAGE))),
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
                    *delivered(domain, (6 * HOUR, 0.02), provider=GOOGLE),
                    *attempts(domain, "throttled", (6 * HOUR, 0.05), provider=GOOGLE),
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
        "P9c",
        "Thirty customers of a hoster in no table are one receiver, named as the hoster's domain.",
        [
            *delivered("hoster.test", (6 * HOUR, 0.5)),
            *joined(
                [
                    *delivered(domain, (6 * HOUR, 0.02), provider="hoster.test"),
                    *attempts(domain, "throttled", (6 * HOUR, 0.05), provider="hoster.test"),
                ]
                for domain in _receivers(30)
            ),
            *background(6 * HOUR),
        ],
        ((3 * HOUR, fires(f"{THROTTLED} provider hoster.test")),),
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
        _two_lost(),
        ((2 * HOUR, QUIET), (3 * HOUR, fires(OUTAGE))),
    ),
    Scenario(
        "P19c",
        "The same; what was counted as other before is no third destination.",
        [*_two_lost(), *delivered("other", (2 * HOUR, 1), (2 * HOUR, 0))],
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
        "P19d",
        "A sender whose three destinations are one hoster's reaches none: the same.",
        joined(
            [
                *delivered(domain, (2 * HOUR, 1), (2 * HOUR, 0), provider="strato"),
                *attempts(domain, "network", (2 * HOUR, 0), (2 * HOUR, 0.1), provider="strato"),
            ]
            for domain in _receivers(3)
        ),
        ((2 * HOUR, QUIET), (3 * HOUR, fires(f"{UNREACHABLE} provider strato"))),
    ),
    Scenario(
        "P19e",
        "The only destination of a host has a server at a provider and one that no table knows.",
        [
            *delivered("a.test", (2 * HOUR, 1), (2 * HOUR, 0), provider="strato"),
            *attempts("a.test", "network", (2 * HOUR, 0), (2 * HOUR, 0.1), provider="strato"),
            *attempts("a.test", "network", (2 * HOUR, 0), (2 * HOUR, 0.1)),
        ],
        ((2 * HOUR, QUIET), (3 * HOUR, fires(f"{UNREACHABLE} provider strato"))),
    ),
    Scenario(
        "P20",
        "Refusals are followed by suspension; the real ones come on retry.",
        [
            *delivered("gmail.com", (2 * HOUR, 5), (4 * HOUR, 0)),
            *attempts("gmail.com", "throttled", (2 * HOUR, 0), (4 * HOUR, 0.75)),
            *attempts("gmail.com", "throttled", (2 * HOUR, 0), (4 * HOUR, 0.25), repeat="true"),
            *attempts("gmail.com", "suspended", (2 * HOUR, 0), (4 * HOUR, 20)),
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


def _customers(days: int) -> list[Series]:
    """Give sixty mails a day to twenty customers, from 8 to 18 hours, all refused."""
    office = ((8 * HOUR, 0.0), (10 * HOUR, 0.1), (6 * HOUR, 0.0))
    news = {0: 20, 1: 0, 2: 0, 3: 2}
    counted = [
        (minutes, news[day] / 600 if rate else 0.0)
        for day in range(days)
        for minutes, rate in office
    ]
    return attempts("gmail.com", "blocked", *(office * days), recipients=counted)


def _campaigns(starts: tuple[int, ...], bad: float) -> list[Series]:
    """Give a list that is mailed for two hours a day, each day from another hour on."""
    sent: list[tuple[int, float]] = []
    for start in starts:
        sent += [(start * HOUR, 0.2), (2 * HOUR, 5), ((22 - start) * HOUR, 0.2)]
    unknown = [(minutes, rate * bad if rate > 1 else 0.0) for minutes, rate in sent]
    return [
        *delivered("yahoo.com", *sent),
        *attempts("yahoo.com", "unknown_recipient", *unknown),
    ]


LATER = (
    Scenario(
        "P8c",
        "Two providers that are most of the mail push back at once.",
        [
            *joined(
                [
                    *delivered(domain, (HOUR, 5), (3 * HOUR, 2.5), provider=provider),
                    *attempts(domain, "throttled", (HOUR, 0), (3 * HOUR, 2.5), provider=provider),
                ]
                for domain, provider in (("gmail.com", GOOGLE), ("yahoo.com", YAHOO))
            ),
            *joined(
                [
                    *delivered(domain, (4 * HOUR, 3)),
                    *attempts(domain, "throttled", (4 * HOUR, 0.1875)),
                ]
                for domain in _receivers(3)
            ),
        ],
        (
            (
                200,
                fires(*both(THROTTLED, "gmail.com", GOOGLE), *both(THROTTLED, "yahoo.com", YAHOO)),
            ),
        ),
    ),
    Scenario(
        "P18b",
        "The only host that is left is in an outage; one that is gone has no say after a day.",
        [
            *joined(
                delivered(domain, (2 * HOUR, 1), (28 * HOUR, 0), instance="gone")
                for domain in _receivers(4)
            ),
            *_lost_network(_receivers(4), 28 * HOUR),
            *deferred("d0.test", "network", 2000, 30 * HOUR),
            *expired("gmail.com", (30 * HOUR, 0.05)),
        ],
        (
            (6 * HOUR, fires(OUTAGE, f"{EXPIRED} domain gmail.com")),
            (29 * HOUR, fires(OUTAGE)),
        ),
    ),
    Scenario(
        "P18e",
        "A small host loses its network while the main one, which is refused somewhere, is idle but"
        " for a dead destination.",
        [
            *attempts("d0.test", "network", (3 * HOUR, 0), (4 * HOUR, 0.02)),
            *joined(delivered(domain, (3 * HOUR, 2), (4 * HOUR, 0)) for domain in _receivers(4)),
            *delivered("gmail.com", (3 * HOUR, 1), (4 * HOUR, 0)),
            *attempts("gmail.com", "blocked", (3 * HOUR, 2), (4 * HOUR, 0)),
            *joined(
                [
                    *delivered(domain, (2 * HOUR, 3), (5 * HOUR, 0), instance="mx2"),
                    *attempts(domain, "network", (2 * HOUR, 0), (5 * HOUR, 0.1), instance="mx2"),
                ]
                for domain in _receivers(2, "small{}.test")
            ),
        ],
        (
            (HOUR, fires(f"{BLOCKED} domain gmail.com")),
            (330, fires(f"{BLOCKED} domain gmail.com", OUTAGE)),
        ),
    ),
    Scenario(
        "P13d",
        "Nothing is accepted any more: most receivers refuse, some do not even open a connection.",
        joined(
            [
                *delivered(domain, (2 * HOUR, 1), (2 * HOUR, 0)),
                *attempts(domain, cause, (2 * HOUR, 0), (2 * HOUR, rate)),
            ]
            for cause, count, rate in (("blocked", 68, 0.5), ("network", 12, 0.1))
            for domain in _receivers(count, f"{cause}{{}}.test")
        ),
        ((2 * HOUR, QUIET), (3 * HOUR, fires(WIDELY)), (4 * HOUR, fires(WIDELY))),
    ),
    Scenario(
        "P18c",
        "A host that was taken away in its outage silences nobody: the one that is left is well.",
        [
            *_lost_network(_receivers(4), instance="gone"),
            *attempts("gmail.com", "blocked", (HOUR, 0), (4 * HOUR, 2)),
            *background(5 * HOUR),
        ],
        tuple((minute, fires(f"{BLOCKED} domain gmail.com", OUTAGE)) for minute in (4 * HOUR, 290)),
    ),
    Scenario(
        "P18d",
        "Two hosts lose their network, one with a sole destination: only that is told besides.",
        [
            *_lost_network(_receivers(4), 3 * HOUR),
            *_lost_network(["relay.test"], 3 * HOUR, instance="mx2"),
            *attempts("gmail.com", "blocked", (HOUR, 0), (HOUR, 2), (3 * HOUR, 0)),
        ],
        (
            (2 * HOUR, fires(f"{BLOCKED} domain gmail.com")),
            (5 * HOUR, fires(OUTAGE, f"{UNREACHABLE} domain relay.test")),
        ),
    ),
    Scenario(
        "P22c",
        "The same customers are refused every day in office hours, and nobody writes at night.",
        [*_customers(4), *background(4 * DAY, 0.05)],
        tuple((day * DAY + 14 * HOUR, fires(f"{BLOCKED} domain gmail.com")) for day in range(4)),
    ),
    Scenario(
        "P2c",
        "Hours after the last refusal of some mails an hour it is over, though nothing was sent.",
        [
            *delivered("gmail.com", (8 * HOUR, 1 / 12), (8 * HOUR, 0)),
            *attempts("gmail.com", "blocked", (8 * HOUR, 0), (4 * HOUR, 1 / 12), (4 * HOUR, 0)),
            *background(16 * HOUR, 0.0138),
        ],
        ((12 * HOUR, fires(f"{BLOCKED} domain gmail.com")), (15 * HOUR, QUIET)),
    ),
    Scenario(
        "P2d",
        "Half a day after the last refusal of some mails a day it is over.",
        [
            *attempts("gmail.com", "blocked", (14 * HOUR, 20 / DAY), (14 * HOUR, 0)),
            *background(28 * HOUR, 0.005),
        ],
        ((14 * HOUR, fires(f"{BLOCKED} domain gmail.com")), (27 * HOUR, QUIET)),
    ),
    Scenario(
        "P5b",
        "From none at all to seven percent: a day without is a history, too.",
        [
            *delivered("yahoo.com", (30 * HOUR, 5)),
            *attempts("yahoo.com", "unknown_recipient", (26 * HOUR, 0), (4 * HOUR, 0.4)),
            *background(30 * HOUR),
        ],
        ((26 * HOUR, QUIET), (29 * HOUR, fires(f"{LIST} domain yahoo.com"))),
    ),
    Scenario(
        "P6d",
        "A dozen messages of yesterday tell nothing.",
        [
            *delivered("yahoo.com", (2 * HOUR, 0.0417), (26 * HOUR, 0)),
            *attempts(
                "yahoo.com",
                "unknown_recipient",
                (2 * HOUR, 0.0833),
                (22 * HOUR, 0),
                (4 * HOUR, 0.2),
            ),
            *background(28 * HOUR),
        ],
        ((DAY, QUIET), (26 * HOUR, fires(f"{LIST} domain yahoo.com"))),
    ),
    Scenario(
        "P9b",
        "Thirty Workspace domains that ask for DMARC are one receiver, not many.",
        [
            *joined(
                [
                    *delivered(domain, (6 * HOUR, 0.02), provider=GOOGLE),
                    *attempts(domain, "authentication", (6 * HOUR, 0.05), provider=GOOGLE),
                ]
                for domain in _receivers(30)
            ),
            *background(6 * HOUR),
        ],
        ((3 * HOUR, fires(f"{AUTHENTICATION} provider google")),),
    ),
    Scenario(
        "P6b",
        "A burst of unknown recipients ends with the last of them.",
        [
            *delivered("yahoo.com", (28 * HOUR, 5)),
            *attempts("yahoo.com", "unknown_recipient", (DAY, 0), (2 * HOUR, 1.5), (2 * HOUR, 0)),
            *background(28 * HOUR),
        ],
        ((DAY, QUIET), (26 * HOUR, fires(f"{LIST} domain yahoo.com")), (28 * HOUR, QUIET)),
    ),
    Scenario(
        "P6c",
        "The same where the whole day is bad.",
        [
            *delivered("yahoo.com", (8 * HOUR, 4)),
            *attempts("yahoo.com", "unknown_recipient", (4 * HOUR, 1), (4 * HOUR, 0)),
            *background(8 * HOUR),
        ],
        ((4 * HOUR, fires(f"{LIST} domain yahoo.com")), (430, QUIET)),
    ),
    Scenario(
        "P10c",
        "A surge from nothing ends when it is over.",
        [
            *delivered("gmail.com", (30 * HOUR, 6667)),
            *attempts("gmail.com", "throttled", (26 * HOUR, 0), (2 * HOUR, 136), (2 * HOUR, 0)),
            *delivered("rest.example", (30 * HOUR, 10000)),
        ],
        (
            (26 * HOUR, QUIET),
            (28 * HOUR, fires(f"{THROTTLED} domain gmail.com")),
            (28 * HOUR + 55, QUIET),
        ),
    ),
    Scenario(
        "P13b",
        "A blocklist again, many messages, receivers with a history: no cluster.",
        joined(
            [
                *delivered(domain, (30 * HOUR, 40)),
                *attempts(domain, "blocked", (26 * HOUR, 0), (4 * HOUR, 2.5)),
            ]
            for domain in _receivers(12)
        ),
        ((26 * HOUR, QUIET), (29 * HOUR + 30, fires(WIDELY))),
    ),
    Scenario(
        "P13c",
        "Refusals by many receivers that are over end: after two hours, four, or half a day.",
        [
            *joined(
                _refused_for(cause, job, begin * HOUR, end * HOUR, rate)
                for cause in ("blocked", "authentication")
                for job, begin, end, rate in (
                    (f"fast-{cause}", 38, 40, 0.12),
                    (f"slow-{cause}", 34, 38, 0.25),
                    (f"crawl-{cause}", 14, 28, 0.25),
                )
            )
        ],
        ((40 * HOUR, fires(WIDELY, AUTH_WIDELY)), (41 * HOUR, QUIET)),
    ),
    Scenario(
        "P22b",
        "What is refused fades away to two messages a day: it is over.",
        [
            *attempts("gmail.com", "blocked", (DAY, 1 / 12), (60 * HOUR, 2 / DAY)),
            *background(84 * HOUR, 0.02),
        ],
        ((DAY, fires(f"{BLOCKED} domain gmail.com")), (76 * HOUR, QUIET)),
    ),
    Scenario(
        "P25b",
        "The same where many receivers refuse.",
        joined(
            attempts(domain, cause, (DAY, 0.02), (60 * HOUR, 0.5 / DAY), job=cause)
            for domain in _receivers(5)
            for cause in ("blocked", "authentication")
        ),
        ((DAY, fires(WIDELY, AUTH_WIDELY)), (76 * HOUR, QUIET)),
    ),
    Scenario(
        "P25c",
        "The same after an hour or two, or some hours, of refusals.",
        [
            *_faded("fast", 42 * HOUR, 44 * HOUR, 0.02, 0.0021),
            *_faded("slow", 34 * HOUR, 40 * HOUR, 0.01, 0.0007),
        ],
        ((44 * HOUR, fires(WIDELY)), (47 * HOUR, QUIET)),
    ),
    Scenario(
        "P24",
        "What our own Postfix refuses, and greylisting, do not hide the receiver's refusals.",
        [
            *attempts("strict.test", "local", (6 * HOUR, 10)),
            *deferred("strict.test", "local", 900, 6 * HOUR),
            *attempts("strict.test", "greylisted", (6 * HOUR, 10)),
            *attempts("strict.test", "blocked", (6 * HOUR, 1)),
            *background(6 * HOUR),
        ],
        ((3 * HOUR, fires(f"{BLOCKED} domain strict.test", OWN)),),
    ),
    Scenario(
        "P25",
        "A small sender's regular customers at five receivers are refused for two days.",
        joined(
            attempts(
                domain,
                "blocked",
                (50 * HOUR, 0.02),
                recipients=((4 * HOUR, 0.02), (46 * HOUR, 0)),
            )
            for domain in _receivers(5)
        ),
        ((8 * HOUR, fires(WIDELY)), (48 * HOUR, fires(WIDELY))),
    ),
    Scenario(
        "P7h",
        "Our own outage: it has more destinations than are remembered.",
        _lost_network(_receivers(340), HOUR),
        ((2 * HOUR, QUIET), (3 * HOUR, fires(OUTAGE))),
    ),
    Scenario(
        "P7j",
        "Our own outage: most destinations were first sent to an hour later.",
        [
            *_lost_network(["first.test"], HOUR),
            *joined(
                [
                    *delivered(domain, (HOUR, 0), (HOUR, 3), (HOUR, 0)),
                    *attempts(domain, "network", (2 * HOUR, 0), (HOUR, 0.5)),
                ]
                for domain in _receivers(4)
            ),
        ],
        ((2 * HOUR, QUIET), (3 * HOUR, fires(OUTAGE))),
    ),
    Scenario(
        "P7i",
        "Our own outage is over as soon as anything is delivered, however quiet it is afterwards.",
        joined(
            [
                *delivered(domain, (2 * HOUR, 3), (HOUR, 0), (30, 3), (55, 0)),
                *attempts(domain, "network", (2 * HOUR, 0), (HOUR, 0.5), (85, 0)),
            ]
            for domain in _receivers(5)
        ),
        ((3 * HOUR, fires(OUTAGE)), (205, QUIET), (265, QUIET)),
    ),
    Scenario(
        "P7k",
        "Who took mail more than a day before an outage does not count in it.",
        [
            *_lost_network(_receivers(3), 115, well=1505),
            *delivered("yesterday.test", (HOUR, 1), (26 * HOUR, 0)),
        ],
        ((1500, QUIET), (27 * HOUR, fires(OUTAGE))),
    ),
    Scenario(
        "P7l",
        "An outage of more than a day is still known to a Prometheus that stops now and then.",
        _lost_network(_receivers(8), 36 * HOUR),
        ((2 * HOUR, QUIET), (38 * HOUR, fires(OUTAGE))),
        every=10,
    ),
    Scenario(
        "P7n",
        "Our network is lost before the next weekly letter, and there is no other mail.",
        [
            *_lost_network(_receivers(5), silent=162 * HOUR),
            series("postfix_exporter_build_info", values="1x1992"),
        ],
        ((164 * HOUR, QUIET), (166 * HOUR, fires(OUTAGE))),
    ),
    Scenario(
        "P7p",
        "Our own outage, after hundreds were written to who did not get the letters since.",
        [
            *joined(delivered(domain, (HOUR, 1), (30 * HOUR, 0)) for domain in _receivers(310)),
            *joined(
                [
                    *delivered(domain, (26 * HOUR, 0), (3 * HOUR, 1), (2 * HOUR, 0)),
                    *attempts(domain, "network", (29 * HOUR, 0), (2 * HOUR, 0.5)),
                ]
                for domain in _receivers(12, "next{}.test")
            ),
        ],
        ((28 * HOUR, QUIET), (31 * HOUR, fires(OUTAGE))),
    ),
    Scenario(
        "P7o",
        "An outage of more than a day in which nothing is tried for four hours: it ends, and comes back.",
        joined(
            [
                *delivered(domain, (2 * HOUR, 1), (32 * HOUR, 0)),
                *attempts(
                    domain,
                    "network",
                    (2 * HOUR, 0),
                    (26 * HOUR, 0.5),
                    (4 * HOUR, 0),
                    (2 * HOUR, 0.5),
                ),
            ]
            for domain in _receivers(5)
        ),
        ((28 * HOUR, fires(OUTAGE)), (32 * HOUR, QUIET), (34 * HOUR, fires(OUTAGE))),
    ),
    Scenario(
        "P7m",
        "When nothing else is sent, a hoster of twelve of 101 destinations and one more are down.",
        [
            *delivered("dead.test", (2 * HOUR, 0.2), (4 * HOUR, 0)),
            *attempts("dead.test", "network", (2 * HOUR, 0), (4 * HOUR, 0.05)),
            *joined(delivered(domain, (2 * HOUR, 0.2), (4 * HOUR, 0)) for domain in _receivers(88)),
            *joined(
                [
                    *delivered(domain, (2 * HOUR, 0.2), (4 * HOUR, 0), provider="strato"),
                    *attempts(
                        domain, "network", (2 * HOUR, 0), (4 * HOUR, 0.05), provider="strato"
                    ),
                ]
                for domain in _receivers(12, "hosted{}.test")
            ),
        ],
        ((3 * HOUR, QUIET), (6 * HOUR, fires(f"{UNREACHABLE} provider strato"))),
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
        "N2e",
        "A list with eight percent unknown recipients is mailed at another hour every day.",
        [*_campaigns((2, 5, 7, 3), 0.09), *background(4 * DAY)],
        tuple((day * DAY + hour * HOUR, QUIET) for day in (1, 2, 3) for hour in (4, 6, 8, 9)),
    ),
    Scenario(
        "N2f",
        "Unknown recipients rise from half a percent to three within a day: still few.",
        [
            *delivered("yahoo.com", (52 * HOUR, 2)),
            *attempts("yahoo.com", "unknown_recipient", (26 * HOUR, 0.01), (26 * HOUR, 0.06)),
            *background(52 * HOUR),
        ],
        ((40 * HOUR, QUIET), (50 * HOUR, QUIET)),
    ),
    Scenario(
        "N3c",
        "Unknown greylisting makes few messages wait for almost half an hour.",
        [
            *attempts("grey.test", "throttled", (2 * HOUR, 0), (16, 0.5), (2 * HOUR, 0)),
            *delivered("grey.test", (2 * HOUR + 25, 0), (16, 0.5), (95, 0)),
            *background(5 * HOUR, 0.05),
        ],
        tuple((2 * HOUR + minutes, QUIET) for minutes in (20, 30, 40, 60)),
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
        "N10b",
        "The same at other hours every day: that these were quiet yesterday says nothing.",
        [
            *delivered("gmail.com", (60 * HOUR, 6667)),
            *attempts("gmail.com", "throttled", *((12 * HOUR, rate) for rate in _WANDERING)),
            *delivered("rest.example", (60 * HOUR, 10000)),
            *attempts("rest.example", "throttled", (60 * HOUR, 15), code="4.7.1"),
        ],
        ((51 * HOUR, QUIET), (55 * HOUR, QUIET)),
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
        "N13b",
        "The exporter was down for six hours across an outage that is over.",
        _found_outage("0+1x120 _x360 120 123x58 124+1x60"),
        _AFTER_RETURN,
    ),
    Scenario(
        "N13c",
        "The exporter was down for six hours, and what it finds is an outage of hours ago.",
        _found_outage("0+1x120 _x360 120x60"),
        _AFTER_RETURN,
    ),
    Scenario(
        "N14",
        "Three mistyped domains are retried through a quiet night.",
        [
            *joined(delivered(domain, (2 * HOUR, 1), (7 * HOUR, 0)) for domain in _receivers(3)),
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
        "Three of six destinations are down in a quiet night.",
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
        "N2c",
        "Unknown recipients rise eightfold, to four percent.",
        [
            *delivered("yahoo.com", (30 * HOUR, 5)),
            *attempts("yahoo.com", "unknown_recipient", (26 * HOUR, 0.025), (4 * HOUR, 0.2)),
            *background(30 * HOUR),
        ],
        ((28 * HOUR, QUIET), (30 * HOUR, QUIET)),
    ),
    Scenario(
        "N2d",
        "A few messages of yesterday are no history.",
        [
            *delivered("yahoo.com", (2 * HOUR, 0.08), (22 * HOUR, 0), (4 * HOUR, 5)),
            *attempts("yahoo.com", "unknown_recipient", (DAY, 0), (4 * HOUR, 0.45)),
            *background(28 * HOUR),
        ],
        ((25 * HOUR, QUIET), (26 * HOUR, QUIET), (28 * HOUR, QUIET)),
    ),
    Scenario(
        "N7c",
        "Fifteen small domains of a bulk sender refuse, each a small part of the refusals.",
        [
            *joined(attempts(domain, "blocked", (4 * HOUR, 0.5)) for domain in _receivers(15)),
            *background(4 * HOUR, 100),
        ],
        ((3 * HOUR, QUIET), (4 * HOUR, QUIET)),
    ),
    Scenario(
        "N8b",
        "Three of twenty addresses are unknown.",
        [
            *delivered("gmail.com", (4 * HOUR, 0.07)),
            *attempts("gmail.com", "unknown_recipient", (4 * HOUR, 0.0125)),
            *background(4 * HOUR, 0.1),
        ],
        ((3 * HOUR, QUIET), (4 * HOUR, QUIET)),
    ),
    Scenario(
        "N11b",
        "Two recipients are given up at one destination.",
        [*expired("gmail.com", (60, 0), (2, 1), (178, 0)), *background(4 * HOUR)],
        ((2 * HOUR, QUIET), (4 * HOUR, QUIET)),
    ),
    Scenario(
        "N12c",
        "Four receivers each refuse the mail of one mailbox.",
        joined(
            attempts(domain, cause, (6 * HOUR, 0.05), recipients=((1, 1), (359, 0)), job=cause)
            for domain in _receivers(4)
            for cause in ("blocked", "authentication")
        ),
        ((3 * HOUR, QUIET), (6 * HOUR, QUIET)),
    ),
    Scenario(
        "N14d",
        "Of a hundred and fifty destinations twelve are down in a quiet night.",
        [
            *joined(
                delivered(domain, (2 * HOUR, 0.1), (4 * HOUR, 0)) for domain in _receivers(150)
            ),
            *joined(
                attempts(domain, "network", (2 * HOUR, 0), (4 * HOUR, 0.02), repeat="true")
                for domain in _receivers(12)
            ),
        ],
        ((4 * HOUR, QUIET), (6 * HOUR, QUIET)),
    ),
    Scenario(
        "N14g",
        "A sender reaches neither of two destinations, but those that are counted as other.",
        [*_two_lost(), *delivered("other", (4 * HOUR, 1))],
        ((2 * HOUR, QUIET), (3 * HOUR, QUIET), (4 * HOUR, QUIET)),
    ),
    Scenario(
        "N14h",
        "Hosts that died before the last message was delivered are not our network's fault.",
        [
            *joined(
                [
                    *delivered(domain, (2 * HOUR, 1), (HOUR, 0)),
                    *attempts(domain, "network", (2 * HOUR, 0), (10, 0.5), (50, 0)),
                ]
                for domain in _receivers(5)
            ),
            *delivered("last.test", (160, 1), (20, 0)),
        ],
        ((185, QUIET),),
    ),
    Scenario(
        "N14i",
        "A bulk sender's long tail is unreachable when nothing else is sent.",
        [
            *joined(delivered(domain, (2 * HOUR, 2), (HOUR, 0)) for domain in _receivers(300)),
            *joined(
                [
                    *delivered(domain, (begin, 0), (20, 0.05), (160 - begin, 0)),
                    *attempts(domain, "network", (140, 0), (40, 0.05)),
                ]
                for begin, name in ((0, "tail{}.test"), (2 * HOUR, "late{}.test"))
                for domain in _receivers(36, name)
            ),
        ],
        ((3 * HOUR, QUIET),),
    ),
    Scenario(
        "N14e",
        "Of a host that delivered nothing for eight days nobody knows who was well; that nothing gets"
        " out is known.",
        [
            *_lost_network(_receivers(5), silent=8 * DAY),
            *deferred("d0.test", "network", 50, 8 * DAY + 4 * HOUR),
            series("postfix_exporter_build_info", values="1x2352"),
        ],
        ((8 * DAY, QUIET), (8 * DAY + 4 * HOUR, fires(NOWHERE))),
    ),
    Scenario(
        "N19",
        "A rise to half a percent in bulk.",
        [
            *delivered("gmail.com", (30 * HOUR, 6667)),
            *attempts("gmail.com", "throttled", (26 * HOUR, 1), (4 * HOUR, 33)),
            *delivered("rest.example", (30 * HOUR, 10000)),
        ],
        ((28 * HOUR, QUIET), (30 * HOUR, QUIET)),
    ),
    Scenario(
        "N22",
        "A hundred of three thousand messages: neither many nor a large part.",
        [
            *delivered("gmail.com", (4 * HOUR, 25)),
            *attempts("gmail.com", "throttled", (4 * HOUR, 0.75)),
            *background(4 * HOUR),
        ],
        ((3 * HOUR, QUIET), (4 * HOUR, QUIET)),
    ),
    Scenario(
        "N20",
        "Seven of ten mails a day are refused by one of two receivers.",
        [
            *attempts("gmail.com", "blocked", (30 * HOUR, 7 / DAY)),
            *delivered("gmail.com", (30 * HOUR, 3 / DAY)),
            *background(30 * HOUR, 0.005),
        ],
        ((8 * HOUR, QUIET), (30 * HOUR, QUIET)),
    ),
    Scenario(
        "N21",
        "A destination is unreachable now and then, or for little mail, or among others.",
        [
            *attempts("half.test", "network", (5 * HOUR, 1), job="half"),
            *delivered("half.test", (5 * HOUR, 1), job="half"),
            *background(5 * HOUR),
            *attempts("little.test", "network", (5 * HOUR, 0.25), job="little"),
            *joined(delivered(d, (5 * HOUR, 1), job="little") for d in _receivers(3)),
            *joined(
                attempts(domain, "network", (5 * HOUR, 1), job="others")
                for domain in _receivers(3, "dead{}.test")
            ),
            *joined(delivered(d, (5 * HOUR, 1), job="others") for d in _receivers(3)),
        ],
        ((3 * HOUR, QUIET), (5 * HOUR, QUIET)),
    ),
    Scenario(
        "N14f",
        "One of six destinations is down in a quiet night; another sender's only one is well.",
        [
            *joined(delivered(domain, (2 * HOUR, 1), (7 * HOUR, 0)) for domain in _receivers(6)),
            *attempts("d0.test", "network", (2 * HOUR, 0), (7 * HOUR, 0.02), repeat="true"),
            *delivered("a.test", (2 * HOUR, 1), (7 * HOUR, 0), job="other"),
            *attempts("gmial.test", "network", (9 * HOUR, 0.02), repeat="true", job="other"),
        ],
        ((4 * HOUR, QUIET), (8 * HOUR, QUIET)),
    ),
    Scenario(
        "N14k",
        "A day after four of five destinations died, only the fifth gets mail, every two hours.",
        [
            *joined(
                [
                    *delivered(domain, (2 * HOUR, 1), (28 * HOUR, 0)),
                    *attempts(domain, "network", (2 * HOUR, 0), (28 * HOUR, 0.05), repeat="true"),
                ]
                for domain in _receivers(4)
            ),
            *delivered("alive.test", (2 * HOUR, 1), *([(105, 0), (15, 0.2)] * 14)),
        ],
        tuple((28 * HOUR + minutes, QUIET) for minutes in (0, 30, 60, 90)),
    ),
    Scenario(
        "N14l",
        "Most receivers refuse for reasons of their own, some do not even open a connection.",
        joined(
            [
                *delivered(domain, (2 * HOUR, 1), (2 * HOUR, 0), job=job),
                *attempts(domain, cause, (2 * HOUR, 0), (2 * HOUR, 0.1), job=job),
            ]
            for job in ("content", "other", "mailbox")
            for cause, count in ((job, 68), ("network", 12))
            for domain in _receivers(count, f"{cause}{{}}.test")
        ),
        ((2 * HOUR, QUIET), (3 * HOUR, QUIET), (4 * HOUR, QUIET)),
    ),
    Scenario(
        "N14j",
        "The exporter was down for a day, and some of what took mail before then is dead now.",
        [
            *joined(
                [
                    *counters(domain, "delivered", "0x24 _x300 0 120x72"),
                    *counters(domain, "network", "0x24 _x300 0x10 0+0.25x63"),
                ]
                for domain in _receivers(4)
            ),
            series("postfix_exporter_read_lag_seconds", values="0x24 _x300 90000x3 0x70"),
        ],
        ((1700, QUIET), (1800, QUIET), (1900, QUIET)),
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
        [
            *_refusing({"a.test": 0.1, "b.test": 0.1, "c.test": 0.04, "d.test": 0}),
            *_refusing({"a.test": 0.1, "b.test": 0.1, "c.test": 0.04}, "authentication", "other"),
        ],
        ((3 * HOUR, QUIET), (6 * HOUR, QUIET)),
    ),
    Scenario(
        "N18",
        "Three receivers refuse, most of it one of them, too little to be a cluster: no blocklist.",
        _refusing({"a.test": 0.3, "b.test": 0.07, "c.test": 0.07, "d.test": 0}),
        ((3 * HOUR, QUIET), (6 * HOUR, QUIET)),
    ),
)


def _nowhere(minutes: int, tried: int = 0, new: float = 0) -> list[Series]:
    """Give a dead relay host: four real tries an hour, all else suspended, 284 recipients wait.

    It is tried for so long, with so much `new` mail a minute.
    """
    tried = tried or minutes
    end = minutes - tried
    return [
        *joined(
            attempts("a.test", "network", (tried, 1 / 30), (end, 0), repeat=repeat)
            for repeat in ("false", "true")
        ),
        *suspended("a.test", "network", (tried, 4), (end, 0)),
        *suspended("a.test", "network", (tried, new), (end, 0), repeat="false"),
        *deferred("a.test", "network", 200, minutes),
        *deferred("b.test", "network", 84, minutes),
    ]


def _wave(
    domain: str, unknown: float, taken: float, *, provider: str = "other", later: int = 238
) -> list[Series]:
    """Give a newsletter's wave to one receiver: twelve minutes, an hour after the beginning."""
    return [
        *delivered(domain, (HOUR, 0), (12, taken / 12), (later, 0), provider=provider),
        *attempts(
            domain,
            "unknown_recipient",
            (HOUR, 0),
            (12, unknown / 12),
            (later, 0),
            provider=provider,
        ),
    ]


OURS = (
    Scenario(
        "P26",
        "Mail goes nowhere since before the exporter came; what is left in the gauge once nobody"
        " tries any more does not wait.",
        _nowhere(7 * HOUR, 4 * HOUR, 0.1),
        ((2 * HOUR, fires(NOWHERE)), (4 * HOUR, fires(NOWHERE)), (7 * HOUR, QUIET)),
    ),
    Scenario(
        "P26b",
        "The same; single deliveries do not hide it for long.",
        [
            *_nowhere(20 * HOUR),
            *delivered("c.test", *(2 * ((5 * HOUR, 0), (5, 0.25), (295, 0)))),
        ],
        ((4 * HOUR, fires(NOWHERE)), (10 * HOUR, fires(NOWHERE)), (19 * HOUR, fires(NOWHERE))),
    ),
    Scenario(
        "P26c",
        "It is told of no host whose sole receiver is known and cannot be reached, as that is.",
        [
            *delivered("a.test", (2 * HOUR, 1), (5 * HOUR, 0)),
            *attempts("a.test", "network", (2 * HOUR, 0), (5 * HOUR, 0.1)),
            *deferred("a.test", "network", 200, 7 * HOUR),
        ],
        ((2 * HOUR, QUIET), (7 * HOUR, fires(f"{UNREACHABLE} domain a.test"))),
    ),
    Scenario(
        "P26d",
        "Nor does one of many domains hide it that took a message lately, and for which a part of"
        " the mail waits.",
        [
            *_nowhere(9 * HOUR),
            *delivered("b.test", (5, 0.25), (9 * HOUR - 5, 0)),
            *attempts("b.test", "network", (9 * HOUR, 1 / 30), repeat="true"),
        ],
        tuple((at * HOUR, fires(NOWHERE, f"{UNREACHABLE} domain b.test")) for at in (6, 9)),
    ),
    Scenario(
        "P27",
        "A smarthost refuses our credentials: nothing is delivered, and it is our own fault.",
        [
            *attempts("a.test", "local", (4 * HOUR, 1 / 15), code="4.7.8", repeat="true"),
            *suspended("a.test", "local", (4 * HOUR, 1)),
            *suspended("a.test", "local", (4 * HOUR, 0.1), repeat="false"),
            *deferred("a.test", "local", 40, 4 * HOUR),
            series("postfix_exporter_build_info", values="1x240"),
        ],
        ((2 * HOUR, fires(NOWHERE, OWN)), (4 * HOUR, fires(NOWHERE, OWN))),
    ),
    Scenario(
        "P27b",
        "A transport is missing for one of many domains; it is over when nobody waits any more.",
        [
            *attempts("a.test", "local", (2 * HOUR, 0.2), (2 * HOUR, 0), code="4.3.5"),
            series(
                "postfix_deferred_recipients",
                ((2 * HOUR, 0.2), (1, -24), (119, 0)),
                domain="a.test",
                provider="other",
                cause="local",
            ),
            *background(4 * HOUR),
        ],
        ((HOUR // 2, QUIET), (2 * HOUR, fires(OWN)), (4 * HOUR, QUIET)),
    ),
    Scenario(
        "P27c",
        "Mail loops back to us and is bounced: our own fault, and nobody waits.",
        [
            *attempts("a.test", "local", (HOUR, 0), (2 * HOUR, 0.2), (3 * HOUR, 0), code="5.4.6"),
            *background(6 * HOUR),
        ],
        ((HOUR, QUIET), (3 * HOUR, fires(OWN)), (6 * HOUR, QUIET)),
    ),
    Scenario(
        "P27d",
        "Our own TLS policy fails at one destination: that is not its fault.",
        [
            *attempts("strict.test", "local", (4 * HOUR, 2)),
            *deferred("strict.test", "local", 200, 4 * HOUR),
            *background(4 * HOUR),
        ],
        ((3 * HOUR, fires(OWN)), (4 * HOUR, fires(OWN))),
    ),
    Scenario(
        "P28",
        "A newsletter's wave of twelve minutes finds many unknown recipients, at a large receiver"
        " and at a smaller one.",
        [
            *_wave("large.test", 189, 793),
            *_wave("gmail.com", 29, 114, provider=GOOGLE),
            *background(310),
        ],
        (
            (HOUR, QUIET),
            (95, fires(f"{LIST} domain large.test", *both(LIST, "gmail.com", GOOGLE))),
            (300, QUIET),
        ),
    ),
    Scenario(
        "P29",
        "One bad list at many receivers is told as one, and ends with them.",
        [
            *joined(_wave(domain, 30, 120) for domain in _receivers(3)),
            *_wave("gmail.com", 29, 114, provider=GOOGLE),
            *background(310),
        ],
        (
            (HOUR, QUIET),
            (
                95,
                fires(
                    LIST_WIDELY,
                    *(f"{LIST} domain {domain}" for domain in _receivers(3)),
                    *both(LIST, "gmail.com", GOOGLE),
                ),
            ),
            (300, QUIET),
        ),
    ),
    Scenario(
        "P29b",
        "Domains of one provider are one receiver: the list is bad there, and not everywhere.",
        [
            *joined(_wave(domain, 30, 120, provider=GOOGLE) for domain in _receivers(3)),
            *_wave("large.test", 189, 793),
            *background(310),
        ],
        (
            (
                100,
                fires(
                    *(f"{LIST} domain {domain}" for domain in _receivers(3)),
                    f"{LIST} domain large.test",
                    f"{LIST} provider google",
                ),
            ),
        ),
    ),
    Scenario(
        "P30",
        "A mailing is blocked in one burst, and nothing follows.",
        [
            *attempts("gmail.com", "blocked", (62, 0), (1, 250), (117, 0)),
            *background(3 * HOUR),
        ],
        ((HOUR, QUIET), (82, fires(f"{BLOCKED} domain gmail.com")), (2 * HOUR, QUIET)),
    ),
)
"""What is our own fault: dead relays, errors of our own, bad lists."""

NOT_OURS = (
    Scenario(
        "N23",
        "A quiet night after a busy day: greylisted messages and mistyped domains wait, and what a"
        " slow receiver does not take.",
        [
            *joined(delivered(domain, (2 * HOUR, 1), (6 * HOUR, 0)) for domain in _receivers(4)),
            *attempts("grey.test", "greylisted", (2 * HOUR, 0), (6 * HOUR, 0.02)),
            *deferred("grey.test", "greylisted", 12, 8 * HOUR),
            *attempts("slow.test", "network", (8 * HOUR, 0.05), repeat="true"),
            *deferred("slow.test", "network", 40, 8 * HOUR),
            *attempts("gmial.test", "network", (8 * HOUR, 0.02), repeat="true"),
            *deferred("gmial.test", "network", 2, 8 * HOUR),
        ],
        ((4 * HOUR, QUIET), (6 * HOUR, QUIET), (8 * HOUR, QUIET)),
    ),
    Scenario(
        "N23b",
        "A host that only receives, but for some reports to mistyped addresses; another one waits"
        " for receivers that refuse it.",
        [
            *attempts("gmial.test", "network", (5 * HOUR, 0.02), repeat="true"),
            *deferred("gmial.test", "network", 3, 5 * HOUR),
            *attempts("d0.test", "other", (5 * HOUR, 0.02), job="refused", recipients=((1, 1),)),
            *attempts("d1.test", "network", (5 * HOUR, 0.02), job="refused", repeat="true"),
            *deferred("d1.test", "network", 40, 5 * HOUR, job="refused"),
        ],
        ((2 * HOUR, QUIET), (5 * HOUR, QUIET)),
    ),
    Scenario(
        "N24",
        "Few local errors: of one message; of a bulk sender's; of a queue that was deleted.",
        [
            *attempts("a.test", "local", (5 * HOUR, 0.1), repeat="true"),
            *deferred("a.test", "local", 3, 5 * HOUR),
            *background(5 * HOUR),
            *attempts("a.test", "local", (5 * HOUR, 1), repeat="true", job="bulk"),
            *attempts("a.test", "local", (5 * HOUR, 1), code="5.4.6", job="bulk"),
            *deferred("a.test", "local", 100, 5 * HOUR, job="bulk"),
            *delivered("gmail.com", (5 * HOUR, 1000), job="bulk"),
            *deferred("a.test", "local", 100, 5 * HOUR, job="deleted"),
            *joined(delivered(domain, (5 * HOUR, 1), job="deleted") for domain in _receivers(3)),
        ],
        ((3 * HOUR, QUIET), (5 * HOUR, QUIET)),
    ),
    Scenario(
        "N24b",
        "The exporter was down for six hours, and the mail that looped back to us then does no more.",
        [
            *background(8 * HOUR),
            series("postfix_exporter_read_lag_seconds", values="0x120 _x360 21600x3 0x60"),
            *(
                Series(one.name, values="0x120 _x360 0 500x60")
                for one in attempts("a.test", "local", code="5.4.6")
            ),
        ],
        _AFTER_RETURN,
    ),
    Scenario(
        "N26",
        "A mailing is put off in one burst in words that no rule knows, and its retries pass.",
        [
            *attempts("grey.test", "other", (HOUR, 0), (1, 250), (2 * HOUR, 0), code="4.7.1"),
            *delivered("grey.test", (70, 0), (5, 50), (105, 0)),
            *background(3 * HOUR),
        ],
        ((2 * HOUR, QUIET), (3 * HOUR, QUIET)),
    ),
    Scenario(
        "N25",
        "A wave of twelve minutes finds eight percent unknown recipients.",
        [*_wave("large.test", 70, 800), *background(310)],
        ((70, QUIET), (95, QUIET), (130, QUIET), (300, QUIET)),
    ),
)


def _exporter(metric: str, *segments: tuple[int, float], values: str = "", **labels: str) -> Series:
    return series(f"postfix_exporter_{metric}", segments, values, **labels)


WATCHERS = (
    Scenario(
        "W1",
        "An exporter that was there cannot be scraped; other targets are none of our business.",
        [
            series("up", values="1x120 0x60"),
            series("up", values="0x180", job="node"),
            _exporter("build_info", values="1x120"),
        ],
        ((2 * HOUR, QUIET), (132, fires("PostfixExporterDown"))),
    ),
    Scenario(
        "W2",
        "A log cannot be read.",
        [_exporter("log_readable", values="1x60 0x60", path="/var/log/mail.log")],
        ((HOUR, QUIET), (72, fires("PostfixLogUnreadable"))),
    ),
    Scenario(
        "W2b",
        "A log is not understood; that is told within a quarter of an hour, and over once it is.",
        [_exporter("log_understood", values="1x60 0x60 1x60")],
        ((HOUR, QUIET), (76, fires("PostfixLogNotUnderstood")), (125, QUIET)),
    ),
    Scenario(
        "W3",
        "No line comes, although there were lines at this hour a day before.",
        [_exporter("log_lines_total", (26 * HOUR, 10), (4 * HOUR, 0), result="other")],
        ((26 * HOUR, QUIET), (27 * HOUR, fires("PostfixLogStalled"))),
    ),
    Scenario(
        "W3b",
        "No line comes at night, as ever.",
        [_exporter("log_lines_total", *(3 * ((12 * HOUR, 10), (12 * HOUR, 0))), result="other")],
        ((23 * HOUR, QUIET), (47 * HOUR, QUIET), (71 * HOUR, QUIET)),
    ),
    Scenario(
        "W4",
        "Lines were lost.",
        [_exporter("log_gaps_total", values="0x60 1x120")],
        ((HOUR, QUIET), (70, fires("PostfixLogGap")), (3 * HOUR, QUIET)),
    ),
    Scenario(
        "W5",
        "An exporter stays behind; one that catches up within minutes does not page.",
        [
            *background(4 * HOUR),
            _exporter("read_lag_seconds", values="0x60 3600x180"),
            _exporter("read_lag_seconds", values="0x60 3600x10 0x170", instance="mx2"),
        ],
        ((HOUR, QUIET), (2 * HOUR, fires("PostfixExporterBehind"))),
    ),
    Scenario(
        "W6",
        "The checkpoint cannot be written.",
        [_exporter("checkpoint_failures_total", (HOUR, 0), (HOUR, 2), (HOUR, 0))],
        ((HOUR, QUIET), (2 * HOUR, fires("PostfixCheckpointFailing")), (3 * HOUR, QUIET)),
    ),
    *(
        Scenario(
            name,
            requirement,
            [
                *background(4 * HOUR),
                _exporter("domains_folded_total", (4 * HOUR, folded)),
                _exporter("log_lines_total", (4 * HOUR, 100), result="delivery"),
            ],
            ((3 * HOUR, alerts),),
        )
        for name, requirement, folded, alerts in (
            ("W7", "A tenth of all attempts has no domain of its own.", 10, _FOLDED),
            ("W7b", "A hundredth is what strangers cause everywhere.", 1, QUIET),
        )
    ),
    Scenario(
        "W8",
        "Without thresholds no alert can fire, and one says so.",
        [*attempts("gmail.com", "throttled", (3 * HOUR, 2)), *background(3 * HOUR)],
        ((3 * HOUR, fires("PostfixAlertThresholdsMissing")),),
        without="postfix-thresholds.yml",
    ),
    Scenario(
        "W9",
        "A threshold that is there twice is as good as none, and one says so.",
        [*attempts("gmail.com", "throttled", (3 * HOUR, 2)), *background(3 * HOUR)],
        ((3 * HOUR, fires("PostfixAlertThresholdsMissing")),),
        extra=(("cluster_min_recipients", "", 5),),
    ),
)

_SHOWQ = "/var/spool/postfix/public/showq"
_UNREADABLE, _DIFFERS = fires("PostfixQueueUnreadable"), fires("PostfixQueueDiffers")
_BLIND_ELSEWHERE = [
    series("postfix_up", values="0x480", instance="mx2", path=_SHOWQ),
    series("postfix_exporter_build_info", values="1x480", instance="mx2"),
]
"""Something that fires all the time: at a moment without it nothing else may be pending."""


def _up(values: str, instance: str = "mx1") -> Series:
    return series("postfix_up", values=values, path=_SHOWQ, instance=instance)


def _queue(values: str) -> list[Series]:
    """Give deferred recipients in two queues, one of them held, and others that are no matter."""
    return [
        series("postfix_queue_recipients", values=of, queue=queue, state=state, path=_SHOWQ)
        for queue, state, of in (
            ("deferred", "deferred", values),
            ("hold", "deferred", "10x480"),
            ("active", "untried", "5000x480"),
            ("active", "bounced", "5000x480"),
        )
    ]


def _log(values: str, cause: str = "mailbox") -> Series:
    return series(
        "postfix_deferred_recipients", values=values, domain="a.test", provider="other", cause=cause
    )


QUEUE = (
    Scenario(
        "Q1",
        "The queue cannot be read; that of a Go exporter is no business of ours.",
        [
            *background(3 * HOUR),
            series("postfix_exporter_build_info", values="1x180"),
            _up("1x60 0x60 1x60"),
            _up("0x180", instance="mx2"),
        ],
        ((HOUR, QUIET), (80, _UNREADABLE), (130, QUIET)),
    ),
    Scenario(
        "Q2",
        "Postfix is down for eight minutes, while something else fires.",
        [
            *background(4 * HOUR),
            series("postfix_exporter_build_info", values="1x240"),
            _up("1x180 0x8 1x51"),
            *_queue("490x240"),
            _log("10x240"),
        ],
        ((187, _DIFFERS), (4 * HOUR, _DIFFERS)),
    ),
    Scenario(
        "Q3",
        "All mail was deleted at once, and the log has no word of it.",
        [*background(8 * HOUR), *_queue("490x120 0x360"), _log("500x480")],
        ((2 * HOUR, QUIET), (5 * HOUR, _DIFFERS)),
    ),
    Scenario(
        "Q4",
        "Hundreds wait for a mailbox store, of which the log tells as no remote ones; then they do not.",
        [*background(8 * HOUR), *_queue("490x60 990x240 490x180"), _log("500x480")],
        ((HOUR, QUIET), (4 * HOUR, _DIFFERS), (6 * HOUR, QUIET)),
    ),
    Scenario(
        "Q5",
        "Hundreds wait in the queue, and as far as the log tells nobody.",
        [*background(8 * HOUR), *_queue("190x480")],
        ((4 * HOUR, _DIFFERS),),
    ),
    Scenario(
        "Q6",
        "Both say nearly the same of a large queue, and of a small one not at all.",
        [
            *background(6 * HOUR),
            *_queue("4490x150 80x170"),
            _log("4200x150 10x170"),
        ],
        ((150, QUIET), (310, QUIET)),
    ),
    Scenario(
        "Q7",
        "More wait than the exporter remembers: the log cannot tell how many.",
        [
            *background(6 * HOUR),
            *_queue("90000x480"),
            _log("50000x480"),
            series("postfix_exporter_queue_overflows_total", ((6 * HOUR, 10),)),
        ],
        ((3 * HOUR, QUIET),),
    ),
    Scenario(
        "Q8",
        "An old queue that the exporter learns of by its retries.",
        [
            *background(8 * HOUR),
            *_BLIND_ELSEWHERE,
            *_queue("990x480"),
            _log("0x60 0+14x70 1000x350"),
        ],
        ((HOUR, _UNREADABLE), (2 * HOUR, _UNREADABLE), (5 * HOUR, _UNREADABLE)),
    ),
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

SCENARIOS = POSITIVE + LATER + OURS + NEGATIVE + NOT_OURS + WATCHERS + QUEUE + SERVER
