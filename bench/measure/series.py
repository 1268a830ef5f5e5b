"""Logs and exporters with a given number of series, for what is measured about series."""

from __future__ import annotations

import gzip
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from bench.program import PATIENCE, ROOT, BenchmarkError

_OUTCOMES = (
    "dsn=2.0.0, status=sent (250 2.0.0 Ok)",
    "dsn=2.1.5, status=sent (250 2.1.5 Recipient ok)",
    "dsn=2.6.0, status=sent (250 2.6.0 Queued)",
    "dsn=4.4.2, status=deferred (lost connection with mx.example[203.0.113.9])",
    "dsn=5.1.1, status=bounced (host mx.example[203.0.113.9] said: 550 5.1.1 No such user)",
)
PER_DOMAIN = len(_OUTCOMES)
PACKED = {"Accept-Encoding": "gzip"}
"""What Prometheus asks for."""

HOLD = 65.0
"""Seconds for which a new series shows 0, by default."""

INTERVAL = 5.0
"""Seconds between two commits, by default."""


def log_of(series: int, domains: Sequence[str] = ()) -> Iterator[bytes]:
    """Give delivery records of which each makes a series, PER_DOMAIN of a domain."""
    for number in range(series):
        rank, outcome = number // PER_DOMAIN, _OUTCOMES[number % PER_DOMAIN]
        domain = domains[rank] if domains else f"domain-{rank:05}.example"
        yield (
            f"Nov 22 00:00:00 mx1 postfix/smtp[4711]: {number:010X}: to=<u@{domain}>,"
            f" relay=mx.example[203.0.113.9]:25, delay=0.1, delays=0/0/0/0.1, {outcome}\n"
        ).encode()


def configuration(
    folder: Path, log: Path, domains: int, hold: float = HOLD, interval: float = INTERVAL
) -> Path:
    """Write a configuration with room for so many domains, and all else as it is by default."""
    path = folder / "exporter.yml"
    path.write_text(
        f"log: {{paths: '{log}', start: beginning}}\n"
        f"domains: {{limit: {max(2000, domains)}}}\nhold: {hold}\n"
        f"checkpoint: {{interval: {interval}}}\n",
        encoding="utf-8",
    )
    return path


class Process:
    """A running command that serves metrics at `url`."""

    def __init__(self, process: subprocess.Popen[bytes], url: str) -> None:
        self.process, self.url = process, url

    def page(self, headers: Mapping[str, str] = PACKED) -> bytes:
        """Scrape; what is packed is left as it comes."""
        asked = urllib.request.Request(self.url, headers=dict(headers))
        with urllib.request.urlopen(asked, timeout=60) as answer:
            body: bytes = answer.read()
        return body

    def wait_for(self, url: str, text: str = "") -> None:
        """Wait until a page answers with a text in it; BenchmarkError when it does not."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.process.poll() is None:
            asked = urllib.request.Request(url, headers=PACKED)
            with suppress(OSError), urllib.request.urlopen(asked, timeout=60) as answer:
                if text.encode() in unpacked(answer.read()):
                    return
            time.sleep(0.2)
        raise BenchmarkError(f"{self.process.args!r}: {url} does not answer {text}")

    def cpu(self) -> float:
        """Give the CPU seconds used so far."""
        # clock_getcpuclockid(3), to the nanosecond
        return time.clock_gettime(~self.process.pid << 3 | 2)

    def written(self) -> int:
        """Give the bytes written to disks so far."""
        told = Path(f"/proc/{self.process.pid}/io").read_text(encoding="ascii")
        return int(re.findall(r"(?m)^write_bytes: (\d+)$", told)[0])

    def memory(self) -> tuple[float, float]:
        """Give resident memory in MB, now and at its highest."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        found = dict(re.findall(r"(?m)^(VmRSS|VmHWM):\s+(\d+) kB", status))
        return int(found["VmRSS"]) * 1024 / 1e6, int(found["VmHWM"]) * 1024 / 1e6

    def descriptors(self) -> int:
        """Give the number of open files and connections."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def threads(self) -> int:
        """Give the number of threads."""
        return len(os.listdir(f"/proc/{self.process.pid}/task"))


def unpacked(body: bytes) -> bytes:
    """Give a page as it was before a server packed it, if it did."""
    return gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body


@contextmanager
def running(command: Sequence[str], url: str) -> Iterator[Process]:
    """Run a command that serves; end it at the end."""
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield Process(process, url)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


@contextmanager
def following(
    folder: Path,
    log: Path,
    domains: int,
    port: int,
    hold: float = HOLD,
    interval: float = INTERVAL,
) -> Iterator[Process]:
    """Run the exporter with room for so many domains, from when it answers."""
    command = [sys.executable, "-m", "exporter", f"--web.listen-address=127.0.0.1:{port}"]
    command += [f"--config.file={configuration(folder, log, domains, hold, interval)}"]
    command += [f"--checkpoint.file={folder / 'checkpoint.json'}"]
    with running(command, f"http://127.0.0.1:{port}/metrics") as process:
        process.wait_for(process.url)
        yield process


@contextmanager
def exporter(folder: Path, log: Path, series: int, port: int) -> Iterator[Process]:
    """Run the exporter until its page has all series."""
    with following(folder, log, series, port) as process:
        process.wait_for(process.url, f"postfix_exporter_series {series}.0")
        yield process
