"""What collectors cost beside the delivery path: `python -m bench.measure.collectors LOG`.

In: a log, such as `python -m bench.logs.generate` writes. Out: user CPU of the command with all
collectors off and on, in turns, whole processes, the start of Python included; and of reading
alone, a block with and a block without them in turns, so that the machine's moods fall on both.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from statistics import median

from exporter.checkpoint.state import State
from exporter.config import Config
from exporter.records.services.event import ALL_NAMES
from exporter.tally import Tally

_BLOCK = 1 << 18


def _command(log: str, collectors: str) -> float:
    """Give the user CPU of a run in seconds."""
    command = [sys.executable, "-m", "exporter", "--once", "--postfix.logfile-path", log]
    before = os.times().children_user
    subprocess.run(
        [*command, f"--collectors={collectors}"] if collectors else command,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True,
    )  # fmt: skip
    return os.times().children_user - before


def _blocks(log: str) -> Iterator[bytes]:
    with open(log, "rb") as file:
        while block := file.read(_BLOCK):
            yield block + file.readline()


def _reading(log: str) -> tuple[float, float]:
    """Give the CPU of reading a log without and with collectors, in seconds."""
    spent = [0.0, 0.0]
    tallies = [Tally(Config(collectors=names), State()) for names in ((), ALL_NAMES)]
    for block in _blocks(log):
        for which, tally in enumerate(tallies):
            started = time.process_time()
            tally.add(block)
            spent[which] += time.process_time() - started
    return spent[0], spent[1]


def main() -> None:
    """Measure and print."""
    flags = argparse.ArgumentParser(prog="python -m bench.measure.collectors", description=__doc__)
    flags.add_argument("log")
    flags.add_argument("--rounds", type=int, default=7)
    options = flags.parse_args()
    whole = [
        (_command(options.log, ""), _command(options.log, "all")) for _ in range(options.rounds)
    ]
    reading = [_reading(options.log) for _ in range(options.rounds)]
    print("| | off (s) | all on (s) | ratio of a round, median |\n|---|---|---|---|")
    for name, rounds in (("the command", whole), ("reading alone", reading)):
        off, on = (median(column) for column in zip(*rounds, strict=True))
        ratio = median(one[1] / one[0] for one in rounds)
        print(f"| {name} | {off:.2f} | {on:.2f} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
