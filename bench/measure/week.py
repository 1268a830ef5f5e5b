"""Days of a fleet's series as blocks of a Prometheus' data, so that nobody waits for them.

In: the page of an exporter, and rules. Out: a folder of data in which each counter grew at the pace
that it had in the log, a sample a minute, and what the rules recorded every five minutes.
Only the rules that somebody reads are asked, each after those that it reads. A rule that reads its
own past finds nothing there; those of what was usual a week ago are left out.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from bench.measure.asked import Server

SCRAPE = 60
EVALUATE = 300
_BLOCK = 2 * 3600
"""promtool reads all of its input once for each block of two hours."""

_NAME = re.compile(r"\b[a-z_]+:[a-z0-9_]+(?::[a-z0-9_]+)?\b")


@dataclass(frozen=True, slots=True)
class Span:
    """The time that is filled, in seconds since the epoch; both ends are those of blocks."""

    begin: int
    end: int

    @classmethod
    def until(cls, moment: float, days: int) -> Span:
        """Give the days before a moment, to the end of the block before it."""
        end = int(moment) // _BLOCK * _BLOCK
        return cls(end - days * 86400, end)

    def blocks(self) -> range:
        """Give when each block begins."""
        return range(self.begin, self.end, _BLOCK)


def fill_counters(data: Path, span: Span, page: str, pace: float, instances: int) -> None:
    """Write the series of a page; `pace` is by how much of itself a counter grows in a second."""
    counters = [_sample(line) for line in page.splitlines() if not line.startswith("#")]
    labelled = [
        (_labelled(series, f"mx{instance}"), value, grows)
        for instance in range(instances)
        for series, value, grows in counters
    ]
    for begin in span.blocks():
        _backfill(data, _grown(labelled, span.begin, begin, pace))


def _sample(line: str) -> tuple[str, float, bool]:
    """Take a line apart: the series, its value, and whether it is a counter that grows."""
    series, _, value = line.rpartition(" ")
    return series, float(value), series.partition("{")[0].endswith("_total") and float(value) > 0


def _labelled(series: str, instance: str) -> str:
    name, _, labels = series.partition("{")
    target = f'job="postfix",instance="{instance}"'
    return f"{name}{{{target},{labels}" if labels else f"{name}{{{target}}}"


def _grown(
    labelled: Sequence[tuple[str, float, bool]], zero: int, begin: int, pace: float
) -> Iterator[str]:
    """Give the samples of a block."""
    for number, (series, value, grows) in enumerate(labelled):
        if grows:
            # what is rare does not happen everywhere at the same scrape
            phase, pace_of = value + number * 0.618 % 1, value * pace
            for moment in range(begin, begin + _BLOCK, SCRAPE):
                yield f"{series} {int(phase + pace_of * (moment - zero))} {moment}\n"
        else:
            for moment in range(begin, begin + _BLOCK, SCRAPE):
                yield f"{series} {value:g} {moment}\n"


def _backfill(data: Path, lines: Iterable[str]) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        sys.exit("promtool is missing: install Debian's package prometheus")
    text = data.parent / "samples.om"
    with text.open("w", encoding="utf-8", buffering=1 << 20) as file:
        file.writelines(lines)
        file.write("# EOF\n")
    command = [promtool, "tsdb", "create-blocks-from", "openmetrics", str(text), str(data)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    text.unlink()


# -- what the rules record -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rule:
    """A recording rule."""

    name: str
    expression: str
    labels: dict[str, str] = field(default_factory=dict)

    def reads(self) -> set[str]:
        """Give the recorded series that it reads, itself left out."""
        return set(_NAME.findall(self.expression)) - {self.name}


def fill_recorded(data: Path, span: Span, rules: Path, queries: Iterable[str]) -> None:
    """Write what those of a folder of rules record that some queries read, and what these read."""
    read = needed(_rules(rules), {name for query in queries for name in _NAME.findall(query)})
    for layer in layers(read):
        aside = data.with_name("recorded")
        with Server(data) as server:
            for begin in span.blocks():
                lines = [line for rule in layer for line in _recorded(server, rule, begin)]
                if lines:
                    _backfill(aside, lines)
        for block in aside.iterdir() if aside.exists() else ():
            block.rename(data / block.name)


def _rules(folder: Path) -> list[Rule]:
    read: list[dict[str, Any]] = [
        rule
        for file in sorted(folder.glob("postfix-*.yml"))
        for group in yaml.safe_load(file.read_text("utf-8"))["groups"]
        for rule in group["rules"]
    ]
    return [
        Rule(rule["record"], rule["expr"], rule.get("labels", {}))
        for rule in read
        if "record" in rule and "offset 1w" not in rule["expr"]
    ]


def needed(known: Sequence[Rule], names: set[str]) -> list[Rule]:
    """Give the rules of some series, and those of what these read."""
    while True:
        found = [rule for rule in known if rule.name in names]
        more = names.union(*(rule.reads() for rule in found))
        if more == names:
            return found
        names = more


def layers(rules: Sequence[Rule]) -> list[list[Rule]]:
    """Give rules in layers, each of which reads only the ones before."""
    left, found = list(rules), list[list[Rule]]()
    while left:
        waiting = {rule.name for rule in left}
        layer = [rule for rule in left if not rule.reads() & waiting] or left[:1]
        found.append(layer)
        left = [rule for rule in left if rule not in layer]
    return found


def _recorded(server: Server, rule: Rule, begin: int) -> Iterator[str]:
    end = begin + _BLOCK - EVALUATE
    for series in server.range(rule.expression, begin, end, EVALUATE)["result"]:
        labels = {**series["metric"], **rule.labels}
        labels.pop("__name__", None)
        written = ",".join(f'{label}="{value}"' for label, value in labels.items())
        for moment, value in series["values"]:
            yield f"{rule.name}{{{written}}} {value} {moment}\n"
