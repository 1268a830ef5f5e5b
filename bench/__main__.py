"""Compare the exporter with grep over the same log: `python -m bench`.

A log is generated once. Each round then runs grep, which looks at every line and understands none,
and the exporter, and takes the CPU time of the whole process, start included. At the end the
exporter's counts of every run must be exactly those of the truth; else the exit code is 1.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import resource
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench.generate import HEADERS, Counted, truth_path

DEFAULT_DOMAIN_LIMIT = 2000
"""More domains than this need a configuration, or the exporter counts the rest as `other`."""

_ROOT = Path(__file__).resolve().parent.parent
_MOST_DIFFERENCES = 10
_SAMPLE = re.compile(
    r'postfix_delivery_attempts_total\{cause="[^"]*",domain="([^"]*)",dsn_class="([^"]*)",'
    r'dsn_code="([^"]*)",provider="[^"]*",repeat="[^"]*",status="([^"]*)"\} (\S+)'
)

Counts = dict[Counted, int]


class BenchmarkError(Exception):
    """What makes the figures worthless."""


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
    """A command with what it needs in the environment; what its runs took and printed."""

    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    usages: list[Usage] = field(default_factory=list)
    outputs: list[Path] = field(default_factory=list)

    def run(self, output: Path) -> None:
        """Run the command once, its output into a file; BenchmarkError if it fails."""
        environment = os.environ | self.environment
        starter = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with output.open("wb") as file:
            process = subprocess.Popen(self.command, stdout=file, cwd=_ROOT, env=environment)
            _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise BenchmarkError(f"{shlex.join(self.command)}: exit code {process.returncode}")
        memory, cpu = used.ru_maxrss, used.ru_utime + used.ru_stime
        self.usages.append(Usage(cpu, _megabytes(memory), memory > starter))
        self.outputs.append(output)


def _megabytes(maxrss: int) -> float:
    """Convert ru_maxrss, which Linux gives in units of 1024 bytes and macOS in bytes."""
    return (maxrss if sys.platform == "darwin" else maxrss * 1024) / 1e6


def read_truth(path: Path) -> Counts:
    """Read the file that the generator wrote beside a log."""
    counts: Counts = {}
    for row in path.read_text(encoding="ascii").splitlines():
        domain, code, status, times = row.split("\t")
        counts[domain, code, status] = int(times)
    return counts


def counts_of(page: str) -> Counts:
    """Give the delivery attempts of an exporter's page; BenchmarkError for a wrong class."""
    counts: Counts = {}
    for domain, dsn_class, code, status, times in _SAMPLE.findall(page):
        if dsn_class != code[0]:
            raise BenchmarkError(f"{domain} has code {code} in class {dsn_class}")
        counted = domain, code, status
        counts[counted] = counts.get(counted, 0) + int(float(times))
    return counts


def compare(counted: Counts, truth: Counts) -> None:
    """Raise BenchmarkError with the first differences, unless both are the same."""
    differing = sorted(
        series for series in counted | truth if counted.get(series) != truth.get(series)
    )
    if not differing:
        return
    shown = [
        f"{' '.join(series)}: counted {counted.get(series, 0)}, true {truth.get(series, 0)}"
        for series in differing[:_MOST_DIFFERENCES]
    ]
    raise BenchmarkError("\n".join([f"{len(differing)} series differ", *shown]))


def table(grep: Contestant, exporter: Contestant) -> str:
    """Give the runs of both as a Markdown table; a round's ratio is that of its two runs."""
    rows = [
        "| command | median CPU (s) | min-max (s) | peak RSS (MB) | ratio to grep | min-max |",
        "|---|---|---|---|---|---|",
    ]
    for contestant in (grep, exporter):
        cpu = [usage.cpu for usage in contestant.usages]
        rounds = zip(contestant.usages, grep.usages, strict=True)
        ratios = [usage.cpu / base.cpu for usage, base in rounds]
        rows.append(
            f"| `{contestant.name}` | {median(cpu):.2f} | {min(cpu):.2f}-{max(cpu):.2f}"
            f" | {_peak(contestant.usages)}"
            f" | {median(ratios):.1f} | {min(ratios):.1f}-{max(ratios):.1f} |"
        )
    return "\n".join(rows)


