"""The queues of a configuration: who reads them, and what is known of their receivers.

In: a configuration, and the published totals. Out: the latest reading of each queue; None where
no queue is to be read.
Lost: what queue/watch.py says.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import replace

from exporter.config import Config
from exporter.counts.totals import Attempt, Totals
from exporter.queue.options import QueueOptions, socket_paths
from exporter.queue.watch import Reading, Watch
from exporter.system.errors import ConfigurationError
from exporter.verdict.destination import REMAINDERS
from exporter.verdict.knowledge import provider_table
from exporter.verdict.providers import UNKNOWN

Readings = tuple[Reading, ...] | None

_REMOTE_FLAGS = ("port", "network")
"""Of the Go exporters, beside the path: they can read showq over TCP."""


class Queues:
    """Reads the queues of `config`; `totals` gives what was published last."""

    def __init__(self, config: Config, totals: Callable[[], Totals]) -> None:
        self._config, self._totals = config, totals
        self._own: dict[str, str] = {}
        self._watches: list[Watch] = []
        if options := config.queue:
            self._own = provider_table(config.providers).domains
            self._watches = [
                Watch(path, options, self._providers, UNKNOWN) for path in options.showq
            ]

    def start(self) -> None:
        """Begin to read."""
        for watch in self._watches:
            watch.start()

    def close(self) -> None:
        """Read no more."""
        for watch in self._watches:
            watch.close()

    def reconfigured(self, config: Config) -> Queues:
        """Give the running queues of another configuration; what does not change goes on."""
        if (config.queue, config.providers) == (self._config.queue, self._config.providers):
            return self
        self.close()
        other = Queues(config, self._totals)
        other.start()
        return other

    def readings(self) -> Readings:
        """Give the latest readings, of those queues that have one."""
        if self._config.queue is None:
            return None
        return tuple(reading for watch in self._watches if (reading := watch.latest()))

    def _providers(self) -> dict[str, str]:
        """Give the providers of domains: as the log tells, else as the table does."""
        return {**self._own, **seen_providers(self._totals().attempts)}


def seen_providers(attempts: Mapping[Attempt, int]) -> dict[str, str]:
    """Give for each domain that has a name the provider at which most attempts were."""
    most: dict[str, tuple[int, str]] = {}
    by_both: dict[tuple[str, str], int] = {}
    for attempt, times in attempts.items():
        both = attempt.domain, attempt.provider
        by_both[both] = by_both.get(both, 0) + times
    for (domain, provider), times in by_both.items():
        if provider != UNKNOWN and domain not in REMAINDERS:
            most[domain] = max(most.get(domain, (0, "")), (times, provider))
    return {domain: provider for domain, (_, provider) in most.items()}


def add_queue_flags(flags: argparse.ArgumentParser) -> None:
    """Add the flag that names a socket of showq, and those that are refused by name."""
    flags.add_argument(
        "--postfix.showq-path",
        "--postfix.showq_path",
        dest="showq",
        metavar="PATH",
        action="append",
        help="read the queue at this socket of showq; repeatable (default: no queue is read)",
    )
    for name in _REMOTE_FLAGS:
        for joint in "-_":
            flags.add_argument(
                f"--postfix.showq{joint}{name}", dest=f"showq_{name}", help=argparse.SUPPRESS
            )


def with_queues(config: Config, flags: argparse.Namespace) -> Config:
    """Give the configuration with the queues that flags name, instead of its own."""
    for name in _REMOTE_FLAGS:
        if getattr(flags, f"showq_{name}") is not None:
            raise ConfigurationError(
                f"--postfix.showq_{name}: a queue is read at showq's Unix socket; run an exporter"
                " on each mail host, with --postfix.showq_path PATH or the key queue"
            )
    if not flags.showq:
        return config
    paths = socket_paths("--postfix.showq_path", flags.showq)
    return replace(config, queue=replace(config.queue or QueueOptions(), showq=paths))
