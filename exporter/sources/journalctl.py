"""journalctl as a child process: what is asked of it, and what it says.

In: options and a cursor. Out: bytes of its export format, and what it complains of.
Lost: nothing here; see journal.py.

A child, not libsystemd in this process: it needs no compiled package, it costs no more than calls
from Python do, and a journal file that is cut off under its reader ends the child and not us.
"""

from __future__ import annotations

import os
import re
import select
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from exporter.sources.blocks import BLOCK
from exporter.sources.journal_export import CURSOR
from exporter.system.pipe import enlarge, waiting

PROGRAM = "journalctl"

NAME = "journal"
"""What the journal is called among what is read."""

SUPPRESSED = "_TRANSPORT=driver MESSAGE_ID=a596d6fe7bfa4994828e72309e95d61e"
"""The entries by which journald tells of messages that it did not take (systemd.catalog).

journalctl looks for the last word first, between any two entries: for the one that is rare.
"""

_FIELDS = ("MESSAGE", "SYSLOG_IDENTIFIER")
_FIELDS_OF_ORIGIN = ("_PID", "_HOSTNAME")
_FIELD_OF_DOCKER = "CONTAINER_NAME"
_MAIL = re.compile(r"(?:^| )SYSLOG_FACILITY=")
_HOST = re.compile(rb"[!-~]++\n")
_REALTIME = re.compile(r"\bt=([0-9a-f]{1,16})\b")
_NOT_ALLOWED = re.compile(r"insufficient permissions|not seeing messages|Permission denied")
_NOT_THERE = re.compile(r"No journal files were found")
PATIENCE = 30.0
"""Seconds for which journalctl may look for an entry."""

_WORDS = 600
"""Bytes of what it says that are kept."""


class JournalError(Exception):
    """What journalctl says is wrong."""


@dataclass(frozen=True, slots=True)
class JournalOptions:
    """Which journal, and which of its entries: each of `matches` is one or more FIELD=VALUE."""

    matches: tuple[str, ...] = ("SYSLOG_FACILITY=2",)
    directory: str = ""
    namespace: str = ""

    def where(self) -> list[str]:
        """Give the flags that name the journal."""
        flags = [f"--directory={self.directory}"] if self.directory else []
        return flags + ([f"--namespace={self.namespace}"] if self.namespace else [])

    def fields(self, *, host_is_known: bool = False) -> tuple[str, ...]:
        """Give the fields of which a line is made.

        journalctl looks for each in every entry: 3 % of what an entry costs. A line is understood
        by its host and not by its process: where all entries are of one host, neither is asked for.
        Docker's driver gives its entries no facility, so where each match names one, no container
        does.
        """
        may_be_dockers = not all(map(_MAIL.search, self.matches))
        fields = _FIELDS if host_is_known else _FIELDS + _FIELDS_OF_ORIGIN
        return (*fields, _FIELD_OF_DOCKER) if may_be_dockers else fields

    def which(self) -> list[str]:
        """Give the arguments that select entries."""
        words: list[str] = []
        for match in (*self.matches, SUPPRESSED):
            words += [*(["+"] if words else []), *match.split()]
        return words


def hints(options: JournalOptions, patience: float) -> str:
    """Give what journalctl says of a journal that it may not read, or not in full, else "".

    With --output=export it says nothing of that. Raises OSError when it cannot be started.
    """
    command = [PROGRAM, "--no-pager", "--lines=0", *options.where()]
    try:
        ended = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={**os.environ, "LC_ALL": "C"},
            timeout=patience,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"{PROGRAM} does not answer within {patience:g} s"
    return _one_line(ended.stderr)


def _one_line(said: bytes) -> str:
    return " ".join(said.decode("utf-8", "replace").split())


def words_of(error: Exception) -> str:
    """Give what is wrong in words, by an error of a child."""
    is_missing = isinstance(error, FileNotFoundError)
    return f"{PROGRAM} is not installed" if is_missing else str(error)


def trouble(words: str) -> str | None:
    """Give what is wrong by the words of journalctl, with what to do; None if it is nothing."""
    if _NOT_ALLOWED.search(words):
        return (
            "may not be read by this user: add it to the group systemd-journal or adm, or"
            f" set SupplementaryGroups=systemd-journal in the unit ({words})"
        )
    if _NOT_THERE.search(words):
        return f"is not there: is it volatile, in a namespace, or not mounted here? ({words})"
    return None


