"""Certificates to name in a web configuration."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.certificates import make_certificates


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder of certificates, and of a pipe with nobody at its other end."""
    folder = make_certificates(tmp_path_factory.mktemp("certificates"))
    os.mkfifo(folder / "pipe")
    return folder
