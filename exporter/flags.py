"""The flags of the command, and what is right about them.

In: arguments. Out: their values, or an error that says the right form.
"""

from __future__ import annotations

import argparse
import platform
import re
from dataclasses import replace

from exporter import __version__
from exporter.config import Config, read_collectors
from exporter.inputs import USUAL_LOGS, add_journal_flags, add_syslog_flag, names_journal
from exporter.other_flags import add_refused_flags, check_refused
from exporter.page.metrics import REVISION
from exporter.queues import add_queue_flags
from exporter.records.services.event import ALL_NAMES as COLLECTORS
from exporter.system import logs
from exporter.system.errors import ConfigurationError

PROGRAM = "postfix-deliverability-exporter"
_TELEMETRY_PATH = re.compile(r"/(?!/|-/)[^\s?#]+")
_URL = re.compile(r"https?://[^\s]+")


def flag_parser() -> argparse.ArgumentParser:
    """Give what reads the flags."""
    flags = argparse.ArgumentParser(
        prog=PROGRAM,
        description="Prometheus exporter for Postfix deliverability.",
        allow_abbrev=False,
    )
    _add_files(flags)
    _add_web(flags)
    _add_own_log(flags)
    _add_whole_files(flags)
    add_refused_flags(flags)
    version = f"{__version__} (revision: {REVISION}, python: {platform.python_version()})"
    flags.add_argument("--version", action="version", version=f"{PROGRAM}, version {version}")
    return flags


def check(flags: argparse.Namespace) -> None:
    """Raise ConfigurationError for what is wrong or has no effect, with the form that has."""
    check_refused(flags)
    if not _TELEMETRY_PATH.fullmatch(flags.telemetry_path):
        raise ConfigurationError(
            "--web.telemetry-path: expected a path below / other than /-/..., without spaces, ? and"
            f' #, got "{flags.telemetry_path}"'
        )
    named = " ".join(flags.files)
    if flags.once and flags.explain:
        raise ConfigurationError("--once and --explain: expected one of them")
    if flags.explain_all and not flags.explain:
        raise ConfigurationError("--explain.all: expected --explain before it")
    if flags.files and names_journal(flags):
        raise ConfigurationError(f"{named}: expected files, or --journal")
    if flags.files and not (flags.once or flags.explain):
        raise ConfigurationError(
            f"{named}: whole files are read with --once {named} or --explain {named}, and reported"
            f" on by postfix-triage {named}; a log to follow is named --postfix.logfile-path PATH,"
            " a glob in quotes"
        )


def with_collectors(config: Config, flags: argparse.Namespace) -> Config:
    """Give the configuration with the collectors that a flag names, instead of its own."""
    if flags.collectors is None:
        return config
    names = read_collectors("--collectors", flags.collectors.split(","))
    return replace(config, collectors=names)


def whole_files(flags: argparse.Namespace) -> list[str]:
    """Give the files that are named, by whatever form."""
    return [*(flags.logfile_path or ()), *flags.files]


def _name(text: str) -> str:
    if not text or "\0" in text:
        raise argparse.ArgumentTypeError("expected a name")
    return text


def _url(text: str) -> str:
    if not _URL.fullmatch(text):
        raise argparse.ArgumentTypeError("expected an address that begins with http:// or https://")
    return text


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
        "--file.log",
        dest="logfile_path",
        metavar="PATH",
        type=_name,
        action="append",
        help=f"mail log, or a glob in quotes; repeatable (default: {' or '.join(USUAL_LOGS)})",
    )
    add_journal_flags(flags)
    add_syslog_flag(flags)
    add_queue_flags(flags)
    flags.add_argument(
        "--collectors",
        metavar="NAMES",
        help="what else to count, with commas between: all, or some of"
        f" {', '.join(COLLECTORS)} (default: none)",
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
        help="TLS, basic authentication and headers, in the format of exporter-toolkit (default:"
        " web.yml of the credentials that systemd has loaded, where it is)",
    )


def _add_own_log(flags: argparse.ArgumentParser) -> None:
    flags.add_argument(
        "--log.level", dest="log_level", choices=logs.LEVELS, default="info", help="least level"
    )
    flags.add_argument(
        "--log.format", dest="log_format", choices=logs.FORMATS, default="logfmt", help="log format"
    )
