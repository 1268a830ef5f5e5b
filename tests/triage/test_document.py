"""The JSON report is what docs/triage.schema.json says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from exporter.triage.document import VERSION, written
from tests.documents import text
from tests.pages import CORPUS
from tests.triage.reports import corpus, report_of

SCHEMA = json.loads(text("docs/triage.schema.json"))
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)
FOLDERS = sorted(path.name for path in CORPUS.iterdir() if path.is_dir())


def objects(schema: Any) -> Iterator[dict[str, Any]]:
    """Give each part of a schema that describes an object with keys of its own."""
    if isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict):
            yield schema
        schema = list(schema.values())
    for part in schema if isinstance(schema, list) else ():
        yield from objects(part)


def complaints(*logs: Path) -> list[str]:
    """Give what is wrong with the document of logs."""
    document = json.loads(written(report_of(*logs)))
    return [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(document)]


def test_the_schema_is_one() -> None:
    """It is a JSON Schema of 2020-12, and of the version that is written."""
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["properties"]["schema_version"]["const"] == VERSION


def test_the_schema_tells_everything() -> None:
    """Each key is required and described, and no key is left out."""
    for part in objects(SCHEMA):
        assert part["additionalProperties"] is False
        assert part["required"] == list(part["properties"])
        for name, told in part["properties"].items():
            described = SCHEMA["$defs"][told["$ref"].rpartition("/")[2]] if "$ref" in told else told
            assert described.get("description"), name


@pytest.mark.parametrize("folder", FOLDERS)
def test_reports_of_the_corpus(folder: str) -> None:
    """The report of each log of the corpus fits."""
    assert complaints(*corpus(folder)) == []


@pytest.mark.parametrize("content", ["", "no log at all\n" * 100])
def test_reports_of_nothing(content: str, tmp_path: Path) -> None:
    """So does that of an empty log, and of one that is none."""
    log = tmp_path / "mail.log"
    log.write_text(content, "utf-8")
    assert complaints(log) == []
