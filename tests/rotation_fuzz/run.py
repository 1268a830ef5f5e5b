"""One run of the fuzz: writer, rotation, scrapers, and exporters that are killed."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tests.pages import ROOT
from tests.rotation_fuzz.oracle import Disk, Scraper, by_domain, written_by_domain
from tests.rotation_fuzz.rotations import MODES
from tests.rotation_fuzz.writer import Progress
from tests.service import PATIENCE, Service, eventually, free_port, running

SCRAPERS = 2
COMMITTING = 2
LEAST_KILLS = 6


@dataclass
class Outcome:
    """What a run did and found."""

    mode: str
    seed: int
    lines: int = 0
    kills: int = 0
    terminations: int = 0
    rotations: int = 0
    scrapes: int = 0
    lost_by_rotation: int = 0
    faults: list[str] = field(default_factory=list)


def run(folder: Path, mode: str, seconds: float, seed: int) -> Outcome:
    """Run a mode for a time."""
    fuzz = _Run(folder, mode, seed)
    fuzz.begin()
    with fuzz.scraping():
        with fuzz.writing() as pid, fuzz.rotating(pid):
            fuzz.kill_until(time.monotonic() + seconds)
        fuzz.compare()
    return fuzz.outcome


class _Run:
    def __init__(self, folder: Path, mode: str, seed: int) -> None:
        folder.mkdir(exist_ok=True)
        self.folder, self.mode, self.seed = folder, MODES[mode], seed
        self.outcome = Outcome(mode, seed)
        self.chance = random.Random(seed)
        self.log = folder / "mail.log"
        self.log.touch()
        self.checkpoint = folder / "checkpoint.json"
        self.progress = Progress(folder)
        port = free_port()
        self.scrapers = [Scraper(port, self.progress) for _ in range(SCRAPERS)]
        config = folder / "exporter.yml"
        hold = self.chance.choice([0, 0, 0.2])
        config.write_text(
            f"domains: {{limit: 1000000}}\nhold: {hold}\ncheckpoint: {{interval: 0.5s}}\n"
        )
        log = ("--postfix.logfile-path", self.log)
        self.flags = (*log, "--config.file", config, "--web.listen-address", f"127.0.0.1:{port}")

    def begin(self) -> None:
        """Let a first exporter commit its place, before anything is written."""
        with running(self.folder, *self.flags) as service:
            eventually(service.ready)

    @contextmanager
    def writing(self) -> Iterator[int]:
        """Keep a writer at work; give its process."""
        command = [sys.executable, "-m", "tests.rotation_fuzz.writer"]
        command += [str(self.log), str(self.mode.late), str(self.seed)]
        with subprocess.Popen(command, cwd=ROOT) as writer:
            eventually(lambda: self.progress.lines)
            yield writer.pid
            writer.terminate()
        self.outcome.lines = self.progress.lines

    @contextmanager
    def rotating(self, pid: int) -> Iterator[None]:
        """Keep the rotation at work."""
        rotate, chance = self.mode.made(self.log, pid), random.Random(self.seed)
        stop = threading.Event()

        def work() -> None:
            while not stop.wait(chance.uniform(0.05, 0.8)):
                rotate()

        with ThreadPoolExecutor(1) as pool:
            done = pool.submit(work)
            try:
                yield
            finally:
                stop.set()
            done.result()

    @contextmanager
    def scraping(self) -> Iterator[None]:
        """Keep the scrapers at work."""
        stop = threading.Event()
        with ThreadPoolExecutor(SCRAPERS) as pool:
            done = [
                pool.submit(scraper.scrape_until, stop, random.Random(f"{self.seed}{number}"))
                for number, scraper in enumerate(self.scrapers)
            ]
            try:
                yield
            finally:
                stop.set()
            for each in done:
                each.result()
        for scraper in self.scrapers:
            self.outcome.scrapes += scraper.scrapes
            self.outcome.faults += scraper.faults

    def kill_until(self, end: float) -> None:
        """Start exporters and end them: at any time, once they serve, or in the middle of a commit.

        A busy machine gets the time that LEAST_KILLS take.
        """
        latest = end + PATIENCE
        while time.monotonic() < (end if self.outcome.kills >= LEAST_KILLS else latest):
            service = Service(self.folder, *self.flags)
            if when := self.chance.randrange(3):
                service.started()
            life = self.chance.choice([0.1, 0.4, 1.5]) * self.chance.random()
            if when == COMMITTING:
                with suppress(AssertionError):
                    eventually(partial(self._is_committing, self._written()), 2.0, 0.0005)
                life = self.chance.random() * 0.003
            try:
                code = service.process.wait(life)
                self.outcome.faults.append(f"ended by itself with {code}: {service.log}")
            except subprocess.TimeoutExpired:
                self._end(service)

    def _is_committing(self, before: tuple[bool, int]) -> bool:
        return self._written() != before

    def _written(self) -> tuple[bool, int]:
        """Tell how far commits are: whether a new file is being written, and the length of it."""
        size = self.checkpoint.stat().st_size if self.checkpoint.exists() else 0
        return self.checkpoint.with_name("checkpoint.json.tmp").exists(), size

    def _end(self, service: Service) -> None:
        if self.chance.random() < 0.9:
            service.stop(signal.SIGKILL)
            self.outcome.kills += 1
        else:
            code = service.stop(signal.SIGTERM)
            self.outcome.terminations += 1
            if code not in (0, -signal.SIGTERM):  # the latter before signals are handled
                self.outcome.faults.append(f"ended with {code}: {service.log}")
        if "Traceback" in service.log or "fault of the exporter" in service.log:
            self.outcome.faults.append(service.log)

    def compare(self) -> None:
        """Let an exporter read to the end, then one more; hold both against disk and writer."""
        disk, written = Disk(self.log), written_by_domain(self.outcome.lines)
        self.outcome.rotations = disk.rotations
        self.outcome.lost_by_rotation = self.outcome.lines - disk.by_domain.total()
        if self.outcome.lost_by_rotation and not self.mode.may_lose:
            self.outcome.faults.append(f"{self.outcome.lost_by_rotation} lines in no file")
        last = Scraper(self.scrapers[0].port, self.progress)

        def differences() -> list[str]:
            return list(disk.differences(by_domain(last.scrape()), written))

        for _ in range(2):
            with running(self.folder, *self.flags) as service:
                eventually(service.ready)
                try:
                    eventually(lambda: not differences())
                except AssertionError:
                    self.outcome.faults += differences()
                    return
                service.stop()
