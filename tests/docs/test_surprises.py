"""docs/surprises.md: every finding has its row, and the tests that it names exist."""

from __future__ import annotations

import re

from tests.documents import text
from tests.pages import ROOT

PAGE = text("docs/surprises.md")


def test_every_finding_has_a_row() -> None:
    """The table names each script of findings/ once, and no other."""
    named = re.findall(r"(?m)^\| \[([\w-]+)\]\(\.\./findings/\1\.sh\) \|", PAGE)
    assert sorted(named) == sorted(path.stem for path in (ROOT / "findings").glob("*.sh"))


def test_named_tests_exist() -> None:
    """What is said of the exporter is held by a test of that name."""
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
    assert len(named) == PAGE.count("`tests/")
    assert [one for one in named if f"def {one[1]}(" not in text(one[0])] == []
