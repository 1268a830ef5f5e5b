"""The script that installs what the tests need, with an apt that only writes down what it is told."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.pages import ROOT

SCRIPT = ROOT / "scripts/install-tools"
APT = {
    "apt-get": 'echo "$*" >>"$0.log"',
    "apt-cache": '[ "$1" = show ] && [ "$2" != unknown ]',
    "sudo": '[ "$1" = -n ] && shift; exec "$@"',
}


@pytest.fixture
def apt(tmp_path: Path) -> Path:
    """Give a folder of programs that stand for apt's."""
    for name, body in APT.items():
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\n{body}\n")
        program.chmod(0o755)
    return tmp_path


def install(apt: Path, *named: str) -> subprocess.CompletedProcess[str]:
    """Run the script with this apt first in the path."""
    path = f"{apt}:{os.environ['PATH']}"
    command = ["sh", str(SCRIPT), *named]
    return subprocess.run(
        command, env=os.environ | {"PATH": path}, check=True, capture_output=True, text=True
    )


@pytest.mark.parametrize(
    ("named", "installed"),
    [
        (["no-such:one"], "one"),
        (["no-such:one", "sh:dash", "no-such-either:two"], "one two"),
        (["no-such:newer|older"], "newer"),
        (["no-such:unknown|older"], "older"),
        (["no-such:unknown|unknown|oldest"], "oldest"),
    ],
)
def test_installs_what_is_missing(apt: Path, named: list[str], installed: str) -> None:
    """The packages of missing commands are installed in one go, each by the first known name."""
    install(apt, *named)
    update, packages = (apt / "apt-get.log").read_text().splitlines()
    assert update == "-qq update"
    assert packages == f"-qq install -y --no-install-recommends {installed}"


def test_nothing_is_missing(apt: Path) -> None:
    """Where everything is there apt is not asked."""
    assert install(apt, "sh:dash").stdout == ""
    assert not (apt / "apt-get.log").exists()


def test_cannot_install(apt: Path) -> None:
    """When apt fails the script says what is missing and goes on."""
    (apt / "apt-get").write_text("#!/bin/sh\nexit 100\n")
    assert "missing and not installed: one" in install(apt, "no-such:one").stderr
