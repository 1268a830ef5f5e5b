"""All logs of one exporter: configured paths and globs to followers, followers to blocks.

In: patterns, and the places where an earlier run left off.
Out: blocks of whole lines of all logs; after each, `places()` stands exactly behind it.
Lost: what the followers say is lost; see `gaps`.
"""

from __future__ import annotations

import glob
import logging
import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from contextlib import closing
from fnmatch import fnmatch
from typing import NamedTuple

from exporter.sources.blocks import DAMAGED
from exporter.sources.chain import QUIET
from exporter.sources.files import Segment, identity_of
from exporter.sources.follow import Follower
from exporter.sources.place import AnyPlace, Place
from exporter.sources.rotation import ROTATED, LogFiles, in_order, live_name, suffix_pattern
from exporter.system.errors import ExporterError

_SETTLED_NS = 2_000_000_000
"""Nanoseconds after which another change of a folder has another time, as a rule."""

_LOOK_AGAIN = 60.0
"""Seconds after which a folder is listed again though it did not change, as far as it tells."""

log = logging.getLogger(__name__)


class _Listing(NamedTuple):
    """The live logs that a pattern named when its folder had its last change, and when that was."""

    changed: tuple[int, ...] | None
    live: list[str]
    moment: float

    def holds(self, changed: tuple[int, ...], now: float) -> bool:
        """Whether it still holds; a folder may not tell of a change, and may not have been read."""
        return bool(self.live) and changed == self.changed and now - self.moment <= _LOOK_AGAIN


