"""What fuzzing found, and what the other tests have: the promises hold for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hostile import seeds
from tests.hostile.targets import TARGETS

FOUND = sorted(seeds.FINDINGS.glob("*/*"))


@pytest.mark.parametrize("path", FOUND, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_findings(path: Path) -> None:
    """What once broke a promise breaks none any more."""
    TARGETS[path.parent.name](path.read_bytes())


@pytest.mark.parametrize("target", TARGETS)
def test_known_input(target: str) -> None:
    """The promises hold for the logs, replies and files of the other tests."""
    for seed in seeds.of(target):
        TARGETS[target](seed)
