"""Which alert silences which, by a real Alertmanager with the shipped example."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from tests.pages import ROOT
from tests.service import eventually, free_port
from tests.tools import tool

SILENCED = (
    ("PostfixAuthenticationFailingWidely", "PostfixDestinationAuthenticationFailing"),
    ("PostfixRefusedWidely", "PostfixDestinationThrottled"),
    ("PostfixListQualityWidely", "PostfixListQualityDegraded"),
    ("PostfixNothingDelivered", "PostfixOwnErrors"),
    ("PostfixNothingDelivered", "PostfixDestinationUnreachable"),
    ("PostfixNothingDelivered", "PostfixQueueGrowing"),
)
"""Who silences whom in one job."""


def _alert(name: str, job: str) -> dict[str, Any]:
    labels = {"alertname": name, "job": job, "instance": "mx1", "category": "deliverability"}
    if "Destination" in name or "Degraded" in name:
        labels |= {"scope": "domain", "destination": f"{name.lower()}.test"}
    return {"labels": labels}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run Alertmanager with the example; give the address of its alerts."""
    folder = tmp_path_factory.mktemp("inhibition")
    for name in ("alertmanager.example.yml", "postfix.tmpl"):
        (folder / name).write_bytes((ROOT / "alerts" / name).read_bytes())
    address = f"127.0.0.1:{free_port()}"
    command = [
        tool("prometheus-alertmanager"),
        "--config.file=alertmanager.example.yml",
        "--storage.path=told",
        "--cluster.listen-address=",
        f"--web.listen-address={address}",
        "--log.level=warn",
    ]
    with subprocess.Popen(command, cwd=folder) as process:
        try:
            yield f"http://{address}/api/v2/alerts"
        finally:
            process.kill()


def _answer(request: str | Request) -> bytes:
    with suppress(URLError), urlopen(request, timeout=5) as answer:
        return bytes(answer.read()) or b"[]"
    return b""


def _told(address: str) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = json.loads(_answer(address))
    return told


def _silenced(address: str) -> set[tuple[str, str]]:
    """Give job and name of the alerts that another one silences."""
    return {
        (one["labels"]["job"], one["labels"]["alertname"])
        for one in _told(address)
        if one["status"]["inhibitedBy"]
    }


def test_what_is_everywhere_silences_the_single_alerts(address: str) -> None:
    """An alert of many receivers or of a whole host silences the single ones of its job alone."""
    names = {name for pair in SILENCED for name in pair}
    alerts = [_alert(name, "bulk") for name in names]
    alerts += [_alert(name, "office") for _, name in SILENCED]
    post = Request(
        address, json.dumps(alerts).encode(), {"Content-Type": "application/json"}, method="POST"
    )
    eventually(lambda: _answer(post) == b"[]")
    wanted = {("bulk", name) for _, name in SILENCED}
    # Alertmanager answers before all that came has reached what silences
    eventually(lambda: len(_told(address)) == len(alerts) and _silenced(address) >= wanted)
    assert _silenced(address) == wanted
