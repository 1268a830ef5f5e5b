"""What the exporter's own log says of the logs: that they are not understood, or of nothing remote.

In: what is wrong, and totals. Out: log lines, each once as long as it holds.
Lost: nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from exporter.config import Config
from exporter.counts.totals import Totals

ENOUGH = 20
"""Deliveries to our own relays alone, before that is said."""

log = logging.getLogger(__name__)


class Notices:
    """Says what is to be said of logs: those of the configuration, or the files that are named."""

    def __init__(self, config: Config, files: Sequence[str] = ()) -> None:
        self._logs = ", ".join(files or config.log.names())
        self._agents = config.agents
        self._problem: str | None = None
        self._has_told_of_relays = False

    def tell_of(self, problem: str | None) -> str | None:
        """Say that the logs are not understood, or are again; give the reason with their names."""
        if problem and not self._problem:
            log.error("log %s is not understood: %s", self._logs, problem)
        elif self._problem and not problem:
            log.info("log %s is understood", self._logs)
        self._problem = problem
        return problem and f"log {self._logs} is not understood: {problem}"

    def tell_of_relays(self, deliveries: int) -> None:
        """Say that so many deliveries, and all, were to relays of our own, if they are enough."""
        if self._has_told_of_relays or deliveries < ENOUGH:
            return
        self._has_told_of_relays = True
        log.warning(
            "none of %d deliveries by %s left our own system, for all relays are private or in"
            " internal_relays; is one of them a smarthost, name it in remote_relays"
            " (docs/configuration.md); a host that only receives is right as it is",
            deliveries, " and ".join(self._agents),
        )  # fmt: skip


def without_remote(totals: Totals, agents: tuple[str, ...]) -> int:
    """Give the deliveries by agents that reach remote destinations, if none of them did."""
    deliveries = sum(times for of, times in totals.agents.items() if of.agent in agents)
    reached = totals.attempts or totals.forgotten
    return 0 if reached else deliveries
