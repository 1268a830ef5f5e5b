"""The web configuration at the start: good files are accepted, a bad one ends the start."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.pages import run
from tests.webconfig import FOLDER, GOOD


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_good_files(path: Path, own_certificates: Path) -> None:
    """`--config.check` accepts the file and exits with 0; the names in it are relative to it."""
    beside = shutil.copy(path, own_certificates / "web.yml")
    ended = run("--config.check", "--web.config.file", beside)
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize("flag", ["--config.check", "--log.level=info"])
def test_bad_file_at_the_start(flag: str, own_certificates: Path, tmp_path: Path) -> None:
    """A bad file, or one that is not there, is one error and exit code 2, before anything is served."""
    bad = shutil.copy(FOLDER / "bad" / "tls-key-of-another.yml", own_certificates / "web.yml")
    for path, told in ((bad, "key values mismatch"), (tmp_path / "none.yml", "cannot be read")):
        state = tmp_path / "checkpoint.json"
        ended = run(flag, "--web.config.file", path, "--checkpoint.file", state)
        assert ended.returncode == 2
        assert ended.stderr.count("\n") == 1
        assert told in ended.stderr
        assert not state.exists()


def test_password_in_the_place_of_a_hash_is_not_shown() -> None:
    """An error about a hash shows nothing of what stands there."""
    ended = run("--config.check", "--web.config.file", FOLDER / "bad" / "user-with-a-password.yml")
    assert "alice" in ended.stderr
    assert "hunter2" not in ended.stderr
