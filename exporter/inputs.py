"""What is read: the sources of a configuration, or whole logs.

In: a configuration, and the places where an earlier run stopped.
Out: sources to follow; for a person's commands, the blocks of whole logs.
Lost: what the sources say.
"""

from __future__ import annotations

import argparse
import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from exporter.checkpoint.state import State
from exporter.config import Config, syslog_addresses
from exporter.sources.journal import Journal, may_be_read
from exporter.sources.journalctl import NAME as JOURNAL
from exporter.sources.journalctl import JournalOptions
from exporter.sources.place import Cursor
from exporter.sources.source import Source, Sources
from exporter.sources.stream import STANDARD_INPUT, Stream, is_fifo, standard_input
from exporter.sources.syslog.address import EXPECTED
from exporter.sources.syslog.receiver import Receiver
from exporter.sources.syslog.source import Syslog
from exporter.sources.watch import Watch, read_once
from exporter.sources.whole_journal import read_journal

USUAL_LOGS = ("/var/log/mail.log", "/var/log/maillog")
"""Where Debian's and Red Hat's syslog put the mail log."""

log = logging.getLogger(__name__)


class Inputs(NamedTuple):
    """All sources of a configuration, and of them the files, and what receives syslog."""

    sources: Sources
    files: Watch
    syslog: Syslog | None


def named(config: Config, *, is_whole: bool = False) -> Config:
    """Give the configuration with what is to be read, if it names nothing; say what, and why.

    That is the first usual log that exists, else the journal if this user may read it. Of whole
    logs what is received by syslog is none.
    """
    if is_whole:
        config = replace(config, log=replace(config.log, syslog=()))
    if config.log.names():
        return config
    existing = [path for path in USUAL_LOGS if os.path.exists(path)]
    if existing:
        log.info("no log is named: reading %s, which exists", existing[0])
        return replace(config, log=replace(config.log, paths=(existing[0],)))
    options = JournalOptions()
    why_not = may_be_read(options)
    if why_not is None:
        log.info(
            "no log is named: reading the journal, for there is no %s", " or ".join(USUAL_LOGS)
        )
        return replace(config, log=replace(config.log, journal=options))
    log.warning(
        "no log is named: waiting for %s, which does not exist; the journal %s",
        USUAL_LOGS[0],
        why_not,
    )
    return replace(config, log=replace(config.log, paths=USUAL_LOGS[:1]))


def opened(
    config: Config,
    state: State,
    clock: Callable[[], float] = time.monotonic,
    receiver: Receiver | None = None,
) -> Inputs:
    """Give the sources of a configuration, each where an earlier run stopped.

    `receiver` is that of the configuration before: what it has received is not lost.
    """
    from_end = config.log.start == "end"
    streams = [
        path
        for path in config.log.paths
        # what was followed as a file stays one: a FIFO in its place is a fault
        if path == STANDARD_INPUT or (is_fifo(path) and path not in state.places)
    ]
    files = Watch(
        [path for path in config.log.paths if path not in streams],
        rotated=config.log.rotated,
        from_end=from_end,
        places=state.places,
        known_patterns=state.patterns,
        copies=state.copies,
        clock=clock,
    )
    sources: list[Source] = [files, *map(Stream, streams)]
    if config.log.journal is not None:
        place = state.places.get(JOURNAL)
        sources.append(
            Journal(
                config.log.journal,
                place if isinstance(place, Cursor) else None,
                from_end=from_end,
                clock=clock,
            )
        )
    syslog = None
    if config.log.syslog or receiver:
        syslog = Syslog(config.log.syslog, config.log.syslog_access, receiver, clock=clock)
        sources.append(syslog)
    return Inputs(Sources(sources), files, syslog)


def whole(config: Config, files: Sequence[str], since: float | None = None) -> Iterator[bytes]:
    """Yield the lines of whole logs: files, rotated sets in order, standard input, the journal.

    `files` go before the configuration's. Raises ExporterError for what cannot be read to its end.
    """
    names = files or config.log.paths
    journal = None if files else config.log.journal
    yield from read_once([path for path in names if path != STANDARD_INPUT], config.log.rotated)
    if STANDARD_INPUT in names:
        yield from standard_input()
    if journal is not None:
        yield from read_journal(journal, since)


def add_journal_flags(flags: argparse.ArgumentParser) -> None:
    """Add the flags that name a journal."""
    flags.add_argument(
        "--journal",
        "--systemd.enable",
        action="store_true",
        help="read systemd's journal (default: where no mail log exists)",
    )
    flags.add_argument(
        "--journal.directory",
        "--systemd.journal-path",
        "--systemd.journal_path",
        "--journald.path",
        dest="journal_directory",
        metavar="PATH",
        help="folder of the journal, such as that of the host in a container",
    )
    flags.add_argument(
        "--journal.namespace", dest="journal_namespace", metavar="NAME", help="its namespace"
    )


def add_syslog_flag(flags: argparse.ArgumentParser) -> None:
    """Add the flag that names where syslog is received."""
    flags.add_argument(
        "--syslog.listen-address",
        dest="syslog",
        metavar="ADDRESS",
        action="append",
        help=f"receive syslog at {EXPECTED}; repeatable (default: nowhere)",
    )


def names_journal(flags: argparse.Namespace) -> bool:
    """Whether flags name a journal."""
    return bool(flags.journal or flags.journal_directory or flags.journal_namespace)


def with_sources(
    config: Config, flags: argparse.Namespace, addresses: Sequence[str] | None = None
) -> Config:
    """Give the configuration with the sources that flags name, instead of its own.

    `addresses` are those of add_syslog_flag.
    """
    paths = tuple(flags.logfile_path or ())
    journal = None
    if names_journal(flags):
        options = config.log.journal or JournalOptions()
        journal = replace(
            options,
            directory=flags.journal_directory or options.directory,
            namespace=flags.journal_namespace or options.namespace,
        )
    syslog = syslog_addresses("--syslog.listen-address", addresses) if addresses else ()
    if not (paths or journal or syslog):
        return config
    return replace(config, log=replace(config.log, paths=paths, journal=journal, syslog=syslog))
