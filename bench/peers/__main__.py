"""Compare the exporter with what else reads Postfix' logs: `python -m bench.peers`.

The peers are grep, and mtail, prometheus-postfix-exporter and pflogsumm as they come first in the
path: those of Debian sid where `make bench` runs it (scripts/newer-peers). For each
kind of log, everyday and incident, with few domains and with many, all read the same bytes in turn.

- mtail reads the file once, and must count exactly what is true: see mtail.py.
- `--collectors` compares those that count more than deliveries: the exporter with all collectors,
  mtail with its own program for Postfix, and prometheus-postfix-exporter.
- least.py is the least that Python does for the same four labels: what is in reach at all.
- prometheus-postfix-exporter only follows a file that grows: it is started on an empty file, the
  log is appended, and it is ended as soon as its page shows a last line.
- It and pflogsumm know only the instance called `postfix`, count by no domain or code, and believe
  forged records: their numbers of delivery records must be within a hundredth of the truth.
"""

from __future__ import annotations

import argparse
import itertools
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from bench.logs.checked import generate
from bench.logs.generate import truth_path
from bench.peers.contest import Contestant, Follower, run_in_turn, table
from bench.peers.grep import first_line, grep, reached_the_end
from bench.peers.mtail import mtail, mtail_with_its_own
from bench.peers.ours import exporter
from bench.program import ROOT, BenchmarkError, free_port, measurement, positive

PROGRAMS = ("mtail", "prometheus-postfix-exporter", "pflogsumm")

_TOLERATED = 0.01
_LAST = b"Nov 22 00:00:00 mx1 postfix/sentinel[1]: nothing follows\n"
_RECORD = re.compile(
    rb"\S+ +\S+ [\d:]{8} \S+ postfix/(\w+)\[\d+\]: \w+: to=<.*, delays=\S+, dsn=\S+, status="
)
_GO_COUNT = re.compile(r'(?m)^postfix_smtp_delivery_delay_seconds_count\{stage=""\} (\S+)')
_MTAIL_COUNT = re.compile(
    r'(?m)^postfix_smtp_delivery_delay_seconds_count\{.*stage="transmission"\} (\S+)'
)
_PFLOGSUMM = re.compile(r"(?m)^ *(\d+)   (?:delivered|bounced)|\((\d+)  deferrals\)")


def records(log: Path) -> dict[str, int]:
    """Count delivery records of the instance `postfix`, by delivery agent."""
    counted: dict[str, int] = {}
    with log.open("rb") as lines:
        for line in lines:
            if found := _RECORD.match(line):
                agent = found[1].decode()
                counted[agent] = counted.get(agent, 0) + 1
    return counted


def postfix_exporter(log: Path, folder: Path, expected: int) -> Contestant:
    """Give the exporter in Go."""
    address = f"127.0.0.1:{free_port()}"
    followed = folder / "followed.log"
    command = ["prometheus-postfix-exporter", f"--postfix.logfile_path={followed}"]
    command += [f"--web.listen-address={address}", f"--postfix.showq_path={folder / 'none'}"]

    def check(page: str) -> None:
        found = _GO_COUNT.search(page)
        _near(float(found[1]) / 4 if found else 0, expected, "prometheus-postfix-exporter")

    return Follower(
        "prometheus-postfix-exporter",
        command,
        check,
        url=f"http://{address}/metrics",
        followed=followed,
        log=log,
        last=_LAST,
        told='service="sentinel"} 1',
    )


def pflogsumm(log: Path, expected: int) -> Contestant:
    """Give pflogsumm."""

    def check(report: str) -> None:
        totals = report.partition("Per-")[0]
        counted = sum(int(one or other) for one, other in _PFLOGSUMM.findall(totals))
        _near(counted, expected, "pflogsumm")

    return Contestant("pflogsumm", ["pflogsumm", str(log)], check)


def least(log: Path) -> Contestant:
    """Give the least program in Python."""
    command = [sys.executable, "bench/peers/least.py", str(log)]
    return Contestant("`python bench/peers/least.py FILE`", command, partial(reached_the_end, log))