def _peak(usages: list[Usage]) -> str:
    highest = max(usages, key=lambda usage: usage.memory)
    return f"{'' if highest.is_exact else 'at most '}{highest.memory:.0f}"


def _generate(log: Path, options: argparse.Namespace) -> None:
    # in a process of its own, so that this one stays small: see Usage
    command = [sys.executable, "-m", "bench.generate", "--out", str(log)]
    for name in ("lines", "domains", "header", "seed"):
        command += [f"--{name}", str(getattr(options, name))]
    subprocess.run(command, check=True, cwd=_ROOT)


def _contestants(log: Path, folder: Path, domains: int) -> tuple[Contestant, Contestant]:
    name = "python -m exporter --once --postfix.logfile-path FILE"
    command = [sys.executable, "-m", "exporter", "--once", "--postfix.logfile-path", str(log)]
    if domains > DEFAULT_DOMAIN_LIMIT:
        configuration = folder / "config.yml"
        configuration.write_text(f"domains:\n  limit: {domains}\n", encoding="ascii")
        name += " --config.file CONFIG"
        command += ["--config.file", str(configuration)]
    grep = ["grep", "-c", "status=", str(log)]
    return (
        Contestant("LC_ALL=C grep -c status= FILE", grep, {"LC_ALL": "C"}),
        Contestant(name, command),
    )


def _described(log: Path, options: argparse.Namespace) -> str:
    grep = subprocess.run(["grep", "--version"], check=True, capture_output=True, text=True)
    return (
        f"{options.lines:,} lines, {log.stat().st_size / 1e6:.0f} MB, {options.domains} domains,"
        f" {options.header} header, {options.rounds} rounds; Python {platform.python_version()},"
        f" {grep.stdout.splitlines()[0]}, {os.cpu_count()} CPUs"
    )


def _benchmark(folder: Path, options: argparse.Namespace) -> str:
    """Do what the module says; give the table."""
    log: Path = (options.keep or folder / "mail.log").resolve()
    _generate(log, options)
    print(_described(log, options), flush=True)
    grep, exporter = _contestants(log, folder, options.domains)
    for number in range(options.rounds):
        grep.run(folder / f"grep.{number}")
        exporter.run(folder / f"exporter.{number}")
    truth = read_truth(truth_path(log))
    attempts = sum(truth.values())
    found = {int(output.read_text(encoding="ascii")) for output in grep.outputs}
    if len(found) != 1 or min(found) < attempts:
        raise BenchmarkError(f"grep did not read the whole log: it found {found} lines")
    for output in exporter.outputs:
        compare(counts_of(output.read_text(encoding="utf-8")), truth)
    print(f"every run counted {attempts:,} delivery attempts in {len(truth):,} series, as is true")
    return table(grep, exporter)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected a positive number, got {text}")
    return number


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    flags = argparse.ArgumentParser(
        prog="python -m bench", description="Compare the exporter with grep over the same log."
    )
    flags.add_argument("--lines", type=_positive, default=5_000_000)
    flags.add_argument("--domains", type=_positive, default=200, help="recipient domains")
    flags.add_argument("--rounds", type=_positive, default=5)
    flags.add_argument("--header", choices=HEADERS, default=HEADERS[0])
    flags.add_argument("--seed", type=int, default=1)
    flags.add_argument(
        "--keep", type=Path, metavar="FILE", help="write the log there and do not delete it"
    )
    return flags.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark and print its table; gives the exit code."""
    options = _options(arguments)
    with tempfile.TemporaryDirectory() as folder:
        try:
            print(f"\n{_benchmark(Path(folder), options)}")
        except BenchmarkError as error:
            print(f"bench: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
