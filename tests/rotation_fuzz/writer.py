"""A mail system in the fuzz: writes numbered lines, some in halves, and lets go of a file late.

`python -m tests.rotation_fuzz.writer LOG LATE SEED`: it writes by two handles, and after SIGHUP each
opens the log anew when it likes, within LATE seconds: batches go to the old file and to the new one
in turn. Before a line is written its number stands in the file `written`.
"""

from __future__ import annotations

import mmap
import os
import random
import signal
import sys
import time
from pathlib import Path

from tests.lines import line

NEIGHBOURS = 20
"""Lines that share a domain: few enough to see a loss, so many that a page stays small."""

_BATCH = 40
_PAUSE = 0.02
_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT


def text(number: int) -> bytes:
    """Give the line of a number; a domain's lines are deferred, bounced or sent alike."""
    domain = number // NEIGHBOURS
    to = f"u{number}@d{domain}.example"
    if domain % 8 == 0:
        return line(number, to=to, dsn="4.7.28", status="deferred", text="421 4.7.28 slow down")
    if domain % 8 == 1:
        return line(number, to=to, dsn="5.1.1", status="bounced", text="550 5.1.1 unknown")
    return line(number, to=to)


class Progress:
    """How many lines were begun to be written, shared between processes."""

    def __init__(self, folder: Path) -> None:
        descriptor = os.open(folder / "written", os.O_RDWR | os.O_CREAT, 0o644)
        os.ftruncate(descriptor, 8)
        self._shared = memoryview(mmap.mmap(descriptor, 8)).cast("Q")
        os.close(descriptor)

    @property
    def lines(self) -> int:
        """Give the number of lines."""
        return self._shared[0]

    @lines.setter
    def lines(self, number: int) -> None:
        self._shared[0] = number


class Handle:
    """A descriptor of the log, which is let go of late."""

    def __init__(self, path: Path) -> None:
        self._path, self._reopen = path, 0.0
        self.descriptor = os.open(path, _FLAGS, 0o644)

    def let_go_in(self, seconds: float) -> None:
        """Open the log anew then; a second rotation before does not make it wait longer."""
        self._reopen = self._reopen or time.monotonic() + seconds

    def current(self) -> int:
        """Give the descriptor to write to now."""
        if self._reopen and time.monotonic() >= self._reopen:
            os.close(self.descriptor)
            self.descriptor, self._reopen = os.open(self._path, _FLAGS, 0o644), 0.0
        return self.descriptor


class Writer:
    """Writes to `path` until SIGTERM."""

    def __init__(self, path: Path, late: float, seed: int) -> None:
        self._late, self._stop = late, False
        self._handles = [Handle(path), Handle(path)]
        self._chance = random.Random(seed)
        self._progress = Progress(path.parent)
        signal.signal(signal.SIGTERM, self._on_stop)
        signal.signal(signal.SIGHUP, self._on_rotation)

    def run(self) -> None:
        """Write batches."""
        while not self._stop:
            log = self._chance.choice(self._handles).current()
            for _ in range(self._chance.randrange(1, _BATCH)):
                self._write(log)
            time.sleep(self._chance.random() * _PAUSE)

    def _write(self, log: int) -> None:
        number = self._progress.lines
        data = text(number)
        self._progress.lines = number + 1
        half = self._chance.randrange(len(data)) if self._chance.random() < 0.05 else len(data)
        os.write(log, data[:half])
        if half < len(data):
            time.sleep(self._chance.random() * _PAUSE / 2)
            os.write(log, data[half:])

    def _on_stop(self, _number: int, _frame: object) -> None:
        self._stop = True

    def _on_rotation(self, _number: int, _frame: object) -> None:
        for handle in self._handles:
            handle.let_go_in(self._chance.choice([0.0, self._late / 6, self._late]))


if __name__ == "__main__":
    Writer(Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])).run()