def moment_of(cursor: str) -> int:
    """Give when the entry of a cursor was written, in microseconds since the epoch, or 0."""
    found = _REALTIME.search(cursor)
    return int(found[1], 16) if found else 0


class Child:
    """A running journalctl; `read` never waits. Without `fields`, it gives those of a line.

    Raises OSError when it cannot be started.
    """

    def __init__(
        self,
        options: JournalOptions,
        *flags: str,
        entries: Sequence[str] = (),
        fields: Sequence[str] = (),
    ) -> None:
        wanted = ",".join(fields or options.fields())
        self._process = subprocess.Popen(
            [
                *(PROGRAM, "--no-pager", "--all", "--output=export", f"--output-fields={wanted}"),
                *(*options.where(), *flags, *entries),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "LC_ALL": "C"},
            start_new_session=True,  # a signal from the terminal is for us to act on
        )
        assert self._process.stdout
        assert self._process.stderr
        self._output, self._errors = self._process.stdout.fileno(), self._process.stderr.fileno()
        for descriptor in (self._output, self._errors):
            os.set_blocking(descriptor, False)
        enlarge(self._output)
        self._words, self._has_ended = b"", False

    def read(self, size: int) -> bytes | None:
        """Give bytes; b"" at the end, None when there are none now."""
        try:
            return os.read(self._output, size)
        except BlockingIOError:
            return None

    def read_on(self, size: int, patience: float | None) -> bytes:
        """Give bytes, and wait for them so many seconds, or for ever; b"" when none come."""
        if not select.select([self._output], [], [], patience)[0]:
            return b""
        return self.read(size) or b""

    def waiting(self) -> int:
        """Give the bytes that can be read now."""
        return waiting(self._output)

    def words(self) -> str:
        """Give what it has said on standard error so far, in one line."""
        with suppress(BlockingIOError):
            while not self._has_ended and (data := os.read(self._errors, _WORDS)):
                self._words = (self._words + data)[-_WORDS:]
        return _one_line(self._words)

    def end(self, patience: float = 0.0) -> int:
        """End it if it does not end within so many seconds; give its exit code. Its words stay."""
        try:
            code = self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        self.words()
        self._has_ended = True
        for stream in (self._process.stdout, self._process.stderr):
            if stream:
                stream.close()
        return code


def host_of(options: JournalOptions) -> bytes:
    """Give the host of all entries of a journal; b"" if they are of several, or there are none.

    Raises JournalError for what journalctl complains of.
    """
    hosts = all_of(Child(options, "--field=_HOSTNAME"))
    return hosts[:-1] if _HOST.fullmatch(hosts) else b""


def all_of(child: Child) -> bytes:
    """Give all that comes until journalctl ends.

    Raises JournalError for what it complains of.
    """
    data = b""
    try:
        while more := child.read_on(BLOCK, PATIENCE):
            data += more
    finally:
        code = child.end(1)
    if code:
        raise JournalError(child.words() or f"{PROGRAM} ended with exit code {code}")
    return data


def newest_cursor(options: JournalOptions, entries: Sequence[str] = ()) -> str | None:
    """Give the cursor of the last entry, of those that `entries` select; None if there is none.

    Raises JournalError for what journalctl complains of.
    """
    return first_cursor(options, "--lines=1", "--reverse", entries=entries)


def first_cursor(options: JournalOptions, *flags: str, entries: Sequence[str] = ()) -> str | None:
    """Give the cursor of the first entry that journalctl gives, None if it gives none.

    Raises JournalError for what it complains of.
    """
    child = Child(options, *flags, entries=entries)
    data = b""
    try:
        while not (found := CURSOR.search(data)) and (more := child.read_on(BLOCK, PATIENCE)):
            data += more
        words = "" if found else child.words()
    finally:
        code = child.end(0 if data else 1)
    if found:
        return found[1].decode()
    if words or code:
        raise JournalError(words or f"{PROGRAM} ended with exit code {code}")
    return None
