"""The image's health check, asked of a served exporter."""

from __future__ import annotations

from pathlib import Path

import pytest


def test_health_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The health check's exit code is 0 for a living exporter, proxy or not, and 1 for none."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    from exporter.web.healthcheck import main
    from tests.service import running

    log = tmp_path / "mail.log"
    log.touch()
    with running(tmp_path, "--postfix.logfile-path", log) as service:
        assert main(f"http://127.0.0.1:{service.port}/-/healthy") == 0
        assert main(f"http://127.0.0.1:{service.port}/nothing") == 1
    assert main(f"http://127.0.0.1:{service.port}/-/healthy") == 1
    assert main("nonsense") == 1
