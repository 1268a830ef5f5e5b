"""The command: flags, wiring, signals, exit codes.

Exit codes: 0 done or told to stop, 1 failure, 2 a wrong flag or configuration.
SIGTERM and SIGINT commit and stop; a second one stops at once. SIGHUP reads the configuration files
again; a wrong one is reported and the running one stays.
"""

from __future__ import annotations

import argparse
import logging
import os
import platform
import re
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace

from exporter import __version__, logs
from exporter.allocator import give_back_large_blocks
from exporter.checkpoint import Checkpoint
from exporter.config import DEFAULT_LOGS, Config, default_checkpoint, load
from exporter.errors import ConfigurationError, ExporterError
from exporter.explain import explain
from exporter.expose import REVISION, Exposition
from exporter.listener import split_address
from exporter.parse import Parser
from exporter.pipeline import Pipeline, was_away
from exporter.sources.watch import read_once
from exporter.state import State
from exporter.tally import Published, Tally, judge
from exporter.web import Server, Site
from exporter.webreload import Settings, WebConfigFile

PROGRAM = "postfix-deliverability-exporter"
POLL_INTERVAL = 0.5
"""Seconds between two looks at the logs."""

_TELEMETRY_PATH = re.compile(r"/(?!/|-/)[^\s?#]+")

log = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; gives the exit code."""
    flags = _flags().parse_args(arguments)
    logs.set_up(flags.log_level, flags.log_format)
    try:
        return _run(flags)
    except ExporterError as error:
        log.error("%s", error)
        return error.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or Python complains again at exit
        return 1


def _run(flags: argparse.Namespace) -> int:
    config = _configuration(flags)
    web = WebConfigFile(flags.web_config_file) if flags.web_config_file else None
    addresses = flags.listen_address or [":9154"]
    for address in addresses:
        split_address(address)
    if flags.config_check:
        print(f"{flags.config_file or 'the built-in configuration'} is valid")
        return 0
    Parser(config.log.syslog_names).check()
    if flags.once:
        return _once(config)
    if flags.explain:
        return _explain(config)
    return Service(config, flags, web).run(addresses)


def _once(config: Config) -> int:
    """Print the metrics of whole files."""
    tally = Tally(config, State())
    for block in read_once(config.log_paths(), config.log.rotated):
        tally.add(block)
    sys.stdout.buffer.writelines(Exposition(tally.published, process=False).page())
    sys.stdout.buffer.flush()
    return 0


def _explain(config: Config) -> int:
    """Say of each line of standard input how it is judged, and by which rule."""
    for told in explain(sys.stdin.buffer, Parser(config.log.syslog_names), judge(config, State())):
        print(told, flush=True)
    return 0


class Service:
    """The exporter as a daemon: one thread reads and commits, others answer scrapes."""

    def __init__(
        self, config: Config, flags: argparse.Namespace, web: WebConfigFile | None = None
    ) -> None:
        self._flags = flags
        self._web = web
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._reload = False
        path = flags.checkpoint_file or config.checkpoint.file or default_checkpoint()
        self._checkpoint = Checkpoint(path)
        state, damaged = self._checkpoint.load()
        if state is None:  # a gap that nobody has seen is shown as a rise from 0
            state = State(gaps=int(damaged), held={"gaps": {(): 0}} if damaged else {})
        returning = was_away(state, config.hold)
        self._pipeline = Pipeline(config, self._checkpoint, state, returning=returning)

    def run(self, addresses: Sequence[str]) -> int:
        """Serve until a signal says stop; gives the exit code."""
        give_back_large_blocks()
        site = Site(Exposition(self._published), self._flags.telemetry_path, self._not_ready)
        settings = self._web.current if self._web else Settings
        servers = [Server(address, site, settings) for address in addresses]
        self._handle_signals()
        self._pipeline.start()
        for server in servers:
            threading.Thread(target=server.serve_forever, name="web", daemon=True).start()
            log.info("serving %s%s", server.url(), self._flags.telemetry_path)
        while not self._stop.is_set():
            if self._reload:
                self._read_configuration_again()
            self._pipeline.poll(self._interrupted)
            self._wake.wait(POLL_INTERVAL)
        committed = self._pipeline.commit()
        log.info("stopped")
        return 0 if committed else 1

    def _interrupted(self) -> bool:
        return self._stop.is_set() or self._reload

    def _published(self) -> Published:
        return self._pipeline.published

    def _not_ready(self) -> list[str]:
        health = self._pipeline.published.health
        reasons = [f"log {path}: {why}" for path, why in health.problems.items() if why]
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
            config = _configuration(self._flags)
        except ConfigurationError as error:
            log.error("configuration not reloaded: %s", error)
            return
        self._pipeline = self._pipeline.reconfigured(config)
        log.info("configuration reloaded")


def _configuration(flags: argparse.Namespace) -> Config:
    config = load(flags.config_file) if flags.config_file is not None else Config()
    if flags.logfile_path:
        config = replace(config, log=replace(config.log, paths=tuple(flags.logfile_path)))
    if not _TELEMETRY_PATH.fullmatch(flags.telemetry_path):
        raise ConfigurationError(
            "--web.telemetry-path: expected a path below / other than /-/..., without spaces, ? and"
            f' #, got "{flags.telemetry_path}"'
        )
    return config


def _name(text: str) -> str:
    if not text or "\0" in text:
        raise argparse.ArgumentTypeError("expected a name")
    return text


def _flags() -> argparse.ArgumentParser:
    flags = argparse.ArgumentParser(
        prog=PROGRAM,
        description="Prometheus exporter for Postfix deliverability.",
        allow_abbrev=False,
    )
    _add_files(flags)
    _add_web(flags)
    _add_own_log(flags)
    flags.add_argument(
        "--once",
        action="store_true",
        help="read the named files from their beginning, print the metrics and exit",
    )
    flags.add_argument(
        "--explain",
        action="store_true",
        help="read log lines from standard input and say how each is judged, and by which rule",
    )
    version = f"{__version__} (revision: {REVISION}, python: {platform.python_version()})"
    flags.add_argument("--version", action="version", version=f"{PROGRAM}, version {version}")
    return flags


def _add_files(flags: argparse.ArgumentParser) -> None:
    flags.add_argument(
        "--postfix.logfile-path",
        "--postfix.logfile_path",
        dest="logfile_path",
        metavar="PATH",
        type=_name,
        action="append",
        help=f"mail log, or a glob in quotes; repeatable (default: {' or '.join(DEFAULT_LOGS)})",
    )
    flags.add_argument(
        "--config.file", dest="config_file", metavar="FILE", type=_name, help="YAML file"
    )
    flags.add_argument(
        "--config.check",
        dest="config_check",
        action="store_true",
        help="check flags and configuration file, then exit",
    )
    flags.add_argument(
        "--checkpoint.file",
        dest="checkpoint_file",
        metavar="FILE",
        type=_name,
        help="where positions and counters are kept",
    )


def _add_web(flags: argparse.ArgumentParser) -> None:
    flags.add_argument(
        "--web.listen-address",
        dest="listen_address",
        metavar="ADDRESS",
        action="append",
        help="host:port to listen on; repeatable (default: :9154)",
    )
    flags.add_argument(
        "--web.telemetry-path",
        dest="telemetry_path",
        metavar="PATH",
        default="/metrics",
        help="path of the metrics (default: %(default)s)",
    )
    flags.add_argument(
        "--web.config.file",
        dest="web_config_file",
        metavar="FILE",
        type=_name,
        help="TLS, basic authentication and headers, in the format of exporter-toolkit",
    )


def _add_own_log(flags: argparse.ArgumentParser) -> None:
    flags.add_argument(
        "--log.level", dest="log_level", choices=logs.LEVELS, default="info", help="least level"
    )
    flags.add_argument(
        "--log.format", dest="log_format", choices=logs.FORMATS, default="logfmt", help="log format"
    )
