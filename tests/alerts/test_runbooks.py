"""Each alert has a runbook whose names are real."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from exporter.verdict.classify import CAUSES
from exporter.verdict.knowledge import built_in
from exporter.verdict.providers import Provider
from tests.alerts.runbooks import FOLDER, METRICS, QUERIES, RUNBOOKS, blocks, rules

SECTIONS = ["Meaning", "Impact", "Diagnosis", "Mitigation"]


ALERTS = rules("alerts")
THRESHOLDS = {rule["labels"]["name"] for rule in rules("thresholds")}
RECORDED = sorted({rule["record"] for rule in rules("recording") + rules("thresholds")})


def prose(text: str) -> str:
    """Give a runbook without its code blocks."""
    return re.sub(r"(?ms)^```.*?^```$", "", text)


each_runbook = pytest.mark.parametrize("name", RUNBOOKS)


# -- the pages ---------------------------------------------------------------------------------------


def test_every_alert_has_a_runbook() -> None:
    """There is one runbook for each alert, and none without an alert."""
    assert set(RUNBOOKS) == {rule["alert"] for rule in ALERTS}
    assert all(path.suffix == ".md" for path in FOLDER.iterdir())


def test_alerts_lead_to_their_runbooks() -> None:
    """The address that an alert carries ends in the name of its runbook."""
    for rule in ALERTS:
        assert rule["annotations"]["runbook_url"].endswith(f"/{rule['alert']}.md")


@each_runbook
def test_sections(name: str) -> None:
    """A runbook has the alert's name as title and the four sections in their order, none empty."""
    title, *sections = re.split(r"(?m)^## ", prose(RUNBOOKS[name]))
    assert title == f"# {name}\n\n"
    assert [section.partition("\n")[0] for section in sections] == SECTIONS
    for section in RUNBOOKS[name].split("\n## ")[1:]:
        assert section.partition("\n")[2].strip()


@each_runbook
def test_links(name: str) -> None:
    """Links lead to files and headings that exist; a runbook links another one."""
    links = re.findall(r"\]\(([^)]+)\)", RUNBOOKS[name])
    for link in links:
        path, _, heading = link.partition("#")
        text = (FOLDER / path).read_text(encoding="utf-8")
        headings = re.findall(r"(?m)^#+ (.*)$", text)
        assert not heading or heading in {one.lower().replace(" ", "-") for one in headings}, link
    assert {link.removesuffix(".md") for link in links} & (set(RUNBOOKS) - {name})


@each_runbook
def test_runbooks_are_named_by_links(name: str) -> None:
    """Another alert is named as a link to its runbook."""
    for label, target in re.findall(r"\[(Postfix\w+)\]\(([^)]+)\)", RUNBOOKS[name]):
        assert target == f"{label}.md"
    bare = re.sub(r"\[[^\]]*\]\([^)]*\)|(?m:^# .*$)", "", RUNBOOKS[name])
    assert not set(re.findall(r"\bPostfix[A-Z]\w+", bare)) & set(RUNBOOKS)


@each_runbook
def test_sentences(name: str) -> None:
    """The source has one sentence on a line."""
    for line in prose(RUNBOOKS[name]).splitlines():
        assert not re.search(r"[.!?] [A-Z]", line), line


@each_runbook
def test_addresses(name: str) -> None:
    """No mail address stands in a runbook but examples; web addresses are those of the table."""
    for domain in re.findall(r"[\w.+-]+@([\w.-]+)", RUNBOOKS[name]):
        assert re.search(r"(^|\.)example(\.com|\.org|\.net)?$", domain), domain
    told = set(re.findall(r"https?://[^\s)>`]+", RUNBOOKS[name]))
    known = {provider.postmaster for provider in providers()}
    assert {one for one in told if not one.startswith("http://127.0.0.1:9154/")} <= known


def providers() -> list[Provider]:
    """Give the built-in providers."""
    return list(built_in().providers)


# -- names -------------------------------------------------------------------------------------------


def test_thresholds_exist() -> None:
    """What looks like a threshold is one; each threshold is told about in some runbook."""
    families = {name.partition("_")[0] for name in THRESHOLDS}
    told = {
        word
        for text in RUNBOOKS.values()
        for word in re.findall(r"`([a-z0-9]+(?:_[a-z0-9]+)+)`", text)
        if word.partition("_")[0] in families
    }
    assert told == THRESHOLDS


@each_runbook
def test_causes_exist(name: str) -> None:
    """Each cause that a runbook names is a value of the label."""
    named = re.findall(r"\bcauses? ((?:`\w+`(?:, | and | or )?)+)", RUNBOOKS[name], re.IGNORECASE)
    told = {cause for names in named for cause in re.findall(r"\w+(?=`)", names)}
    for values in re.findall(r"\bcause(?:=|=~|!=|!~)\"([^\"]*)\"", RUNBOOKS[name]):
        told.update(values.split("|"))
    assert told <= set(CAUSES)


@pytest.mark.parametrize(("name", "block"), blocks("sh"))
def test_commands(name: str, block: str, tmp_path: Path) -> None:
    """Commands are correct shell."""
    script = tmp_path / name
    script.write_text(block, encoding="utf-8")
    ended = subprocess.run(["sh", "-n", str(script)], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr


# -- queries -----------------------------------------------------------------------------------------


_SELECTOR = re.compile(r"([a-zA-Z_:][\w:]*)\s*\{([^}]*)\}")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_CLAUSE = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)")
_WORDS = {"and", "or", "unless", "offset", "bool", "group_left", "group_right"}


def names(expression: str) -> set[str]:
    """Give the names of the series that a query asks for."""
    bare = _CLAUSE.sub(" ", _STRING.sub("", expression))
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|\boffset\s+\w+", " ", bare)
    return set(re.findall(r"(?<![\w:.])[a-zA-Z_:][\w:]*(?![\w:]|\s*\()", bare)) - _WORDS


def test_names_of_a_query() -> None:
    """Functions, keywords, labels and strings are no series."""
    expression = (
        'sum by (x) (rate(a_total{b="c"}[5m] offset 1d)) / on (job) group_left () d:e:f > 0.5'
    )
    assert names(expression) == {"a_total", "d:e:f"}


@pytest.mark.parametrize(("name", "expression"), QUERIES)
def test_queries_name_what_exists(name: str, expression: str) -> None:
    """A query asks for series of the exporter or the rules, by labels that they have."""
    assert names(expression) <= set(METRICS), name
    for series, matchers in _SELECTOR.findall(expression):
        labels = re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", _STRING.sub("", matchers))
        assert set(labels) <= METRICS[series] | {"job"}, (name, series)
