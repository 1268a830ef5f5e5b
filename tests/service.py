"""The exporter as a daemon in tests: a process of its own, spoken to over HTTP."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import cycle
from pathlib import Path
from typing import TypeVar

from tests.pages import ROOT, Samples, attempts, samples

PATIENCE = 20.0
"""Seconds after which what should happen counts as not happening."""

SOON = "hold: 0\ncheckpoint: {interval: 0.5s}\n"
"""A configuration by which new values are shown at once."""

_T = TypeVar("_T")


def eventually(
    question: Callable[[], _T], patience: float = PATIENCE, interval: float = 0.02
) -> _T:
    """Ask again and again until the answer is true; fail when patience ends."""
    end, pause = time.monotonic() + patience, threading.Event()
    while not (answer := question()):
        assert time.monotonic() < end, f"did not happen within {patience} s"
        pause.wait(interval)
    return answer


def free_port() -> int:
    """Give a port that is free, and that neither the system nor another process of tests gives away.

    Those that the system gives begin at 32768.
    """
    return next(port for port in _PORTS if _is_free(port))


_FIRST_PORT = 10_000 + os.getpid() % 300 * 64
_PORTS = cycle(range(_FIRST_PORT, _FIRST_PORT + 64))


def _is_free(port: int) -> bool:
    with socket.socket() as probe, suppress(OSError):
        probe.bind(("127.0.0.1", port))
        return True
    return False


class Service:
    """A running exporter; `log` is what it wrote to standard error."""

    def __init__(
        self,
        folder: Path,
        *flags: str | Path,
        limits: Callable[[], None] | None = None,
        prefix: Sequence[str] = (),
    ) -> None:
        command = [sys.executable, "-m", "exporter", "--web.listen-address", "127.0.0.1:0"]
        if not any("--checkpoint.file" in str(flag) for flag in flags):
            command += ["--checkpoint.file", str(folder / "checkpoint.json")]
        if not any("--config.file" in str(flag) for flag in flags):
            command += ["--config.file", str(_soon(folder))]
        self.errors = folder / f"stderr-{time.monotonic_ns()}"
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [*prefix, *command, *map(str, flags)], cwd=ROOT, stderr=errors, preexec_fn=limits
            )
        self.port = 0

    @property
    def log(self) -> str:
        """Give what was logged so far."""
        return self.errors.read_text(encoding="utf-8")

    def started(self) -> Service:
        """Wait until it serves."""

        def port() -> int:
            assert self.process.poll() is None, self.log
            found = re.search(r"serving https?://127\.0\.0\.1:(\d+)", self.log)
            return int(found[1]) if found else 0

        self.port = eventually(port)
        return self

    def get(
        self, path: str, method: str = "GET", **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Send a request; give status, headers, body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, headers=named)
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, found, answer.read()
        finally:
            connection.close()

    def page(self) -> Samples:
        """Scrape."""
        return samples(self.get("/metrics")[2].decode())

    def total(self) -> int:
        """Give the sum of delivery attempts."""
        return attempts(self.page()).total()

    def ready(self) -> bool:
        """Whether it says it is ready."""
        return self.get("/-/ready")[0] == 200

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; give the exit code."""
        if self.process.poll() is None:
            os.kill(self.process.pid, number)
        return self.process.wait(timeout=15)


def _soon(folder: Path) -> Path:
    """Give a configuration that waits for nothing."""
    config = folder / "soon.yml"
    config.write_text(SOON, encoding="ascii")
    return config


@contextmanager
def running(
    folder: Path,
    *flags: str | Path,
    limits: Callable[[], None] | None = None,
    prefix: Sequence[str] = (),
) -> Iterator[Service]:
    """Run an exporter that serves; kill it at the end if it still runs."""
    service = Service(folder, *flags, limits=limits, prefix=prefix)
    try:
        yield service.started()
    finally:
        service.stop(signal.SIGKILL)
