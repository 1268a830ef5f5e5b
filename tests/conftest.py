"""What lasts longest begins first; what tests of several folders share: certificates."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import settings

from tests.certificates import make_certificates

_FIRST = ("test_end_to_end.py", "test_alert_rules.py", "test_rules.py")
"""Of minutes: one waits most of its time, one gives way to whatever else runs, one has its work."""

# how long an example takes says how busy the machine is; a commit passes or fails, whenever it runs
settings.register_profile("alike", deadline=None, derandomize=True)
settings.load_profile("alike")

_BY_HAND = (
    "postfix",
    "deb",
    "deploy/validators",
    "fleet",
    "release/test_release.py",
    "replay/test_replay.py",
)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out what needs root, or minutes, unless it is asked for: see the Makefile."""
    for left_out in _BY_HAND:
        is_wanted = any(f"tests/{left_out}" in name for name in config.args)
        if collection_path == Path(__file__).parent / left_out and not is_wanted:
            return True
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the longest files begin first: `make test` hands out file by file, in this order."""
    order = dict(zip(_FIRST, range(len(_FIRST)), strict=True))
    items.sort(key=lambda item: order.get(item.path.name, len(order)))


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder of certificates, which nobody changes."""
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def own_certificates(certificates: Path, tmp_path: Path) -> Path:
    """Give a folder with the same certificates, to change."""
    return Path(shutil.copytree(certificates, tmp_path / "web"))
