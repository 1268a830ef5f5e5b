"""Docker compose itself reads the files; it needs no engine for that."""

from __future__ import annotations

import os
import subprocess

import pytest
import yaml

from tests.deploy.composed import COMPOSE, DEMO, MAIN, services


def config(*files: str) -> subprocess.CompletedProcess[str]:
    """Let docker compose merge the files and print what it makes of them."""
    named = [word for file in files for word in ("--file", file)]
    return subprocess.run(
        ["docker-compose", *named, "config"],
        cwd=COMPOSE,
        env=os.environ | {"GRAFANA_PASSWORD": "secret"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("files", [(MAIN,), (MAIN, DEMO)], ids=["usual", "demo"])
def test_compose_reads_the_files(files: tuple[os.PathLike[str], ...]) -> None:
    """It takes them without a complaint, and starts as many services as we think."""
    done = config(*map(str, files))
    assert (done.returncode, done.stderr) == (0, "")
    asked = {
        name
        for name, service in services(*(MAIN, DEMO)[: len(files)]).items()
        if "profiles" not in service
    }
    merged = yaml.safe_load(done.stdout)["services"]
    assert set(merged) == asked
    for name in asked:
        ours = services(*(MAIN, DEMO)[: len(files)])[name]
        assert merged[name]["command"] == ours["command"] if "command" in ours else True
        assert len(merged[name]["volumes"]) == len(ours["volumes"])


def test_password_is_asked_for() -> None:
    """Without a password for Grafana nothing starts, and the message names the variable."""
    done = subprocess.run(
        ["docker-compose", "config"], cwd=COMPOSE, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "GRAFANA_PASSWORD" in done.stderr
