"""Nothing that users build upon goes, comes or is renamed without a line that says so."""

from __future__ import annotations

import pytest

from tests.documents import text
from tests.release.interface import FILE, interface

KINDS = ["metric", "flag", "key", "alert", "threshold", "dashboard", "checkpoint"]


def test_interface_is_as_written_down() -> None:
    """The list is what there is. What leaves it needs a [CHANGE] in the changelog: docs/compatibility.md."""
    assert FILE.read_text("utf-8") == interface(), "python -m tests.release.interface"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_listed(kind: str) -> None:
    """The list has lines of each kind."""
    assert f"\n{kind} " in f"\n{interface()}"


def test_policy_names_the_list() -> None:
    """The policy says where the list is, and how old what it runs with may be."""
    policy = text("docs/compatibility.md")
    assert "`tests/interface.txt`" in policy
    for told in ("Python from 3.11 on", "Prometheus from 2.42"):
        assert told in policy
