"""The command `make replay`: flags, reading, writing, exit codes.

Exit codes: 0 no alert fired, 1 something cannot be read or run, 2 a wrong flag or configuration,
3 an alert fired.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from exporter.config import Config, load
from exporter.sources.stream import STANDARD_INPUT, standard_input
from exporter.system import logs as own_log
from exporter.system.errors import ConfigurationError, ExporterError
from exporter.triage.cli import moment_of, read
from exporter.triage.reading import Span as Asked
from exporter.triage.report import Wish, report
from exporter.yaml.schema import duration
from replay import told
from replay.logs import logs
from replay.playing import RULES, Played, Span, Told, play
from replay.prometheus import prometheus

PROGRAM = "make replay"
FIRED = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; gives the exit code."""
    flags = _flags().parse_args(arguments)
    own_log.set_up("warning", "logfmt")
    try:
        return _run(flags)
    except ExporterError as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 1


def _run(flags: argparse.Namespace) -> int:
    if not flags.files:
        raise ConfigurationError("no log is named: make replay LOG='/var/log/mail.log*'")
    config = load(flags.config_file) if flags.config_file else Config()
    since = moment_of("--since", flags.since, 0.0)
    until = moment_of("--until", flags.until, float("inf"))
    after = duration("--after", flags.after)
    with _on_disk(flags.files) as paths:
        found = logs(paths, config.log.rotated)
        with prometheus() as engine, _progress(is_shown=not flags.quiet) as advance:
            span, rules = Span(since, until, after), Path(flags.rules)
            played = play(found, config, engine, span=span, rules=rules, told=advance)
        reading = read(paths, config, Asked(since, until))
        verdict = report(reading, tuple(paths), Wish()).verdict
    sys.stdout.write(_written(played, verdict, flags.format))
    return FIRED if any(one.firing is not None for one in played.episodes) else 0


def _written(played: Played, verdict: str, form: str) -> str:
    if form == "json":
        return told.written(played, verdict)
    return "".join(line + "\n" for line in told.lines(played, verdict))


@contextmanager
def _on_disk(paths: Sequence[str]) -> Iterator[list[str]]:
    """Give the paths, standard input as a file: a log is read more than once."""
    with tempfile.TemporaryDirectory(prefix="replay-") as folder:
        if STANDARD_INPUT in paths:
            with Path(folder, "stdin").open("wb") as file:
                for block in standard_input():
                    file.write(block)
        yield [str(Path(folder, "stdin")) if path == STANDARD_INPUT else path for path in paths]


@contextmanager
def _progress(*, is_shown: bool) -> Iterator[Told]:
    """Show on a terminal how many minutes of the log were played."""
    if not (is_shown and sys.stderr.isatty()):
        yield lambda _done, _of: None
        return
    from tqdm import tqdm  # only a person at a terminal needs it

    with tqdm(unit="min", leave=False, file=sys.stderr) as bar:

        def advance(done: int, of: int) -> None:
            bar.total = of
            bar.update(done - bar.n)

        yield advance


def _flags() -> argparse.ArgumentParser:
    flags = argparse.ArgumentParser(
        prog=PROGRAM,
        description="Say which alerts the rules would have raised about a Postfix log, and when:"
        " its lines go through the exporter's counters, a Prometheus and the rule files.",
        epilog="Exit code: 0 no alert fired, 3 one did, 1 something cannot be read or run, 2 a"
        " wrong flag.",
        allow_abbrev=False,
    )
    flags.add_argument(
        "files",
        nargs="*",
        metavar="FILE",
        help="logs, plain or packed, in any order; - is standard input",
    )
    flags.add_argument("--since", metavar="TIME", help="scrape from then on, as of postfix-triage")
    flags.add_argument("--until", metavar="TIME", help="before then")
    flags.add_argument(
        "--after",
        default="2m",
        metavar="DURATION",
        help="go on for so long behind the last line, as if nothing more came (default:"
        " %(default)s, until what was counted last is on the page)",
    )
    flags.add_argument("--format", choices=("text", "json"), default="text")
    flags.add_argument(
        "--rules", default=str(RULES), metavar="FOLDER", help="the folder of the rule files"
    )
    flags.add_argument(
        "--config.file", dest="config_file", metavar="FILE", help="the exporter's YAML file"
    )
    flags.add_argument("--quiet", action="store_true", help="no progress bar")
    return flags


if __name__ == "__main__":
    sys.exit(main())
