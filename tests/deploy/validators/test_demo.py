"""The demo in containers tells its incident, with the services' own commands, paths, names and bounds."""

from __future__ import annotations

import json
import re
import subprocess
from contextlib import ExitStack
from pathlib import Path

from tests.deploy.composed import DEMO, MAIN, services
from tests.deploy.validators.engineless import engineless, started
from tests.pages import ROOT
from tests.service import eventually

WATCHING = ("exporter", "prometheus", "alertmanager")
PATIENCE = 120.0
"""Seconds until the notification; the log is written for two and a quarter minutes."""


def test_demo_tells(tmp_path: Path) -> None:
    """After its first service has prepared it, the others run, and the last one prints the notification."""
    all_services = services(MAIN, DEMO)
    asked = {name: all_services[name] for name in (*WATCHING, "demo-files", "demo")}
    with engineless(asked, tmp_path) as host, ExitStack() as stack:
        with started(host.command("demo-files"), tmp_path / "demo-files.log") as first:
            assert first.wait(60) == 0, (tmp_path / "demo-files.log").read_text()
        for name in WATCHING:
            stack.enter_context(started(host.command(name), tmp_path / f"{name}.log"))
        health = host.command("exporter", *_health_check())
        eventually(lambda: subprocess.run(health, check=False).returncode == 0)
        said = tmp_path / "demo.log"
        demo = stack.enter_context(started(host.command("demo"), said))
        eventually(
            lambda: "gmail.com" in said.read_text() or demo.poll() is not None, PATIENCE, 0.5
        )
        assert "asks us to come back slower" in said.read_text()
        forbidden = host.command("exporter", "touch", "/written", "/incident/mail.log.x", "/app/x")
        assert subprocess.run(forbidden, capture_output=True, check=False).returncode != 0


def _health_check() -> list[str]:
    """Give the command of the image's health check."""
    text = (ROOT / "Dockerfile").read_text("utf-8")
    found = re.search(r"(?s)HEALTHCHECK .*?CMD (\[.*?\])", text)
    assert found
    words: list[str] = json.loads(found[1])
    return words
