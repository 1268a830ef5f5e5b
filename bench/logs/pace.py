"""A log that grows at a steady rate, and what is true about what was written.

The lines are those of generate.py with the time at which they are written: fifty hours of a host
that writes sixty lines a second pass within an hour of three thousand.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from bench.logs.generate import Counted, Line, MailHost, written

HEADER = "rfc3339"
"""Traditional headers tell no time zone."""

_STEP = 0.1
_STARTED = Line(0.0, "postfix/master[1177]", "daemon started -- version 3.7.11")


class Writer:
    """Writes to `log` what a host with so many recipient domains writes, as syslog does."""

    def __init__(self, log: Path, domains: int, seed: int = 1) -> None:
        self._host = MailHost(seed, domains)
        self._lines = (line for _, line in self._host.lines())
        self._log = log
        self._file = self._open()
        self._reopen = threading.Event()
        self.truth: Counter[Counted] = Counter()
        self.written = 0

    def write_every_outcome(self, stuck: int = 0) -> None:
        """Write at once what brings all series that may come, and messages that are stuck."""
        # what arrived before the log began may have been tried unseen: that is another series
        self._write([_STARTED], time.time() - 60)
        self._write(self._host.every_outcome())
        self._write(self._host.stuck(stuck))

    def write(self, rate: float, seconds: float, done: threading.Event | None = None) -> None:
        """Write so many lines a second for a time, or until it is done."""
        begun, first, total = time.monotonic(), self.written, round(rate * seconds)
        done = done or threading.Event()
        while (lacking := total - (self.written - first)) > 0 and not done.wait(_STEP):
            due = round(rate * (time.monotonic() - begun)) - (self.written - first)
            self._write(islice(self._lines, min(due, lacking)))

    def reopen(self) -> None:
        """Go on in a new file, soon: what SIGHUP tells a syslog daemon after a rotation."""
        self._reopen.set()

    def close(self) -> None:
        """Close the log."""
        os.close(self._file)

    def _write(self, lines: Iterable[Line], moment: float | None = None) -> None:
        if self._reopen.is_set():
            self._reopen.clear()
            os.close(self._file)
            self._file = self._open()
        block, moment = list(lines), moment or time.time()
        data = b"".join(written(line, HEADER, moment) for line in block)
        while data:
            data = data[os.write(self._file, data) :]
        self.truth.update(line.counted for line in block if line.counted is not None)
        self.written += len(block)

    def _open(self) -> int:
        return os.open(self._log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
