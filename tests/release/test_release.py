"""A release is complete, right, and the same again; only one that is no dry run is tagged."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from exporter import __version__
from tests.documents import text
from tests.pages import ROOT
from tests.release.clone import clone, dated, released

NAME = "postfix-deliverability-exporter"
PYTHON_NAME = NAME.replace("-", "_")
FILES = {
    f"{PYTHON_NAME}-{__version__}-py3-none-any.whl",
    f"{PYTHON_NAME}-{__version__}.tar.gz",
    f"{NAME}_{__version__}_all.deb",
    f"{NAME}-{__version__}.cdx.json",
    "SHA256SUMS",
}
SAME_AGAIN = [name for name in FILES if name.endswith((".whl", ".json"))]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a clone that is ready, in which a dry run was made."""
    made = dated(clone(tmp_path_factory.mktemp("ready") / "tree"))
    done = released(made, __version__, "--dry-run")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing was tagged" in done.stdout
    assert _git(made, "tag") == ""
    assert _git(made, "status", "--porcelain") == ""
    return made


def _git(tree: Path, *words: str) -> str:
    return subprocess.run(
        ["git", *words], cwd=tree, capture_output=True, text=True, check=True
    ).stdout


def _digests(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if path.name != "SHA256SUMS"
    }


@pytest.fixture(scope="module")
def folder(tree: Path) -> Path:
    """Give where its files are."""
    return tree / "dist" / __version__


def test_complete(folder: Path) -> None:
    """All files are there, and the sums are theirs."""
    assert {path.name for path in folder.iterdir()} == FILES
    lines = (folder / "SHA256SUMS").read_text().splitlines()
    assert {name: digest for digest, name in (line.split() for line in lines)} == _digests(folder)


def test_bill_of_materials(folder: Path) -> None:
    """It names each dependency at the version of constraints.txt, and no path of the machine that made it."""
    told = (folder / f"{NAME}-{__version__}.cdx.json").read_text()
    assert json.loads(told)["specVersion"] == "1.6"
    assert "file:" not in told
    found = {one["name"].lower(): one["version"] for one in json.loads(told)["components"]}
    assert found.pop(NAME) == __version__
    pinned = dict(re.findall(r"(?m)^([\w.-]+)==(\S+)$", text("constraints.txt").lower()))
    assert found == {name: pinned[name] for name in found}
    assert {"pygtail", "bcrypt", "prometheus_client"} <= set(found)


def test_source_distribution_is_enough(folder: Path) -> None:
    """What is in the wheel is in the source distribution."""
    with zipfile.ZipFile(folder / f"{PYTHON_NAME}-{__version__}-py3-none-any.whl") as wheel:
        packed = {name for name in wheel.namelist() if name.startswith("exporter/")}
    with tarfile.open(folder / f"{PYTHON_NAME}-{__version__}.tar.gz") as source:
        given = {name.partition("/")[2] for name in source.getnames()}
    assert packed
    assert packed <= given


def test_source_distribution_installs(folder: Path, tmp_path: Path) -> None:
    """Pip makes a wheel of the source distribution and installs it where no compiler works, and the command starts."""
    python = tmp_path / "installed/bin/python"
    own = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    install = "-m pip --quiet --disable-pip-version-check install --only-binary=:all:".split()
    source = folder / f"{PYTHON_NAME}-{__version__}.tar.gz"
    for command in (
        [sys.executable, "-m", "venv", str(python.parents[1])],
        [str(python), *install, f"--constraint={ROOT / 'constraints.txt'}", f"{source}[auth]"],
    ):
        subprocess.run(command, env=own | {"CC": "false"}, check=True)
    said = subprocess.run(
        [python.with_name(NAME), "--version"], env=own, capture_output=True, text=True, check=True
    )
    assert said.stdout.startswith(f"{NAME}, version {__version__} ")


def test_released(tree: Path, folder: Path) -> None:
    """Without --dry-run the same is built again, and the commit is tagged with the changelog's entries."""
    before = _digests(folder)
    done = released(tree, __version__)
    assert done.returncode == 0, done.stdout + done.stderr
    after = _digests(folder)
    assert {name: after[name] for name in SAME_AGAIN} == {name: before[name] for name in SAME_AGAIN}
    assert _git(tree, "rev-list", "-1", f"v{__version__}") == _git(tree, "rev-parse", "HEAD")
    told = _git(tree, "tag", "--list", "--format=%(contents)", f"v{__version__}")
    assert told.startswith(f"{NAME} {__version__}\n\n- [")
    assert told.count("\n- ") == text("CHANGELOG.md").split("\n## ")[1].count("\n- ")
