"""The README says what is there: Pythons, figures."""

from __future__ import annotations

import re

from tests.documents import PROJECT, text


def test_readme_quotes_the_benchmark() -> None:
    """The README's figures are those of the benchmark's page, for the same log and command."""
    peers = text("bench/README.md").partition("## Peers")[2]
    everyday, incident = (
        peers.partition(f"{log}, 200 domains: ")[2].partition("domains: ")[0]
        for log in ("Everyday", "Incident")
    )
    speed = text("README.md").partition("## Speed")[2]
    measured = [
        next(line.split(" | ")[3] for line in rows(log) if line.startswith(f"{command} |"))
        for command in ("exporter, `--once`", "mtail")
        for log in (everyday, incident)
    ]
    assert re.findall(r"([\d.]+) µs", speed.partition("\n## ")[0]) == measured


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
