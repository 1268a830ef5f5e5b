"""What is written about the project: its documents, and pyproject.toml."""

from __future__ import annotations

import tomllib

from tests.pages import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def text(name: str) -> str:
    """Give a document."""
    return (ROOT / name).read_text(encoding="utf-8")
