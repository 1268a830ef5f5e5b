"""Problems that must be told within hours; their names begin with P."""

from __future__ import annotations

from tests.alerts.scenarios.happenings import (
    lost_network,
    receivers,
    two_lost,
)
from tests.alerts.scenarios.scenario import (
    AUTH_WIDELY,
    AUTHENTICATION,
    BLOCKED,
    EXPIRED,
    GOOGLE,
    LIST,
    LIST_WIDELY,
    OUTAGE,
    QUIET,
    REFUSING,
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
    attempts,
    background,
    backlog,
    delivered,
    expired,
    joined,
    series,
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
            for domain in receivers(5)
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
            for domain in receivers(4)
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
                for domain in receivers(3, "bad{}.test")
            ),
            *attempts("dead.test", "network", (HOUR, 0), (3 * HOUR, 9)),
            *expired("gmail.com", (4 * HOUR, 0.05)),
            *lost_network(receivers(8)),
        ],
        (
            (
                2 * HOUR,
                fires(
                    f"{THROTTLED} domain gmail.com",
                    f"{BLOCKED} domain yahoo.com",
                    f"{AUTHENTICATION} domain gmx.de",
                    f"{REFUSING} domain aol.com",
                    *(f"{LIST} domain {domain}" for domain in receivers(3, "bad{}.test")),
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
                for domain in receivers(12, "r{}.test")
            ),
            *lost_network(receivers(8)),
        ],
        ((2 * HOUR, fires(WIDELY, AUTH_WIDELY)), (210, fires(OUTAGE))),
    ),
    Scenario(
        "P7e",
        "A busy host in an outage: within an hour it does not try all of yesterday's destinations.",
        [
            *joined(delivered(domain, (2 * HOUR, 0.2), (2 * HOUR, 0)) for domain in receivers(80)),
            *joined(
                attempts(domain, "network", (2 * HOUR, 0), (2 * HOUR, 0.05))
                for domain in receivers(12)
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
                for domain in receivers(12)
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
                for domain in receivers(30)
            ),
            *joined(
                delivered(domain, (6 * HOUR, 0.5), provider="microsoft365")
                for domain in receivers(3, "m{}.test")
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
                for domain in receivers(30)
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
            for domain in receivers(12)
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
        joined(attempts(domain, "blocked", (8 * HOUR, 0.02)) for domain in receivers(5)),
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
                for domain in receivers(5)
            ),
            *joined(
                [
                    *delivered(domain, (2 * HOUR, 1), (2 * HOUR, 0), instance="dead"),
                    *attempts(domain, "network", (2 * HOUR, 0), (2 * HOUR, 1), instance="dead"),
                ]
                for domain in receivers(5)
            ),
            *attempts("gmail.com", "blocked", (2 * HOUR, 0), (2 * HOUR, 2)),
        ],
        ((2 * HOUR, QUIET), (200, fires(OUTAGE, f"{BLOCKED} domain gmail.com"))),
    ),
    Scenario(
        "P19",
        "A sender with two destinations reaches neither.",
        two_lost(),
        ((2 * HOUR, QUIET), (3 * HOUR, fires(OUTAGE))),
    ),
    Scenario(
        "P19c",
        "The same; what was counted as other before is no third destination.",
        [*two_lost(), *delivered("other", (2 * HOUR, 1), (2 * HOUR, 0))],
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
            for domain in receivers(3)
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
                *joined(delivered(d, (4 * HOUR, 5), job=job) for d in receivers(3)),
            ]
            for job in ("bulk", "office")
        ),
        ((3 * HOUR, fires(f"{THROTTLED} domain gmail.com")),),
        extra=(("fast_min_failures", "bulk", 500), ("surge_min_failures", "bulk", 500)),
    ),
)
