"""The child that reads one queue once: `python -m exporter.queue.reading`.

In: a Request on standard input. Out: on standard output an Answer: figures, or why there are none.
Lost: nothing.

A process of its own, since in a thread it would take turns with the reader of the log for seconds:
a queue of 200,000 messages is millions of values. It is gone after each reading, and with it its
memory; it ends by itself when its parent is gone, or when nothing comes for SILENCE.
"""

from __future__ import annotations

import errno
import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from exporter.queue.counting import MOST_DOMAINS, Counting
from exporter.queue.figures import Figures, unpacked
from exporter.queue.showq import ReplyError, entries

SILENCE = 30.0
"""Seconds without a byte after which showq counts as hanging."""

_CHUNK = 1 << 16
_TICK = 1.0
"""Seconds between two looks whether the parent is still there."""

_HIDDEN = 65534
"""What the kernel tells of a group that a namespace of users does not have (PrivateUsers=)."""

_NICE = 10
"""Mail, and reading its log, come first."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be read, as of `now`; `providers` are by domain, `unknown` is that of others."""

    path: str
    now: float
    limit: int
    providers: dict[str, str] = field(default_factory=dict)
    unknown: str = "unknown"
    silence: float = SILENCE
    most_domains: int = MOST_DOMAINS

    def packed(self) -> bytes:
        """Give it as JSON."""
        return json.dumps({key: getattr(self, key) for key in self.__slots__}).encode()


@dataclass(frozen=True, slots=True)
class Answer:
    """What was read, or a problem in words."""

    figures: Figures | None = None
    problem: str | None = None


def answer_of(output: bytes) -> Answer:
    """Give the answer that a child has printed; raises ValueError if it is none."""
    told: Any = json.loads(output)
    if "problem" in told:
        return Answer(problem=told["problem"])
    return Answer(unpacked(told))


def read(request: Request, parent: int) -> Figures:
    """Read a queue for a process; raises OSError or ReplyError."""
    counting = Counting(request.now, request.providers, request.unknown, request.most_domains)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as showq:
        showq.settimeout(_TICK)
        showq.connect(request.path)
        counting.add(entries(_chunks(showq, request.silence, parent)))
    return counting.figures(request.limit)


def _chunks(showq: socket.socket, silence: float, parent: int) -> Iterator[bytes]:
    heard = time.monotonic()
    while True:
        try:
            chunk = showq.recv(_CHUNK)
        except TimeoutError:
            if os.getppid() != parent:
                raise ReplyError("nobody waits for the answer any more") from None
            if time.monotonic() - heard > silence:
                raise ReplyError(f"showq has said nothing for {silence:g} s") from None
            continue
        if not chunk:
            return
        heard = time.monotonic()
        yield chunk


def problem_of(error: OSError, path: str) -> str:
    """Give what is wrong with a socket in words, and what to do."""
    match error.errno:
        case errno.EACCES:
            return (
                f"may not be reached by this user: add it to the group {_group(path)}, or set"
                f" SupplementaryGroups={_group(path)} in the unit"
            )
        case errno.ENOENT | errno.ENOTDIR:
            return (
                "is not there: the socket is public/showq in the folder that"
                " `postconf -h queue_directory` prints; is it mounted here?"
            )
        case errno.ECONNREFUSED:
            return "nobody listens there: Postfix is down"
        case errno.EAGAIN:
            return "showq has no room for another client"
    return error.strerror or type(error).__name__


def _group(path: str) -> str:
    """Give the group of the folder that does not let us in; Postfix' own name for it if unseen."""
    import grp  # only where needed

    with suppress(OSError, KeyError):
        group = os.stat(os.path.dirname(path)).st_gid
        if group != _HIDDEN:
            return grp.getgrgid(group).gr_name
    return "postdrop"


def main() -> None:
    """Answer one request."""
    parent = os.getppid()  # before anything is waited for: it may be gone by then
    with suppress(OSError):  # a unit may refuse it: SystemCallFilter=~@resources
        os.nice(_NICE)
    request = Request(**json.load(sys.stdin))
    try:
        told = read(request, parent).packed()
    except ReplyError as error:
        told = json.dumps({"problem": str(error)})
    except OSError as error:
        told = json.dumps({"problem": problem_of(error, request.path)})
    print(told)


if __name__ == "__main__":
    main()
