"""The command line: flags, `--once`, exit codes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from exporter import __version__
from tests.lines import line, lines
from tests.pages import CORPUS, ROOT, attempts, once, run, samples

WRONG = {
    "unknown flag": (["--no.such.flag"], "unrecognized arguments: --no.such.flag"),
    "abbreviation": (["--onc"], "unrecognized arguments"),
    "level": (["--log.level", "loud"], "invalid choice: 'loud'"),
    "format": (["--log.format", "xml"], "invalid choice: 'xml'"),
    "address": (["--web.listen-address", "9154"], "expected host:port or :port"),
    "port": (["--web.listen-address", ":99999"], "expected host:port or :port"),
    "IPv6": (["--web.listen-address", "::1:9154"], "expected brackets round an IPv6 address"),
    "path": (["--web.telemetry-path", "metrics"], "expected a path below /"),
    "path of another page": (["--web.telemetry-path", "/-/ready"], "expected a path below /"),
    "path with a query": (["--web.telemetry-path", "/metrics?x"], "expected a path below /"),
    "nothing for a log": (["--postfix.logfile-path", ""], "expected a name"),
    "nothing for a file": (["--config.file", ""], "expected a name"),
    "checked with a wrong flag": (
        ["--config.check", "--web.listen-address=x"],
        "expected host:port",
    ),
    "value missing": (["--config.file"], "expected one argument"),
    "web configuration": (["--web.config.file", "web.yml"], "web.yml: cannot be read"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_wrong_flags(kind: str, tmp_path: Path) -> None:
    """A wrong flag is an error that names it; exit code 2."""
    flags, told = WRONG[kind]
    ended = run(*flags, "--checkpoint.file", tmp_path / "c.json")
    assert ended.returncode == 2
    assert told in ended.stderr


def test_version() -> None:
    """`--version` names the program and its version."""
    ended = run("--version")
    assert ended.returncode == 0
    assert f"postfix-deliverability-exporter, version {__version__}" in ended.stdout


UNREADABLE = {"missing.log": "No such file or directory", "none-*.log": "no file matches"}


@pytest.mark.parametrize("name", UNREADABLE)
def test_once_on_what_cannot_be_read(name: str, tmp_path: Path) -> None:
    """`--once` prints nothing but one error for a file that cannot be read; exit code 1."""
    ended = run("--once", "--postfix.logfile-path", tmp_path / name)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.count("\n") == 1
    assert f"cannot read log {tmp_path / name}: {UNREADABLE[name]}" in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("exporter", "--once"), "postfix-deliverability-exporter --once -"),
        (("exporter.triage",), "postfix-triage -"),
        (("exporter", "--once", "-"), ""),
        (("exporter.triage", "-"), ""),
    ],
)
def test_lines_in_a_pipe(arguments: tuple[str, ...], hint: str, tmp_path: Path) -> None:
    """Who pipes a log in and does not name standard input is told how; who does, is not."""
    config = tmp_path / "config.yml"
    config.write_text(f"log: {{paths: [{tmp_path / 'mail.log'}]}}\n")
    (tmp_path / "mail.log").write_bytes(line())
    (tmp_path / "piped.log").write_bytes(lines(0, 3))
    command = f"cat {tmp_path / 'piped.log'} | {sys.executable} -m {' '.join(arguments)}"
    ended = subprocess.run(
        ["sh", "-c", f"{command} --config.file {config}"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0
    assert ended.stdout
    assert ended.stderr.count("standard input is not read") == bool(hint)
    assert hint in ended.stderr


def test_once_on_a_damaged_packed_file(tmp_path: Path) -> None:
    """A packed file that ends too early is one error; exit code 1."""
    packed = (CORPUS / "rotation-create" / "mail.log.3.gz").read_bytes()
    (tmp_path / "mail.log.3.gz").write_bytes(packed[:-99])
    ended = run("--once", "--postfix.logfile-path", tmp_path / "mail.log.3.gz")
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (1, "", 1)


def test_once_reads_the_named_files_only() -> None:
    """A named live file is read alone; the same set in any order counts the same."""
    folder = CORPUS / "rotation-create"
    alone = attempts(once(folder / "mail.log"))
    names = ["mail.log", "mail.log.2.gz", "mail.log.1", "mail.log.3.gz"]
    assert 0 < alone.total() < attempts(once(folder / "mail.log*")).total()
    assert (
        once(*(folder / name for name in names))["postfix_delivery_delay_seconds_sum"]
        == (once(folder / "mail.log*")["postfix_delivery_delay_seconds_sum"])
    )


def test_once_reads_an_unfinished_last_line(tmp_path: Path) -> None:
    """Nothing follows a whole file: its last line counts without a newline."""
    (tmp_path / "mail.log").write_bytes(lines(0, 3)[:-1])
    assert attempts(once(tmp_path / "mail.log")).total() == 3


def test_once_leaves_nothing_behind(tmp_path: Path) -> None:
    """`--once` writes no checkpoint and needs none."""
    (tmp_path / "mail.log").write_bytes(line())
    ended = run("--once", "--postfix.logfile_path", tmp_path / "mail.log")
    assert attempts(samples(ended.stdout)).total() == 1
    assert [path.name for path in tmp_path.iterdir()] == ["mail.log"]


def test_once_into_a_closed_pipe() -> None:
    """A reader that went away is no traceback."""
    end, begin = os.pipe()
    os.close(end)
    log = str(CORPUS / "mixed-maillog" / "maillog")
    command = [sys.executable, "-m", "exporter", "--once", log]
    with open(begin, "wb") as closed:
        ended = subprocess.run(
            command, cwd=ROOT, stdout=closed, stderr=subprocess.PIPE, check=False
        )
    assert (ended.returncode, ended.stderr) == (1, b"")


def test_flags_win_over_the_file(tmp_path: Path) -> None:
    """A flag replaces what the file says."""
    (tmp_path / "a.log").write_bytes(line())
    config = tmp_path / "exporter.yml"
    config.write_text("log: {paths: /nonexistent}\n")
    page = once(tmp_path / "a.log", f"--config.file={config}")
    assert attempts(page).total() == 1
