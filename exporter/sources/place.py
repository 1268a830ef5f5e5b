"""Where a source was left: what the checkpoint keeps of each."""

from __future__ import annotations

from dataclasses import dataclass

from exporter.sources.files import Mark


@dataclass(frozen=True, slots=True)
class Place:
    """Where a log was left: the marks of the files held open, oldest first.

    `skip_existing` says that a first run has yet to find the end of the log, which could not be
    opened. `since_ns` is the time, in nanoseconds since the epoch, after which rotated files hold
    unread lines when no mark is known. `lost` is a mark that stands in no file any more, until a
    line behind it has been read: it tells copies of what was read from files never seen.
    """

    marks: tuple[Mark, ...]
    since_ns: int
    lost: Mark | None = None
    skip_existing: bool = False


@dataclass(frozen=True, slots=True)
class Cursor:
    """The place in a journal at the entry that has this cursor; "" is the journal's beginning.

    `is_done` says that the entry itself is not to be read any more.
    """

    cursor: str
    is_done: bool = True


AnyPlace = Place | Cursor
