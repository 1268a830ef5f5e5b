"""The guides for containers say what is read: headers of known mail stacks, flags, bounds."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from exporter import flags
from exporter.config import load
from tests.deploy.composed import MAIN, document
from tests.documents import text
from tests.pages import attempts, once

GUIDE = text("docs/containers.md")

RECORD = (
    "4F1B2C3D4E: to=<someone@receiver.example>, relay=mx.receiver.example[192.0.2.1]:25, delay=1,"
    " delays=0.1/0/0.5/0.4, dsn=4.7.28, status=deferred (host mx.receiver.example[192.0.2.1]"
    " said: 421 4.7.28 slow down (in reply to end of DATA command))"
)
HEADERS = [
    head
    for row in re.findall(r"(?m)^\| \[?\w.*$", GUIDE.partition("## Mail stacks")[2])
    for head in re.findall(r"`([^`]+\]: )`", row)
]
"""What the table shows."""


def in_json_file(line: str) -> str:
    """Give the line as Docker's json-file has it."""
    framed = {"log": f"{line}\n", "stream": "stdout", "time": "2026-11-28T18:49:46.2Z"}
    return json.dumps(framed)


def test_headers_are_shown() -> None:
    """The table shows the header of a stack wherever that is known."""
    assert len(HEADERS) >= 6


@pytest.mark.parametrize("is_framed", [False, True], ids=["plain", "json-file"])
@pytest.mark.parametrize("head", dict.fromkeys(HEADERS))
def test_header_is_read(head: str, is_framed: bool, tmp_path: Path) -> None:
    """A record behind each header that the table shows is counted, as the stack writes it or in Docker's json-file."""
    tag = "" if "/smtp[" in head else "postfix/smtp[331]: "
    whole = head if re.match(r"\d|Nov", head) else f"Nov 28 18:49:46 3f2a1b4c5d6e {head}"
    line = whole + tag + RECORD
    log = tmp_path / "mail.log"
    log.write_text((in_json_file(line) if is_framed else line) + "\n", "utf-8")
    assert attempts(once(log)) == {("receiver.example", "4.7.28", "deferred"): 1}


def blocks() -> list[Any]:
    """Give the examples of YAML in the guide."""
    return [yaml.safe_load(block) for block in re.findall(r"(?ms)^```yaml\n(.*?)^```$", GUIDE)]


def test_exporter_of_an_example() -> None:
    """The exporter beside a mail stack is as bounded as that of the compose file, and knows its flags."""
    [service] = [
        block["services"]["exporter"]
        for block in blocks()
        if "exporter" in block.get("services", {})
    ]
    told = flags.flag_parser().parse_args(service["command"])
    flags.check(told)
    ours = document(MAIN)["services"]["exporter"]
    for key in ("read_only", "cap_drop", "security_opt", "ports"):
        assert service[key] == ours[key]


def test_configuration_of_an_example(tmp_path: Path) -> None:
    """The exporter takes the configuration that mailcow's guide shows."""
    [shown] = [block for block in blocks() if "log" in block]
    file = tmp_path / "exporter.yml"
    file.write_text(yaml.safe_dump(shown), "utf-8")
    assert load(str(file))


def test_variables_are_told() -> None:
    """Each variable of the compose file is named in the guide."""
    asked = set(re.findall(r"\$\{(\w+)", MAIN.read_text("utf-8")))
    assert {name for name in asked if not name.endswith("_VERSION")} <= set(
        re.findall(r"\b[A-Z_]{6,}\b", GUIDE)
    )
