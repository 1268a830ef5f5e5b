"""Commands that read the same log, what each run took, and whether it counted what is true.

CPU is the user and system time of the whole process as wait4 tells it, its start included.
"""

from __future__ import annotations

import os
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench.program import PATIENCE, ROOT, BenchmarkError

_POLL = 0.25


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process took: CPU seconds in user and kernel mode, and peak resident memory in MB.

    Linux charges a process with the memory of the one that started it: `is_exact` says whether
    its own peak was above that.
    """

    cpu: float
    memory: float
    is_exact: bool


@dataclass(slots=True)
class Contestant:
    """A command that reads a log and ends.

    `check` raises BenchmarkError for an output that is not true of the log.
    """

    name: str
    command: list[str]
    check: Callable[[str], None]
    environment: dict[str, str] = field(default_factory=dict)
    outputs: list[Path] = field(default_factory=list)
    usages: list[Usage] = field(default_factory=list)

    def run(self, output: Path) -> None:
        """Run the command once, its output into a file; BenchmarkError if it fails."""
        self.outputs.append(output)
        with output.open("wb") as file:
            process = self._start(file.fileno())
            self._wait(process)
        if process.returncode:
            raise BenchmarkError(f"{shlex.join(self.command)}: exit code {process.returncode}")

    def verify(self) -> None:
        """Check the output of every run; not on the way, for it takes memory: see Usage."""
        for output in self.outputs:
            self.check(output.read_text(encoding="utf-8", errors="replace"))

    def _start(self, output: int) -> subprocess.Popen[bytes]:
        environment = os.environ | self.environment
        return subprocess.Popen(
            self.command, stdout=output, stderr=subprocess.DEVNULL, cwd=ROOT, env=environment
        )

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        starter = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        memory, cpu = used.ru_maxrss, used.ru_utime + used.ru_stime
        self.usages.append(Usage(cpu, _megabytes(memory), memory > starter))


@dataclass(slots=True)
class Follower(Contestant):
    """A command that follows a log for ever and shows its counts at `url`.

    It is started on the empty file `followed`, which then gains the bytes of `log` and of `last`, a
    line like no other. As soon as its page says `told`, it has read everything and is ended.
    """

    url: str = ""
    followed: Path = Path()
    log: Path = Path()
    last: bytes = b""
    told: str = ""

    def run(self, output: Path) -> None:
        """Let the command follow the log to its end, keep its page, and end it."""
        self.outputs.append(output)
        self.followed.write_bytes(b"")
        process = self._start(subprocess.DEVNULL)
        try:
            self._page_with("")
            with self.log.open("rb") as source, self.followed.open("ab") as target:
                shutil.copyfileobj(source, target, 1 << 20)
                target.write(self.last)
            output.write_bytes(self._page_with(self.told))
        finally:
            process.send_signal(signal.SIGTERM)
            self._wait(process)

    def _page_with(self, text: str) -> bytes:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with suppress(OSError), urllib.request.urlopen(self.url, timeout=30) as answer:
                page: bytes = answer.read()
                if text.encode() in page:
                    return page
            time.sleep(_POLL)
        raise BenchmarkError(f"{shlex.join(self.command)}: did not come to the end of the log")


def _megabytes(maxrss: int) -> float:
    """Convert ru_maxrss, which Linux gives in units of 1024 bytes and macOS in bytes."""
    return (maxrss if sys.platform == "darwin" else maxrss * 1024) / 1e6


def run_in_turn(contestants: Sequence[Contestant], rounds: int, folder: Path) -> None:
    """Run all commands once a round; BenchmarkError when one of them counted what is not true."""
    for turn in range(rounds):
        for number, contestant in enumerate(contestants):
            contestant.run(folder / f"output-{turn}-{number}")
    for contestant in contestants:
        contestant.verify()


def table(contestants: Sequence[Contestant], base: Contestant, unit: str, lines: int) -> str:
    """Give the runs as a Markdown table; a round's ratio, `unit`, is between its two runs."""
    rows = [
        f"| command | CPU (s) | min-max | µs a line | peak RSS (MB) | {unit} | min-max |",
        "|---|---|---|---|---|---|---|",
    ]
    for contestant in contestants:
        cpu = [usage.cpu for usage in contestant.usages]
        rounds = zip(contestant.usages, base.usages, strict=True)
        ratios = [usage.cpu / other.cpu for usage, other in rounds]
        rows.append(
            f"| {contestant.name} | {median(cpu):.2f} | {min(cpu):.2f}-{max(cpu):.2f}"
            f" | {median(cpu) / lines * 1e6:.2f} | {peak(contestant.usages)}"
            f" | {median(ratios):.2f} | {min(ratios):.2f}-{max(ratios):.2f} |"
        )
    return "\n".join(rows)


def peak(usages: list[Usage]) -> str:
    """Give the highest peak in MB, and whether it is that of the command."""
    highest = max(usages, key=lambda usage: usage.memory)
    return f"{'' if highest.is_exact else 'at most '}{highest.memory:.0f}"
