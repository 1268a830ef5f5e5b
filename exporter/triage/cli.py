"""The command postfix-triage: flags, reading, writing, exit codes.

Exit codes: 0 no problem was found, 1 a log or file cannot be read, 2 a wrong flag or configuration,
3 a problem was found.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from exporter import __version__
from exporter.config import Config, SendersConfig, load
from exporter.inputs import add_journal_flags, named, names_journal, with_sources
from exporter.records.senders import BY_DOMAIN, BY_SERVICE
from exporter.sources.journalctl import NAME as JOURNAL
from exporter.sources.stream import STANDARD_INPUT, standard_input, waits
from exporter.sources.watch import named as in_order
from exporter.sources.watch import read_once
from exporter.sources.whole_journal import read_journal
from exporter.system import logs
from exporter.system.errors import ConfigurationError, ExporterError
from exporter.triage import document, page, text
from exporter.triage.progress import progress
from exporter.triage.reading import Reader, Reading, Span
from exporter.triage.report import PROBLEM, Report, Wish, report

PROGRAM = "postfix-triage"
FOUND = 3
FORMATS = ("text", "json", "html")
_MOST_SENDERS = 1000
_AGO = re.compile(r"(\d{1,6})\s*([mhdw])")
_SECONDS = {"m": 60, "h": 3600, "d": 86400, "w": 604800}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; gives the exit code."""
    flags = flag_parser().parse_args(arguments)
    logs.set_up("warning", "logfmt")
    try:
        return _run(flags)
    except ExporterError as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or Python complains again at exit
        return 1
    except KeyboardInterrupt:
        return 1


def _run(flags: argparse.Namespace) -> int:
    config = load(flags.config_file) if flags.config_file else Config()
    if names_journal(flags) and flags.files:
        raise ConfigurationError(f"{' '.join(flags.files)}: expected files, or --journal")
    if flags.senders:
        config = replace(config, senders=SendersConfig(flags.senders, _MOST_SENDERS))
    config = with_sources(config, flags)
    config = config if flags.files else named(config, is_whole=True)
    span = Span(
        moment_of("--since", flags.since, 0.0), moment_of("--until", flags.until, float("inf"))
    )
    paths = flags.files or list(config.log.names())
    if not flags.files and waits():
        instead = f"standard input is not read, but {' '.join(paths)}; read it by {PROGRAM} -"
        print(f"{PROGRAM}: {instead}", file=sys.stderr)
    reading = read(paths, config, span, is_shown=not flags.quiet)
    wish = Wish(flags.top, flags.domain.lower(), flags.provider.lower())
    told = report(reading, tuple(paths), wish)
    sys.stdout.write(_written(told, flags.format))
    sys.stdout.flush()
    return FOUND if told.outcome == PROBLEM else 0


def read(paths: Sequence[str], config: Config, span: Span, *, is_shown: bool = False) -> Reading:
    """Read logs, rotated sets in order; `-` is standard input, `journal` the configuration's."""
    reader = Reader(config, span)
    others = (STANDARD_INPUT, JOURNAL) if config.log.journal else (STANDARD_INPUT,)
    files = in_order([path for path in paths if path not in others], config.log.rotated)
    status = {path: _status(path) for path in files}
    with progress(sum(of.st_size for of in status.values()), is_shown=is_shown) as advance:
        for path in files:
            reader.begin_log(status[path].st_mtime)
            for block in read_once((path,)):
                reader.add(block)
                advance(len(block), path)
        for name, blocks in _others(paths, config, span):
            reader.begin_log(time.time())
            for block in blocks:
                reader.add(block)
                advance(len(block), name)
    return reader.end()


def _others(
    paths: Sequence[str], config: Config, span: Span
) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Give what is read besides files, by name."""
    if STANDARD_INPUT in paths:
        yield STANDARD_INPUT, standard_input()
    if JOURNAL in paths and config.log.journal:
        yield JOURNAL, read_journal(config.log.journal, span.since or None)


def _status(path: str) -> os.stat_result:
    if not os.path.exists(path):
        raise ExporterError(f"cannot read log {path}: there is no such file")
    return os.stat(path)


def _written(told: Report, form: str) -> str:
    if form == "json":
        return document.written(told)
    if form == "html":
        return page.written(told)
    is_coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    return "".join(line + "\n" for line in text.lines(told, is_coloured=is_coloured))


def moment_of(flag: str, said: str | None, otherwise: float) -> float:
    """Give seconds since the epoch for a time, a duration ago, `today` or `yesterday`."""
    if said is None:
        return otherwise
    if ago := _AGO.fullmatch(said.strip().lower()):
        return time.time() - int(ago[1]) * _SECONDS[ago[2]]
    midnight = datetime.now().replace(hour=0, minute=0, second=0, microsecond=0)
    days = {"today": 0, "yesterday": 1}
    if said.strip().lower() in days:
        return (midnight - timedelta(days=days[said.strip().lower()])).timestamp()
    try:
        return datetime.fromisoformat(said.strip()).timestamp()
    except (ValueError, OverflowError):
        raise ConfigurationError(
            f'{flag}: expected a time as 2026-11-29T08:00, a duration as 2h, "today" or'
            f' "yesterday", got {said!r}'
        ) from None


def _positive(said: str) -> int:
    if not said.isascii() or not said.isdigit() or not 0 < int(said) <= 1000:
        raise argparse.ArgumentTypeError(f"expected a number from 1 to 1000, got {said!r}")
    return int(said)


def flag_parser() -> argparse.ArgumentParser:
    """Give what reads the flags."""
    flags = argparse.ArgumentParser(
        prog=PROGRAM,
        description="Say what is wrong with the mail that a Postfix log tells of: a receiver that"
        " throttles or blocks, a bad list, our own network, or ordinary churn.",
        epilog="Exit code: 0 no problem, 3 a problem was found, 1 a log cannot be read, 2 a wrong"
        " flag. No mail address is shown.",
        allow_abbrev=False,
    )
    flags.add_argument(
        "files",
        nargs="*",
        metavar="FILE",
        help="logs, plain or packed (.gz, .bz2, .xz), in any order; - is standard input (default:"
        " the log of the configuration, or the usual place)",
    )
    flags.add_argument(
        "--since", metavar="TIME", help="from then on: 2026-11-29T08:00, 2h, yesterday"
    )
    flags.add_argument("--until", metavar="TIME", help="before then")
    flags.add_argument("--format", choices=FORMATS, default="text", help="default: %(default)s")
    flags.add_argument(
        "--top", type=_positive, default=10, metavar="N", help="at most so many problems and rows"
    )
    flags.add_argument("--domain", default="", help="only what concerns this recipient domain")
    flags.add_argument(
        "--provider", default="", help="only what concerns this provider (docs/codes.md)"
    )
    flags.add_argument(
        "--senders",
        choices=(BY_DOMAIN, BY_SERVICE),
        help="say whose mail a problem is about: by domain of the envelope sender, or by outgoing"
        " service",
    )
    add_journal_flags(flags)
    flags.add_argument(
        "--config.file", dest="config_file", metavar="FILE", help="the exporter's YAML file"
    )
    flags.set_defaults(logfile_path=None)
    flags.add_argument("--quiet", action="store_true", help="no progress bar")
    flags.add_argument("--version", action="version", version=f"{PROGRAM}, version {__version__}")
    return flags
