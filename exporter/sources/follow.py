"""One log across its rotations: every complete line once.

In: the files of one log, and the place where an earlier run stopped.
Out: blocks of whole lines; after each, `place()` stands exactly behind it.
Lost: what was rotated away unread. It is counted in `gaps` and logged.

Where the next lines are is chain.py's business; this module reads them, the predecessors' late
lines first, and turns whatever is wrong with the files into `problem`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from exporter.sources.blocks import DAMAGED, MISSING, Truncated, problem_with
from exporter.sources.chain import Chain
from exporter.sources.files import Segment
from exporter.sources.place import Place
from exporter.sources.rotation import LogFiles, Unsettled

log = logging.getLogger(__name__)


class Follower:
    """The unread lines of one log; `place` is None for a log never read before."""

    def __init__(
        self,
        files: LogFiles,
        place: Place | None,
        *,
        from_end: bool,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.path = files.path
        self.problem: str | None = None
        self._chain = Chain(files, place, from_end=from_end, clock=clock, wall=wall)

    @property
    def gaps(self) -> int:
        """Give the number of places where lines were lost."""
        return self._chain.gaps

    def place(self) -> Place:
        """Give the place behind the last block."""
        return self._chain.place()

    def has_read(self, segment: Segment) -> bool:
        """Whether a file is one that is held, or a copy of one, under whatever name."""
        if any(held.identity == segment.identity for held in self._chain.held):
            return True
        marks = self.place().marks
        return any(segment.holds(mark) or segment.begins_as(mark) for mark in marks)

    def unread(self) -> int:
        """Give the bytes not handed over yet; of packed files not opened yet, their packed size."""
        plain = (segment for segment in self._chain.held if not segment.lines.packed)
        unread = sum(max(0, segment.size() - segment.lines.offset) for segment in plain)
        try:
            return unread + sum(listed.size for listed in self._chain.later())
        except (Unsettled, OSError):
            return unread

    def close(self) -> None:
        """Release every file."""
        while self._chain.held:
            self._chain.held.pop().close()

    def settle(self) -> None:
        """Find the place to start at without reading on, so that it can be committed first."""
        with self._telling():
            self._chain.settle()

    def before(self) -> Iterator[bytes]:
        """Yield the last lines before the place, of each file held; at most BLOCK bytes."""
        with self._telling():
            yield from filter(None, (each.lines.before() for each in self._chain.held))

    def poll(self) -> Iterator[bytes]:
        """Yield the unread complete lines in blocks; each ends in a newline."""
        with self._telling():
            yield from self._poll()

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Turn what is wrong with the files into `problem`; the next poll tries again."""
        try:
            yield
            self._tell(self._problem())
        except (Unsettled, Truncated):
            log.debug("rotation under way, looking again at the next poll: path=%s", self.path)
        except FileNotFoundError:  # renamed meanwhile; it is for the next poll to find out
            self._tell(problem_with(self.path))
        except OSError as error:
            of_a_copy = f" ({error.filename})" if error.filename not in (None, self.path) else ""
            self._tell((error.strerror or str(error)) + of_a_copy)

    def _problem(self) -> str | None:
        """Tell what is wrong with the live file; that the next line will make it is no fault."""
        problem = problem_with(self.path)
        return None if problem == MISSING and self._chain.is_rotated_away() else problem

    def is_rotated_away(self) -> bool:
        """Whether the name is free and what was read stands beside it; so too while that moves."""
        try:
            return self._chain.is_rotated_away()
        except (Unsettled, OSError):
            return True

    def _poll(self) -> Iterator[bytes]:
        chain = self._chain
        chain.settle()
        for segment in chain.held[:-1]:
            yield from self._drain_late(segment)
        try:
            yield from self._drain_last()
        except Truncated:
            chain.find_again(chain.held.pop())
            yield from self._drain_last()
        while later := chain.later():
            yield from self._drain_last()  # what the writer put there before it let go
            chain.move_to(later[0])
            yield from self._drain_last()
        chain.let_go()

    def _drain_last(self) -> Iterator[bytes]:
        if self._chain.held:
            yield from self._drain(self._chain.held[-1])

    def _drain(self, segment: Segment) -> Iterator[bytes]:
        dropped = segment.lines.dropped
        if segment.lines.packed:
            yield from self._drain_packed(segment)
        else:
            yield from self._blocks(segment)
        if segment.lines.dropped > dropped:
            log.warning("line too long for a log record, dropped: path=%s", segment.filename)

    def _blocks(self, segment: Segment) -> Iterator[bytes]:
        for block in segment:
            self._chain.noted(segment)
            yield block

    def _drain_packed(self, segment: Segment) -> Iterator[bytes]:
        """Yield what a packed file holds, once: nobody writes to it any more."""
        if segment.finished:
            return
        try:
            yield from self._blocks(segment)
            if rest := segment.lines.rest():
                yield rest
        except (*DAMAGED, OSError) as error:
            self._chain.gaps += 1
            log.error("packed log is damaged: %s: path=%s", error, segment.filename)
        segment.finished = True

    def _drain_late(self, segment: Segment) -> Iterator[bytes]:
        """Yield what a writer adds to a file that was rotated away."""
        try:
            yield from self._drain(segment)
            if self._chain.is_quiet(segment) and (rest := segment.lines.rest()):
                yield rest
        except Truncated:
            segment.finished = True

    def _tell(self, problem: str | None) -> None:
        if problem == self.problem:
            return
        self.problem = problem
        if problem is None:
            log.info("log is readable: path=%s", self.path)
        else:
            log.error(
                "cannot read log: %s; see that it is there and may be read, trying again: path=%s",
                problem,
                self.path,
            )
