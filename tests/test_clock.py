"""The wall clock is set while the exporter runs or is away: durations have a clock of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.by_hand import HOLD, WALL, Exporter

HOUR, YEAR = 3600.0, 365 * 86400.0
STEPS = {
    "a second back": -1.0,
    "an hour back": -HOUR,
    "an hour ahead": HOUR,
    "a year back": -YEAR,
    "a year ahead": YEAR,
    "to the beginning": -WALL,
}


@pytest.mark.parametrize("hold", [0.0, HOLD])
@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize("step", STEPS)
def test_step(step: str, restarted: bool, hold: float, tmp_path: Path) -> None:
    """Whatever the clock is set to, everything is counted once, nothing falls, commits go on."""
    exporter = Exporter(tmp_path, hold)
    exporter.read(3)
    exporter.wait(hold).wait(1)
    assert exporter.shown() == {"a": 3}
    for turn in (1, -1, 1):  # there, back, and there again
        before = exporter.shown()["a"]
        exporter.wall += turn * STEPS[step]
        if restarted:
            exporter.killed(away=0)
        assert exporter.shown()["a"] >= before
        assert exporter.read(2)["a"] >= before
        health = exporter.pipeline.published.health
        assert health.checkpoint_seconds == exporter.wall
        assert health.checkpoint_problem is None
        assert health.caught_up
        exporter.wait(hold).wait(1)
        assert exporter.shown() == {"a": exporter.number}
    assert exporter.pipeline.published.gaps == 0
    exporter.close()
