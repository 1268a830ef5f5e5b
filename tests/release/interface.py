"""What users build upon, as lines of text: docs/compatibility.md says what a release promises of it.

In: the exporter's own metrics, flags, keys and checkpoint, the rule files, the dashboards.
`python -m tests.release.interface` writes it to tests/interface.txt.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from exporter import flags
from exporter.checkpoint.blocks import FORMAT
from exporter.triage import cli as triage
from tests.documents import text
from tests.pages import ROOT

FILE = ROOT / "tests" / "interface.txt"


def interface() -> str:
    """Give it: a line each, in order."""
    lines = [*_metrics(), *_flags(), *_keys(), *_rules(), *_dashboards(), f"checkpoint {FORMAT}"]
    return "".join(f"{line}\n" for line in sorted(set(lines)))


def _metrics() -> Iterator[str]:
    """Give names, types and labels, as the generated page has them."""
    rows = re.findall(r"(?m)^\| `(\w+)` \| (\w+) \| (.*?) \|", text("docs/metrics.md"))
    for name, kind, told in rows:
        yield " ".join(["metric", name, kind, *re.findall(r"\w+", told)])


def _flags() -> Iterator[str]:
    for parser in (flags.flag_parser(), triage.flag_parser()):
        for action in parser._actions:
            for name in action.option_strings:
                takes = "" if action.nargs == 0 else " VALUE"
                if not isinstance(action, argparse._HelpAction):
                    yield f"flag {parser.prog} {name}{takes}"


def _keys() -> Iterator[str]:
    """Give the keys of the configuration, as its page has them: a test holds that it has all."""
    for row in re.findall(r"(?m)^\| (`[\w.]+`(?:, `[\w.]+`)*) \|", text("docs/configuration.md")):
        yield from (f"key {name}" for name in re.findall(r"[\w.]+", row))


def _rules() -> Iterator[str]:
    for file in (ROOT / "alerts").glob("postfix-*.yml"):
        for group in yaml.safe_load(file.read_text("utf-8"))["groups"]:
            for rule in group["rules"]:
                labels = rule.get("labels", {})
                if "alert" in rule:
                    yield f"alert {rule['alert']} {labels['severity']} {labels['category']}"
                elif rule["record"] == "postfix:alert_threshold":
                    yield f"threshold {labels['name']}"


def _dashboards() -> Iterator[str]:
    return (f"dashboard {path.stem}" for path in (ROOT / "dashboards").glob("*.json"))


if __name__ == "__main__":
    Path(FILE).write_text(interface(), "utf-8")