class Watch:
    """Follows every log that `patterns` name, also those that appear later.

    `places`, `known_patterns` and `copies` come from the checkpoint: a log that a known pattern
    finds for the first time has appeared since and is read from its beginning, unless it is a copy
    of a log that is followed, under a name that the pattern of rotated names does not know.
    """

    def __init__(
        self,
        patterns: Iterable[str],
        *,
        rotated: str = ROTATED,
        from_end: bool = True,
        places: Mapping[str, AnyPlace] | None = None,
        known_patterns: Iterable[str] = (),
        copies: Iterable[str] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.patterns = tuple(patterns)
        self._rotated = rotated
        self._suffix = suffix_pattern(rotated)
        self._listed: dict[str, _Listing] = {}
        self._places = {
            path: place for path, place in (places or {}).items() if isinstance(place, Place)
        }
        self._copies = set(copies)
        self._clock = clock
        self._followers: dict[str, Follower] = {}
        self._missing_since: dict[str, float] = {}
        self._gaps = 0
        known = set(known_patterns)
        for pattern in self.patterns:
            self._look(pattern, from_end and pattern not in known)

    def settle(self) -> None:
        """Find the places to start at without reading on."""
        for follower in self._followers.values():
            follower.settle()

    def before(self) -> Iterator[bytes]:
        """Yield the last lines before the places where reading goes on; nobody counts them."""
        for follower in self._followers.values():
            yield from follower.before()

    def blocks(self) -> Iterator[bytes]:
        """Yield what is unread in all logs."""
        for pattern in self.patterns:
            self._look(pattern, from_end=False)
        polls = deque(follower.poll() for follower in self._followers.values())
        while polls:  # in turn: one log's backlog must not hold up the others
            poll = polls.popleft()
            block = next(poll, None)
            if block is not None:
                yield block
                polls.append(poll)
        self._drop_gone()

    def places(self) -> Mapping[str, AnyPlace]:
        """Give the place of every log."""
        return {path: follower.place() for path, follower in self._followers.items()}

    def copies(self) -> tuple[str, ...]:
        """Give the names that are copies of logs followed, under names of their own."""
        return tuple(sorted(filter(os.path.lexists, self._copies)))

    def unread(self) -> int:
        """Give the bytes not read yet."""
        return sum(follower.unread() for follower in self._followers.values())

    def problems(self) -> dict[str, str | None]:
        """Give what is wrong with each log or unmatched glob; None where it is readable."""
        found: dict[str, str | None] = {p: f.problem for p, f in self._followers.items()}
        for pattern in self.patterns:
            if not any(path == pattern or fnmatch(path, pattern) for path in found):
                found[pattern] = "no file matches"
        return found

    @property
    def gaps(self) -> int:
        """Places where lines were lost, since this object was made."""
        return self._gaps + sum(follower.gaps for follower in self._followers.values())

    @property
    def lost_lines(self) -> int:
        """Lines known to be lost: of a file nobody tells how many they were."""
        return 0

    def has_ended(self) -> bool:
        """Whether nothing can come any more: a log always may grow."""
        return not self.patterns

    def close(self) -> None:
        """Release every file."""
        for follower in self._followers.values():
            follower.close()

    def _look(self, pattern: str, from_end: bool) -> None:
        """Follow what the pattern names and nobody follows yet."""
        known = self._followers.keys() | self._copies
        new = [path for path in self._names(pattern) if path not in known]
        followed = {os.path.realpath(path) for path in self._followers} if new else set()
        for path in new:
            if os.path.realpath(path) in followed or self._is_copy(path, pattern):
                continue
            followed.add(os.path.realpath(path))
            files = LogFiles(path, self._rotated)
            place = self._places.pop(path, None)
            self._followers[path] = Follower(files, place, from_end=from_end, clock=self._clock)

    def _names(self, pattern: str) -> list[str]:
        """Give the live logs that a pattern names; a folder is listed again when it has changed."""
        if not glob.has_magic(pattern):
            return [pattern]
        changed = _last_change(os.path.dirname(pattern) or ".")
        known = self._listed.get(pattern)
        if known is None or changed is None or not known.holds(changed, self._clock()):
            found = set(glob.glob(pattern))
            found |= {path for path in self._places if fnmatch(path, pattern)}
            live = sorted(path for path in found if not self._is_named_as_copy(path, found))
            known = self._listed[pattern] = _Listing(changed, live, self._clock())
        return known.live

    def _is_named_as_copy(self, path: str, found: Set[str]) -> bool:
        """Whether a name is a rotated copy's; with a number before `.log` it may be a log's own."""
        live = live_name(path, self._suffix)
        return live is not None and (path.startswith(live) or live in found)

    def _is_copy(self, path: str, pattern: str) -> bool:
        """Whether a name found is not a log but a copy of one; noted so that it stays one."""
        if path == pattern:
            copied = live_name(path, self._suffix) in self.patterns
        else:
            try:
                with closing(Segment(path)) as segment:
                    copied = any(each.has_read(segment) for each in self._followers.values())
            except OSError:
                return False  # its follower will tell
        if copied:
            log.info("a copy of a log that is followed, not read again: path=%s", path)
            self._copies.add(path)
        return copied

    def _drop_gone(self) -> None:
        """Let go of logs that a glob found and that are gone for good."""
        for path, follower in tuple(self._followers.items()):
            if path in self.patterns or not _is_gone(path) or follower.is_rotated_away():
                self._missing_since.pop(path, None)
            elif self._clock() - self._missing_since.setdefault(path, self._clock()) >= QUIET:
                log.info("log is gone: path=%s", path)
                follower.close()
                self._gaps += follower.gaps
                del self._followers[path], self._missing_since[path]


def _last_change(folder: str) -> tuple[int, ...] | None:
    """Give which folder it is and its last change, None where another may have the same time."""
    if glob.has_magic(folder):
        return None
    try:
        status = os.stat(folder)
    except OSError:
        return None
    latest = max(status.st_mtime_ns, status.st_ctime_ns)
    if time.time_ns() - latest <= _SETTLED_NS:
        return None
    return status.st_dev, status.st_ino, status.st_mtime_ns, status.st_ctime_ns


def _is_gone(path: str) -> bool:
    try:
        return identity_of(path) is None
    except OSError:
        return False  # its folder may not be entered, or the like: its follower tells


def read_once(patterns: Iterable[str], rotated: str = ROTATED) -> Iterator[bytes]:
    """Yield the lines of the named files from their beginning, rotated sets oldest first.

    Raises ExporterError for a file that cannot be read to its end.
    """
    for path in named(patterns, rotated):
        try:
            segment = Segment(path)
            yield from segment
            if rest := segment.lines.rest():
                yield rest
            segment.close()
        except (*DAMAGED, OSError) as error:
            reason = getattr(error, "strerror", None) or error
            raise ExporterError(f"cannot read log {path}: {reason}") from error


def named(patterns: Iterable[str], rotated: str) -> list[str]:
    """Give the named files, those of one log together and in order."""
    suffix = suffix_pattern(rotated)
    sets: dict[str, list[str]] = {}
    for pattern in patterns:
        found = sorted(glob.glob(pattern)) if glob.has_magic(pattern) else [pattern]
        if not found:
            raise ExporterError(f"cannot read log {pattern}: no file matches")
        for path in found:
            named = sets.setdefault(live_name(path, suffix) or path, [])
            if path not in named:
                named.append(path)
    return [
        path
        for live, paths in sets.items()
        for path in in_order(live, paths, suffix) + [live] * (live in paths)
    ]
