"""kill -9 at random moments while a writer and a real logrotate work; the disk is the oracle.

Every delivery line carries its number; twenty neighbours share a domain. At the end every line
that stands in some file of the log must have been counted, none twice: for each domain
`on disk <= counted <= written`, where lines that logrotate itself lost make the difference. No
scraped sum may ever fall. Run by hand: `python -m tests.rotation_fuzz --seconds 60`.
"""

from __future__ import annotations

import argparse
import bz2
import gzip
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.service import free_port

MODES = {
    "create": "create\ndelaycompress\ncompress",
    "compress": "create\ncompress",
    "bzip2": "create\ncompress\ncompresscmd /bin/bzip2\ncompressext .bz2",
    "dateext": "create\ndateext\ndateformat -%Y%m%d-%s\ncompress\ndelaycompress",
    "copytruncate": "copytruncate\ncompress\ndelaycompress",
    "copytruncate-compress": "copytruncate\ncompress",
}
NEIGHBOURS = 20
_UNPACK: dict[str, Callable[[bytes], bytes]] = {".gz": gzip.decompress, ".bz2": bz2.decompress}
_COUNTED = re.compile(
    r'postfix_delivery_attempts_total\{[^}]*domain="d(\d+)\.example"[^}]*\} (\d+)'
)

_WRITTEN = re.compile(
    rb"(?m)^Nov 23 20:15:19 mx1 postfix/smtp\[4711\]: \w+: to=<u\d+@d(\d+)\.example>, .* \(250 2\.0\.0 Ok\)\n"
)


@dataclass
class Outcome:
    """What a run did and found."""

    mode: str
    lines: int = 0
    kills: int = 0
    rotations: int = 0
    scrapes: int = 0
    lost_by_logrotate: int = 0
    faults: list[str] = field(default_factory=list)


def run(mode: str, seconds: float, seed: int) -> Outcome:
    """Run one mode for a time."""
    chance = random.Random(seed)
    outcome = Outcome(mode)
    with tempfile.TemporaryDirectory(prefix="rotation-fuzz-") as folder:
        bench = _Bench(Path(folder), mode, chance, outcome)
        bench.begin()
        with bench.writing(), bench.rotating():
            bench.kill_until(time.monotonic() + seconds)
        bench.settle()
        bench.compare()
    return outcome


