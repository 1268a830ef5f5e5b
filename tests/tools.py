"""Programs of Debian's packages that tests run for real."""

from __future__ import annotations

import shutil

import pytest

PACKAGES = {"promtool": "prometheus", "setpriv": "util-linux"}


def tool(name: str) -> str:
    """Give the program's path; fail the test and say what to install when it is missing."""
    path = shutil.which(name)
    if path is None:
        pytest.fail(f"{name} is missing: install Debian's package {PACKAGES.get(name, name)}")
    return path
