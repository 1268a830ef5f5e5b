"""Real replies: provider and cause of each are as a person says they are."""

from __future__ import annotations

from pathlib import Path

import yaml

from exporter.records.parse import Parser
from exporter.verdict.classify import CAUSES
from exporter.verdict.providers import OTHER, is_named
from tests.verdict.deciding import judge, line

REPLIES: list[dict[str, str]] = yaml.load(
    (Path(__file__).parent / "replies.yaml").read_text("utf-8"), yaml.CSafeLoader
)


def in_table(provider: str) -> str:
    """Give the provider as the table alone tells it."""
    return OTHER if is_named(provider) else provider


def test_real_replies() -> None:
    """Provider and cause of every labelled reply are as a person says they are."""
    parse_line, one, wrong = Parser().parse_line, judge(), []
    for entry in REPLIES:
        one.last_provider.clear()
        _, (record,) = parse_line(line(entry).encode())
        failure = one.failure(record)
        got = (in_table(failure[0]), failure[1].cause) if failure else None
        if got != (entry["provider"], entry["cause"]):
            wrong.append((got, entry))
    assert wrong == []


def test_there_are_enough_real_replies() -> None:
    """The labelled replies are many, of many providers, and name where they are from."""
    assert len({entry["text"] for entry in REPLIES}) >= 500
    assert len({entry["provider"] for entry in REPLIES}) >= 50
    assert {entry["cause"] for entry in REPLIES} == set(CAUSES) - {"delivered"}
    assert sum(entry["source"] != "memory" for entry in REPLIES) >= 480
