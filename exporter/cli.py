"""The command: flags, wiring, signals, exit codes.

Exit codes: 0 done or told to stop, 1 failure, 2 a wrong flag or configuration.
"""

from __future__ import annotations

import argparse
import logging
import os
import platform
import re
import sys
from collections.abc import Sequence
from dataclasses import replace

from exporter import __version__
from exporter.checkpoint.state import State
from exporter.config import Config, load
from exporter.explain import explained
from exporter.inputs import (
    USUAL_LOGS,
    add_journal_flags,
    add_syslog_flag,
    named,
    whole,
    with_journal,
    with_syslog,
)
from exporter.notices import Notices, without_remote
from exporter.page.exposition import Exposition
from exporter.page.metrics import REVISION
from exporter.records.parse import Parser
from exporter.records.shares import Shares
from exporter.service import Service
from exporter.sources.stream import STANDARD_INPUT
from exporter.system import logs
from exporter.system.allocator import loading
from exporter.system.errors import ConfigurationError, ExporterError
from exporter.tally import Tally, judge
from exporter.web.landing import Links
from exporter.web.listener import split_address
from exporter.web.reload import WebConfigFile

PROGRAM = "postfix-deliverability-exporter"
_TELEMETRY_PATH = re.compile(r"/(?!/|-/)[^\s?#]+")
_URL = re.compile(r"https?://[^\s]+")

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
    _check_files(flags)
    Parser(config.log.syslog_names).check()
    if flags.once:
        files = _whole_files(flags)
        return _once(config if files else named(config), files)
    if flags.explain:
        files = [] if config.log.names() else [STANDARD_INPUT]
        return _explain(config, _whole_files(flags) or files, every=flags.explain_all)
    with loading():
        service = Service(lambda: named(_configuration(flags)), flags.checkpoint_file, web)
    links = Links(flags.telemetry_path, flags.runbooks_url or "", flags.dashboards_url or "")
    return service.run(addresses, links)


def _check_files(flags: argparse.Namespace) -> None:
    """Raise ConfigurationError for files or flags that have no effect, with the form that has."""
    given = " ".join(flags.files)
    if flags.once and flags.explain:
        raise ConfigurationError("--once and --explain: expected one of them")
    if flags.explain_all and not flags.explain:
        raise ConfigurationError("--explain.all: expected --explain before it")
    if flags.files and flags.journal:
        raise ConfigurationError(f"{given}: expected files, or --journal")
    if flags.files and not (flags.once or flags.explain):
        raise ConfigurationError(
            f"{given}: whole files are read with --once {given} or --explain {given}, and reported"
            f" on by postfix-triage {given}; a log to follow is named --postfix.logfile-path PATH,"
            " a glob in quotes"
        )


def _whole_files(flags: argparse.Namespace) -> list[str]:
    """Give the files that are named, by whatever form."""
    return [*(flags.logfile_path or ()), *flags.files]


def _once(config: Config, files: Sequence[str]) -> int:
    """Print the metrics of whole files; a failure if there are lines and none is Postfix'."""
    with loading():
        tally, shares = Tally(config, State()), Shares(config.log.syslog_names)
    for block in whole(config, files):
        shares.add(block, tally.add(block))
    sys.stdout.buffer.writelines(Exposition(tally.published, process=False).page())
    sys.stdout.buffer.flush()
    notices = Notices(config)
    if not _tell(shares):
        notices.tell_of(tally.not_understood())
    notices.tell_of_relays(without_remote(tally.published().totals, config.agents))
    return int(shares.is_nothing_understood())


def _explain(config: Config, files: Sequence[str], *, every: bool) -> int:
    """Say how the records of whole files are judged, and by which rules."""
    names = config.log.syslog_names
    shares = Shares(names)
    with loading():
        parser, judging = Parser(names), judge(config, State())
    found = explained(whole(config, files), parser, judging, shares, every=every)
    for told in found.told():
        print(told)
    if not _tell(shares) and not found.remote:
        Notices(config).tell_of_relays(found.own)
    return 0


def _tell(shares: Shares) -> bool:
    """Say on standard error what was not understood, if there is something to say."""
    told = shares.told()
    if told:
        log.warning("%s", told)
    return bool(told)


def _configuration(flags: argparse.Namespace) -> Config:
    config = load(flags.config_file) if flags.config_file is not None else Config()
    if flags.logfile_path:
        config = replace(config, log=replace(config.log, paths=tuple(flags.logfile_path)))
    config = with_syslog(with_journal(config, flags), flags)
    if flags.once or flags.explain:  # what is received is never whole
        config = replace(config, log=replace(config.log, syslog=()))
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


def _url(text: str) -> str:
    if not _URL.fullmatch(text):
        raise argparse.ArgumentTypeError("expected an address that begins with http:// or https://")
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
    _add_whole_files(flags)
    version = f"{__version__} (revision: {REVISION}, python: {platform.python_version()})"
    flags.add_argument("--version", action="version", version=f"{PROGRAM}, version {version}")
    return flags


def _add_whole_files(flags: argparse.ArgumentParser) -> None:
    flags.add_argument(
        "files",
        nargs="*",
        metavar="FILE",
        type=_name,
        help="with --once or --explain: logs, plain or packed, in any order; - is standard input",
    )
    flags.add_argument(
        "--once",
        action="store_true",
        help="read whole files, print the metrics and exit",
    )
    flags.add_argument(
        "--explain",
        action="store_true",
        help="say how failures in whole files, or standard input, are judged, and by which rule",
    )
    flags.add_argument(
        "--explain.all",
        dest="explain_all",
        action="store_true",
        help="with --explain: tell of deliveries, address probes and our own relays, too",
    )


def _add_files(flags: argparse.ArgumentParser) -> None:
    flags.add_argument(
        "--postfix.logfile-path",
        "--postfix.logfile_path",
        dest="logfile_path",
        metavar="PATH",
        type=_name,
        action="append",
        help=f"mail log, or a glob in quotes; repeatable (default: {' or '.join(USUAL_LOGS)})",
    )
    add_journal_flags(flags)
    add_syslog_flag(flags)
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
    for name in ("runbooks", "dashboards"):
        flags.add_argument(
            f"--web.{name}-url",
            dest=f"{name}_url",
            metavar="URL",
            type=_url,
            help=f"where the {name} are, for links on the page at /",
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
