"""systemd's journal: every entry once.

In: the options of journalctl.py, and the place where an earlier run stopped.
Out: blocks of lines, one for each entry; after each, the place is at the last entry of it.
Lost: what left the journal unread, and what journald did not take (its rate limit). Both count as
gaps; of the latter journald tells how many there were.

A cursor names an entry, not a position: where the entry of the place is not found again, entries
behind it are gone, too. journalctl --after-cursor cannot tell that, and version 252 skips an entry
then; so reading goes on at the cursor, and the entry that is done is left out.

Most journals are of one host. It is asked for at the start, and not with each entry, which would
cost journalctl more; a host that has got another name keeps the one before until then.

With --follow journalctl shows the newest boot alone, whatever the cursor (since version 251). So
what stands behind the place is read to its end first, of all boots, and then followed.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping

from exporter.sources.blocks import BLOCK
from exporter.sources.journal_export import CURSOR, Entries, read_entries
from exporter.sources.journalctl import (
    NAME,
    PATIENCE,
    PROGRAM,
    Child,
    JournalError,
    JournalOptions,
    first_cursor,
    hints,
    host_of,
    moment_of,
    newest_cursor,
    trouble,
    words_of,
)
from exporter.sources.long_entry import Ahead, long_entry
from exporter.sources.place import AnyPlace, Cursor
from exporter.sources.suppressed import suppressed

QUIET = 60.0
"""Seconds without an entry after which it is asked whether there is one."""

_PIECE = 1 << 16
"""Bytes that are read at once: these stay in the processor's cache, and in memory that is there.
An entry of larger pieces takes a quarter more; lines are counted at less cost in larger blocks."""

_STALLED = 10.0
"""Seconds for which an entry may stand in the journal and not come."""

_RETRIES = 1.0, 60.0
"""Seconds from a failure to the next try: the first time, and at most."""

_BOOT = re.compile(r"\bb=([0-9a-f]{32})\b")

log = logging.getLogger(__name__)


class Journal:
    """The unread entries of a journal; `place` is None for one never read before."""

    def __init__(
        self,
        options: JournalOptions,
        place: Cursor | None,
        *,
        from_end: bool,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.gaps = self.lost_lines = 0
        self._options, self._place = options, place
        self._from_end = from_end
        self._clock, self._wall = clock, wall
        self._child: Child | None = None
        self._follows = False
        self._host = b""
        self._pending = b""
        self._problem: str | None = None
        self._asked = clock()
        self._pause, self._next_try = _RETRIES[0], clock()

    # -- what a source promises --------------------------------------------------------------------

    def settle(self) -> None:
        """Find the place to start at without reading on."""
        if self._place is not None or self._clock() < self._next_try:
            return
        try:
            self._check()
            newest = newest_cursor(self._options) if self._from_end else None
        except (JournalError, OSError) as error:
            self._fail(error)
        else:
            self._place = Cursor(newest or "")

    def before(self) -> Iterator[bytes]:
        """Yield nothing: what an entry is like is known."""
        yield from ()

    def blocks(self) -> Iterator[bytes]:
        """Yield the unread entries, a line each."""
        try:
            if self._child is None and not self._begin():
                return
            yield from self._gathered()
        except (JournalError, OSError) as error:
            self._fail(error)

    def places(self) -> Mapping[str, AnyPlace]:
        """Give the place behind the last block."""
        return {NAME: self._place} if self._place else {}

    def unread(self) -> int:
        """Give the bytes that journalctl has handed over; what it has not read yet nobody knows."""
        return len(self._pending) + (self._child.waiting() if self._child else 0)

    def problems(self) -> Mapping[str, str | None]:
        """Give what is wrong with the journal."""
        return {NAME: self._problem}

    def has_ended(self) -> bool:
        """Whether nothing can come any more: a journal always may grow."""
        return False

    def close(self) -> None:
        """End the child."""
        if self._child:
            self._child.end()
        self._child, self._pending = None, b""

    # -- reading -----------------------------------------------------------------------------------

    def _gathered(self) -> Iterator[bytes]:
        """Yield the lines of many pieces at once; also where the last one failed."""
        blocks: list[bytes] = []
        failure: Exception | None = None
        size = 0
        try:
            for block in self._drain():
                blocks.append(block)
                size += len(block)
                if size >= BLOCK:
                    yield b"".join(blocks)
                    blocks, size = [], 0
        except (JournalError, OSError) as error:
            failure = error
        if blocks:
            yield b"".join(blocks)
        if failure:
            raise failure

    def _drain(self) -> Iterator[bytes]:
        """Yield the lines of what has come, in pieces; after each, the place is behind it."""
        while self._child and (data := self._child.read(_PIECE)) is not None:
            if not data:
                self._go_on_after(self._child)
                continue
            self._asked, self._pause = self._clock(), _RETRIES[0]
            self._pending += data
            yield from self._taken()
        self._look_after()

    def _go_on_after(self, child: Child) -> None:
        """Follow what comes, now that the child has read what stood there."""
        code = child.end(_RETRIES[0])
        if code or self._follows:
            raise JournalError(child.words() or f"{PROGRAM} ended with exit code {code}")
        self._start("--follow", "--no-tail")

    def _taken(self) -> Iterator[bytes]:
        """Take the whole entries out of what was read; yield their lines."""
        while whole := self._pending.rfind(b"\n") + 1:
            entries = read_entries(self._pending[:whole], host=self._host)
            if entries.used:
                self._pending = self._pending[entries.used :]
            elif len(self._pending) >= BLOCK:
                entries = self._long_entry()
            else:
                return
            if block := self._lines(entries):
                yield block

    def _lines(self, entries: Entries) -> bytes:
        """Give the lines of entries, and go on to the place behind them."""
        assert self._place
        cursors = entries.cursors
        if not cursors:
            return b""
        is_done = self._place.is_done and cursors[0].decode() == self._place.cursor
        # what is done was told before; and if this fails, it is read again
        if news := [one for one in entries.by_journald if not (is_done and one == cursors[0])]:
            self._note_suppressed(news)
        self._place = Cursor(cursors[-1].decode())
        lines = b"".join(entries.lines)
        return lines[lines.find(b"\n") + 1 :] if is_done else lines

    def _long_entry(self) -> Entries:
        """Read an entry that is longer than a block, which journalctl is still about to write."""
        child = self._child
        assert child
        cursor = CURSOR.match(self._pending)
        ahead = Ahead(self._pending, lambda size: child.read_on(size, PATIENCE))
        found = long_entry(ahead.read, 0, self._host)
        if cursor is None or found is None:
            raise JournalError("an entry ended in its middle")
        line, end = found
        self._pending = ahead.rest(end)
        return Entries([line], [cursor[1]], [], end)

    def _note_suppressed(self, cursors: list[bytes]) -> None:
        """Take note of messages that journald did not take, if they may have been Postfix'."""
        for lines in suppressed(self._options, [cursor.decode() for cursor in cursors]):
            self.gaps += 1
            self.lost_lines += lines

    # -- beginning, and beginning again ------------------------------------------------------------

    def _begin(self) -> bool:
        """Start journalctl at the place; tell whether it runs."""
        if self._clock() < self._next_try:
            return False
        if self._place is None:
            self.settle()
        else:
            self._check()
        if self._place is None:
            return False
        self._place = self._found_again(self._place)
        self._host = host_of(self._options)
        self._start()
        return True

    def _start(self, *following: str) -> None:
        """Start journalctl at the place: to read what stands there, or with flags to follow."""
        place = self._place
        at = [f"--cursor={place.cursor}"] if place and place.cursor else []
        fields = self._options.fields(host_is_known=bool(self._host))
        self._child = Child(
            self._options, *following, *at, fields=fields, entries=self._options.which()
        )
        self._follows, self._asked = bool(following), self._clock()

    def _found_again(self, place: Cursor) -> Cursor:
        """Give where to go on; what is gone behind the place is a gap."""
        if not place.cursor:
            return place
        found = first_cursor(self._options, f"--cursor={place.cursor}")
        if found == place.cursor:
            return place
        self.gaps += 1
        log.error("entries of the journal behind the last one that was read are gone: lines lost")
        if found is not None:
            return place  # all that is behind it comes
        # nothing is behind it: the clock was set back, or the journal is another one
        newest = newest_cursor(self._options)
        boot, last_boot = (_BOOT.search(one or "") for one in (newest, place.cursor))
        if newest is None:
            return Cursor("")
        if boot is None or last_boot is None or boot[1] == last_boot[1]:
            return Cursor(newest)
        return Cursor(first_cursor(self._options, f"_BOOT_ID={boot[1]}") or newest, is_done=False)

    # -- what may be wrong -------------------------------------------------------------------------

    def _look_after(self) -> None:
        """Look whether all is well while nothing comes."""
        assert self._child
        self._tell(None)
        if self._clock() - self._asked < QUIET:
            return
        self._asked = self._clock()
        self._check()
        newest = newest_cursor(self._options, self._options.which())
        if newest and self._place and self._is_late(newest, self._place.cursor):
            raise JournalError("journalctl has stalled, entries do not come")

    def _is_late(self, newest: str, place: str) -> bool:
        moment = moment_of(newest)
        is_behind = newest != place and moment > moment_of(place)
        return is_behind and self._wall() - moment / 1e6 > _STALLED

    def _check(self) -> None:
        """Raise JournalError for a journal that may not be read, or is not there."""
        if problem := trouble(hints(self._options, PATIENCE)):
            raise JournalError(problem)

    def _fail(self, error: Exception) -> None:
        """Say what is wrong, and try again later."""
        self.close()
        self._tell(words_of(error))
        self._next_try = self._clock() + self._pause
        self._pause = min(2 * self._pause, _RETRIES[1])

    def _tell(self, problem: str | None) -> None:
        if problem and problem != self._problem:
            log.error("journal: %s", problem)
        elif self._problem and not problem:
            log.info("journal can be read again")
        self._problem = problem


def may_be_read(options: JournalOptions) -> str | None:
    """Give why a journal cannot be read, None if it can."""
    journal = Journal(options, None, from_end=True)
    journal.settle()
    return journal.problems()[NAME]
