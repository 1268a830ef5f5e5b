"""Wheel and source distribution install without a compiler, and hold all that the commands need."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from exporter import __version__
from tests.documents import PROJECT
from tests.pages import ROOT, attempts, samples

NAME = f"postfix_deliverability_exporter-{__version__}"
KINDS = {"wheel": f"{NAME}-py3-none-any.whl", "sdist": f"{NAME}.tar.gz"}
COMMANDS = tuple(PROJECT["project"]["scripts"])
FOUND = 3
"""postfix-triage's exit code for a problem."""

_BUILD = "import sys, setuptools.build_meta as to; getattr(to, f'build_{sys.argv[1]}')(sys.argv[2])"


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an environment; give its programs."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    return folder / "bin"


def install(programs: Path, *named: str | Path) -> None:
    """Install, with what others have built alone for all that is needed."""
    pip: list[str | Path] = [
        programs / "python",
        "-m",
        "pip",
        "--quiet",
        "--disable-pip-version-check",
    ]
    command = [*pip, "install", "--only-binary=:all:", "--constraint", ROOT / "constraints.txt"]
    subprocess.run([*command, *named], check=True)


@pytest.fixture(scope="module")
def distributions(programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build both of the project's files; give their folder."""
    source, built = (tmp_path_factory.mktemp(name) for name in ("source", "built"))
    for name in ("exporter", "pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, source / name)
    install(programs, "setuptools>=77")
    for kind in KINDS:
        command = [str(programs / "python"), "-c", _BUILD, kind, str(built)]
        subprocess.run(command, cwd=source, check=True, capture_output=True)
    return built


def test_both_are_built(distributions: Path) -> None:
    """One file for each, for every Python 3 and every machine."""
    assert {path.name for path in distributions.iterdir()} == set(KINDS.values())


@pytest.mark.parametrize("kind", KINDS)
def test_installed_without_a_compiler(
    kind: str, distributions: Path, programs: Path, tmp_path: Path
) -> None:
    """With wheels alone for all that it needs it installs, and both commands work anywhere."""
    for name in COMMANDS:
        (programs / name).unlink(missing_ok=True)
    install(programs, "--force-reinstall", distributions / KINDS[kind])
    log = ROOT / "examples" / "incident.log"
    report = [str(programs / "postfix-triage"), "--quiet", str(log)]
    told = subprocess.run(report, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (told.returncode, told.stderr) == (FOUND, "")
    once = [str(programs / "postfix-deliverability-exporter"), "--once", str(log)]
    page = subprocess.run(once, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert attempts(samples(page)).total() > 0
