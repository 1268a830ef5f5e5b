"""The README's commands on a Debian 13 as it is installed, and no word of configuration."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pages import ROOT, Samples, attempts, samples
from tests.postfix.debian import PATIENCE, SYSTEMD, Debian, debian, receivers
from tests.postfix.postfix import send
from tests.postfix.receivers import ANSWERS, ENDING, PORT, answered
from tests.service import eventually

USER = "exporter"
PROGRAM = f"/home/{USER}/exporter/bin/postfix-deliverability-exporter"
HOLD = 65.0
"""Seconds for which a new series shows 0."""

_SCRAPE = (
    "import urllib.request as u; print(u.urlopen('http://127.0.0.1:9154/metrics').read().decode())"
)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Debian]:
    """Boot a Debian 13 that has Postfix, and no syslog daemon."""
    with debian("trixie", tmp_path, SYSTEMD) as booted:
        eventually(lambda: is_active(booted, "postfix"), PATIENCE)
        assert not (booted.root / "usr/sbin/rsyslogd").exists()
        yield booted


def is_active(host: Debian, unit: str) -> bool:
    """Whether a unit is active."""
    asking = subprocess.run(
        host.inside("systemctl", "--quiet", "is-active", unit), capture_output=True, check=False
    )
    return asking.returncode == 0


def as_user(script: str) -> tuple[str, ...]:
    """Give a command that runs a script as a user who may read the journal, in the project."""
    return ("runuser", "--login", USER, "--command", f"cd /project && {script}")


def install(host: Debian) -> None:
    """Follow the README as that user, up to the first start."""
    host.run("useradd", "--create-home", "--groups", "adm", USER)
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    packed = subprocess.run(
        ["tar", "c", "--null", "--files-from=-"],
        cwd=ROOT,
        input=listed.stdout,
        capture_output=True,
        check=True,
    )
    project = host.root / "project"
    project.mkdir()
    subprocess.run(["tar", "x", "-C", project], input=packed.stdout, check=True)
    host.run("chown", "-R", USER, "/project")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    block = next(
        block for block in re.findall(r"(?s)```sh\n(.*?)```", readme) if "pip install" in block
    )
    done = subprocess.run(
        host.online(*as_user(f"set -ex\n{block}")), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def page(host: Debian) -> Samples:
    """Scrape."""
    command = host.on_its_network(sys.executable, "-c", _SCRAPE)
    return samples(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def said(host: Debian) -> str:
    """Give the exporter's own log."""
    return host.run("journalctl", f"--unit={USER}", "--output=cat")


def test_counters_appear_from_the_journal(host: Debian, tmp_path: Path) -> None:
    """Installed as the README says and started without a flag, it finds the journal, and counts from the first mail on."""
    install(host)
    host.run("postconf", "-e", f"relayhost = [192.0.2.25]:{PORT}")
    host.run("systemctl", "reload", "postfix")
    host.run("systemd-run", f"--unit={USER}", f"--uid={USER}", PROGRAM)
    eventually(lambda: "serving http" in said(host), PATIENCE)
    assert "no log is named: reading the journal" in said(host)
    record = tmp_path / "record"
    with receivers(host, record):
        wishes = [wish for wish in ANSWERS if wish not in ENDING]
        assert send(host, [f"{wish}.1@{wish}.example" for wish in wishes]).wait() == 0
        eventually(lambda: answered(record).total() > len(wishes), PATIENCE)
        eventually(
            lambda: attempts(page(host)).total() >= answered(record).total(), HOLD + PATIENCE, 1
        )
        assert attempts(page(host)) == answered(record)
