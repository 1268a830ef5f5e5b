"""Where reading goes on in one log: which of its files are held open, and which comes next.

In: the files of one log, and the place where an earlier run stopped.
Out: open segments, oldest first, each at its mark; the one read now is the last.
Lost: what was rotated away unread. It is counted in `gaps` and logged.

The question is always whether the bytes before a mark still stand there. A predecessor stays open
until it has been quiet for QUIET seconds, because writers let go of a renamed file late. A file
that has given no line yet is no position: it is looked for again at the next poll.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import ExitStack, closing

from exporter.sources.blocks import MISSING, PACKED, problem_with
from exporter.sources.files import Identity, Mark, Segment, identity_of, open_listed
from exporter.sources.place import Place
from exporter.sources.rotation import Listed, LogFiles

QUIET = 60.0
"""Seconds without a line after which a predecessor's writer has let go."""

MOST_HELD = 64
"""Files of one log held open at the same time; only several rotations a minute reach it."""

_TICK_NS = 10_000_000
"""Files bear the time of the kernel's last tick, which is at most so long ago."""

log = logging.getLogger(__name__)


class Chain:
    """The open files of one log. `place` is None for a log never read before.

    Its methods raise Unsettled while a rotation is under way, and OSError; the caller tries again.
    """

    def __init__(
        self,
        files: LogFiles,
        place: Place | None,
        *,
        from_end: bool,
        clock: Callable[[], float],
        wall: Callable[[], float],
    ) -> None:
        self.path = files.path
        self.gaps = 0
        self.held: list[Segment] = []
        self._files = files
        self._clock = clock
        self._wanted = place.marks if place else ()
        self._since_ns = place.since_ns if place else int(wall() * 1e9) - _TICK_NS
        self._skip_existing = place.skip_existing if place else from_end
        self._lost = place.lost if place else None
        self._has_read = place is not None
        self._no_copies: set[Listed] = set()  # of the lost file, as far as it was looked for

    def place(self) -> Place:
        """Give the place behind the last line of every file held."""
        marks = tuple(segment.mark() for segment in self.held if segment.lines.offset)
        return Place(marks or self._wanted, self._since_ns, self._lost, self._skip_existing)

    def noted(self, segment: Segment) -> None:
        """Take note that a line was read: from now on its place is known."""
        segment.active = self._clock()
        self._has_read = True
        if segment is self.held[-1]:
            self._lost = None
            self._no_copies.clear()

    def settle(self) -> None:
        """Make the last file held one that has given a line, or the start of a first run."""
        while self.held and not self.held[-1].lines.offset:
            self.held.pop().close()
        if self._skip_existing:
            self._start_at_end()
        if self._wanted and (files := self._files.listed()):  # none: a folder not mounted yet
            self._find(self._wanted, files)
            self._wanted = ()

    def _start_at_end(self) -> None:
        """Hold log and newest copy at their ends: the copy's writer may not have let go."""
        if problem_with(self.path) not in (None, MISSING):
            return
        plain = [file for file in self._files.listed() if not file.path.endswith(PACKED)]
        with ExitStack() as opened:
            found = [
                opened.enter_context(closing(open_listed(file.path, file.identity)))
                for file in plain[-2:]
            ]
            for segment in found:
                segment.skip_to_end()
            opened.pop_all()
        for segment in found:
            self._hold(segment)
        self._skip_existing = False

    def _find(self, marks: tuple[Mark, ...], files: list[Listed]) -> None:
        """Hold the files in which the marks stand; the last mark decides where reading goes on."""
        with ExitStack() as opened:
            found: list[Segment] = []
            for mark in reversed(marks):
                segment = self._holding(mark, files, {segment.identity for segment in found})
                if segment is not None:
                    opened.callback(segment.close)
                    found.insert(0, segment)
                elif mark is marks[-1]:
                    self._give_up(mark, files, at_end=False)
                    return
            opened.pop_all()
        for segment in found:
            self._hold(segment)

    def find_again(self, truncated: Segment) -> None:
        """Go on after the file read last lost what was read: copied away, or just gone."""
        mark = truncated.mark()
        try:
            if mark.offset:
                files = self._files.listed()
                segment = self._holding(mark, files, {held.identity for held in self.held})
                if segment is None:
                    self._give_up(mark, files, at_end=truncated.lines.at_end)
                else:
                    self._hold(segment)
        except BaseException:
            self.held.append(truncated)  # nothing decided: the next poll looks again
            raise
        truncated.close()

    def _holding(self, mark: Mark, files: list[Listed], others: set[Identity]) -> Segment | None:
        """Open the newest file that holds the mark, at the mark."""
        for listed in reversed(files):
            if listed.identity in others:
                continue
            segment = open_listed(listed.path, listed.identity)
            if segment.holds(mark):
                segment.resume(mark)
                return segment
            segment.close()
        return None

    def later(self) -> list[Listed]:
        """List the files behind the one read last, oldest first."""
        if self._wanted or self._skip_existing:  # where reading goes on is not known yet
            return []
        if self.held and identity_of(self.path) == self.held[-1].identity:
            return []
        files = self._files.listed()
        if self._lost is not None or not self.held:
            held = {segment.identity for segment in self.held}
            return [f for f in self._unread_without_mark(files) if f.identity not in held]
        last = self.held[-1]
        identities = [listed.identity for listed in files]
        if last.identity not in identities:
            self._look_for_copy(last, files)  # it was packed, or deleted
        for identity in (last.identity, last.copied_to):
            if identity in identities:
                return files[identities.index(identity) + 1 :]
        mtime_ns = last.mark().mtime_ns
        return [f for f in files if f.path == self.path or f.mtime_ns > mtime_ns]

    def is_rotated_away(self) -> bool:
        """Whether the file read last, or a copy of it, has a rotated name, and no file its own.

        So it is after a rotation that makes no new file, until the writer has a line for it. At a
        first start it is no sign: old copies may be all that is left of a log that is no more.
        """
        if not self.held or not self._has_read or self._lost is not None:
            return False
        last, files = self.held[-1], self._files.listed()
        names = {listed.identity for listed in files if listed.path != self.path}
        return len(names) == len(files) and bool({last.identity, last.copied_to} & names)

    def _look_for_copy(self, last: Segment, files: list[Listed]) -> None:
        """Note which file has the lines of one whose name is gone; look once.

        A packed copy may end before the mark: what a writer added late was read from the open file.
        """
        if last.copied_to is None:
            mark, held = last.mark(), {segment.identity for segment in self.held}
            copies = (
                listed.identity
                for listed in reversed(files)
                if listed.path != self.path and listed.identity not in held
                if self._is_copy(mark, listed)
            )
            last.copied_to = next(copies, last.identity)

    def _is_copy(self, mark: Mark, listed: Listed) -> bool:
        with closing(open_listed(listed.path, listed.identity)) as segment:
            return segment.begins_as(mark) or segment.holds(mark)

    def _unread_without_mark(self, files: list[Listed]) -> list[Listed]:
        """Give what is behind the copy of the lost file; without one, what changed since.

        The copy was made before the last lines were read. Times come second: a packed file has the
        time when packing began, and lines that were written later.
        """
        self._no_copies &= set(files)
        for index in range(len(files) - 1, -1, -1):
            file = files[index]
            if self._lost and file.path != self.path and file not in self._no_copies:
                if self._is_copy(self._lost, file):
                    return files[index + 1 :]
                self._no_copies.add(file)  # unpacking it at each poll would take long
        return [f for f in files if f.path == self.path or f.mtime_ns > self._since_ns]

    def move_to(self, listed: Listed) -> None:
        """Hold the next file: from its start, or behind the mark in a copy of what was read."""
        segment = open_listed(listed.path, listed.identity)
        if self.held and self.held[-1].lines.offset and self._lost is None:
            mark = self.held[-1].mark()
            if segment.holds(mark):
                segment.resume(mark)
        self._hold(segment)

    def _hold(self, segment: Segment) -> None:
        log.debug("reading path=%s from offset=%d", segment.filename, segment.lines.offset)
        self.held.append(segment)
        segment.active = self._clock()

    def _give_up(self, mark: Mark, files: list[Listed], *, at_end: bool) -> None:
        """Go on without a mark that stands in no file; `at_end` when nothing stood behind it."""
        if at_end or any(self._ends_before(mark, listed) for listed in reversed(files)):
            log.warning("log was cut off, all there was had been read: path=%s", self.path)
        else:
            self.gaps += 1
            log.error(
                "lines were lost: the place where reading stopped is in no file any more;"
                " check how often the log is rotated and how many copies are kept: path=%s",
                self.path,
            )
        self._lost, self._since_ns = mark, mark.mtime_ns
        self._no_copies.clear()

    def _ends_before(self, mark: Mark, listed: Listed) -> bool:
        """Whether a rotated file is a copy of the marked one that ends before the mark."""
        if listed.path == self.path:
            return False
        with closing(open_listed(listed.path, listed.identity)) as segment:
            return segment.begins_as(mark) and not segment.lines.peek(mark.offset - 1, 1)

    def is_quiet(self, segment: Segment) -> bool:
        """Whether the writer of a predecessor has let go."""
        return segment.finished or self._clock() - segment.active >= QUIET

    def let_go(self) -> None:
        """Close predecessors whose writers have let go, but never the last one that gave a line."""
        place = next((each for each in reversed(self.held) if each.lines.offset), None)
        for segment in self.held[:-1]:
            done = self.is_quiet(segment) or len(self.held) > MOST_HELD
            if done and segment is not place:
                self.held.remove(segment)
                segment.close()
