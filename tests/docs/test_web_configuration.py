"""docs/web-configuration.md names what the web configuration knows."""

from __future__ import annotations

from exporter.web.auth import LONGEST_PASSWORD, WAITING
from exporter.web.listener import CONNECTIONS, HANDSHAKE_TIMEOUT
from exporter.web.server import REQUEST_LIMIT, TIMEOUT
from exporter.web.tls import CLIENT_AUTH
from tests.pages import ROOT
from tests.webconfig import TOOLKIT


def test_documented() -> None:
    """docs/web-configuration.md names every key, value and limit."""
    told = (ROOT / "docs" / "web-configuration.md").read_text(encoding="utf-8")
    for name in (*TOOLKIT, *CLIENT_AUTH, "http2", "headers", "basic_auth_users", "rate_limit"):
        assert f"`{name}`" in told, name
    assert f"{LONGEST_PASSWORD} bytes" in told
    for limit in (
        f"| {CONNECTIONS} |",
        f"| {HANDSHAKE_TIMEOUT:.0f} s |",
        f"| {TIMEOUT:.0f} s |",
        f"| {REQUEST_LIMIT // 1024} KiB, 100 headers |",
        f"| {WAITING}, one compared at a time |",
    ):
        assert limit in told, limit
