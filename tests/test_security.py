"""SECURITY.md: what it says is tested is tested."""

from __future__ import annotations

import re

from tests.pages import ROOT

TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")


def test_named_tests_exist() -> None:
    """Each test that stands behind a promise exists in the file that is named."""
    promises = re.findall(r"(?m)^\| (?!who|promise|-).* \| (`tests/.*) \|$", TEXT)
    assert len(promises) >= 15
    for told in promises:
        for part in told.split("; "):
            path, *names = re.findall(r"`([^`]+)`", part)
            content = (ROOT / path).read_text(encoding="utf-8")
            for name in names:
                assert f"def {name}(" in content, (path, name)


def test_promises_have_tests() -> None:
    """No promise stands in the document without a test."""
    rows = re.findall(r"(?m)^\| ([A-Z\"].*?) \| (.*) \|$", TEXT)
    assert all(re.match(r"`tests/(?:\w+/)?test_\w+\.py`", tests) for _, tests in rows), rows


def test_links_lead_somewhere() -> None:
    """Every file that is linked exists."""
    for target in re.findall(r"\]\(([^)#:]+)\)", TEXT):
        assert (ROOT / target).exists(), target
