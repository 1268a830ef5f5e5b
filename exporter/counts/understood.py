"""Whether the logs are understood: what their lines were in, what is wrong out.

In: each block with what it held, and before the first one what stands before it in the logs.
Out: why nothing is understood, or None.
Lost: nothing; of the lines that could not be read the first is kept, for its shape.

Lines of other programs are no evidence where Postfix was once seen: a shared log is theirs at
night. Before that, a few lines without a header that is known are, or more lines of others.
"""

from __future__ import annotations

from collections.abc import Iterable

from exporter.records.line import log_timestamp
from exporter.records.parse import Parser, Records
from exporter.records.shape import expected, like
from exporter.records.shares import first_of
from exporter.records.timestamps import seconds

LEAST = 10
"""Lines that could not be read, before anything is said of them."""

STRANGERS = 25
"""Lines of other programs before Postfix is missed by who begins at the end of a log."""

LEAST_BYTES = 4096
"""Bytes that tell as much as LEAST lines: what is no text has long ones."""

_NO_POSTFIX = "no line of Postfix was found"
_NO_RECORD = "hardly any delivery record can be read"
_NO_TIME = "the time of hardly any line can be read (months must be in English)"


class Understanding:
    """Watches blocks in log order.

    `seen` says that an earlier run has met Postfix in these logs, `whole` that they are read from
    their beginning; `syslog_names` are as in Parser.
    """

    def __init__(
        self,
        parser: Parser,
        *,
        seen: bool = False,
        whole: bool = False,
        syslog_names: Iterable[str] = (),
    ) -> None:
        self._parser = parser
        self._expected = expected(syslog_names)
        self._no_postfix = None if seen else _NoPostfix(LEAST if whole else STRANGERS)
        self._unparsed, self._timeless = _Balance(), _Balance()
        self._grown = False

    def look_back(self, block: bytes, records: Records, now: float, *, timed: bool) -> None:
        """Take note of what stands before the place where reading goes on; else as `note`."""
        postfix = records.delivery + records.other
        if self._unparsed.lacks_first(records.unparsed, records.delivery):
            self._unparsed.first = first_of(self._parser, block, {"unparsed"})
        if self._timeless.lacks_first(*((0, postfix) if timed else (postfix, 0))):
            self._timeless.first = first_of(self._parser, block, {"delivery", "other"})
        if postfix:
            self._no_postfix = None
        elif self._no_postfix:
            self._no_postfix.note(block, now)

    def note(self, block: bytes, records: Records, now: float, *, timed: bool) -> None:
        """Take note of a block that was read; `timed` says that a line of it has a time."""
        self._grown = True
        self.look_back(block, records, now, timed=timed)

    def problem(self) -> str | None:
        """Say what is not understood, and what was expected instead; None where all is well."""
        if not self._grown:
            return None
        for what, evidence in (
            (_NO_RECORD, self._unparsed),
            (_NO_TIME, self._timeless),
            (_NO_POSTFIX, self._no_postfix),
        ):
            if evidence and evidence.tells:
                return f"{what}{like(evidence.first)}; {self._expected}"
        return None


class _Balance:
    """How many lines more could not be read than could; it tells from LEAST on, until it is 0."""

    def __init__(self) -> None:
        self.tells = False
        self.first: bytes | None = None
        self._more = 0

    def lacks_first(self, bad: int, good: int) -> bool:
        """Count lines; tell whether there is something to tell of, and no line to show for it."""
        self._more = min(2 * LEAST, max(0, self._more + bad - good))
        if not self._more:
            self.tells, self.first = False, None
        self.tells = self.tells or self._more >= LEAST
        return self._more > 0 and self.first is None


class _NoPostfix:
    """What is read while Postfix was not seen yet; so many strangers tell that it will not be."""

    def __init__(self, strangers: int) -> None:
        self.first: bytes | None = None
        self._strangers_tell = strangers
        self._strangers = self._headless = self._headless_bytes = 0

    @property
    def tells(self) -> bool:
        """Whether this is no log of Postfix."""
        return (
            self._headless >= LEAST
            or self._headless_bytes >= LEAST_BYTES
            or self._headless + self._strangers >= self._strangers_tell
        )

    def note(self, block: bytes, now: float) -> None:
        """Take note of lines of which none is Postfix'."""
        start = 0
        while not self.tells and (end := block.find(b"\n", start)) >= 0:
            line = block[start : end + 1]
            start = end + 1
            if not line.strip():
                continue  # a blank line is evidence of nothing
            self.first = self.first or line
            if seconds(log_timestamp(line), now) is None:
                self._headless += 1
                self._headless_bytes += len(line)
            else:
                self._strangers += 1
