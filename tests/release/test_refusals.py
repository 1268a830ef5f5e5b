"""`make release` refuses what is not ready, names it, and changes nothing."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from exporter import __version__
from tests.release.clone import clone, commit, dated, released


def _leave_a_file(tree: Path) -> None:
    (tree / "new.txt").touch()


def _tag(tree: Path) -> None:
    subprocess.run(["git", "tag", f"v{__version__}"], cwd=tree, check=True)


def _edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    """Give what changes a file and commits it."""

    def change(tree: Path) -> None:
        text = (tree / name).read_text("utf-8")
        assert old in text
        (tree / name).write_text(text.replace(old, new, 1), "utf-8")
        commit(tree)

    return change


_OTHER = "newTag: 9.9.9"

REFUSED = {
    "not committed": (_leave_a_file, "there are changes that are not committed"),
    "tagged": (_tag, f"the tag v{__version__} is there already"),
    "other version": (
        _edit("exporter/__init__.py", f'"{__version__}"', '"9.9.9"'),
        "exporter/__init__.py has another version",
    ),
    "other Debian version": (
        _edit("debian/changelog", f"({__version__})", "(9.9.9)"),
        "the newest entry of debian/changelog",
    ),
    "not for release": (
        _edit("debian/changelog", "unstable", "UNRELEASED"),
        "debian/changelog says UNRELEASED",
    ),
    **{
        f"other version in {name}": (_edit(name, old, new), f"{name} names another")
        for name, old, new in (
            ("deploy/kubernetes/daemonset/kustomization.yaml", f"newTag: {__version__}", _OTHER),
            ("deploy/kubernetes/sidecar/kustomization.yaml", f"newTag: {__version__}", _OTHER),
            ("docs/kubernetes.md", f"newTag: {__version__}", _OTHER),
            ("docs/debian.md", f"_{__version__}_all.deb", "_9.9.9_all.deb"),
        )
    },
    "man page": (
        _edit("deploy/man/postfix-triage.1", f"triage {__version__}", "triage 9.9.9"),
        "what `make docs` writes is not up to date",
    ),
    "no day": (
        _edit("CHANGELOG.md", "(2026-11-29)", "(unreleased)"),
        "the newest heading of CHANGELOG.md is not",
    ),
    "no entry": (
        _edit("CHANGELOG.md", "\n- ", "\n## 0.0.1 (2026-01-01)\n\n- "),
        "CHANGELOG.md has no entry for it",
    ),
}


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a clone that is ready."""
    return dated(clone(tmp_path_factory.mktemp("ready") / "tree"))


@pytest.mark.parametrize("what", REFUSED)
def test_refused(what: str, ready: Path, tmp_path: Path) -> None:
    """What is missing is said in one line; nothing is built or tagged."""
    spoil, said = REFUSED[what]
    tree = clone(tmp_path / "tree", ready)
    spoil(tree)
    done = released(tree, __version__)
    assert done.returncode == 1
    assert done.stderr.startswith(f"release {__version__}: {said}")
    assert len(done.stderr.splitlines()) == 1
    assert not (tree / "dist").exists()


@pytest.mark.parametrize("version", ["", "1.0", "v1.0.0", "1.0.0-rc1"])
def test_no_version(version: str, ready: Path) -> None:
    """A version is three numbers."""
    done = released(ready, version)
    assert done.returncode != 0
    assert "X.Y.Z" in done.stderr or "release VERSION" in done.stderr
