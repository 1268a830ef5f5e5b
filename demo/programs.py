"""Programs that run as long as they are needed.

In: a command and a folder. Out: a process, and a file in the folder with what it says. It ends with
the block that runs it, and with this process where that is killed.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 30.0
"""Seconds after which a program counts as one that does not start."""

_ENDS_WITH_US = ("setpriv", "--pdeathsig=KILL")
_GRACE = 10.0


class DemoError(Exception):
    """Why it cannot go on, and what to do."""


@dataclass(frozen=True)
class Program:
    """A running program."""

    name: str
    process: subprocess.Popen[bytes]
    output: Path

    def said(self) -> str:
        """Give what it wrote until now."""
        return self.output.read_text("utf-8", errors="replace")

    def wait_until(self, question: Callable[[], bool]) -> None:
        """Wait for a sign of life; raise what the program said last where it does not come."""
        end = time.monotonic() + PATIENCE
        while not question():
            if (code := self.process.poll()) is not None or time.monotonic() > end:
                why = "does not answer" if code is None else f"has ended with code {code}"
                last = "\n".join(self.said().splitlines()[-5:])
                raise DemoError(f"{self.name} {why}; it says:\n{last}")
            time.sleep(0.05)


@contextmanager
def program(
    command: Sequence[str], folder: Path, *, name: str = "", at: Path | None = None
) -> Iterator[Program]:
    """Run a command in the folder, or `at` another; what it says is in NAME.log of the folder."""
    name = name or command[0]
    if shutil.which(command[0]) is None:
        raise DemoError(f"{name} is missing: install Debian's package {name}")
    output = folder / f"{name}.log"
    with output.open("wb") as file:
        # in a session of its own: Ctrl-C is for us, who end all in order
        process = subprocess.Popen(
            [*_ENDS_WITH_US, *command],
            cwd=at or folder,
            stdout=file,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    try:
        yield Program(name, process, output)
    finally:
        process.terminate()
        try:
            process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def answers(url: str) -> bool:
    """Whether something is served there."""
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except urllib.error.HTTPError as error:
        error.close()  # or Python 3.14 complains
        return False
    except OSError:
        return False


def free_port(first: int) -> int:
    """Give the first free port from there on, below those that the system gives away."""
    for port in range(first, 32768):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise DemoError(f"no port from {first} on is free")
