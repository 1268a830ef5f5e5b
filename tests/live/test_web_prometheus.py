"""A real Prometheus scrapes over TLS with a client certificate, a password and its own checks."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tests.certificates import make_certificates
from tests.pages import ROOT
from tests.prometheus import prometheus, query
from tests.secured import ATTEMPTS, secured, users
from tests.service import eventually
from tests.tools import tool

DOCUMENT = (ROOT / "docs" / "web-configuration.md").read_text(encoding="utf-8")
WEB, SCRAPE = re.findall(r"(?s)```yaml\n(.*?)```", DOCUMENT)
HOW = "".join(re.findall(r"(?m)^    (?:scheme|tls_config|basic_auth|  \w+):.*\n", SCRAPE))


def test_prometheus_scrapes_over_tls_with_a_password(tmp_path: Path) -> None:
    """With the documented files the target is up and its counters arrive; with a wrong password it is down.

    That is asked of a Prometheus that is started with it: some builds read the file once (the page says which).
    """
    make_certificates(tmp_path)
    (tmp_path / "password").write_text("secret")
    web = re.sub(r"(?s)basic_auth_users:.*?\n(?=\w)", users(prometheus="secret"), WEB)
    with secured(tmp_path, web) as service:
        target = f"127.0.0.1:{service.port}"
        with prometheus(tmp_path, target, HOW) as address:
            eventually(lambda: query(address, 'up{job="postfix"}') == 1)
            eventually(lambda: query(address, "sum(postfix_delivery_attempts_total)") == ATTEMPTS)
        (tmp_path / "password").write_text("guess")
        with prometheus(tmp_path, target, HOW) as address:
            eventually(lambda: query(address, 'up{job="postfix"}') == 0)
        assert "level=error" not in service.log


def test_documented_scrape_configuration(tmp_path: Path) -> None:
    """Prometheus accepts the documented scrape configuration."""
    make_certificates(tmp_path)
    (tmp_path / "password").write_text("secret")
    (tmp_path / "prometheus.yml").write_text(SCRAPE)
    command = [tool("promtool"), "check", "config", str(tmp_path / "prometheus.yml")]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
