"""What is a problem in a quarter of an hour: the alert rules' tests, on a history.

In: the windows that end with the quarter. Out: findings, named as the alert that says the same.
Pure. alerts/src has the same tests as PromQL; a test runs the scenarios of the rules through both.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from exporter.heuristics.figures import Pair, figures, quarters
from exporter.heuristics.windows import (
    DOMAIN,
    RECEIVER,
    Caused,
    Destination,
    Sums,
    Taken,
    causes_named,
)

CLUSTER_ALERTS = {
    "throttled": "PostfixDestinationThrottled",
    "blocked": "PostfixDestinationBlocked",
    "authentication": "PostfixDestinationAuthenticationFailing",
    "other": "PostfixDestinationRefusing",
}
LIST_QUALITY = "PostfixListQualityDegraded"
UNREACHABLE = "PostfixDestinationUnreachable"
WIDELY_ALERTS = {
    "authentication": "PostfixAuthenticationFailingWidely",
    "policy": "PostfixRefusedWidely",
}
EVERYWHERE = Destination("", "")
"""The destination of a finding that is of no single one."""

_UNKNOWN = "unknown_recipient"
_DAY = quarters("1d")
_EARLIER = tuple(map(quarters, ("1d", "2d", "7d")))


class Finding(NamedTuple):
    """A problem: the alert that says the same, where, and for which cause."""

    alert: str
    destination: Destination
    cause: str


class Clusters:
    """Judges quarter after quarter, for what was a cluster within a day needs no new recipients."""

    def __init__(self, taken: Taken) -> None:
        self._taken = taken
        self._figures = figures()
        self._is = self._figures.values()
        self._of: dict[str, _Window] = {}
        self._clustered: dict[Caused, int] = {}
        self._widely: dict[str, int] = {}

    def findings(self, sums: Sums) -> set[Finding]:
        """Give what is a problem now."""
        self._of = {window: _Window(window, sums, self._taken, self._is) for window in sums.windows}
        found = set(self._destinations(sums))
        found.update(self._list_quality(sums), self._unreachable(sums))
        policy = any(one.cause in self._figures.causes["policy"] for one in found)
        found.update(self._everywhere(sums, policy_cluster=policy))
        return found

    # -- one destination ---------------------------------------------------------------------------

    def _destinations(self, sums: Sums) -> Iterator[Finding]:
        """Give the clusters: many failures, of many recipients, concentrated, going on."""
        now: set[Caused] = set()
        for pair in self._figures.pairs:
            of = self._of[pair.window]
            for caused in of.concentrated(self._is[f"{pair.name}_min_failures"]):
                if (
                    caused.cause in self._figures.causes["clustered"]
                    and self._of_many(caused, of, sums)
                    and _goes_on(caused, pair, sums)
                    and self._is_significant(pair, caused, of, sums)
                ):
                    now.add(caused)
        for caused in now:
            self._clustered[caused] = sums.end
            yield Finding(CLUSTER_ALERTS[caused.cause], caused.destination, caused.cause)

    def _of_many(self, caused: Caused, of: _Window, sums: Sums) -> bool:
        recipients = sums.refused[of.window].get(caused, 0)
        before = self._clustered.get(caused)
        return recipients >= self._is["cluster_min_recipients"] or (
            before is not None and sums.end - before <= _DAY
        )

    def _is_significant(self, pair: Pair, caused: Caused, of: _Window, sums: Sums) -> bool:
        ratio = of.ratio(caused)
        if ratio < self._is[f"{pair.name}_min_ratio"]:
            return False
        if pair.name == "surge":
            usual = self._usual(caused, pair.window, sums.end)
            against = of.elsewhere(caused) if usual is None else usual
            return against is not None and ratio > self._is["surge_factor"] * against
        if pair.name == "fast":
            return True
        hour = quarters("1h")
        begin, end = of.begin - hour, sums.end - hour
        return (
            of.messages(caused.destination) >= self._is["slow_min_traffic"] * of.traffic(caused)
            and self._taken.failures(caused, begin, end) > 0
        )

    def _usual(self, caused: Caused, window: str, end: int) -> float | None:
        """Give what the ratio usually is, None where no earlier day had enough traffic."""
        day = self._earlier(caused, "1d", end)
        if window == "1d":
            return day
        hours = self._earlier(caused, window, end)
        known = [one for one in (day, hours) if one is not None]
        return max(known, default=None)

    def _earlier(self, caused: Caused, window: str, end: int) -> float | None:
        length, destination = quarters(window), caused.destination
        now = self._taken.messages(destination, end - length, end)
        ratios = []
        for before in _EARLIER:
            begin = end - length - before
            messages = self._taken.messages(destination, begin, begin + length)
            if messages >= self._is["baseline_min_attempts"] and (
                messages >= self._is["baseline_min_traffic"] * now
            ):
                failures = self._taken.failures(caused, begin, begin + length)
                ratios.append(failures / messages)
        return min(ratios, default=None)

    def _list_quality(self, sums: Sums) -> Iterator[Finding]:
        for pair in self._figures.list_pairs:
            of = self._of[pair.window]
            for caused, failures in of.failures.items():
                if (
                    caused.cause == _UNKNOWN
                    and failures >= self._is["list_min_failures"]
                    and caused.destination.is_named()
                    and of.ratio(caused) >= self._is["list_min_ratio"]
                    and _goes_on(caused, pair, sums)
                    and self._is_unusual(caused, of.ratio(caused), pair.window, sums.end)
                ):
                    yield Finding(LIST_QUALITY, caused.destination, _UNKNOWN)

    def _is_unusual(self, caused: Caused, ratio: float, window: str, end: int) -> bool:
        usual = self._usual(caused, window, end)
        if usual is None:
            return ratio >= self._is["list_no_history_ratio"]
        return ratio > self._is["list_factor"] * usual

    def _unreachable(self, sums: Sums) -> Iterator[Finding]:
        of = self._of["2h"]
        enough = self._is["unreachable_min_failures"]
        for caused, failures in of.failures.items():
            if (
                caused.cause == "network"
                and failures >= enough
                and caused.destination.is_named()
                and sums.last_failed.get(caused) == sums.end - 1
                and of.ratio(caused) >= self._is["unreachable_min_ratio"]
                and failures >= self._is["cluster_share"] * of.total(caused)
            ):
                yield Finding(UNREACHABLE, caused.destination, "network")

    # -- many destinations -------------------------------------------------------------------------

    def _everywhere(self, sums: Sums, *, policy_cluster: bool) -> set[Finding]:
        found = set()
        for pair in self._figures.widely_pairs:
            for reason in WIDELY_ALERTS:
                is_policy = reason == "policy"
                if (is_policy and policy_cluster) or not self._is_wide(reason, pair, sums):
                    continue
                self._widely[reason] = sums.end
                found.add(Finding(WIDELY_ALERTS[reason], EVERYWHERE, reason))
        return found

    def _is_wide(self, reason: str, pair: Pair, sums: Sums) -> bool:
        """Whether several receivers refuse at once, and none of them stands out."""
        causes = causes_named(reason)
        of = self._of[pair.window]
        by_receiver: dict[str, int] = defaultdict(int)
        ratios: dict[str, float] = defaultdict(float)
        for caused, failures in of.failures.items():
            if caused.destination.scope == RECEIVER and caused.cause in causes:
                by_receiver[caused.destination.name] += failures
                ratios[caused.destination.name] += of.ratio(caused)
        failures, least = sum(by_receiver.values()), self._is["widely_min_ratio"]
        messages = self._taken.traffic(DOMAIN, of.begin, sums.end)
        if failures < max(self._is["widely_min_failures"], least * messages):
            return False
        named = {name for name in by_receiver if Destination(RECEIVER, name).is_named()}
        if sum(ratios[name] >= least for name in named) < self._is["widely_min_destinations"]:
            return False
        if reason == "policy" and failures > 1:
            same = sum(by_receiver[name] * (by_receiver[name] - 1) for name in named)
            if same >= self._is["cluster_share"] * failures * (failures - 1):
                return False
        return self._are_many(reason, causes, pair, sums)

    def _are_many(self, reason: str, causes: tuple[str, ...], pair: Pair, sums: Sums) -> bool:
        def is_of(caused: Caused) -> bool:
            return caused.destination.scope == DOMAIN and caused.cause in causes

        recipients = sum(n for of, n in sums.refused[pair.window].items() if is_of(of))
        before = self._widely.get(reason)
        if recipients < self._is["cluster_min_recipients"] and (
            before is None or sums.end - before > _DAY
        ):
            return False
        since = sums.end - quarters(pair.recent)
        return any(is_of(of) and last >= since for of, last in sums.last_failed.items())


class _Window:
    """Failures of one window, and what they are a share of."""

    def __init__(self, window: str, sums: Sums, taken: Taken, values: Mapping[str, float]) -> None:
        self.window, self.failures = window, sums.failures[window]
        self.begin, self._end = sums.end - sums.windows[window], sums.end
        self._taken, self._is = taken, values
        self._totals: dict[tuple[str, str], int] = defaultdict(int)
        self._squares: dict[tuple[str, str], int] = defaultdict(int)
        for (destination, cause), failures in self.failures.items():
            if destination.scope != RECEIVER and cause != _UNKNOWN:
                self._totals[destination.scope, cause] += failures
                if destination.is_named():
                    self._squares[destination.scope, cause] += failures * failures

    def concentrated(self, at_least: float) -> Iterator[Caused]:
        """Give the destinations with so many failures that have a large share of all of them."""
        large, minor = self._is["cluster_share"], self._is["cluster_minor_share"]
        for caused, failures in self.failures.items():
            (scope, _), cause = caused
            if failures < at_least or cause == _UNKNOWN or scope == RECEIVER:
                continue
            total = self._totals[scope, cause]
            if failures < minor * total or not caused.destination.is_named():
                continue
            if failures >= large * total or self._stands_out(caused, total):
                yield caused

    def _stands_out(self, caused: Caused, total: int) -> bool:
        """Whether it fails far more often than the others, or too few fail to call it wide."""
        few = (
            self._is["widely_min_destinations"]
            * self._squares[caused.destination.scope, caused.cause]
        )
        if total * total < few:
            return True
        elsewhere = self.elsewhere(caused)
        return elsewhere is not None and (
            self.ratio(caused) >= self._is["cluster_lift"] * elsewhere
        )

    def total(self, caused: Caused) -> int:
        """Give the failures for the cause at all destinations of the scope."""
        return self._totals[caused.destination.scope, caused.cause]

    def messages(self, of: Destination) -> int:
        """Give the messages on which a destination gave a verdict."""
        return self._taken.messages(of, self.begin, self._end)

    def traffic(self, caused: Caused) -> int:
        """Give the messages of all destinations of the scope."""
        return self._taken.traffic(caused.destination.scope, self.begin, self._end)

    def ratio(self, caused: Caused) -> float:
        """Give the share of a destination's messages that failed for a cause."""
        messages = self.messages(caused.destination)
        return self.failures[caused] / messages if messages else 0.0

    def elsewhere(self, caused: Caused) -> float | None:
        """Give the ratio of all other destinations together, None without any."""
        messages = self.traffic(caused) - self.messages(caused.destination)
        if messages <= 0:
            return None
        return max(self.total(caused) - self.failures[caused], 0) / messages


def _goes_on(caused: Caused, pair: Pair, sums: Sums) -> bool:
    last = sums.last_failed.get(caused)
    return last is not None and last >= sums.end - quarters(pair.recent)
