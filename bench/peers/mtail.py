"""mtail, with a program that counts by domain, class, code and status, or with its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bench.logs.generate import truth_path
from bench.logs.truth import compare_page
from bench.peers.contest import Contestant
from bench.program import BenchmarkError

PROGRAM = Path(__file__).with_name("deliveries.mtail")


def mtail(log: Path, folder: Path) -> Contestant:
    """Give mtail with the program of this folder; each count must be true."""
    return _reading(log, folder, PROGRAM, partial(compare_page, truth_path(log)))


def mtail_with_its_own(log: Path, folder: Path, check: Callable[[str], None]) -> Contestant:
    """Give mtail with the program for Postfix that its package has among the examples."""
    return _reading(log, folder, _own_program(), check)


def _reading(log: Path, folder: Path, program: Path, check: Callable[[str], None]) -> Contestant:
    command = ["mtail", "--one_shot", "--one_shot_format=prometheus", f"--logs={log}"]
    command += [f"--progs={program}", f"--log_dir={folder}"]
    return Contestant(f"mtail, {program.name}", command, check)


def _own_program() -> Path:
    """Give where it is: in what scripts/newer-peers unpacked, or installed here."""
    examples = "usr/share/doc/mtail/examples/postfix.mtail"
    unpacked = Path(shutil.which("mtail") or "").parents[1] / "sid"
    for root in (unpacked, Path("/")):
        if (root / examples).exists():
            return root / examples
    raise BenchmarkError(f"{examples} is missing; make bench fetches it")
