"""Faults of our own, and what looks like one and is none."""

from __future__ import annotations

from tests.alerts.scenarios.happenings import (
    AFTER_RETURN,
    receivers,
)
from tests.alerts.scenarios.scenario import (
    BLOCKED,
    GOOGLE,
    LIST,
    LIST_WIDELY,
    NOWHERE,
    OWN,
    QUIET,
    UNREACHABLE,
    Scenario,
    both,
    fires,
)
from tests.alerts.series import (
    HOUR,
    Series,
    attempts,
    background,
    deferred,
    delivered,
    joined,
    series,
    suspended,
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
            series("postfix_exporter_build_info", python="3.13.5", values="1x240"),
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
            *joined(_wave(domain, 30, 120) for domain in receivers(3)),
            *_wave("gmail.com", 29, 114, provider=GOOGLE),
            *background(310),
        ],
        (
            (HOUR, QUIET),
            (
                95,
                fires(
                    LIST_WIDELY,
                    *(f"{LIST} domain {domain}" for domain in receivers(3)),
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
            *joined(_wave(domain, 30, 120, provider=GOOGLE) for domain in receivers(3)),
            *_wave("large.test", 189, 793),
            *background(310),
        ],
        (
            (
                100,
                fires(
                    *(f"{LIST} domain {domain}" for domain in receivers(3)),
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
            *joined(delivered(domain, (2 * HOUR, 1), (6 * HOUR, 0)) for domain in receivers(4)),
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
            series("postfix_exporter_build_info", python="3.13.5", values="1x300"),
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
            *joined(delivered(domain, (5 * HOUR, 1), job="deleted") for domain in receivers(3)),
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
        AFTER_RETURN,
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