class _Bench:
    def __init__(self, folder: Path, mode: str, chance: random.Random, outcome: Outcome) -> None:
        self.folder, self.mode, self.chance, self.outcome = folder, mode, chance, outcome
        self.log = folder / "mail.log"
        self.log.touch()
        self.config = folder / "exporter.yml"
        self.config.write_text("domains: {limit: 1000000}\nlog: {start: beginning}\nhold: 0\n")
        self.port = free_port()
        self.seen = 0
        self.writer: subprocess.Popen[bytes] | None = None

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Keep a writer at work."""
        command = [sys.executable, "-m", "tests.rotation_fuzz", "--write", str(self.log)]
        with subprocess.Popen(command, cwd=Path(__file__).parents[1]) as self.writer:
            yield
            self.writer.terminate()

    @contextmanager
    def rotating(self) -> Iterator[None]:
        """Keep logrotate at work."""
        assert self.writer
        config = self.folder / "logrotate.conf"
        late = f"postrotate\nkill -HUP {self.writer.pid}\nendscript"
        if "copytruncate" in self.mode:
            late = ""
        config.write_text(
            f"{self.log} {{\nrotate 9999\nmissingok\n{MODES[self.mode]}\n{late}\n}}\n"
        )
        config.chmod(0o644)
        done = threading.Event()
        chance = random.Random(self.chance.random())

        def rotate() -> None:
            while not done.wait(chance.uniform(0.05, 0.8)):
                command = ["logrotate", "-f", "-s", str(self.folder / "status"), str(config)]
                subprocess.run(command, check=False, stderr=subprocess.DEVNULL)
                self.outcome.rotations += 1

        thread = threading.Thread(target=rotate)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def start(self) -> subprocess.Popen[bytes]:
        """Start an exporter."""
        command = [sys.executable, "-m", "exporter", "--postfix.logfile-path", str(self.log)]
        command += ["--config.file", str(self.config), "--log.level", "error"]
        command += ["--checkpoint.file", str(self.folder / "state" / "checkpoint.json")]
        command += ["--web.listen-address", f"127.0.0.1:{self.port}"]
        return subprocess.Popen(command)

    def begin(self) -> None:
        """Let a first exporter commit its place, so that nothing is written before."""
        process = self.start()
        while not (self.folder / "state" / "checkpoint.json").exists():
            time.sleep(0.02)
        process.terminate()
        process.wait()

    def kill_until(self, end: float) -> None:
        """Start exporters and kill them, scraping in between."""
        while time.monotonic() < end:
            process = self.start()
            death = (
                time.monotonic() + self.chance.choice([0.3, 0.6, 1.5]) * self.chance.random() + 0.15
            )
            while time.monotonic() < death:
                self.scrape()
                time.sleep(0.02)
            process.kill() if self.chance.random() < 0.9 else process.terminate()
            process.wait()
            self.outcome.kills += 1

    def scrape(self) -> Counter[int] | None:
        """Scrape once; a sum that falls is a fault."""
        with suppress(OSError, urllib.error.URLError):
            url = f"http://127.0.0.1:{self.port}/metrics"
            with urllib.request.urlopen(url, timeout=5) as answer:
                page = answer.read().decode()
            counted = Counter[int]()
            for found in _COUNTED.finditer(page):
                counted[int(found[1])] += int(found[2])
            total = counted.total()
            if total < self.seen:
                self.outcome.faults.append(f"the sum fell from {self.seen} to {total}")
            self.seen = total
            self.outcome.scrapes += 1
            return counted
        return None

    def settle(self) -> None:
        """Let a last exporter read to the end."""
        process = self.start()
        before, same, end = -1, 0, time.monotonic() + 120
        while same < 4:
            assert time.monotonic() < end, "the exporter does not come to rest"
            time.sleep(0.5)
            now = (self.scrape() or Counter()).total()
            same = same + 1 if now == before and now else 0
            before = now
        self.final = self.scrape() or Counter()
        process.terminate()
        process.wait()

    def compare(self) -> None:
        """Hold what was counted against what stands on the disk and what was written."""
        disk, written = Counter[int](), Counter[int]()
        for path in self.folder.glob("mail.log*"):
            data = _UNPACK.get(path.suffix, bytes)(path.read_bytes())
            disk.update(int(m[1]) for m in _WRITTEN.finditer(data))
        numbers = int((self.folder / "mail.log-written").read_text())
        written.update(number // NEIGHBOURS for number in range(numbers))
        self.outcome.lines = numbers
        self.outcome.lost_by_logrotate = numbers - disk.total()
        for domain in sorted(written):
            if not disk[domain] <= self.final[domain] <= written[domain]:
                self.outcome.faults.append(
                    f"d{domain}: on disk {disk[domain]}, counted {self.final[domain]},"
                    f" written {written[domain]}"
                )


def write(path: str) -> None:
    """Write numbered delivery lines, some in halves; reopen late after SIGHUP; stop on SIGTERM."""
    chance = random.Random(path)
    stop, reopen = False, 0.0

    def on_signal(number: int, _frame: object) -> None:
        nonlocal stop, reopen
        if number == signal.SIGTERM:
            stop = True
        else:
            reopen = time.monotonic() + chance.choice([0.0, 0.0, 0.05, 0.3])

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGHUP, on_signal)
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    log, number = os.open(path, flags, 0o644), 0
    while not stop:
        for _ in range(chance.randrange(1, 40)):
            line = (
                f"Nov 23 20:15:19 mx1 postfix/smtp[4711]: {number:010X}: "
                f"to=<u{number}@d{number // NEIGHBOURS}.example>, relay=mx.example[203.0.113.9]:25, "
                f"delay=0.1, delays=0/0/0/0.1, dsn=2.0.0, status=sent (250 2.0.0 Ok)\n"
            ).encode()
            half = chance.randrange(len(line)) if chance.random() < 0.05 else len(line)
            os.write(log, line[:half])
            if half < len(line):
                time.sleep(chance.random() * 0.01)
                os.write(log, line[half:])
            number += 1
        time.sleep(chance.random() * 0.02)
        if reopen and time.monotonic() >= reopen:
            os.close(log)
            log, reopen = os.open(path, flags, 0o644), 0.0
    Path(path + "-written").write_text(str(number))


def main() -> int:
    """Run all modes and print what they found."""
    flags = argparse.ArgumentParser(description=__doc__)
    flags.add_argument("--write", metavar="LOG")
    flags.add_argument("--mode", choices=MODES)
    flags.add_argument("--seconds", type=float, default=60.0, help="for each mode")
    flags.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    given = flags.parse_args()
    if given.write:
        write(given.write)
        return 0
    faults = 0
    for mode in [given.mode] if given.mode else MODES:
        outcome = run(mode, given.seconds, given.seed)
        print(f"seed={given.seed}", outcome, flush=True)
        faults += len(outcome.faults)
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
