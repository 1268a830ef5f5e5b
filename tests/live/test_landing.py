"""The page at /: what a person sees, in a real browser."""

from __future__ import annotations

import html
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from exporter.page.overview import SHARE
from exporter.web.landing import POLICY
from tests.browser import faults
from tests.lines import line
from tests.pages import ROOT
from tests.service import SOON, Service, eventually, running
from tests.tools import tool

HOSTILE = "<img src=x onerror=alert(1)>'\"&.log"


HEADER = "Nov 16 11:59:00 mx1 postfix/smtp[4711]: "


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """Give an exporter of an incident, in a log with a hostile name."""
    log = tmp_path / HOSTILE
    hostile = (
        line(to=to, header=HEADER)
        for to in ('"<b>x</b>"@<script>alert(1)</script>', "u@a&b<i>.example")
    )
    log.write_bytes((ROOT / "examples" / "incident.log").read_bytes() + b"".join(hostile))
    config = tmp_path / "config.yml"
    config.write_text(SOON + "log: {start: beginning}\n")
    with running(
        tmp_path, "--postfix.logfile-path", log, "--config.file", config,
        "--web.runbooks-url", "https://wiki.example/a?b=<&c", "--web.dashboards-url", "https://g.example/",
    ) as service:  # fmt: skip
        eventually(lambda: "throttles" in page(service))
        yield service


def page(service: Service) -> str:
    """Give the page as it was sent."""
    return service.get("/")[2].decode()


def shown(service: Service, folder: Path, *flags: str) -> str:
    """Give the document as Chromium has it after it was loaded."""
    command = [tool("chromium"), "--headless", "--no-sandbox", f"--user-data-dir={folder}/browser"]
    address = f"http://127.0.0.1:{service.port}/"
    done = subprocess.run(
        [*command, *flags, address], capture_output=True, text=True, check=True, timeout=120
    )
    assert "Refused to" not in done.stderr
    return done.stdout


def test_in_a_browser(service: Service, tmp_path: Path) -> None:
    """Verdict first, then receivers, codes and steps, health and links; nothing of a log is markup."""
    document = shown(service, tmp_path, "--dump-dom", "--enable-logging=stderr")
    body = document.partition("<body>")[2]
    assert not re.search(r"<(script|img|link|iframe|b|i)\b", body)
    text = html.unescape(re.sub(r"<[^>]+>", "\n", body))
    wanted = [
        "Google (Gmail, Workspace) throttles your mail", "4.7.28", "https://postmaster.google.com",
        "Most failures", "Health of the exporter", f"log {tmp_path / HOSTILE}", "Metrics",
    ]  # fmt: skip
    places = [text.find(one) for one in wanted]
    assert -1 not in places
    assert places == sorted(places)
    assert 'href="https://g.example/"' in body
    assert 'href="https://wiki.example/a?b=&lt;&amp;c/PostfixDestinationThrottled.md"' in page(
        service
    )


BREAKS = {
    "another style than the policy allows": ("<style>", "<style>body{margin:0}"),
    "a table wider than a phone": ("<table>", '<table style="width:500px">'),
    "no colours for the night": ("prefers-color-scheme:dark", "prefers-color-scheme:none"),
}


def test_on_a_phone(service: Service, tmp_path: Path) -> None:
    """A phone shows it by day and by night; a style sheet that is broken would be seen."""
    _, headers, body = service.get("/")
    assert headers["content-security-policy"] == POLICY
    sent = body.decode()
    assert faults(sent, tmp_path, POLICY) == []
    for name, (good, bad) in BREAKS.items():
        assert good in sent
        policy = POLICY if "policy" in name else ""
        assert faults(sent.replace(good, bad), tmp_path / name, policy), name


def test_a_kill_keeps_the_verdict(tmp_path: Path) -> None:
    """Killed by SIGKILL, it says after the restart what it said, and goes on from there."""
    log, config = tmp_path / "mail.log", tmp_path / "config.yml"
    lines = (ROOT / "examples" / "incident.log").read_bytes().splitlines(keepends=True)
    config.write_text(SOON + "log: {start: beginning}\n")
    flags = ("--postfix.logfile-path", log, "--config.file", config)
    log.write_bytes(b"".join(lines))
    once = tmp_path / "once"
    once.mkdir()
    with running(once, *flags) as service:
        whole = eventually(lambda: service.ready() and judged(service))
    half = len(lines) // 2
    log.write_bytes(b"".join(lines[:half]))
    with running(tmp_path, *flags) as service:
        before = eventually(lambda: service.ready() and judged(service))
        service.stop(signal.SIGKILL)
    assert before != whole
    with running(tmp_path, *flags) as service:
        assert judged(service) == before
        with log.open("ab") as file:
            file.writelines(lines[half:])
        eventually(lambda: judged(service) == whole, patience=SHARE)


def judged(service: Service) -> str:
    """Give verdict, problems and worst destinations, "" before something is known."""
    told = page(service).partition('<p class="verdict ')[2].partition("<h2>Health")[0]
    return "" if told.startswith("nothing") else told


def test_no_address_and_nothing_from_elsewhere(service: Service) -> None:
    """No address is on the page; its policy permits its own style alone."""
    _, headers, body = service.get("/")
    text = body.decode()
    assert "@" not in text.partition("<body>")[2]
    assert not re.search(r"src=|url\(|@import|javascript:", text.replace(html.escape(HOSTILE), ""))
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
