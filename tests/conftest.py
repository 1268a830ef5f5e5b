"""What tests of several folders share: runs of promtool, and certificates.

The scenarios of the alert rules take minutes: they begin first, and are asked for last.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.alerts.promtool import RULES, Runs
from tests.alerts.scenarios import SCENARIOS
from tests.certificates import make_certificates

_RUNS = pytest.StashKey[Runs]()
_BY_HAND = Path(__file__).parent / "postfix"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out what needs root, and minutes, unless it is asked for (`make test-postfix`)."""
    if collection_path == _BY_HAND and not any("tests/postfix" in name for name in config.args):
        return True
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let everything else go on while promtool works."""
    items.sort(key=lambda item: "scenario_runs" in getattr(item, "fixturenames", ()))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Begin those scenarios that are asked for."""
    asked = [
        item.callspec.params["scenario"]
        for item in session.items
        if isinstance(item, pytest.Function) and "scenario_runs" in item.fixturenames
    ]
    chosen = [scenario for scenario in SCENARIOS if scenario in asked]
    if chosen and not session.config.option.collectonly:
        session.config.stash[_RUNS] = Runs(chosen, RULES)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Leave nothing behind."""
    if runs := session.config.stash.get(_RUNS, None):
        runs.stop()


@pytest.fixture
def scenario_runs(pytestconfig: pytest.Config) -> Runs:
    """Give the scenarios that are under way."""
    return pytestconfig.stash[_RUNS]


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder of certificates, which nobody changes."""
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def own_certificates(certificates: Path, tmp_path: Path) -> Path:
    """Give a folder with the same certificates, to change."""
    return Path(shutil.copytree(certificates, tmp_path / "web"))
