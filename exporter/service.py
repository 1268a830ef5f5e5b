"""The exporter as a daemon: it reads, commits and serves until a signal says stop.

SIGTERM and SIGINT commit and stop; a second one stops at once. SIGHUP reads the configuration files
again; a wrong one is reported and the running one stays.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable, Sequence

from exporter.checkpoint.file import Checkpoint
from exporter.checkpoint.state import State
from exporter.config import Config, default_checkpoint
from exporter.page.exposition import Exposition
from exporter.page.overview import Overviews
from exporter.pipeline import Pipeline, was_away
from exporter.queues import Queues
from exporter.system.allocator import give_back_large_blocks
from exporter.system.errors import ConfigurationError
from exporter.system.manager import Manager
from exporter.tally import Published
from exporter.web.landing import Links
from exporter.web.reload import Settings, WebConfigFile
from exporter.web.server import Server, Site

POLL_INTERVAL = 0.5
"""Seconds between two looks at the logs."""

log = logging.getLogger(__name__)


class Service:
    """One thread reads and commits, others answer scrapes.

    `read_configuration` reads flags and file and raises ConfigurationError; `checkpoint_file`
    goes before the configuration's.
    """

    def __init__(
        self,
        read_configuration: Callable[[], Config],
        checkpoint_file: str | None,
        web: WebConfigFile | None = None,
    ) -> None:
        self._read_configuration = read_configuration
        self._web = web
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._reload = False
        self._manager = Manager()
        config = read_configuration()
        path = checkpoint_file or config.checkpoint.file or default_checkpoint()
        self._checkpoint = Checkpoint(path)
        state, damaged = self._checkpoint.load()
        if state is None:  # a gap that nobody has seen is shown as a rise from 0
            state = State(gaps=int(damaged), held={"gaps": {(): 0}} if damaged else {})
        returning = was_away(state, config.hold)
        self._pipeline = Pipeline(config, self._checkpoint, state, returning=returning)
        self._queues = Queues(config, lambda: self._pipeline.published.totals)

    def run(self, addresses: Sequence[str], links: Links) -> int:
        """Serve the metrics at the path of `links` until a signal says stop; give the exit code."""
        give_back_large_blocks()
        overviews = Overviews(self._published)
        exposition = Exposition(self._published, lambda: self._queues.readings())
        site = Site(exposition, links, self._not_ready, overviews)
        settings = self._web.current if self._web else Settings
        servers = [Server(address, site, settings) for address in addresses]
        self._handle_signals()
        self._pipeline.start()
        self._queues.start()
        for server in servers:
            threading.Thread(target=server.serve_forever, name="web", daemon=True).start()
            log.info("serving %s%s", server.url(), links.metrics)
        self._manager.ready()
        while not self._stop.is_set():
            if self._reload:
                self._read_configuration_again()
            self._pipeline.poll(self._interrupted)
            if self._pipeline.has_ended():
                log.info("the end of standard input")
                break
            self._manager.alive()
            self._wake.wait(POLL_INTERVAL)
        self._manager.stopping()
        self._queues.close()
        committed = self._pipeline.stop()
        log.info("stopped")
        return 0 if committed else 1

    def _interrupted(self) -> bool:
        self._manager.alive()
        return self._stop.is_set() or self._reload

    def _published(self) -> Published:
        return self._pipeline.published

    def _not_ready(self) -> list[str]:
        health = self._pipeline.published.health
        reasons = [f"log {path}: {why}" for path, why in health.problems.items() if why]
        if health.not_understood:
            reasons.append(health.not_understood)
        if not health.caught_up:
            reasons.append("still catching up with the logs")
        if health.checkpoint_problem:
            reasons.append(health.checkpoint_problem)
        return reasons

    def _handle_signals(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_stop)
        signal.signal(signal.SIGHUP, self._on_reload)

    def _on_stop(self, number: int, _frame: object) -> None:
        if self._stop.is_set():
            os._exit(1)
        self._stop.set()
        self._wake.set()

    def _on_reload(self, _number: int, _frame: object) -> None:
        self._reload = True

    def _read_configuration_again(self) -> None:
        self._reload = False
        if self._web:
            self._web.read_again()
        try:
            config = self._read_configuration()
        except ConfigurationError as error:
            log.error("configuration not reloaded: %s", error)
            return
        self._pipeline = self._pipeline.reconfigured(config)
        self._queues = self._queues.reconfigured(config)
        log.info("configuration reloaded")
