"""logrotate itself: in each way of rotating, every line is read once."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.reading import Log, Reader


@pytest.fixture
def log(tmp_path: Path) -> Log:
    """Give a log with three lines."""
    log = Log(tmp_path)
    log.write(3)
    return log


@pytest.mark.parametrize(
    "options",
    [
        "create",
        "create\ncompress",
        "create\ndateext",
        "create\nextension .log",
        "create\nextension .log\ncompress",
        "create\nextension .log\ndateext",
        "create\nextension log",
        "copytruncate",
        "nocreate",
    ],
)
def test_real_logrotate(log: Log, options: str) -> None:
    """With logrotate itself, step by step, every line is read once."""
    config = log.path.with_name("logrotate.conf")
    config.write_text(f"{log.path} {{\nrotate 9\n{options}\n}}\n")
    config.chmod(0o644)
    reader = Reader(log.path)
    for _ in range(1 if "dateext" in options else 4):
        log.write(2)
        reader.restart()
        reader.poll()
        log.write(1)
        state = str(log.path.with_name("state"))
        subprocess.run(["logrotate", "-f", "-s", state, str(config)], check=True)
        log.write(2)
        reader.restart()
        reader.poll()
    log.expect(reader)
