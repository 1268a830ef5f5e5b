"""The files of an exporter."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scene import Scene


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """Give an exporter's files."""
    return Scene(tmp_path)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Give an empty log."""
    path = tmp_path / "mail.log"
    path.touch()
    return path
