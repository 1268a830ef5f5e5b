"""The pages of docs/: generated ones are up to date, and every key has a row."""

from __future__ import annotations

import re

import pytest
from prometheus_client import generate_latest

from docs.generate import PAGES
from exporter.config import _SECTIONS
from exporter.counts.families import FAMILIES
from exporter.page.collectors import NAMES
from exporter.page.exposition import EVERYTHING, registry
from tests.documents import text


def test_every_configuration_key_is_documented() -> None:
    """docs/configuration.md has a row for every key."""
    rows = set(re.findall(r"(?m)^\| `([\w.]+)` \|", text("docs/configuration.md")))
    assert {row.split(".")[0] for row in rows} == set(_SECTIONS)


@pytest.mark.parametrize("name", PAGES)
def test_generated_pages(name: str) -> None:
    """The generated pages are what `make docs` writes."""
    assert text(f"docs/{name}") == PAGES[name](), "run `make docs`"


def test_every_metric_is_documented() -> None:
    """docs/metrics.md names every metric of the page and no other, and says what each label means."""
    families = registry(lambda: EVERYTHING, tuple, process=False)
    page = generate_latest(families).decode()
    names = set(re.findall(r"(?m)^# TYPE (\S+)", page))
    document = text("docs/metrics.md")
    rows = re.findall(r"(?m)^\| `(\w+)` \| \w+ \| (.*?) \|", document)
    assert len(rows) == len(names)
    assert {name for name, _ in rows} == names
    labels = {label for _, told in rows for label in re.findall(r"\w+", told)}
    section = document.partition("## Labels")[2].partition("\n## ")[0]
    explained = re.findall(r"(?m)^- (`.*?):", section)
    assert {label for told in explained for label in re.findall(r"\w+", told)} == labels


def test_every_collector_is_documented() -> None:
    """docs/collectors.md tells of each metric of a collector what is counted, and names no other."""
    rows = re.findall(
        r"(?m)^\| (?:`(\w+)`)? ?\| `(postfix_\w+?)(?:_total)?` \|", text("docs/collectors.md")
    )
    found: dict[str, str] = {}
    collector = ""
    for name, metric in rows:
        collector = name or collector
        found[metric] = collector
    wanted = {NAMES[name][0]: family.collector for name, family in FAMILIES.items()}
    assert found == {**wanted, "postfix_bounce_non_delivery_notification": "bounce"}
