"""The command postfix-triage: files, times, formats, exit codes, and what it tells a person."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import os
import re
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from exporter.triage.cli import FOUND
from exporter.triage.text import WIDTH, lines
from tests.pages import CORPUS, ROOT
from tests.triage.reports import NOON, UNKNOWN, Log, corpus, every, report_of, run

THROTTLED = CORPUS / "scenario-a-ratelimit-gmail" / "mail.log"
HEALTHY = CORPUS / "scenario-f-healthy" / "mail.log"
FOLDERS = sorted(path.name for path in CORPUS.iterdir() if path.is_dir())
_ADDRESS = re.compile(r"[\w.+-]+@(?=[\w-]*[b-zB-Z])[\w-]+\.")
"""An address, and no shape of one."""


def started(
    *arguments: Path | str, data: bytes = b"", **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """Run the command as a process of its own."""
    command = [sys.executable, "-m", "exporter.triage", *map(str, arguments)]
    return subprocess.run(
        command,
        cwd=ROOT,
        input=data,
        capture_output=True,
        check=False,
        env=os.environ | environment,
    )


def test_exit_codes(tmp_path: Path) -> None:
    """0 is no problem, 3 a problem, 1 a log that cannot be read, 2 a wrong flag."""
    cases = {
        (HEALTHY,): 0,
        (THROTTLED,): FOUND,
        (tmp_path / "none.log",): 1,
        (tmp_path,): 1,
        (HEALTHY, "--since=soon"): 2,
        (HEALTHY, "--top=0"): 2,
        (HEALTHY, "--format=xml"): 2,
    }
    for arguments, code in cases.items():
        ended = started(*arguments)
        assert ended.returncode == code, arguments
        assert bool(ended.stderr) is (code in (1, 2))


def test_a_log_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The error names what cannot be read, and why."""
    ended = started(tmp_path / "none.log")
    assert ended.stderr.decode() == (
        f"postfix-triage: cannot read log {tmp_path}/none.log: there is no such file\n"
    )


def test_packed_and_rotated_logs_in_any_order(tmp_path: Path) -> None:
    """Plain and packed logs of one set, in any order, and standard input are one log."""
    whole = THROTTLED.read_bytes()
    parts = whole.splitlines(keepends=True)
    third = len(parts) // 3
    files = {
        "mail.log.2.gz": gzip.compress(b"".join(parts[:third])),
        "mail.log.1.xz": lzma.compress(b"".join(parts[third : 2 * third])),
        "mail.log": b"".join(parts[2 * third :]),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "whole.log.bz2").write_bytes(bz2.compress(whole))
    expected = report_of(THROTTLED)
    for paths in ([tmp_path / name for name in files], [tmp_path / "whole.log.bz2"]):
        for order in (paths, paths[::-1]):
            told = report_of(*order)
            assert told.problems[0].problem == expected.problems[0].problem
            assert told.lines == expected.lines
    piped = json.loads(started("--format=json", "-", data=whole).stdout)
    assert piped["lines"] == expected.lines
    assert piped["verdict"] == expected.verdict


@pytest.mark.parametrize("folder", FOLDERS)
def test_text_is_for_a_terminal_and_without_addresses(folder: str) -> None:
    """No line but a command is wider than 80 columns, and no address is in any format."""
    logs = corpus(folder)
    for line in lines(report_of(*logs)):
        assert len(line) <= WIDTH or line.startswith("   lines")
        assert line.isprintable()
    for form in ("text", "json", "html"):
        _, told = run(*logs, f"--format={form}")
        shown = "\n".join(line for line in told.splitlines() if "grep" not in line)
        assert not _ADDRESS.search(shown), form


def test_colours_are_for_a_terminal_only() -> None:
    """In a pipe there are none."""
    assert b"\033" not in started(THROTTLED).stdout


def test_the_command_for_raw_lines_works() -> None:
    """The command that is named shows the lines of the problem."""
    told = report_of(THROTTLED)
    command = told.problems[0].command
    shown = subprocess.run(command, shell=True, capture_output=True, check=True, text=True).stdout
    assert shown.count("\n") == told.problems[0].problem.failures + told.problems[0].problem.retries


TIMES = {
    "2h": timedelta(hours=2),
    "90 m": timedelta(minutes=90),
    "1d": timedelta(days=1),
    "1w": timedelta(weeks=1),
}


@pytest.mark.parametrize("said", TIMES)
def test_since_a_time_ago(said: str, tmp_path: Path) -> None:
    """A duration counts from now."""
    now = datetime.now()
    log = Log()
    for age in (TIMES[said] - timedelta(seconds=60), TIMES[said] + timedelta(seconds=60)):
        log.add((now - age).timestamp(), f"u{age.seconds}@a.example")
    path = log.write(tmp_path / "mail.log")
    _, told = run(path, f"--since={said}", "--format=json")
    assert json.loads(told)["attempts"] == 1


def test_since_yesterday_until_today(tmp_path: Path) -> None:
    """Days begin at midnight of the host."""
    midnight = datetime.now().replace(hour=0, minute=0, second=0, microsecond=0)
    log = Log()
    for hours in (-30, -20, -1, 0):
        moment = midnight + timedelta(hours=hours, seconds=1)
        log.add(moment.timestamp(), f"u{abs(hours)}@a.example")
    path = log.write(tmp_path / "mail.log")
    _, told = run(path, "--since=yesterday", "--until=today", "--format=json")
    assert json.loads(told)["attempts"] == 2
    _, told = run(path, "--since", midnight.isoformat(), "--format=json")
    assert json.loads(told)["attempts"] == 1


def test_top(tmp_path: Path) -> None:
    """No more than is asked for."""
    log = Log()
    for number in range(30):
        log.add_many(every(600, NOON, NOON + 3600), f"d{number}.example", UNKNOWN, "5.1.1")
    _, told = run(log.write(tmp_path / "mail.log"), "--top=5", "--format=json")
    assert len(json.loads(told)["destinations"]) == 5
