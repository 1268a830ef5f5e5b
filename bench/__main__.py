"""Compare the exporter with grep over the same log: `python -m bench`.

A log is generated once. Each round then runs grep, which looks at every line and understands none,
and the exporter, and takes the CPU time of the whole process, start included. In every run the
exporter's counts must be exactly those of the truth; else the command ends with exit code 1.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from prometheus_client.parser import text_string_to_metric_families

from bench.generate import HEADERS, Counted, truth_path

DEFAULT_DOMAIN_LIMIT = 2000
"""More domains than this need a configuration, or the exporter counts the rest as `other`."""

_ROOT = Path(__file__).resolve().parent.parent
_MOST_DIFFERENCES = 10
_SEED = "1"

Counts = dict[Counted, int]


class BenchmarkError(Exception):
    """What makes the figures worthless."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process took: CPU seconds in user and kernel mode, and peak resident memory in MB."""

    cpu: float
    memory: float


@dataclass(slots=True)
class Contestant:
    """A command, how to judge what it prints (raises BenchmarkError), and what its runs took."""

    name: str
    command: list[str]
    judge: Callable[[str], None]
    runs: list[Usage] = field(default_factory=list)

    def run(self) -> None:
        """Run the command once; note what it took after its output was judged."""
        usage, output = measure(self.command)
        self.judge(output)
        self.runs.append(usage)


def measure(command: list[str]) -> tuple[Usage, str]:
    """Run a command to its end; give what it took and what it printed.

    Raises BenchmarkError for an exit code other than 0.
    """
    environment = os.environ | {"LC_ALL": "C"}
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, stdout=output, cwd=_ROOT, env=environment)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise BenchmarkError(f"{shlex.join(command)}: exit code {process.returncode}")
        output.seek(0)
        page = output.read().decode("utf-8")
    return Usage(used.ru_utime + used.ru_stime, _megabytes(used.ru_maxrss)), page


def _megabytes(maxrss: int) -> float:
    """Convert ru_maxrss, which Linux gives in units of 1024 bytes and macOS in bytes."""
    return maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def read_truth(path: Path) -> Counts:
    """Read the file that the generator wrote beside a log."""
    counts: Counts = {}
    for row in path.read_text(encoding="ascii").splitlines():
        domain, code, status, times = row.split("\t")
        counts[domain, code, status] = int(times)
    return counts


def counts_of(page: str) -> Counts:
    """Give the delivery attempts of an exporter's page; raises BenchmarkError for a wrong class."""
    counts: Counts = {}
    for family in text_string_to_metric_families(page):
        if family.name != "postfix_delivery_attempts":
            continue
        for sample in family.samples:
            labels = sample.labels
            if labels["dsn_class"] != labels["dsn_code"][0]:
                raise BenchmarkError(f"the class is not the code's: {labels}")
            counts[labels["domain"], labels["dsn_code"], labels["status"]] = int(sample.value)
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


def table(baseline: Contestant, other: Contestant) -> str:
    """Give the runs of both as a Markdown table."""
    rows = [
        "| command | median CPU (s) | min-max (s) | peak RSS (MB) | ratio to grep | min-max |",
        "|---|---|---|---|---|---|",
    ]
    for contestant in (baseline, other):
        cpu = [usage.cpu for usage in contestant.runs]
        ratios = [
            usage.cpu / base.cpu for usage, base in zip(contestant.runs, baseline.runs, strict=True)
        ]
        rows.append(
            f"| `{contestant.name}` | {median(cpu):.2f} | {min(cpu):.2f}-{max(cpu):.2f}"
            f" | {_shown_memory(contestant.runs)}"
            f" | {median(ratios):.2f} | {min(ratios):.2f}-{max(ratios):.2f} |"
        )
    return "\n".join(rows)


def _shown_memory(runs: list[Usage]) -> str:
    """Give the peak of all runs; Linux charges a child with what its parent held at the fork."""
    own = _megabytes(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    peak = max(usage.memory for usage in runs)
    return f"{peak:.0f}" if peak > own else f"at most {peak:.0f}"


def _generate(log: Path, options: argparse.Namespace) -> None:
    # in a process of its own, so that this one stays small: see _shown_memory
    command = [sys.executable, "-m", "bench.generate", "--out", str(log), "--seed", _SEED]
    for name in ("lines", "domains", "header"):
        command += [f"--{name}", str(getattr(options, name))]
    subprocess.run(command, check=True, cwd=_ROOT)


def _contestants(log: Path, folder: Path, domains: int) -> tuple[Contestant, Contestant]:
    truth = read_truth(truth_path(log))
    command = [sys.executable, "-m", "exporter", "--once", "--postfix.logfile-path", str(log)]
    name = "python -m exporter --once --postfix.logfile-path FILE"
    if domains > DEFAULT_DOMAIN_LIMIT:
        configuration = folder / "config.yml"
        configuration.write_text(f"domains:\n  limit: {domains}\n", encoding="ascii")
        command += ["--config.file", str(configuration)]
        name += " --config.file CONFIG"
    return (
        Contestant("LC_ALL=C grep -c status= FILE", ["grep", "-c", "status=", str(log)], int),
        Contestant(name, command, lambda page: compare(counts_of(page), truth)),
    )


def _described(log: Path, options: argparse.Namespace) -> str:
    grep = subprocess.run(["grep", "--version"], check=True, capture_output=True, text=True)
    return (
        f"{options.lines:,} lines, {log.stat().st_size / 1e6:.0f} MB, {options.domains} domains,"
        f" {options.header} header, {options.rounds} rounds; Python {platform.python_version()},"
        f" {grep.stdout.splitlines()[0]}, {os.cpu_count()} CPUs"
    )


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    flags = argparse.ArgumentParser(prog="python -m bench", description=(__doc__ or "")[:66])
    flags.add_argument("--lines", type=int, default=5_000_000)
    flags.add_argument("--domains", type=int, default=200)
    flags.add_argument("--rounds", type=int, default=5)
    flags.add_argument("--header", choices=HEADERS, default=HEADERS[0])
    flags.add_argument(
        "--keep", type=Path, metavar="FILE", help="write the log there and do not delete it"
    )
    return flags.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark and print its table; gives the exit code, 1 for a wrong count."""
    options = _options(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        log = (options.keep or folder / "mail.log").resolve()
        _generate(log, options)
        print(_described(log, options), flush=True)
        baseline, other = _contestants(log, folder, options.domains)
        try:
            for _ in range(options.rounds):
                baseline.run()
                other.run()
        except BenchmarkError as error:
            print(f"bench: {error}", file=sys.stderr)
            return 1
    print(f"\n{table(baseline, other)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
