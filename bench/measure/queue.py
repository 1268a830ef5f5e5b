"""What reading a large queue costs, and whom it holds up: `python -m bench.measure.queue`.

A showq of the bench tells of so many messages, again and again, while a pipeline reads an everyday
log and a process of its own scrapes. That is done in turns: without a queue, with the child that
the exporter starts for each reading, and, to compare, with that reading in a thread of this one.
Reading the log is told as CPU of its thread and as time that passed; on a machine that does other
things the turns are what makes them comparable.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

from bench.logs.checked import generate
from bench.measure.series import configuration
from bench.program import ROOT, positive
from exporter.checkpoint.file import Checkpoint
from exporter.checkpoint.state import State
from exporter.config import load
from exporter.page.exposition import Exposition
from exporter.page.overview import Overviews
from exporter.pipeline import Pipeline
from exporter.queue.options import QueueOptions
from exporter.queue.reading import Request, read
from exporter.queue.watch import Watch
from exporter.web.landing import Links
from exporter.web.server import Server, Site

_SHOWQ = """
import socket, sys
listening = socket.socket(socket.AF_UNIX)
listening.bind(sys.argv[1])
listening.listen()
while True:
    client = listening.accept()[0]
    with client, open(sys.argv[2], "rb") as reply:
        try:
            client.sendfile(reply)
        except OSError:
            pass
"""
_SCRAPER = """
import json, sys, time, urllib.request
taken = []
while not sys.stdin.closed:
    begin = time.monotonic()
    urllib.request.urlopen(sys.argv[1]).read()
    taken.append(time.monotonic() - begin)
    print(taken[-1], flush=True)
    time.sleep(0.1)
