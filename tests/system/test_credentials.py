"""The file that systemd hands over to the service alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from exporter.system.credentials import credential


def test_credential(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is there where systemd says where, and it was loaded; no file of the working folder is one."""
    (tmp_path / "web.yml").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    assert credential("web.yml") is None
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", "")
    assert credential("web.yml") is None
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert credential("web.yml") == str(tmp_path / "web.yml")
    assert credential("other.yml") is None
