"""The examples for Alertmanager are right, and what they send says what happened."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

from tests.pages import ROOT
from tests.service import eventually, free_port
from tests.tools import tool

EXAMPLE = ROOT / "alerts" / "alertmanager.example.yml"
README = ROOT / "alerts" / "README.md"
RECEIVERS = ROOT / "alerts" / "alertmanager-receivers.example.yml"
NEWER = {"mattermost_configs", "rocketchat_configs", "msteamsv2_configs", "jira_configs"}
ALERT = {
    "labels": {"alertname": "PostfixDestinationBlocked", "job": "postfix", "severity": "critical"},
    "annotations": {
        "summary": "google refuses",
        "description": "100 messages refused",
        "runbook_url": "https://wiki.example/runbook",
        "dashboard_url": "https://grafana.example/board",
    },
}


def _checked(path: Path) -> subprocess.CompletedProcess[str]:
    command = [tool("amtool"), "check-config", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _knows_all() -> bool:
    """Whether Alertmanager is 0.30 or later."""
    told = subprocess.run([tool("amtool"), "--version"], capture_output=True, text=True, check=True)
    major, minor = re.findall(r"version (\d+)\.(\d+)", told.stdout + told.stderr)[0]
    return (int(major), int(minor)) >= (0, 30)


def test_example() -> None:
    """Alertmanager 0.25 and later take the example."""
    checked = _checked(EXAMPLE)
    assert checked.returncode == 0, checked.stderr


def test_example_of_newer_receivers() -> None:
    """Alertmanager 0.30 and later take it; an older one names the receivers that it does not know."""
    checked = _checked(RECEIVERS)
    if _knows_all():
        assert checked.returncode == 0, checked.stderr
        return
    unknown = set(re.findall(r"field (\w+) not found", checked.stdout + checked.stderr))
    assert checked.returncode != 0
    assert unknown <= NEWER
    assert "mattermost_configs" in unknown


def test_missing_templates_are_noticed(tmp_path: Path) -> None:
    """The command of the guide fails without postfix.tmpl, of which check-config says nothing."""
    [said] = re.findall(r"(?m)^ *amtool (template render .*)$", README.read_text())
    command = [tool("amtool"), *shlex.split(said)]
    with_it, without = (
        subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode
        for folder in (README.parent, tmp_path)
    )
    assert (with_it, bool(without)) == (0, True)
    example = shutil.copy(EXAMPLE, tmp_path)
    assert _checked(Path(example)).returncode == 0


def test_newer_receivers_tell(tmp_path: Path) -> None:
    """Each of them sends the subject and the text with the runbook, where Alertmanager has them."""
    if not _knows_all():
        assert _checked(RECEIVERS).returncode != 0
        return
    with _web() as (port, came), _alertmanager(tmp_path, port) as address:
        eventually(lambda: _alerted(address))
        eventually(lambda: len(_told(came)) == len(NEWER))
    for name, body in _told(came).items():
        assert "[FIRING critical] postfix: google refuses" in body, name
        assert "100 messages refused" in body, name
        assert "https://wiki.example/runbook" in body, name


def _told(came: list[tuple[str, str]]) -> dict[str, str]:
    """Give what came by receiver; that Jira is asked for an issue first is no message."""
    return {path.split("/")[1]: body for path, body in came if not path.endswith("/search")}


@contextmanager
def _web() -> Iterator[tuple[int, list[tuple[str, str]]]]:
    """Run what takes every message; give its port, and path and body of what came."""
    came: list[tuple[str, str]] = []
    answer = json.dumps({"success": True, "issues": [], "total": 0, "key": "MAIL-1"}).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            came.append((self.path, body))
            slack_like = "mattermost" in self.path
            self.send_response(201 if self.path.endswith("/issue") else 200)
            self.send_header("Content-Type", "text/plain" if slack_like else "application/json")
            self.end_headers()
            self.wfile.write(b"ok" if slack_like else answer)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server.server_address[1], came
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def _alertmanager(folder: Path, port: int) -> Iterator[str]:
    """Run Alertmanager with the example, every receiver told at once, at `port`; give its address."""
    text = re.sub(
        r"https://(mattermost|rocketchat|teams|jira)\.example",
        rf"http://127.0.0.1:{port}/\1",
        RECEIVERS.read_text("utf-8"),
    )
    configuration = yaml.safe_load(text)
    names = [one["name"] for one in configuration["receivers"] if one["name"] != "nobody"]
    configuration["route"] |= {
        "group_by": ["job", "alertname"],
        "group_wait": "1s",
        "routes": [{"receiver": name, "continue": True} for name in names],
    }
    (folder / "alertmanager.yml").write_text(yaml.safe_dump(configuration), "utf-8")
    shutil.copy(ROOT / "alerts" / "postfix.tmpl", folder)
    address = f"127.0.0.1:{free_port()}"
    command = [tool("prometheus-alertmanager"), "--config.file=alertmanager.yml"]
    command += ["--storage.path=told", "--cluster.listen-address=", "--log.level=warn"]
    with subprocess.Popen([*command, f"--web.listen-address={address}"], cwd=folder) as process:
        try:
            yield address
        finally:
            process.kill()


def _alerted(address: str) -> bool:
    """Tell Alertmanager of the alert; whether it took it."""
    request = urllib.request.Request(
        f"http://{address}/api/v2/alerts",
        data=json.dumps([ALERT]).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
