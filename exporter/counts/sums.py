"""The sums behind the page: what was counted by labels, and what left with its domain.

In: tallies by labels. Out: frozen Totals.
Lost: nothing; what domains had counted before they left stays among the forgotten.
They are no Counters: one by one, `+=` takes these four times as long.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

from exporter.counts.bounded_labels import FOLDED
from exporter.counts.delays import Delays
from exporter.counts.delivery_times import DeliveryTimes
from exporter.counts.late import LateDeliveries
from exporter.counts.series import BoundedSeries, LabelSeries
from exporter.counts.totals import AgentStatus, Attempt, Outcome, Probe, Reason, Totals, outcome
from exporter.records.parse import RESULTS, Records
from exporter.verdict.knowledge import familiar_codes
from exporter.verdict.providers import listed


class Sums:
    """Adds up, going on from `totals`; with `delivery_times` where these are counted."""

    def __init__(self, totals: Totals, delivery_times: DeliveryTimes | None = None) -> None:
        self._series = BoundedSeries(totals.attempts, familiar_codes())
        self.refused = LabelSeries(totals.refused, totals.forgotten_refused)
        self.expired = LabelSeries(totals.expired, totals.forgotten_expired)
        self.suspended = LabelSeries(totals.suspended, totals.forgotten_suspended)
        self._reasons: dict[tuple[str, str, str], int] = defaultdict(int)
        self._reasons.update({(*reason,): times for reason, times in totals.reasons.items()})
        self.by_agent: dict[AgentStatus, int] = defaultdict(int, totals.agents)
        self.probes: dict[Probe, int] = defaultdict(int, totals.probes)
        self.delays = Delays(totals.delays)
        self.late = LateDeliveries(totals.late)
        self.delivery_times = delivery_times
        self.senders = LabelSeries(totals.senders, totals.forgotten_senders)
        self._lines = defaultdict(int, totals.lines)
        self._folded = totals.domains_folded
        self._left = totals.domains_forgotten
        self._forgotten = defaultdict(int, totals.forgotten)
        self._outcomes: dict[tuple[str, str, str], int] = defaultdict(int)
        for counted in (totals.attempts, totals.forgotten):
            for attempt, times in counted.items():
                self._outcomes[outcome(attempt)] += times

    def add_lines(self, records: Records) -> None:
        """Count the lines of a block by result."""
        for result in RESULTS:
            self._lines[result] += getattr(records, result)

    def add_attempts(self, attempt: Attempt, times: int) -> None:
        """Count attempts at remote destinations."""
        self._series.add(attempt, times)
        self._outcomes[attempt.cause, attempt.status, attempt.repeat] += times
        if attempt.domain == FOLDED:
            self._folded += times

    def add_reason(self, provider: str, cause: str, rule: str, times: int) -> None:
        """Count first failures by the rule that decided.

        Providers of no table are named by a domain; these many are one.
        """
        self._reasons[listed(provider), cause, rule] += times

    def attempts(self) -> Iterable[Attempt]:
        """Give the series of attempts."""
        return self._series.totals

    def forget(self, domains: Collection[str]) -> None:
        """Let what domains had counted leave the page."""
        self._left += len(domains)
        for attempt, times in self._series.forget(domains).items():
            self._forgotten[attempt._replace(domain="")] += times
        for series in (self.refused, self.expired, self.suspended):
            series.forget(domains)

    def totals(self) -> Totals:
        """Give the sums as they are now."""
        return Totals(
            self._series.version(),
            self.refused.version(),
            self.expired.version(),
            self.suspended.version(),
            {Reason(*reason): times for reason, times in self._reasons.items()},
            dict(self.by_agent),
            dict(self.probes),
            self.delays.histograms(),
            dict(self._lines),
            self._folded,
            self._left,
            dict(self._forgotten),
            dict(self.refused.forgotten),
            dict(self.expired.forgotten),
            dict(self.suspended.forgotten),
            self.senders.version(),
            dict(self.senders.forgotten),
            self.late.histograms(),
            {Outcome(*one): times for one, times in self._outcomes.items()},
        )
