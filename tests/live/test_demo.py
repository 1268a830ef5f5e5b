"""`make demo` shows an incident to the end, and leaves nothing, however it ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.pages import ROOT
from tests.service import eventually
from tests.tools import tool

COMMAND = ["make", "demo", f"VENV={sys.prefix}", f"--old-file={sys.prefix}/run"]
"""In the environment of the tests, as it is."""

LONGEST = 100.0
"""Seconds that it may take on a busy machine."""


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    """Give an empty folder for temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


@contextmanager
def running(temporary: Path, *command: str) -> Iterator[subprocess.Popen[str]]:
    """Run it as from a terminal of its own; what is left of its session at the end is killed."""
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(temporary), "COLUMNS": "100"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        for number in left(temporary):
            os.kill(number, signal.SIGKILL)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def left(temporary: Path) -> list[int]:
    """Give the processes that work in the folder or below, or are told of it."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            at = os.readlink(process / "cwd")
            command = (process / "cmdline").read_bytes().decode(errors="replace")
        except OSError:  # it has ended meanwhile
            continue
        if at.startswith(str(temporary)) or str(temporary) in command:
            found.append(int(process.name))
    return found


def is_watched(temporary: Path) -> bool:
    """Whether exporter, Prometheus and Alertmanager run, and the log is being written."""
    logs = list(temporary.glob("*/mail.log"))
    return len(left(temporary)) >= 3 and bool(logs) and logs[0].stat().st_size > 0


def test_whole_incident(temporary: Path) -> None:
    """It names its pages, shows the alert pending, firing and told, then the report, and ends by itself."""
    with running(temporary, *COMMAND) as process:
        said, _ = process.communicate(timeout=LONGEST)
        assert process.returncode == 0, said
        assert not left(temporary)
    assert not list(temporary.iterdir())
    parts = (
        r"the exporter's page  http://127\.0\.0\.1:\d+/\n",
        r"Prometheus           http://127\.0\.0\.1:\d+/alerts\n",
        r"\d\d:\d\d  pending  PostfixDestinationThrottled provider google\n",
        r"\d\d:\d\d  firing   PostfixDestinationThrottled provider google\n",
        r"  \| \[FIRING warning\] postfix: A receiver throttles our mail\.\n",
        r"  \| \* google \(provider\), job postfix: \d+ messages refused in 2h",
        r"\n\$ postfix-triage examples/incident\.log\nGoogle \(Gmail, Workspace\) throttles your mail",
    )
    at = 0
    for part in parts:
        found = re.compile(part).search(said, at)
        assert found, f"{part} is not behind {said[:at][-200:]!r} in:\n{said}"
        at = found.start()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ended_by_a_person(number: int, temporary: Path) -> None:
    """Ctrl-C, a signal to end, or a closed terminal end all of it, and the folder is gone."""
    heard = "--default-signal=INT,HUP"  # what a shell or nohup lets a program ignore
    with running(temporary, "env", heard, sys.executable, "-m", "demo") as process:
        eventually(lambda: is_watched(temporary), LONGEST)
        os.killpg(process.pid, number)
        said, _ = process.communicate(timeout=LONGEST)
        assert process.returncode == 130
        assert not left(temporary)
    assert said.endswith("Ended: nothing runs, and the temporary folder is gone.\n")
    assert not list(temporary.iterdir())


def test_killed(temporary: Path) -> None:
    """What it started ends with it, even when nobody is there to put it away."""
    with running(temporary, sys.executable, "-m", "demo") as process:
        eventually(lambda: is_watched(temporary), LONGEST)
        process.kill()
        eventually(lambda: not left(temporary))


def test_program_is_missing(temporary: Path, tmp_path: Path) -> None:
    """Without Alertmanager it says which package to install, and leaves nothing."""
    (tmp_path / "setpriv").symlink_to(tool("setpriv"))
    with running(temporary, "env", f"PATH={tmp_path}", sys.executable, "-m", "demo") as process:
        said, _ = process.communicate(timeout=LONGEST)
        assert process.returncode == 1
    name = "prometheus-alertmanager"
    assert f"demo: {name} is missing: install Debian's package {name}\n" in said
    assert not list(temporary.iterdir())
