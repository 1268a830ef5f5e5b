"""Reading a page of metrics in tests, with prometheus_client's own parser."""

from __future__ import annotations

import contextlib
import gzip
import io
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from exporter.cli import main

ROOT = Path(__file__).parents[1]
CORPUS = Path(__file__).parent / "corpus"

Samples = dict[str, dict[tuple[str, ...], float]]


def content(path: Path) -> bytes:
    """Give a log, unpacked."""
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


def samples(page: str) -> Samples:
    """Give the samples of a page: name -> label values, in the order of label names -> value."""
    found: Samples = {}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            values = tuple(sample.labels[name] for name in sorted(sample.labels))
            found.setdefault(sample.name, {})[values] = sample.value
    return found


def once(*arguments: str | Path) -> Samples:
    """Run `--once` in this process on the given paths and flags; give the samples printed."""
    output = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    flags: list[str] = ["--once"]
    for argument in map(str, arguments):
        flags += [argument] if argument.startswith("--") else ["--postfix.logfile-path", argument]
    with contextlib.redirect_stdout(output):
        assert main(flags) == 0
    output.flush()
    assert isinstance(output.buffer, io.BytesIO)
    return samples(output.buffer.getvalue().decode())


def run(*arguments: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    command: Sequence[str] = [sys.executable, "-m", "exporter", *map(str, arguments)]
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False, **options
    )


def attempts(page: Samples) -> Counter[tuple[str, str, str]]:
    """Give delivery attempts per domain, code and status."""
    counted: Counter[tuple[str, str, str]] = Counter()
    for labels, value in page.get("postfix_delivery_attempts_total", {}).items():
        _cause, domain, _class, code, _provider, _repeat, status = labels
        counted[domain, code, status] += int(value)
    return counted


def by_agent(page: Samples) -> Counter[tuple[str, str]]:
    """Give delivery records per agent and status."""
    counted: Counter[tuple[str, str]] = Counter()
    for (agent, status), value in page.get("postfix_agent_delivery_attempts_total", {}).items():
        counted[agent, status] += int(value)
    return counted


def all_attempts(page: Samples, domain: str) -> int | None:
    """Give the delivery attempts at a domain; None without a series."""
    found = [
        int(value)
        for labels, value in page.get("postfix_delivery_attempts_total", {}).items()
        if labels[1] == domain
    ]
    return sum(found) if found else None
