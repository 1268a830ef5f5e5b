"""Logs written again as if they happened now, only faster."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

Line = tuple[float, Path, bytes]
"""Seconds since the log's beginning, the file to write to, and the line without its time stamp."""


def lines(log: Path, place: Callable[[bytes], Path]) -> Iterator[Line]:
    """Give the lines of a log with RFC 3339 time stamps; `place` says where each one goes."""
    begin: datetime | None = None
    for line in log.read_bytes().splitlines(keepends=True):
        stamp, _, rest = line.partition(b" ")
        moment = datetime.fromisoformat(stamp.decode())
        begin = begin or moment
        yield (moment - begin).total_seconds(), place(rest), rest


@contextmanager
def written_again(parts: Iterable[Line], factor: float) -> Iterator[threading.Thread]:
    """Write the lines when they are due, `factor` times faster, in a thread that ends with them."""
    due = sorted(parts, key=lambda line: line[0])
    stop = threading.Event()
    thread = threading.Thread(target=_write, args=(due, factor, stop))
    thread.start()
    try:
        yield thread
    finally:
        stop.set()
        thread.join()


def _write(due: list[Line], factor: float, stop: threading.Event) -> None:
    begin = time.time()
    files = {path: path.open("ab", buffering=0) for path in {path for _, path, _ in due}}
    for after, path, rest in due:
        moment = begin + after / factor
        if stop.wait(max(0.0, moment - time.time())):
            break
        stamp = datetime.fromtimestamp(moment, UTC).isoformat(timespec="microseconds")
        files[path].write(stamp.encode() + b" " + rest)
    for file in files.values():
        file.close()
