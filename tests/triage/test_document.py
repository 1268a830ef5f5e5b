"""The JSON of a report is what docs/triage.schema.json says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from exporter.triage.document import VERSION, document
from tests.pages import CORPUS, ROOT
from tests.triage.reports import corpus, report_of, run

SCHEMA: dict[str, Any] = json.loads((ROOT / "docs" / "triage.schema.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)
FOLDERS = sorted(path.name for path in CORPUS.iterdir() if path.is_dir())


def test_the_schema_is_one() -> None:
    """The schema is valid, of this version, and describes each key."""
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["properties"]["schema_version"]["const"] == VERSION
    assert list(_undescribed(SCHEMA)) == []


def _undescribed(schema: dict[str, Any]) -> list[str]:
    found = []
    for name, of in schema.get("properties", {}).items():
        found += [] if of.get("description") else [name]
        found += _undescribed(of) + _undescribed(of.get("items", {}))
    return found


@pytest.mark.parametrize("folder", FOLDERS)
def test_reports_of_the_corpus(folder: str) -> None:
    """The report of each log fits, key by key."""
    _, told = run(*corpus(folder), "--format=json")
    VALIDATOR.validate(json.loads(told))


def test_an_empty_log(tmp_path: Path) -> None:
    """A log without a line has a report of the same form, without times."""
    path = tmp_path / "mail.log"
    path.touch()
    told = document(report_of(path))
    VALIDATOR.validate(told)
    assert told["first"] is None
    assert told["outcome"] == "nothing to judge"
