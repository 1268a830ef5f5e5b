"""The pages of docs/: generated ones are up to date, and every key has a row."""

from __future__ import annotations

import re

import pytest

from docs.generate import PAGES
from exporter.config import _SECTIONS
from tests.documents import text


def test_every_configuration_key_is_documented() -> None:
    """docs/configuration.md has a row for every key."""
    rows = set(re.findall(r"(?m)^\| `([\w.]+)` \|", text("docs/configuration.md")))
    assert {row.split(".")[0] for row in rows} == set(_SECTIONS)


@pytest.mark.parametrize("name", PAGES)
def test_generated_pages(name: str) -> None:
    """The generated pages are what `make docs` writes."""
    assert text(f"docs/{name}") == PAGES[name](), "run `make docs`"
