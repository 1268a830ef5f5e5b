"""What a scenario is: series, and which alerts fire at which moment.

Each moment names the complete set of alerts that fire then; at a moment with none, none is even
pending.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.alerts.series import HOUR, Series

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
