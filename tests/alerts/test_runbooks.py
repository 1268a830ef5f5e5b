"""Each alert has a runbook whose names are real and whose queries run."""

from __future__ import annotations

import json
import re
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from alerts.src.series import WIDE
from exporter.counts.totals import Totals
from exporter.page.metrics import PublishedCollector
from exporter.tally import Published
from exporter.verdict.classify import CAUSES
from exporter.verdict.knowledge import built_in
from exporter.verdict.providers import Provider
from tests.pages import ROOT
from tests.prometheus import backfill, query
from tests.service import eventually, free_port
from tests.tools import tool

FOLDER = ROOT / "alerts" / "runbooks"
RUNBOOKS = {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*"))}
SECTIONS = ["Meaning", "Impact", "Diagnosis", "Mitigation"]


def rules(name: str) -> list[dict[str, Any]]:
    """Give the rules of a rule file."""
    text = (ROOT / "alerts" / f"postfix-{name}.yml").read_text(encoding="utf-8")
    return [rule for group in yaml.safe_load(text)["groups"] for rule in group["rules"]]


ALERTS = rules("alerts")
THRESHOLDS = {rule["labels"]["name"] for rule in rules("thresholds")}
RECORDED = sorted({rule["record"] for rule in rules("recording") + rules("thresholds")})


def blocks(language: str) -> list[tuple[str, str]]:
    """Give the code blocks of a language, each with its runbook's name."""
    fence = re.compile(rf"(?ms)^```{language}\n(.*?)^```$")
    return [(name, block) for name, text in RUNBOOKS.items() for block in fence.findall(text)]


QUERIES = blocks("promql")


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

TARGET = {"job", "instance"}
LEVELS = {
    "job": ["job"],
    "instance": [*TARGET],
    "instance_domain": [*TARGET, "domain"],
    "instance_domain_provider": [*TARGET, "domain", "provider"],
    "instance_domain_provider_cause": [*TARGET, "domain", "provider", "cause"],
    "domain_provider": ["job", "domain", "provider"],
    "domain_provider_cause": ["job", "domain", "provider", "cause"],
    "instance_destination": [*TARGET, "scope", "destination"],
    "destination": ["job", "scope", "destination"],
    "destination_cause": ["job", "scope", "destination", "cause"],
    "scope_cause": ["job", "scope", "cause"],
    "scope": ["job", "scope"],
    "postfix": [],
}
"""The labels that the first part of a recorded series' name stands for."""

VALUES = {
    "job": ["postfix"],
    "instance": ["mx1.example:9154", "mx2.example:9154"],
    "domain": ["gmail.com", "example.com"],
    "provider": ["google", "other"],
    "cause": CAUSES,
    "scope": ["domain", "provider", "receiver"],
    "destination": ["google", "example.com"],
    "stage": ["connection_setup", "transmission"],
    "le": ["0.5", "1.0", "+Inf"],
    "reason": ["authentication", "policy"],
    "alertstate": ["firing"],
}
"""What labels hold in the samples that queries are asked about; others hold one value each."""


def metrics() -> dict[str, set[str]]:
    """Give the labels of each series that a query may ask for."""
    known = dict.fromkeys(("up", *PROCESS), TARGET)
    known["ALERTS"] = TARGET | {"alertname", "alertstate", "severity", "scope", "destination"}
    for family in PublishedCollector(lambda: Published(Totals(), 0)).describe():
        labels = TARGET | set(getattr(family, "_labelnames", ()))
        ending = "_total" if family.type == "counter" else ""
        known[family.name + ending] = labels
        if family.type == "histogram":
            known[f"{family.name}_bucket"] = labels | {"le"}
    known["postfix_exporter_last_line_timestamp_seconds"] = TARGET  # only once a line was read
    for rule in rules("recording") + rules("thresholds"):
        name = rule["record"]
        level = LEVELS[name.partition(":")[0]]
        known.setdefault(name, set(level)).update(rule.get("labels", {}))
    known["destination:postfix_provider:info"] = {"job", "destination", "provider"}
    return known


ALARMING_AT_ZERO = {"up", "postfix_exporter_log_readable"}
PROCESS = (
    "process_cpu_seconds_total",
    "process_resident_memory_bytes",
    "process_start_time_seconds",
)
METRICS = metrics()
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


NOW = time.time() - 4 * 3600  # before what the rules record themselves


def recorded(name: str, labels: dict[str, str]) -> bool:
    """Whether the rules record such a series: by receiver there are failures of some causes only."""
    by_receiver = labels.get("scope") == "receiver" and ":" in name
    counted = re.match("destination_cause:postfix_failures:(increase|ratio)", name)
    return not by_receiver or bool(counted and labels["cause"] in WIDE.split("|"))


def sample_lines(now: float) -> Iterator[str]:
    """Yield samples of every series, of now and of a day ago, in OpenMetrics."""
    hours = [now - 300 * place for place in range(30, -1, -1)]
    moments = [moment - 86400 for moment in hours] + hours
    for name, labels in METRICS.items():
        ordered = sorted(labels)
        for values in product(*(VALUES.get(label, ["x"]) for label in ordered)):
            pairs = dict(zip(ordered, values, strict=True))
            if not recorded(name, pairs):
                continue
            inner = ",".join(f'{label}="{value}"' for label, value in pairs.items())
            for place, moment in enumerate(moments):
                value = 0 if name in ALARMING_AT_ZERO else place
                yield f"{name}{{{inner}}} {value} {moment:.0f}\n"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run a Prometheus that has the rules and samples of every series; give its address."""
    folder = tmp_path_factory.mktemp("prometheus")
    backfill(folder, "".join(sample_lines(NOW)))
    config = folder / "prometheus.yml"
    config.write_text(json.dumps({"rule_files": [str(ROOT / "alerts" / "postfix-*.yml")]}))
    listen = f"127.0.0.1:{free_port()}"
    command = [tool("prometheus"), f"--config.file={config}", f"--web.listen-address={listen}"]
    command += [f"--storage.tsdb.path={folder / 'data'}", "--log.level=error"]
    with subprocess.Popen(command) as process:
        try:
            eventually(lambda: query(listen, "vector(1)"))
            yield listen
        finally:
            process.kill()


@pytest.mark.parametrize(("name", "expression"), QUERIES)
def test_queries_run(name: str, expression: str, address: str) -> None:
    """A real Prometheus, where every series exists, gives some without an error or a warning."""
    parameters = urllib.parse.urlencode({"query": expression, "time": f"{NOW:.0f}"})
    try:
        with urllib.request.urlopen(
            f"http://{address}/api/v1/query?{parameters}", timeout=5
        ) as page:
            answer = json.load(page)
    except urllib.error.HTTPError as error:
        pytest.fail(f"{name}: {json.load(error)['error']}")
    assert answer["status"] == "success"
    assert not answer.get("warnings")
    assert answer["data"]["result"], f"{name}: no series"
