"""The runbooks, their queries, and the series that a query may ask for."""

from __future__ import annotations

import re
from typing import Any

import yaml

from exporter.counts.totals import Totals
from exporter.page.exposition import PublishedCollector
from exporter.tally import Published
from tests.pages import ROOT

FOLDER = ROOT / "alerts" / "runbooks"
RUNBOOKS = {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*"))}


def rules(name: str) -> list[dict[str, Any]]:
    """Give the rules of a rule file."""
    text = (ROOT / "alerts" / f"postfix-{name}.yml").read_text(encoding="utf-8")
    return [rule for group in yaml.safe_load(text)["groups"] for rule in group["rules"]]


def blocks(language: str) -> list[tuple[str, str]]:
    """Give the code blocks of a language, each with its runbook's name."""
    fence = re.compile(rf"(?ms)^```{language}\n(.*?)^```$")
    return [(name, block) for name, text in RUNBOOKS.items() for block in fence.findall(text)]


QUERIES = blocks("promql")

TARGET = {"job", "instance"}
LEVELS = {
    "job": ["job"],
    "instance": [*TARGET],
    "instance_service": [*TARGET, "service"],
    "instance_status": [*TARGET, "status"],
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


PROCESS = (
    "process_cpu_seconds_total",
    "process_resident_memory_bytes",
    "process_start_time_seconds",
)
METRICS = metrics()
