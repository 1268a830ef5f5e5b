"""Memory that is free again is given back."""

from __future__ import annotations

import subprocess
import sys

from tests.pages import ROOT

_BLOCKS = """
from exporter.system.allocator import give_back_large_blocks

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096

assert give_back_large_blocks()
bytes(16 << 20)  # after the first one, glibc would keep blocks up to this size
before = resident()
blocks = [bytearray(b"x") * (1 << 20) for _ in range(32)]
last = [bytes(600) for _ in range(1000)]  # what stands behind them
del blocks
assert resident() - before < 8 << 20, resident() - before
"""


def test_large_blocks_are_given_back() -> None:
    """With glibc, freed blocks of a megabyte are not kept, whatever was freed before."""
    ended = subprocess.run(
        [sys.executable, "-c", _BLOCKS], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
