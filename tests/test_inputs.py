"""What is read where nothing is named, and what of the configuration is."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from exporter import inputs
from exporter.config import Config, LogConfig
from exporter.inputs import named
from exporter.sources.journalctl import JournalOptions

MAY_NOT = "may not be read"
CHOICES = {
    "the first usual log": (("mail.log", "maillog"), None, ("mail.log",), "mail.log, which exists"),
    "the other usual log": (("maillog",), None, ("maillog",), "maillog, which exists"),
    "the journal": ((), None, ("journal",), "reading the journal, for there is no"),
    "no journal": ((), MAY_NOT, ("mail.log",), MAY_NOT),
}


@pytest.mark.parametrize("name", CHOICES)
def test_choice_by_itself(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The usual files if they exist, else the journal if it may be read; which and why is said."""
    existing, why_not, chosen, says = CHOICES[name]
    usual = tuple(str(tmp_path / log) for log in ("mail.log", "maillog"))
    monkeypatch.setattr(inputs, "USUAL_LOGS", usual)
    monkeypatch.setattr(inputs, "may_be_read", lambda _: why_not)
    # that of the exporter goes to standard error alone, once a command has run in this process
    monkeypatch.setattr(inputs, "log", logging.getLogger("tests.inputs"))
    for log in existing:
        (tmp_path / log).touch()
    with caplog.at_level(logging.INFO):
        read = named(Config()).log.names()
    assert tuple(name.removeprefix(f"{tmp_path}/") for name in read) == chosen
    assert says in caplog.text


NAMED = {
    "files": LogConfig(paths=("/srv/mail.log",)),
    "standard input": LogConfig(paths=("-",)),
    "the journal": LogConfig(journal=JournalOptions()),
}


@pytest.mark.parametrize("name", NAMED)
def test_what_is_named_is_read(name: str) -> None:
    """A source that is named is the only one."""
    config = Config(log=NAMED[name])
    assert named(config) is config
