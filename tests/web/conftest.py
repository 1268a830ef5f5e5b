"""Certificates to name in a web configuration."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def folder(certificates: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder of certificates, and of a pipe with nobody at its other end."""
    folder = Path(shutil.copytree(certificates, tmp_path_factory.mktemp("web") / "web"))
    os.mkfifo(folder / "pipe")
    return folder
