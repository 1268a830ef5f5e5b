"""Problems that are told after days, or told of what was there before; their names begin with P."""

from __future__ import annotations

from tests.alerts.scenarios.happenings import (
    faded,
    lost_network,
    receivers,
    refused_for,
)
from tests.alerts.scenarios.scenario import (
    AUTH_WIDELY,
    AUTHENTICATION,
    BLOCKED,
    EXPIRED,
    GOOGLE,
    LIST,
    OUTAGE,
    OWN,
    QUIET,
    THROTTLED,
    UNREACHABLE,
    WIDELY,
    YAHOO,
    Scenario,
    both,
    fires,
)
from tests.alerts.series import (
    DAY,
    HOUR,
    Series,
    attempts,
    background,
    deferred,
    delivered,
    expired,
    joined,
    series,
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
                for domain in receivers(3)
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
                for domain in receivers(4)
            ),
            *lost_network(receivers(4), 28 * HOUR),
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
            *joined(delivered(domain, (3 * HOUR, 2), (4 * HOUR, 0)) for domain in receivers(4)),
            *delivered("gmail.com", (3 * HOUR, 1), (4 * HOUR, 0)),
            *attempts("gmail.com", "blocked", (3 * HOUR, 2), (4 * HOUR, 0)),
            *joined(
                [
                    *delivered(domain, (2 * HOUR, 3), (5 * HOUR, 0), instance="mx2"),
                    *attempts(domain, "network", (2 * HOUR, 0), (5 * HOUR, 0.1), instance="mx2"),
                ]
                for domain in receivers(2, "small{}.test")
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
            for domain in receivers(count, f"{cause}{{}}.test")
        ),
        ((2 * HOUR, QUIET), (3 * HOUR, fires(WIDELY)), (4 * HOUR, fires(WIDELY))),
    ),
    Scenario(
        "P18c",
        "A host that was taken away in its outage silences nobody: the one that is left is well.",
        [
            *lost_network(receivers(4), instance="gone"),
            *attempts("gmail.com", "blocked", (HOUR, 0), (4 * HOUR, 2)),
            *background(5 * HOUR),
        ],
        tuple((minute, fires(f"{BLOCKED} domain gmail.com", OUTAGE)) for minute in (4 * HOUR, 290)),
    ),
    Scenario(
        "P18d",
        "Two hosts lose their network, one with a sole destination: only that is told besides.",
        [
            *lost_network(receivers(4), 3 * HOUR),
            *lost_network(["relay.test"], 3 * HOUR, instance="mx2"),
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
                for domain in receivers(30)
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
            for domain in receivers(12)
        ),
        ((26 * HOUR, QUIET), (29 * HOUR + 30, fires(WIDELY))),
    ),
    Scenario(
        "P13c",
        "Refusals by many receivers that are over end: after two hours, four, or half a day.",
        [
            *joined(
                refused_for(cause, job, begin * HOUR, end * HOUR, rate)
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
            for domain in receivers(5)
            for cause in ("blocked", "authentication")
        ),
        ((DAY, fires(WIDELY, AUTH_WIDELY)), (76 * HOUR, QUIET)),
    ),
    Scenario(
        "P25c",
        "The same after an hour or two, or some hours, of refusals.",
        [
            *faded("fast", 42 * HOUR, 44 * HOUR, 0.02, 0.0021),
            *faded("slow", 34 * HOUR, 40 * HOUR, 0.01, 0.0007),
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
            for domain in receivers(5)
        ),
        ((8 * HOUR, fires(WIDELY)), (48 * HOUR, fires(WIDELY))),
    ),
    Scenario(
        "P7h",
        "Our own outage: it has more destinations than are remembered.",
        lost_network(receivers(340), HOUR),
        ((2 * HOUR, QUIET), (3 * HOUR, fires(OUTAGE))),
    ),
    Scenario(
        "P7j",
        "Our own outage: most destinations were first sent to an hour later.",
        [
            *lost_network(["first.test"], HOUR),
            *joined(
                [
                    *delivered(domain, (HOUR, 0), (HOUR, 3), (HOUR, 0)),
                    *attempts(domain, "network", (2 * HOUR, 0), (HOUR, 0.5)),
                ]
                for domain in receivers(4)
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
            for domain in receivers(5)
        ),
        ((3 * HOUR, fires(OUTAGE)), (205, QUIET), (265, QUIET)),
    ),
    Scenario(
        "P7k",
        "Who took mail more than a day before an outage does not count in it.",
        [
            *lost_network(receivers(3), 115, well=1505),
            *delivered("yesterday.test", (HOUR, 1), (26 * HOUR, 0)),
        ],
        ((1500, QUIET), (27 * HOUR, fires(OUTAGE))),
    ),
    Scenario(
        "P7l",
        "An outage of more than a day is still known to a Prometheus that stops now and then.",
        lost_network(receivers(8), 36 * HOUR),
        ((2 * HOUR, QUIET), (38 * HOUR, fires(OUTAGE))),
        every=10,
    ),
    Scenario(
        "P7n",
        "Our network is lost before the next weekly letter, and there is no other mail.",
        [
            *lost_network(receivers(5), silent=162 * HOUR),
            series("postfix_exporter_build_info", python="3.13.5", values="1x1992"),
        ],
        ((164 * HOUR, QUIET), (166 * HOUR, fires(OUTAGE))),
    ),
    Scenario(
        "P7p",
        "Our own outage, after hundreds were written to who did not get the letters since.",
        [
            *joined(delivered(domain, (HOUR, 1), (30 * HOUR, 0)) for domain in receivers(310)),
            *joined(
                [
                    *delivered(domain, (26 * HOUR, 0), (3 * HOUR, 1), (2 * HOUR, 0)),
                    *attempts(domain, "network", (29 * HOUR, 0), (2 * HOUR, 0.5)),
                ]
                for domain in receivers(12, "next{}.test")
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
            for domain in receivers(5)
        ),
        ((28 * HOUR, fires(OUTAGE)), (32 * HOUR, QUIET), (34 * HOUR, fires(OUTAGE))),
    ),
    Scenario(
        "P7m",
        "When nothing else is sent, a hoster of twelve of 101 destinations and one more are down.",
        [
            *delivered("dead.test", (2 * HOUR, 0.2), (4 * HOUR, 0)),
            *attempts("dead.test", "network", (2 * HOUR, 0), (4 * HOUR, 0.05)),
            *joined(delivered(domain, (2 * HOUR, 0.2), (4 * HOUR, 0)) for domain in receivers(88)),
            *joined(
                [
                    *delivered(domain, (2 * HOUR, 0.2), (4 * HOUR, 0), provider="strato"),
                    *attempts(
                        domain, "network", (2 * HOUR, 0), (4 * HOUR, 0.05), provider="strato"
                    ),
                ]
                for domain in receivers(12, "hosted{}.test")
            ),
        ],
        ((3 * HOUR, QUIET), (6 * HOUR, fires(f"{UNREACHABLE} provider strato"))),
    ),
)
