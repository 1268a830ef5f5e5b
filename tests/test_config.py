"""The configuration file: good files load, each bad file has one clear error."""

from __future__ import annotations

from pathlib import Path

import pytest

from exporter import config
from exporter.config import Config, ReceiversConfig, load
from exporter.queue.options import QueueOptions
from exporter.system.errors import ConfigurationError
from exporter.verdict.classify import Rule
from tests.pages import run

FOLDER = Path(__file__).parent / "config"
UNSET = {"source", "unverified", "origin"}  # for the built-in rules
GOOD = sorted((FOLDER / "good").iterdir())
BAD = sorted((FOLDER / "bad").iterdir())


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_good_files(path: Path) -> None:
    """`--config.check` accepts the file and exits with 0."""
    ended = run("--config.check", "--config.file", path)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == f"{path} is valid\n"


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_bad_files(path: Path) -> None:
    """The error names file, key, what was expected and what was found; the exit code is 2."""
    wanted = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# error: ")
    with pytest.raises(ConfigurationError) as caught:
        load(str(path))
    assert str(caught.value).startswith(f"{path}: {wanted}")
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_file_that_cannot_be_read(tmp_path: Path) -> None:
    """A missing file is one error line and exit code 2."""
    ended = run("--config.file", tmp_path / "none.yml")
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert "none.yml: cannot be read: No such file or directory" in ended.stderr


def test_everything_is_taken_over() -> None:
    """Every key of the file reaches the configuration."""
    loaded = load(str(FOLDER / "good" / "everything.yml"))
    for name in Config.__slots__:
        assert getattr(loaded, name) != getattr(Config(), name), name
    assert (loaded.domains.idle, loaded.hold) == (14 * 86400.0, 125.0)
    sockets = tuple(f"/var/spool/{name}/public/showq" for name in ("postfix", "postfix-out"))
    assert loaded.queue == QueueOptions(sockets, interval=30.0, timeout=120.0, limit=50)
    assert loaded.receivers == ReceiversConfig(by="recipient", limit=50)
    assert loaded.providers[1].domains == ("big-customer.example", "xn--bcher-kva.example")
    rule = loaded.causes[0]
    assert all(getattr(rule, name) for name in Rule.__slots__ if name not in UNSET), rule
    assert loaded.log.paths == ("/var/log/mail.log", "/srv/*/maillog")


PLACES = {
    ("/state/a:/state/b", "", "/home/u"): "/state/a/checkpoint.json",
    ("", "/xdg", "/home/u"): "/xdg/postfix-deliverability-exporter/checkpoint.json",
    ("", "", "/home/u"): "/home/u/.local/state/postfix-deliverability-exporter/checkpoint.json",
}


@pytest.mark.parametrize("environment", PLACES)
def test_default_checkpoint(
    environment: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The checkpoint lies in systemd's state folder, else in the user's."""
    for name, value in zip(("STATE_DIRECTORY", "XDG_STATE_HOME", "HOME"), environment, strict=True):
        monkeypatch.setenv(name, value)
    assert config.default_checkpoint() == PLACES[environment]