"""
_REASON = (
    "host mx.receiver.example[203.0.113.9] said: 450 4.7.1 Too many messages from your network,"
    " try again later (in reply to RCPT TO command)"
)


_READINGS = 3
"""Readings over which the CPU of the process that waits is told."""

_LOOK = 0.1
"""Seconds between two looks whether they are over; looking costs next to nothing."""


class Turn(NamedTuple):
    """One run over the log."""

    cpu: float
    passed: float
    scrapes: list[float]
    readings: int


def write_reply(path: Path, messages: int, domains: int) -> None:
    """Write what showq says of so many messages."""
    now = int(time.time())
    with path.open("wb") as file:
        file.write(b"protocol\0mail_queue_list_protocol\0\0")
        for number in range(messages):
            told = (
                f"queue_name\0deferred\0queue_id\0{number:X}\0time\0{now - number % 400_000}\0"
                f"size\0{1000 + number % 50_000}\0forced_expire\0000\0sender\0bounces@us.example\0"
                f"original_recipient\0\0recipient\0user{number}@domain-{number % domains}.example\0"
                f"log_class\0defer\0reason\0{_REASON}\0\0"
            )
            file.write(told.encode())
        file.write(b"\0")


@contextmanager
def _in_a_child(socket: Path) -> Iterator[Callable[[], int]]:
    """Read the queue as the exporter does, but without a rest; give the number of readings."""
    seen: set[float] = set()
    options = QueueOptions((str(socket),), interval=0.1)
    watch = Watch(str(socket), options, dict, "unknown", rest=0)
    watch.start()

    def readings() -> int:
        if reading := watch.latest():
            seen.add(reading.read_seconds)
        return len(seen)

    try:
        yield readings
    finally:
        watch.close()


@contextmanager
def _in_a_thread(socket: Path) -> Iterator[Callable[[], int]]:
    """Read the queue again and again in a thread of this process."""
    stop, times = threading.Event(), [0]

    def again() -> None:
        while not stop.is_set():
            read(Request(str(socket), time.time(), 200), os.getppid())
            times[0] += 1

    thread = threading.Thread(target=again, daemon=True)
    thread.start()
    try:
        yield lambda: times[0]
    finally:
        stop.set()
        thread.join()


@contextmanager
def _not_at_all(_socket: Path) -> Iterator[Callable[[], int]]:
    yield lambda: 0


WAYS = {"no queue": _not_at_all, "a child": _in_a_child, "a thread": _in_a_thread}


def _turn(folder: Path, socket: Path, way: str) -> Turn:
    """Read the whole log in one way of reading the queue."""
    with tempfile.TemporaryDirectory(dir=folder) as place, ExitStack() as stack:
        checkpoint = Checkpoint(str(Path(place) / "checkpoint.json"))
        stack.callback(checkpoint.close)
        config = load(str(configuration(Path(place), folder / "mail.log", 2000)))
        pipeline = Pipeline(config, checkpoint, State())
        stack.callback(pipeline.close)
        pipeline.start()
        site = Site(
            Exposition(lambda: pipeline.published),
            Links("/metrics"),
            list,
            Overviews(lambda: pipeline.published),
        )
        server = Server("127.0.0.1:0", site)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        stack.callback(server.shutdown)
        readings = stack.enter_context(WAYS[way](socket))
        scraper = subprocess.Popen(
            [sys.executable, "-c", _SCRAPER, f"{server.url()}/metrics"],
            stdout=subprocess.PIPE,
            text=True,
        )
        begin, used = time.monotonic(), time.thread_time()
        pipeline.poll(lambda: readings() < 0)
        cpu, passed, times = time.thread_time() - used, time.monotonic() - begin, readings()
        scraper.kill()
        output, _ = scraper.communicate()
    return Turn(cpu, passed, [json.loads(one) for one in output.splitlines()], times)


def _row(way: str, turns: Sequence[Turn]) -> str:
    scrapes = [one for turn in turns for one in turn.scrapes] or [math.nan]
    return (
        f"| {way} | {median(turn.cpu for turn in turns):.2f}"
        f" | {median(turn.passed for turn in turns):.1f}"
        f" | {median(scrapes) * 1e3:.0f} | {max(scrapes) * 1e3:.0f}"
        f" | {sum(turn.readings for turn in turns)} |"
    )


def _reading(socket: Path) -> str:
    """Read the queue once in a child; give what that costs."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "exporter.queue.reading"],
        cwd=ROOT, check=True, stdout=subprocess.DEVNULL,
        input=Request(str(socket), time.time(), 200).packed(),
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    with _in_a_child(socket) as readings:
        used = time.process_time()
        while readings() < _READINGS:
            time.sleep(_LOOK)
        own = (time.process_time() - used) / _READINGS
    return (
        f"one reading: {cpu:.2f} s of CPU and at most {after.ru_maxrss / 1024:.0f} MiB in a child,"
        f" {own * 1e3:.1f} ms of CPU in the process that waits for it"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the measurement and print its table; gives the exit code."""
    flags = argparse.ArgumentParser(prog="python -m bench.measure.queue")
    flags.add_argument("--messages", type=positive, default=200_000)
    flags.add_argument("--domains", type=positive, default=5000)
    flags.add_argument("--lines", type=positive, default=2_000_000)
    flags.add_argument("--rounds", type=positive, default=3)
    options = flags.parse_args(arguments)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        socket, reply = folder / "showq", folder / "reply"
        write_reply(reply, options.messages, options.domains)
        showq = subprocess.Popen([sys.executable, "-c", _SHOWQ, str(socket), str(reply)])
        try:
            while not socket.exists():
                time.sleep(0.01)
            print(f"{options.messages:,} messages, {_reading(socket)}", flush=True)
            generate(folder / "mail.log", f"--lines={options.lines}")
            turns: dict[str, list[Turn]] = {way: [] for way in WAYS}
            for _ in range(options.rounds):
                for way, done in turns.items():
                    done.append(_turn(folder, socket, way))
        finally:
            showq.kill()
            showq.wait()
    print(
        "| the queue is read by | log, CPU (s) | log, passed (s) | median scrape (ms)"
        " | longest scrape (ms) | readings |\n|---|---|---|---|---|---|"
    )
    for way, done in turns.items():
        print(_row(way, done))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
