"""Which files belong to one log: the live file and its rotated copies, oldest first.

In: the path of a live log and the pattern of what rotation adds to it.
Out: names with what they stood for when listed; or Unsettled while a rotation is under way.
Lost: nothing; a packed file is left out while its plain twin stands beside it: it is being written.
"""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable
from typing import NamedTuple

from exporter.sources.blocks import PACKED
from exporter.sources.files import Identity

ROTATED = (
    r"\.\d{1,4}"  # logrotate's default, savelog
    r"|[.-]\d{4}-?\d\d-?\d\d(?:[-_T]?\d{1,10})?"  # dateext, hourly, with %s; postfix logrotate
    r"|-\d{9,11}"  # dateformat -%s
)
"""What rotation adds to the name of a log, without the ending of a packed file.

It stands behind the name, or before what logrotate's `extension` keeps at the end.
"""

_INDEX = re.compile(r"\.(\d{1,4})")


class Unsettled(Exception):
    """The folder changed while it was listed: a rotation is under way."""


class Listed(NamedTuple):
    """A file of the log as it was listed."""

    path: str
    identity: Identity
    mtime_ns: int
    size: int


class LogFiles:
    """The live file at `path` and the rotated copies that lie beside it."""

    def __init__(self, path: str, rotated: str = ROTATED) -> None:
        self.path = path
        self._suffix = suffix_pattern(rotated)

    def listed(self) -> list[Listed]:
        """List the log's files that hold anything, oldest first, the live file last.

        Raises Unsettled when a second look differs from the first, OSError as os.stat does.
        """
        first, second = self._look(), self._look()
        if [entry[:2] for entry in first] != [entry[:2] for entry in second]:
            raise Unsettled(self.path)
        return second

    def _look(self) -> list[Listed]:
        names: list[str] = []
        for live in dict.fromkeys((self.path, os.path.realpath(self.path))):  # a symbolic link
            beside = glob.glob(glob.escape(os.path.splitext(live)[0]) + "?*")
            names += in_order(live, beside, self._suffix)
        if os.path.lexists(self.path):
            names.append(self.path)
        found: list[Listed] = []
        copies: set[Identity] = set()  # where its folder has two names, a copy is found twice
        for name in names:
            try:
                status = os.stat(name)
            except FileNotFoundError:
                raise Unsettled(name) from None
            identity = Identity(status.st_dev, status.st_ino)
            if status.st_size and (name == self.path or identity not in copies):
                found.append(Listed(name, identity, status.st_mtime_ns, status.st_size))
            copies.add(identity)
        return found


def suffix_pattern(rotated: str) -> re.Pattern[str]:
    """Compile the pattern of a rotated name's suffix, packed or not; raises re.error."""
    endings = "|".join(re.escape(ending) for ending in PACKED)
    return re.compile(rf"(?P<rotated>{rotated})(?P<packed>{endings})?")


def live_name(path: str, suffix: re.Pattern[str]) -> str | None:
    """Give the live log's path if `path` is the name of a rotated copy, else None."""
    folder, name = os.path.split(path)
    stem, extension = os.path.splitext(name.removesuffix(_packed(name)))
    for part, end in ((name, ""), (stem, extension)):
        for start in range(1, len(part)):
            found = suffix.fullmatch(part, start)
            if found and not (end and found["packed"]):
                return os.path.join(folder, part[:start] + end)
    return None


def _packed(name: str) -> str:
    return next((ending for ending in PACKED if name.endswith(ending)), "")


def _added(live: str, path: str, suffix: re.Pattern[str]) -> re.Match[str] | None:
    """Match what rotation added to a log's name to make it `path`, with the ending if packed."""
    if path.startswith(live) and (behind := suffix.fullmatch(path, len(live))):
        return behind
    extension, packed = os.path.splitext(live)[1], _packed(path)
    for end in (extension, extension[1:]):  # some say it without its dot: `mail..1log`
        stem = live.removesuffix(end)
        if end and path != live and path.startswith(stem) and path.endswith(end + packed):
            before = suffix.fullmatch(path[len(stem) : -len(end + packed)] + packed)
            if before:
                return before
    return None


def in_order(live: str, paths: Iterable[str], suffix: re.Pattern[str]) -> list[str]:
    """Give those of `paths` that are rotated copies of `live`, oldest first.

    `.N` counts upwards into the past, dates count towards now; where both occur, the kind that
    was written to last stands last.
    """
    indexed: dict[tuple[int, str], str] = {}
    dated: dict[tuple[str, str], str] = {}
    present = set(paths)
    for path in present:
        match = _added(live, path, suffix)
        if match is None or (match["packed"] and path.removesuffix(match["packed"]) in present):
            continue
        index = _INDEX.fullmatch(match["rotated"])
        if index:
            indexed[-int(index[1]), path] = path
        else:
            dated[re.sub(r"\D", "", match["rotated"]), path] = path
    groups = [[indexed[key] for key in sorted(indexed)], [dated[key] for key in sorted(dated)]]
    groups.sort(key=lambda group: max(map(_mtime, group), default=0.0))
    return groups[0] + groups[1]


def _mtime(path: str) -> float:
    try:
        return os.stat(path).st_mtime
    except OSError:
        return 0.0
