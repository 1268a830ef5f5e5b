"""Programs of Debian's packages that tests run for real."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

PACKAGES = dict(
    line.split(":")
    for line in Path(__file__).with_name("tools.txt").read_text().splitlines()
    if not line.startswith("#")
)
"""Each program with the package that has it, as `scripts/install-tools` reads them too."""


def tool(name: str) -> str:
    """Give the program's path; fail the test and say what to install when it is missing."""
    package = PACKAGES[name].replace("|", " or ")
    path = shutil.which(name)
    if path is None:
        pytest.fail(f"{name} is missing: install Debian's package {package}")
    return path
