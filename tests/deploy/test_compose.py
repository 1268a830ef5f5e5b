"""The compose files mount what is there, start programs with flags that they know, and bound them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from exporter import flags
from tests.deploy.composed import COMPOSE, DEMO, MAIN, document, mounts, root, services
from tests.pages import ROOT, run
from tests.tools import tool

OURS = {"exporter", "prometheus", "alertmanager", "grafana"}
BOTH = [pytest.param((MAIN,), id="usual"), pytest.param((MAIN, DEMO), id="demo")]
EVERY = [
    pytest.param(name, service, id=f"{label}-{name}")
    for label, files in (("usual", (MAIN,)), ("demo", (MAIN, DEMO)))
    for name, service in services(*files).items()
]


def checked(*command: str | Path) -> None:
    """Let a checker look; fail with what it says."""
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("name", "service"), EVERY)
def test_mounts(name: str, service: dict[str, Any]) -> None:
    """What is mounted of the host exists and is read only; every volume is declared."""
    declared = {*document(MAIN)["volumes"], *document(DEMO)["volumes"]}
    for mount in mounts(service):
        if mount.path is None:
            assert mount.source in declared, name
        else:
            assert mount.path.exists(), mount
            assert mount.is_read_only, mount


@pytest.mark.parametrize(("name", "service"), EVERY)
def test_bounds(name: str, service: dict[str, Any]) -> None:
    """Whatever is not Postfix has a root that is read only, no capability and no new privileges, and no port is open beyond the host."""
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))
    if name != "postfix":
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("files", BOTH)
def test_exporter_knows_its_flags(files: tuple[Path, ...]) -> None:
    """The exporter takes the service's command, and reads what lies in a volume that it mounts."""
    service = services(*files)["exporter"]
    told = flags.flag_parser().parse_args(service["command"])
    flags.check(told)
    volumes = [mount.target for mount in mounts(service) if mount.path is None]
    for path in told.logfile_path:
        assert any(path.startswith(f"{volume}/") for volume in volumes)


def test_log_is_the_one_that_postfix_writes() -> None:
    """Postfix writes the log that the exporter reads, in the same volume, for all to read."""
    postfix, exporter = services(MAIN)["postfix"], services(MAIN)["exporter"]
    said = postfix["environment"]
    [flag] = exporter["command"]
    assert flag == f"--postfix.logfile-path={said['POSTFIX_maillog_file']}"
    assert said["POSTFIX_maillog_file_permissions"] == "0644"
    shared = [
        {(mount.source, mount.target) for mount in mounts(service)}
        for service in (postfix, exporter)
    ]
    assert ("maillog", str(Path(said["POSTFIX_maillog_file"]).parent)) in shared[0] & shared[1]


@pytest.mark.parametrize("files", BOTH)
@pytest.mark.parametrize(
    ("name", "program"),
    [("prometheus", "prometheus"), ("alertmanager", "prometheus-alertmanager")],
)
def test_others_know_their_flags(name: str, program: str, files: tuple[Path, ...]) -> None:
    """Prometheus and Alertmanager know each flag that they are started with."""
    said = subprocess.run([tool(program), "--help"], capture_output=True, text=True, check=False)
    known = set(re.findall(r"--(?:\[no-\])?([\w.-]+)", said.stdout + said.stderr))
    given = {flag.removeprefix("--").split("=")[0] for flag in services(*files)[name]["command"]}
    assert given <= known


def test_prometheus_takes_what_it_mounts(tmp_path: Path) -> None:
    """Promtool accepts configuration and rules as they lie in the container; all four rule files are found."""
    made = root(services(MAIN)["prometheus"], tmp_path) / "etc" / "prometheus"
    checked(tool("promtool"), "check", "config", made / "prometheus.yml")
    pattern = yaml.safe_load((made / "prometheus.yml").read_text())["rule_files"][0]
    assert len([*made.glob(pattern)]) == 4


def test_alertmanager_takes_what_it_mounts(tmp_path: Path) -> None:
    """Amtool accepts the configuration and the template as they lie in the container."""
    made = root(services(MAIN)["alertmanager"], tmp_path) / "etc" / "alertmanager"
    checked(tool("amtool"), "check-config", made / "alertmanager.yml")


def test_grafana_finds_what_it_mounts(tmp_path: Path) -> None:
    """The provider's folder has the dashboards, and both files lie where Grafana looks."""
    made = root(services(MAIN)["grafana"], tmp_path)
    provisioning = made / "etc" / "grafana" / "provisioning"
    [provider] = yaml.safe_load((provisioning / "dashboards/postfix.yml").read_text())["providers"]
    boards = made / provider["options"]["path"].lstrip("/")
    uids = {json.loads(path.read_text())["uid"] for path in boards.rglob("*.json")}
    assert uids == {path.stem for path in (ROOT / "dashboards").glob("*.json")}
    assert [*(provisioning / "datasources").iterdir()]


def test_scraping_is_as_grafana_is_told() -> None:
    """The data source's interval is Prometheus' interval of scrapes."""
    [source] = yaml.safe_load((COMPOSE / "grafana/datasources.yml").read_text())["datasources"]
    scraping = yaml.safe_load((COMPOSE / "prometheus.yml").read_text())["global"]
    assert (source["jsonData"]["timeInterval"], scraping["scrape_interval"]) == ("60s", "1m")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder that the demo's services share, made by its first service."""
    folder = tmp_path_factory.mktemp("incident")
    command = services(MAIN, DEMO)["demo-files"]["command"]
    for name in ("demo", "alerts", "examples"):
        assert f"../../{name}:/demo/{name}:ro" in services(MAIN, DEMO)["demo-files"]["volumes"]
    words = [sys.executable, "-m", "demo.containers", command[0], str(folder)]
    subprocess.run(words, cwd=ROOT, check=True)
    return folder


def test_demo_prepares_what_the_others_read(prepared: Path) -> None:
    """Prometheus, Alertmanager and the exporter take what the demo's first service makes."""
    checked(tool("promtool"), "check", "config", prepared / "prometheus.yml")
    checked(tool("amtool"), "check-config", prepared / "alertmanager.yml")
    done = run("--config.check", "--config.file", prepared / "exporter.yml")
    assert done.returncode == 0, done.stderr
    for name in OURS - {"grafana"}:
        for flag in services(MAIN, DEMO)[name]["command"]:
            if "/incident/" in flag:
                assert (prepared / flag.partition("/incident/")[2]).is_file(), flag


def test_names_are_services(prepared: Path) -> None:
    """Whoever is named by host and port in a configuration is a service."""
    named = set()
    for path in (*COMPOSE.rglob("*.yml"), *prepared.glob("*.yml")):
        named |= set(re.findall(r"\b([a-z]+):\d{4}\b", path.read_text("utf-8")))
    assert named == {"exporter", "prometheus", "alertmanager", "demo"}
    assert named <= set(services(MAIN, DEMO))


def test_demo_keeps_apart() -> None:
    """The demo is a project of its own: what it leaves and deletes is not that of the usual one."""
    assert document(DEMO)["name"] != document(MAIN)["name"]


def test_demo_says_what_it_takes() -> None:
    """Without a known word it says how to call it."""
    command = [sys.executable, "-m", "demo.containers", "something"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.split(":")[0]) == (2, "usage")
