"""When a queue is read: a thread that starts a child for each reading, and keeps the last one.

In: the options, the path of a socket, and what is known of receivers. Out: the latest Reading.
Lost: a reading is replaced by the next. After one that failed there are no figures: what was read
before is not the queue any more. The same holds if for whatever reason none comes in time.

The thread only waits for its child, so it takes no time from who reads the log or answers scrapes.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import exporter
from exporter.queue.figures import Figures
from exporter.queue.options import QueueOptions
from exporter.queue.reading import SILENCE, Answer, Request, answer_of

REST = 3.0
"""Times the duration of a reading that pass before the next, whatever the interval: showq opens
every file of the queue."""

_GRACE = 10.0
"""Seconds by which a reading may be late."""

_COMMAND = [sys.executable, "-m", "exporter.queue.reading"]
_FOLDER = Path(exporter.__file__).parents[1]
"""Where -m looks first: nowhere else than where this process has its own modules from."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known of a queue: figures of the last reading, or the problem that it had.

    `read_seconds` is when the last one began that worked (since the epoch, 0 for none), `duration`
    how long the last one took.
    """

    path: str
    figures: Figures | None = None
    problem: str | None = None
    read_seconds: float = 0.0
    duration: float = 0.0


class Watch:
    """Reads a queue again and again from `start` to `close`.

    `providers` gives those of domains as far as they are known, and `unknown` is that of others.
    """

    def __init__(
        self,
        path: str,
        options: QueueOptions,
        providers: Callable[[], Mapping[str, str]],
        unknown: str,
        clock: Callable[[], float] = time.monotonic,
        rest: float = REST,
    ) -> None:
        self._path, self._options = path, options
        self._providers, self._unknown = providers, unknown
        self._clock, self._rest = clock, rest
        self._stop = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._latest: Reading | None = None
        self._expires = 0.0

    def start(self) -> None:
        """Begin to read."""
        threading.Thread(target=self._run, name="queue", daemon=True).start()

    def close(self) -> None:
        """Read no more."""
        self._stop.set()
        if child := self._child:
            child.kill()

    def latest(self) -> Reading | None:
        """Give the last reading; None before the first has ended."""
        reading = self._latest
        if reading and reading.figures and self._clock() > self._expires:
            problem = "the last reading is too old"
            return Reading(self._path, None, problem, reading.read_seconds, reading.duration)
        return reading

    def _run(self) -> None:
        while not self._stop.is_set():
            begin, moment = self._clock(), time.time()
            answer = self._answer(moment)
            if self._stop.is_set():
                return
            took = self._clock() - begin
            pause = max(self._options.interval - took, self._rest * took)
            self._expires = self._clock() + pause + self._options.timeout + _GRACE
            self._take(answer, moment, took)
            self._stop.wait(pause)

    def _take(self, answer: Answer, moment: float, took: float) -> None:
        """Note what was read, and say what has changed."""
        before = self._latest
        was, problem = before.problem if before else None, answer.problem
        if problem and problem != was:
            log.error("queue %s: %s", self._path, problem)
        elif was and not problem:
            log.info("queue %s can be read again", self._path)
        if problem:
            moment = before.read_seconds if before else 0.0
        self._latest = Reading(self._path, answer.figures, problem, moment, took)

    def _answer(self, moment: float) -> Answer:
        """Let a child read the queue as of a moment."""
        options = self._options
        request = Request(
            self._path,
            moment,
            options.limit,
            dict(self._providers()),
            self._unknown,
            min(SILENCE, options.timeout),
        )
        try:
            code, output = self._asked(request)
        except OSError as error:
            return Answer(problem=f"no process can be started to read it: {error.strerror}")
        except subprocess.TimeoutExpired:
            return Answer(problem=f"was not read to its end within {options.timeout:g} s")
        try:
            return answer_of(output)
        except ValueError:
            return Answer(problem=f"the process that reads it ended with exit code {code}")

    def _asked(self, request: Request) -> tuple[int, bytes]:
        """Give the exit code of a child, and what it has printed."""
        with subprocess.Popen(
            _COMMAND,
            cwd=_FOLDER,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a traceback may hold an address
            start_new_session=True,  # a signal from the terminal is for us to act on
        ) as child:
            self._child = child
            try:
                if self._stop.is_set():
                    child.kill()
                output, _ = child.communicate(request.packed(), self._options.timeout)
            finally:
                self._child = None
                with suppress(OSError):
                    child.kill()
        return child.returncode, output
