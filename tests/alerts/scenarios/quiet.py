"""Quiet days: churn, retries, exporters that catch up; their names begin with N."""

from __future__ import annotations

from tests.alerts.scenarios.happenings import (
    AFTER_RETURN,
    WANDERING,
    campaigns,
    found_outage,
    lost_network,
    receivers,
    refusing,
    two_lost,
)
from tests.alerts.scenarios.scenario import (
    NOWHERE,
    QUIET,
    Scenario,
    fires,
)
from tests.alerts.series import (
    DAY,
    HOUR,
    attempts,
    background,
    backlog,
    counters,
    deferred,
    delivered,
    expired,
    joined,
    series,
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
                receivers(60),
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
        [*campaigns((2, 5, 7, 3), 0.09), *background(4 * DAY)],
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
            *attempts("gmail.com", "throttled", *((12 * HOUR, rate) for rate in WANDERING)),
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
        found_outage("0+1x120 _x360 120 123x58 124+1x60"),
        AFTER_RETURN,
    ),
    Scenario(
        "N13c",
        "The exporter was down for six hours, and what it finds is an outage of hours ago.",
        found_outage("0+1x120 _x360 120x60"),
        AFTER_RETURN,
    ),
    Scenario(
        "N14",
        "Three mistyped domains are retried through a quiet night.",
        [
            *joined(delivered(domain, (2 * HOUR, 1), (7 * HOUR, 0)) for domain in receivers(3)),
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
            *joined(delivered(domain, (2 * HOUR, 1), (7 * HOUR, 0)) for domain in receivers(6)),
            *joined(
                attempts(domain, "network", (2 * HOUR, 0), (7 * HOUR, 0.02), repeat="true")
                for domain in receivers(3)
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
                for domain in receivers(6)
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
            *joined(attempts(domain, "blocked", (4 * HOUR, 0.5)) for domain in receivers(15)),
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
            for domain in receivers(4)
            for cause in ("blocked", "authentication")
        ),
        ((3 * HOUR, QUIET), (6 * HOUR, QUIET)),
    ),
    Scenario(
        "N14d",
        "Of a hundred and fifty destinations twelve are down in a quiet night.",
        [
            *joined(delivered(domain, (2 * HOUR, 0.1), (4 * HOUR, 0)) for domain in receivers(150)),
            *joined(
                attempts(domain, "network", (2 * HOUR, 0), (4 * HOUR, 0.02), repeat="true")
                for domain in receivers(12)
            ),
        ],
        ((4 * HOUR, QUIET), (6 * HOUR, QUIET)),
    ),
    Scenario(
        "N14g",
        "A sender reaches neither of two destinations, but those that are counted as other.",
        [*two_lost(), *delivered("other", (4 * HOUR, 1))],
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
                for domain in receivers(5)
            ),
            *delivered("last.test", (160, 1), (20, 0)),
        ],
        ((185, QUIET),),
    ),
    Scenario(
        "N14i",
        "A bulk sender's long tail is unreachable when nothing else is sent.",
        [
            *joined(delivered(domain, (2 * HOUR, 2), (HOUR, 0)) for domain in receivers(300)),
            *joined(
                [
                    *delivered(domain, (begin, 0), (20, 0.05), (160 - begin, 0)),
                    *attempts(domain, "network", (140, 0), (40, 0.05)),
                ]
                for begin, name in ((0, "tail{}.test"), (2 * HOUR, "late{}.test"))
                for domain in receivers(36, name)
            ),
        ],
        ((3 * HOUR, QUIET),),
    ),
    Scenario(
        "N14e",
        "Of a host that delivered nothing for eight days nobody knows who was well; that nothing gets"
        " out is known.",
        [
            *lost_network(receivers(5), silent=8 * DAY),
            *deferred("d0.test", "network", 50, 8 * DAY + 4 * HOUR),
            series("postfix_exporter_build_info", python="3.13.5", values="1x2352"),
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
            *joined(delivered(d, (5 * HOUR, 1), job="little") for d in receivers(3)),
            *joined(
                attempts(domain, "network", (5 * HOUR, 1), job="others")
                for domain in receivers(3, "dead{}.test")
            ),
            *joined(delivered(d, (5 * HOUR, 1), job="others") for d in receivers(3)),
        ],
        ((3 * HOUR, QUIET), (5 * HOUR, QUIET)),
    ),
    Scenario(
        "N14f",
        "One of six destinations is down in a quiet night; another sender's only one is well.",
        [
            *joined(delivered(domain, (2 * HOUR, 1), (7 * HOUR, 0)) for domain in receivers(6)),
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
                for domain in receivers(4)
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
            for domain in receivers(count, f"{cause}{{}}.test")
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
                for domain in receivers(4)
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
            *refusing({"a.test": 0.1, "b.test": 0.1, "c.test": 0.04, "d.test": 0}),
            *refusing({"a.test": 0.1, "b.test": 0.1, "c.test": 0.04}, "authentication", "other"),
        ],
        ((3 * HOUR, QUIET), (6 * HOUR, QUIET)),
    ),
    Scenario(
        "N18",
        "Three receivers refuse, most of it one of them, too little to be a cluster: no blocklist.",
        refusing({"a.test": 0.3, "b.test": 0.07, "c.test": 0.07, "d.test": 0}),
        ((3 * HOUR, QUIET), (6 * HOUR, QUIET)),
    ),
)
