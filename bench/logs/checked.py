"""A generated log of which it is known that the truth beside it is true."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bench.program import ROOT, BenchmarkError


def generate(log: Path, *flags: str) -> None:
    """Generate a log, and read it line by line to see that the truth beside it is true.

    Both in processes of their own, so that this one stays small: see bench.peers.contest.Usage.
    """
    command = [sys.executable, "-m", "bench.logs.generate", "--out", str(log), *flags]
    subprocess.run(command, check=True, cwd=ROOT)
    if subprocess.run([sys.executable, "-m", "bench.logs.strict", str(log)], cwd=ROOT).returncode:
        raise BenchmarkError("the log is not what the generator says")
