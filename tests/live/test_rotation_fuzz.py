"""A minute of the crash and rotation fuzz, in all ways of rotation."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.rotation_fuzz.rotations import MODES
from tests.rotation_fuzz.run import LEAST_KILLS, Outcome, run

SECONDS = 16.0
AT_ONCE = 3


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """Run every mode, some of them side by side."""
    folder = tmp_path_factory.mktemp("fuzz")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        runs = {
            mode: pool.submit(run, folder / mode, mode, SECONDS, seed)
            for seed, mode in enumerate(MODES)
        }
        return {mode: done.result() for mode, done in runs.items()}


@pytest.mark.parametrize("mode", MODES)
def test_kill_under_rotation(mode: str, outcomes: dict[str, Outcome]) -> None:
    """Killed at random under writer, rotation and two scrapers: nothing lost, twice, or falling."""
    outcome = outcomes[mode]
    print(outcome)
    assert outcome.faults == []
    assert outcome.kills >= LEAST_KILLS
    assert outcome.rotations > 5
    assert outcome.scrapes > 20
    assert outcome.lines > 5000
    assert any(each.terminations for each in outcomes.values())
