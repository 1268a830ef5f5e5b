"""The README says what is there: metrics, Pythons, figures."""

from __future__ import annotations

import re

from exporter.counts.totals import Totals
from exporter.page.metrics import PublishedCollector
from exporter.tally import Published
from tests.documents import PROJECT, text


def test_readme_quotes_the_benchmark() -> None:
    """The README's figures are those of the benchmark's page, for the same log and command."""
    peers = text("bench/README.md").partition("## Peers")[2]
    everyday, incident = (
        peers.partition(f"{log}, 200 domains: ")[2].partition("domains: ")[0]
        for log in ("Everyday", "Incident")
    )
    quoted = [line.split(" | ") for line in rows(text("README.md").partition("## Speed")[2])]
    assert len(quoted) == 6
    for command, *figures in quoted:
        measured = [
            next(line.split(" | ")[3] for line in rows(log) if line.startswith(f"{command} |"))
            for log in (everyday, incident)
        ]
        assert [figure.rstrip(" |") for figure in figures] == measured, command


def rows(page: str) -> list[str]:
    """Give the rows of the tables of a page, up to its next heading, without their heads."""
    lines = page.partition("\n## ")[0].splitlines()
    found = [line.removeprefix("| ") for line in lines if line.startswith("| ")]
    return [line for line in found if not line.startswith("command |")]


def test_pythons_that_were_tried() -> None:
    """The README names a patch level of each Python that the classifiers name, and no other Python."""
    classified = re.findall(r"Python :: (3\.\d+)", "\n".join(PROJECT["project"]["classifiers"]))
    tried = re.search(r"(?m)^Tried with Python (.*?);", text("README.md"))
    assert tried
    assert {name.rpartition(".")[0] for name in re.findall(r"3\.\d+\.\d+", tried[1])} == {
        *classified
    }


def test_every_metric_is_in_the_readme() -> None:
    """The README names every metric of the page, and no other."""
    names = set()
    for family in PublishedCollector(lambda: Published(Totals(), 0)).describe():
        names.add(family.name + ("_total" if family.type == "counter" else ""))
    names.add("postfix_exporter_last_line_timestamp_seconds")  # only once a line was read
    told = set()
    for row in re.findall(r"(?m)^\| (`postfix_.*?`) \|", text("README.md")):
        first, *others = re.findall(r"`([^`]+)`", row)
        told.add(first)
        told.update(other.replace("…", "postfix_exporter") for other in others)
    assert told == names
