"""What happens in several scenarios, as series."""

from __future__ import annotations

from tests.alerts.scenarios.scenario import (
    QUIET,
    fires,
)
from tests.alerts.series import (
    HOUR,
    Series,
    attempts,
    counters,
    delivered,
    joined,
    series,
)


def receivers(count: int, name: str = "d{}.test") -> list[str]:
    """Give the names of so many domains."""
    return [name.format(number) for number in range(count)]


def lost_network(
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


def two_lost() -> list[Series]:
    """Give two receivers that accept mail for two hours and then are out of reach."""
    return joined(
        [
            *delivered(domain, (2 * HOUR, 1), (2 * HOUR, 0)),
            *attempts(domain, "network", (2 * HOUR, 0), (2 * HOUR, 0.1)),
        ]
        for domain in ("a.test", "b.test")
    )


def refusing(rates: dict[str, float], cause: str = "blocked", job: str = "postfix") -> list[Series]:
    """Give receivers that accept one message a minute and refuse others at these rates."""
    return joined(
        [
            *delivered(domain, (6 * HOUR, 1), job=job),
            *attempts(domain, cause, (6 * HOUR, rate), job=job),
        ]
        for domain, rate in rates.items()
    )


AFTER_RETURN = tuple((minute, QUIET) for minute in (490, 505, 515, 530, 540))
"""Quiet moments once an exporter is back that was down from the second to the eighth hour."""


def found_outage(accepted: str) -> list[Series]:
    """Give what such an exporter finds of five receivers: what they accepted, then an outage."""
    return [
        *joined(
            [
                *counters(domain, "delivered", accepted),
                *counters(domain, "network", "0x120 _x360 0 20x60"),
            ]
            for domain in receivers(5)
        ),
        series("postfix_exporter_read_lag_seconds", values="0x120 _x360 21600x3 0x60"),
    ]


FOLDED = fires("PostfixDomainsFolded")

WANDERING = (0, 136, 136, 0, 136)
"""Throttled messages a minute in half days: the last is one that was quiet a day before."""


def faded(job: str, begin: int, end: int, rest: float, refused: float) -> list[Series]:
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
        for domain in receivers(12)
    )


def refused_for(cause: str, job: str, begin: int, end: int, rate: float) -> list[Series]:
    """Give twelve receivers that accept a message a minute and refuse some for a while."""
    return joined(
        [
            *delivered(domain, (42 * HOUR, 1), job=job),
            *attempts(
                domain, cause, (begin, 0), (end - begin, rate), (42 * HOUR - end, 0), job=job
            ),
        ]
        for domain in receivers(12)
    )


def campaigns(starts: tuple[int, ...], bad: float) -> list[Series]:
    """Give a list that is mailed for two hours a day, each day from another hour on."""
    sent: list[tuple[int, float]] = []
    for start in starts:
        sent += [(start * HOUR, 0.2), (2 * HOUR, 5), ((22 - start) * HOUR, 0.2)]
    unknown = [(minutes, rate * bad if rate > 1 else 0.0) for minutes, rate in sent]
    return [
        *delivered("yahoo.com", *sent),
        *attempts("yahoo.com", "unknown_recipient", *unknown),
    ]
