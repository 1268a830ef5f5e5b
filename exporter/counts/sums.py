"""The sums behind the page: what was counted by labels, and what left with its domain.

In: tallies by labels. Out: frozen Totals.
Lost: nothing; what domains had counted before they left stays among the forgotten.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from exporter.counts.delays import Delays
from exporter.counts.domains import FOLDED
from exporter.counts.series import BoundedSeries, Labels
from exporter.counts.totals import AgentStatus, Probe, Totals, Verdict
from exporter.records.parse import RESULTS, Records
from exporter.verdict.knowledge import familiar_codes


class Sums:
    """Adds up, going on from `totals`."""

    def __init__(self, totals: Totals) -> None:
        self._series = BoundedSeries(totals.attempts, familiar_codes())
        self.refused = Counter(totals.refused)
        self.expired = Counter(totals.expired)
        self.by_agent: Counter[AgentStatus] = Counter(totals.agents)
        self.probes: Counter[Probe] = Counter(totals.probes)
        self.delays = Delays(totals.delays)
        self._lines = Counter(totals.lines)
        self._folded = totals.domains_folded
        self._left = totals.domains_forgotten
        self._forgotten = Counter(totals.forgotten)
        self._forgotten_refused = Counter(totals.forgotten_refused)
        self._forgotten_expired = Counter(totals.forgotten_expired)

    def add_lines(self, records: Records) -> None:
        """Count the lines of a block by result."""
        for result in RESULTS:
            self._lines[result] += getattr(records, result)

    def add_attempts(self, labels: Labels, times: int) -> None:
        """Count attempts at remote destinations."""
        self._series.add(labels, times)
        if labels[0] == FOLDED:
            self._folded += times

    def forget(self, domains: Collection[str]) -> None:
        """Let what domains had counted leave the page."""
        self._left += len(domains)
        for attempt, times in self._series.forget(domains).items():
            self._forgotten[attempt._replace(domain="")] += times
        _move(self.refused, self._forgotten_refused, domains)
        _move(self.expired, self._forgotten_expired, domains)

    def totals(self) -> Totals:
        """Give the sums as they are now."""
        return Totals(
            self._series.version(),
            dict(self.refused),
            dict(self.expired),
            dict(self.by_agent),
            dict(self.probes),
            self.delays.histograms(),
            dict(self._lines),
            self._folded,
            self._left,
            dict(self._forgotten),
            dict(self._forgotten_refused),
            dict(self._forgotten_expired),
        )


def _move(counted: Counter[Verdict], forgotten: Counter[Verdict], domains: Collection[str]) -> None:
    for verdict in [one for one in counted if one.domain in domains]:
        forgotten[verdict._replace(domain="")] += counted.pop(verdict)
