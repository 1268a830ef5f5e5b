"""Compare the exporter with grep over the same log: `python -m bench.peers.grep`.

A log is generated once. Each round then runs grep, which looks at every line and understands none,
and the exporter, and takes the CPU time of the whole process, start included. In every run the
exporter's counts must be exactly those of the truth; else the exit code is 1.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from bench.logs.checked import generate
from bench.logs.generate import HEADERS, truth_path
from bench.logs.truth import read_truth
from bench.peers.contest import Contestant, run_in_turn, table
from bench.peers.ours import exporter
from bench.program import BenchmarkError, measurement, positive


def grep(log: Path) -> Contestant:
    """Give grep, counting a word of every delivery record."""
    command = ["grep", "-c", "status=", str(log)]
    check = partial(reached_the_end, log)
    return Contestant("`LC_ALL=C grep -c status= FILE`", command, check, {"LC_ALL": "C"})


def reached_the_end(log: Path, printed: str) -> None:
    """Raise BenchmarkError unless the numbers that end the lines are at least all attempts."""
    counted = sum(int(line.rpartition(" ")[2]) for line in printed.splitlines())
    if counted < sum(read_truth(truth_path(log)).values()):
        raise BenchmarkError(f"what knows no record did not read the whole log: {counted} found")


def first_line(*command: str) -> str:
    """Give the first line that a command prints: its version."""
    printed = subprocess.run(command, check=False, capture_output=True, text=True)
    return (printed.stdout or printed.stderr).partition("\n")[0]


def _described(log: Path, options: argparse.Namespace) -> str:
    return (
        f"{options.lines:,} lines, {log.stat().st_size / 1e6:.0f} MB, {options.domains} domains,"
        f" {options.header} header, {options.rounds} rounds; Python {platform.python_version()},"
        f" {first_line('grep', '--version')}, {os.cpu_count()} CPUs"
    )


def _benchmark(folder: Path, options: argparse.Namespace) -> str:
    """Do what the module says; give the table."""
    log: Path = (options.keep or folder / "mail.log").resolve()
    names = "lines", "domains", "header", "seed"
    generate(log, *(f"--{name}={getattr(options, name)}" for name in names))
    print(_described(log, options), flush=True)
    contestants = [grep(log), exporter(log, folder, options.domains)]
    run_in_turn(contestants, options.rounds, folder)
    truth = read_truth(truth_path(log))
    attempts = sum(truth.values())
    print(f"every run counted {attempts:,} delivery attempts in {len(truth):,} series, as is true")
    return table(contestants, contestants[0], "times grep", options.lines)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    flags = argparse.ArgumentParser(
        prog="python -m bench.peers.grep",
        description="Compare the exporter with grep over the same log.",
    )
    flags.add_argument("--lines", type=positive, default=5_000_000)
    flags.add_argument("--domains", type=positive, default=200, help="recipient domains")
    flags.add_argument("--rounds", type=positive, default=5)
    flags.add_argument("--header", choices=HEADERS, default=HEADERS[0])
    flags.add_argument("--seed", type=int, default=1)
    flags.add_argument(
        "--keep", type=Path, metavar="FILE", help="write the log there and do not delete it"
    )
    return flags.parse_args(arguments)


@measurement
def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark and print its table."""
    options = _options(arguments)
    with tempfile.TemporaryDirectory() as folder:
        print(f"\n{_benchmark(Path(folder), options)}")


if __name__ == "__main__":
    raise SystemExit(main())
