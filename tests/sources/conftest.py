"""A log with three lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reading import Log


@pytest.fixture
def log(tmp_path: Path) -> Log:
    """Give a log with three lines."""
    log = Log(tmp_path)
    log.write(3)
    return log
