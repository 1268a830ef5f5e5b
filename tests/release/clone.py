"""Clones of this tree, as it is now, in which releases are tried."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.pages import ROOT

_WHO = ["-c", "user.name=Nobody", "-c", "user.email=nobody@example.org"]


def clone(folder: Path, source: Path | None = None) -> Path:
    """Clone another clone, or make a repository of what git knows of this tree."""
    if source:
        subprocess.run(
            ["git", "clone", "--quiet", "--shared", str(source), str(folder)], check=True
        )
        return folder
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    for name in filter(None, listed.stdout.decode().split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main"], cwd=folder, check=True)
    commit(folder)
    return folder


def commit(tree: Path) -> None:
    """Commit all that changed."""
    subprocess.run(["git", "add", "--all"], cwd=tree, check=True)
    subprocess.run(
        ["git", *_WHO, "commit", "--quiet", "--message", "A change"], cwd=tree, check=True
    )


def dated(tree: Path) -> Path:
    """Write a day behind the version of the changelog, as one does for a release."""
    changelog = tree / "CHANGELOG.md"
    text = re.sub(
        r"(?m)^(## \S+) \(.*\)$", r"\1 (2026-11-29)", changelog.read_text("utf-8"), count=1
    )
    changelog.write_text(text, "utf-8")
    commit(tree)
    return tree


def released(tree: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Make a release of it."""
    own = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    who = {
        f"GIT_{role}_{what}": value
        for role in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "Nobody"), ("EMAIL", "nobody@example.org"))
    }
    return subprocess.run(
        ["sh", "scripts/release", *words],
        cwd=tree,
        env=own | who | {"PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=False,
    )
