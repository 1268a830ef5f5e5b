"""The pages about postfix-triage: their commands run, and print what the pages say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from exporter.triage.cli import flag_parser
from tests.documents import text
from tests.pages import ROOT

PROGRAMS = {
    "postfix-triage": "exporter.triage",
    "postfix-deliverability-exporter": "exporter",
}
CONSOLES = [
    command
    for page in ("docs/incident.md", "README.md")
    for block in re.findall(r"(?ms)^```console\n(.*?)^```$", text(page))
    for command in re.split(r"(?m)^\$ ", block)[1:]
]
"""A command, and what it prints."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with the tests beside, and the commands as if they were installed."""
    made = tmp_path_factory.mktemp("incident")
    (made / "tests").symlink_to(ROOT / "tests")
    (made / "bin").mkdir()
    for name, module in PROGRAMS.items():
        program = made / "bin" / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m {module} "$@"\n', "utf-8")
        program.chmod(0o755)
    return made


@pytest.mark.parametrize("told", CONSOLES, ids=lambda told: told.partition("\n")[0][:60])
def test_commands_print_what_is_said(told: str, folder: Path) -> None:
    """Each command of the walk prints the lines of the page; `...` stands for any lines."""
    command, _, expected = told.partition("\n")
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    ended = subprocess.run(
        ["sh", "-c", command],
        cwd=folder,
        env=os.environ | {"PATH": path, "PYTHONPATH": str(ROOT), "TZ": "UTC"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stderr == ""
    pattern = "".join(
        r"(?:.*\n)*?" if line == "..." else re.escape(line) + r"\n"
        for line in expected.splitlines()
    )
    assert re.fullmatch(pattern, ended.stdout), ended.stdout


def test_the_walk_has_commands() -> None:
    """Every command of the walk is run, but for one block that says that it is not."""
    walk = text("docs/incident.md")
    assert len(CONSOLES) >= 10
    assert set(re.findall(r"(?m)^```(\w+)$", walk)) == {"console", "sh"}
    before, server, _ = re.split(r"(?ms)^```sh\n(.*?)^```$", walk)
    assert "no test runs it, for it needs Postfix" in before.rpartition("```")[2]
    runbook = text("alerts/runbooks/PostfixDestinationThrottled.md")
    for setting in re.findall(r"polite_\w+=\w+", server):
        assert setting.replace("=", " = ") in runbook
    entry = re.search(r"polite/unix='(.*)'", server)
    assert entry
    assert entry[1].split() in [line.split() for line in runbook.splitlines()]


def test_the_notification_is_that_of_the_readme() -> None:
    """The walk quotes the same notification."""
    quoted = re.findall(r"(?m)^> google \(provider\).*$", text("README.md"))
    assert len(quoted) == 1
    assert quoted[0] in text("docs/incident.md")


def test_options_are_documented() -> None:
    """docs/triage.md names each option, and no other."""
    table = text("docs/triage.md").partition("| option |")[2].partition("\n\n")[0]
    options = set(re.findall(r"--[\w.-]+", flag_parser().format_help()))
    assert set(re.findall(r"`(--[\w.-]+)`", table)) == options