def _near(counted: float, expected: int, who: str) -> None:
    if abs(counted - expected) > _TOLERATED * expected:
        raise BenchmarkError(f"{who} counted {counted:,.0f} records where {expected:,} are")


def mtails_own(log: Path, folder: Path, expected: int) -> Contestant:
    """Give mtail with its own program for Postfix."""

    def check(page: str) -> None:
        found = _MTAIL_COUNT.search(page)
        _near(float(found[1]) if found else 0, expected, "mtail")

    return mtail_with_its_own(log, folder, check)


def contestants(log: Path, folder: Path, domains: int, *, all_on: bool) -> Iterator[Contestant]:
    """Give all of them, the exporter first; `all_on` those that count more than deliveries."""
    counted = records(log)
    if all_on:
        yield exporter(log, folder, domains, "--collectors=all")
        yield mtails_own(log, folder, counted["smtp"])
        yield postfix_exporter(log, folder, counted["smtp"])
        return
    yield exporter(log, folder, domains)
    yield grep(log)
    yield least(log)
    yield mtail(log, folder)
    yield postfix_exporter(log, folder, counted["smtp"])
    yield pflogsumm(log, sum(counted.values()))


def _compare(options: argparse.Namespace, domains: int, kind: str) -> None:
    flags = [f"--lines={options.lines}", f"--domains={domains}", f"--seed={options.seed}"]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        log = folder / "mail.log"
        generate(log, *flags, *(["--incident"] if kind == "incident" else []))
        everyone = list(contestants(log, folder, domains, all_on=options.collectors))
        print(
            f"\n{kind}, {domains:,} domains: {options.lines:,} lines,"
            f" {log.stat().st_size / 1e6:.0f} MB, {sum(1 for _ in truth_path(log).open()):,}"
            f" combinations of domain, code and status, {options.rounds} rounds\n",
            flush=True,
        )
        run_in_turn(everyone, options.rounds, folder)
        print(table(everyone, everyone[0], "times the exporter", options.lines), flush=True)


def versions() -> str:
    """Name what is compared; BenchmarkError for what is not installed."""
    missing = [name for name in PROGRAMS if not shutil.which(name)]
    if missing:
        raise BenchmarkError(f"not installed: {', '.join(missing)}; make bench fetches them")
    return ", ".join(first_line(name, "--version") for name in (sys.executable, "grep", *PROGRAMS))


@measurement
def main(arguments: Sequence[str] | None = None) -> None:
    """Run the comparison and print its tables."""
    flags = argparse.ArgumentParser(
        prog="python -m bench.peers",
        description="Compare the exporter with mtail, prometheus-postfix-exporter and pflogsumm.",
    )
    flags.add_argument("--lines", type=positive, default=1_000_000)
    flags.add_argument("--domains", type=positive, nargs="+", default=[200, 20_000])
    flags.add_argument("--kinds", nargs="+", default=["everyday", "incident"])
    flags.add_argument("--rounds", type=positive, default=5)
    flags.add_argument("--seed", type=int, default=1)
    flags.add_argument("--collectors", action="store_true", help="those that count more")
    options = flags.parse_args(arguments)
    if len(options.kinds) * len(options.domains) == 1:
        _compare(options, options.domains[0], options.kinds[0])
        return
    print(versions(), flush=True)
    # each in a process of its own: what checking takes is charged to what is run later
    for kind, domains in itertools.product(options.kinds, options.domains):
        command = [sys.executable, "-m", "bench.peers", f"--kinds={kind}"]
        command += [f"--domains={domains}", f"--lines={options.lines}"]
        command += [f"--rounds={options.rounds}", f"--seed={options.seed}"]
        if subprocess.run(command, cwd=ROOT).returncode:
            raise BenchmarkError(f"{kind} with {domains:,} domains came to nothing")


if __name__ == "__main__":
    raise SystemExit(main())
