"""The two commands: their flags as their own parsers have them, and what a man page says besides.

In: argparse's parsers. Out: Command, plain data.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

from exporter import flags
from exporter.triage import cli as triage

_FILES = ("FILE", "PATH")
"""Names of values that are files or folders."""


@dataclass(frozen=True)
class Flag:
    """A flag: its names, the first the usual one; `value` is "" where it takes none."""

    names: tuple[str, ...]
    value: str
    meaning: str
    choices: tuple[str, ...]
    is_file: bool
    is_repeatable: bool


@dataclass(frozen=True)
class Command:
    """A command, and sections of its man page: titles, and paragraphs with a term before each."""

    name: str
    what: str
    description: str
    arguments: str
    flags: tuple[Flag, ...]
    sections: dict[str, tuple[tuple[str, str], ...]]
    see_also: tuple[str, ...]


def commands() -> tuple[Command, Command]:
    """Give both."""
    exporter, report = flags.flag_parser(), triage.flag_parser()
    return (
        Command(
            flags.PROGRAM,
            "Prometheus exporter for Postfix",
            _EXPORTER,
            "[FLAG ...] [FILE ...]",
            (*_flags(exporter), _argument(exporter)),
            _EXPORTER_SECTIONS,
            (triage.PROGRAM, "journalctl"),
        ),
        Command(
            triage.PROGRAM,
            "say what is wrong with the mail that a Postfix log tells of",
            _TRIAGE,
            "[FLAG ...] [FILE ...]",
            (*_flags(report), _argument(report)),
            _TRIAGE_SECTIONS,
            (flags.PROGRAM, "journalctl"),
        ),
    )


def _flags(parser: argparse.ArgumentParser) -> Iterator[Flag]:
    told = parser._get_formatter()
    for action in parser._actions:
        if action.option_strings and action.help != argparse.SUPPRESS:  # one that is refused
            takes_one = action.nargs != 0
            value = str(action.metavar or action.dest.upper()) if takes_one else ""
            yield Flag(
                tuple(
                    action.option_strings[::-1] if action.dest == "help" else action.option_strings
                ),
                "" if action.choices else value,
                told._expand_help(action),
                tuple(map(str, action.choices or ())),
                value in _FILES,
                isinstance(action, argparse._AppendAction),
            )


def _argument(parser: argparse.ArgumentParser) -> Flag:
    """Give what stands behind the flags."""
    told = parser._get_formatter()
    files = next(action for action in parser._actions if not action.option_strings)
    return Flag((), str(files.metavar), told._expand_help(files), (), True, True)


_EXPORTER = """\
Follows the mail log of Postfix and counts each attempt to deliver to a remote receiver by domain, \
provider, enhanced status code, status and cause, for Prometheus to scrape at /metrics. The page \
at / says what the last day of the log comes to. Each line is counted exactly once, over rotation, \
restarts and kill -9. No configuration is needed."""

_EXPORTER_SECTIONS = {
    "FILES": (
        (
            "/var/log/mail.log, /var/log/maillog",
            "The log that is read where none is named; where neither is there, systemd's journal.",
        ),
        (
            "$STATE_DIRECTORY/checkpoint.json",
            "Where reading goes on, and the counters; without"
            " that variable below $XDG_STATE_HOME or ~/.local/state.",
        ),
        ("/etc/default/postfix-deliverability-exporter", "Flags of the service, as ARGS."),
        (
            "/etc/credstore/postfix-deliverability-exporter.web.yml",
            "TLS and passwords of the service, which no other process of its user can read.",
        ),
    ),
    "ENVIRONMENT": (
        ("STATE_DIRECTORY", "Folder of the checkpoint, as systemd sets it."),
        (
            "CREDENTIALS_DIRECTORY",
            "Folder of systemd's credentials; a file web.yml in it is the"
            " default of --web.config.file.",
        ),
        ("NO_COLOR", "Not empty: no colours."),
    ),
    "SIGNALS": (
        ("SIGHUP", "Reads the configuration files again."),
        ("SIGTERM, SIGINT", "Commit and end; a second one ends at once."),
    ),
    "EXIT STATUS": (
        ("0", "Done, or told to end."),
        ("1", "A failure; with --once there were lines and none of them was Postfix'."),
        ("2", "A wrong flag or configuration."),
    ),
    "EXAMPLES": (
        (
            "postfix-deliverability-exporter --postfix.logfile-path /var/log/mail.log",
            "Follows a log, and serves port 9154.",
        ),
        (
            "postfix-deliverability-exporter --once --postfix.logfile-path '/var/log/mail.log*'",
            "Prints the metrics of whole files, packed ones too.",
        ),
        (
            "postfix-deliverability-exporter --explain /var/log/mail.log",
            "Says how failures are judged, and by which rule.",
        ),
    ),
}

_TRIAGE = """\
Reads whole logs and reports on them, without Prometheus: a receiver that throttles or blocks, a \
bad list, our own network, or ordinary churn, by the tests of the alert rules. No mail address is \
shown."""

_TRIAGE_SECTIONS = {
    "ENVIRONMENT": (
        ("TZ", "The time zone of the report."),
        ("NO_COLOR", "Not empty: no colours."),
    ),
    "EXIT STATUS": (
        ("0", "No problem was found."),
        ("1", "A log or file cannot be read."),
        ("2", "A wrong flag or configuration."),
        ("3", "A problem was found."),
    ),
    "EXAMPLES": (
        ("postfix-triage --since 2h", "Reports on the last two hours of the usual log."),
        (
            "postfix-triage --format html /var/log/mail.log* > report.html",
            "Makes a page of a rotated set.",
        ),
        (
            "journalctl --output=export SYSLOG_FACILITY=2 | postfix-triage -",
            "Reads what another program selects.",
        ),
    ),
}
