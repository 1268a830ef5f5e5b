"""Both shells complete the flags of both commands, their choices, and files."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import time
from pathlib import Path

import pytest

from deploy.src.commands import commands
from tests.pages import ROOT
from tests.tools import tool

COMPLETIONS = ROOT / "deploy" / "completions"
TYPED = [
    ("postfix-triage --form", "--format"),
    ("postfix-triage --format ht", "html"),
    ("postfix-triage mail.l", "mail.log"),
    ("postfix-triage --config.file mail.l", "mail.log"),
    ("postfix-deliverability-exporter --checkp", "--checkpoint.file"),
    ("postfix-deliverability-exporter --log.format js", "json"),
    ("postfix-deliverability-exporter --once mail.l", "mail.log"),
]
"""A line up to where Tab is pressed, and what its last word becomes."""

_BASH = """
source "$1"
COMP_WORDS=($2) COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
"_${COMP_WORDS[0]//-/_}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with a log."""
    (tmp_path / "mail.log").touch()
    return tmp_path


@pytest.mark.parametrize(("line", "word"), TYPED)
def test_bash(line: str, word: str, folder: Path) -> None:
    """In bash Tab offers exactly that."""
    script = COMPLETIONS / "bash" / line.split()[0]
    command = [tool("bash"), "--norc", "-ec", _BASH, "bash", str(script), line]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [word]


@pytest.mark.parametrize("command", [one.name for one in commands()])
def test_bash_offers_every_flag(command: str) -> None:
    """A dash alone offers all flags."""
    known = {
        name
        for one in commands()
        if one.name == command
        for flag in one.flags
        for name in flag.names
    }
    script = COMPLETIONS / "bash" / command
    words = [tool("bash"), "--norc", "-ec", _BASH, "bash", str(script), f"{command} -"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == known


@pytest.mark.parametrize(("line", "word"), TYPED)
def test_zsh(line: str, word: str, folder: Path) -> None:
    """In zsh Tab completes the word."""
    said = _after_tab(line, folder)
    assert f"<{line[: line.rindex(' ') + 1]}{word}" in said


def _after_tab(line: str, folder: Path) -> str:
    """Type a line into a zsh of a terminal, then Tab; give what the line has become, behind a <."""
    ours, its = pty.openpty()
    own = os.environ | {"TERM": "dumb", "PS1": "", "ZDOTDIR": str(folder)}
    command = ["setsid", "--ctty", tool("zsh"), "-f", "-i"]
    with subprocess.Popen(command, cwd=folder, env=own, stdin=its, stdout=its, stderr=its) as shell:
        os.close(its)
        try:
            os.write(ours, f"{_SHOWS.format(path=COMPLETIONS / 'zsh')}\n".encode())
            _read_until(ours, b"is-ready")
            os.write(ours, f"{line}\t\x18".encode())
            return _read_until(ours, b">").decode()
        finally:
            shell.kill()
            os.close(ours)


_SHOWS = (
    "fpath=({path} $fpath); autoload -Uz compinit; compinit -D -u;"
    " show() {{ print -r -- \"<$BUFFER>\" }}; zle -N show; bindkey '^X' show; print is-r''eady"
)


def _read_until(terminal: int, end: bytes) -> bytes:
    read, deadline = b"", time.monotonic() + 30
    while end not in read:
        ready, _, _ = select.select([terminal], [], [], deadline - time.monotonic())
        assert ready, read
        read += os.read(terminal, 4096)
    return read
