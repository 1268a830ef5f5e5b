"""Rule files to rules in the order in which they are evaluated.

In: the files of alerts/. Out: blocks of rules: a block that reads what it records itself, minute
after minute, or a single rule that needs no such care.
Pure, but for reading the files.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from exporter.system.errors import ExporterError
from replay.remote_write import Labels

FILES = ("postfix-thresholds.yml", "postfix-recording.yml", "postfix-alerts.yml")
"""In the order in which what they record is read; words for templates are in another file."""

_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_:]*")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule; `lasts` and `keeps` are `for` and `keep_firing_for` of an alert, in seconds."""

    name: str
    expression: str
    labels: tuple[tuple[str, str], ...] = ()
    is_alert: bool = False
    lasts: float = 0.0
    keeps: float = 0.0
    summary: str = ""

    def result(self, labels: Labels) -> Labels:
        """Give the labels of what is recorded, or of an alert, of those of an answer."""
        named = dict(labels) | dict(self.labels)
        named["alertname" if self.is_alert else "__name__"] = self.name
        if self.is_alert:
            named.pop("__name__", None)
        return tuple(sorted(named.items()))

    def names(self) -> set[str]:
        """Give what may be names of metrics in the expression."""
        return set(_NAME.findall(self.expression))


@dataclass(frozen=True, slots=True)
class Block:
    """Rules that are evaluated together; each minute before the next where they read themselves."""

    rules: tuple[Rule, ...]
    reads_itself: bool


def blocks(folder: Path) -> list[Block]:
    """Read the rule files of a folder; give their rules as blocks, in order."""
    rules = [rule for name in FILES for rule in _read(folder / name)]
    recorded: dict[str, list[int]] = defaultdict(list)
    for place, rule in enumerate(rules):
        if not rule.is_alert:
            recorded[rule.name].append(place)
    reach = [
        max((later for name in rule.names() for later in recorded.get(name, ())), default=-1)
        for rule in rules
    ]
    return list(_grouped(rules, reach))


def _grouped(rules: Sequence[Rule], reach: Sequence[int]) -> Iterator[Block]:
    """Yield blocks: who reads what is recorded later is evaluated together with all up to there."""
    begin = 0
    while begin < len(rules):
        end, place = begin, begin
        while place <= end:
            end = max(end, reach[place])
            place += 1
        reads_itself = any(reach[one] >= one for one in range(begin, end + 1))
        yield Block(tuple(rules[begin : end + 1]), reads_itself)
        begin = end + 1


def _read(path: Path) -> Iterator[Rule]:
    try:
        groups = yaml.safe_load(path.read_text("utf-8"))["groups"]
        for group in groups:
            for told in group["rules"]:
                yield _rule(told)
    except OSError as error:
        raise ExporterError(
            f"cannot read rules {path}: {error.strerror}; name the folder that holds"
            f" {', '.join(FILES)} with --rules"
        ) from error
    except (KeyError, TypeError, ValueError, yaml.YAMLError) as error:
        raise ExporterError(
            f"cannot read rules {path}: {error}; promtool check rules tells more"
        ) from error


def _rule(told: dict[str, Any]) -> Rule:
    labels = tuple((name, _text(value)) for name, value in told.get("labels", {}).items())
    return Rule(
        told.get("record") or told["alert"],
        told["expr"].strip(),
        labels,
        "alert" in told,
        _duration(told.get("for", "0s")),
        _duration(told.get("keep_firing_for", "0s")),
        told.get("annotations", {}).get("summary", ""),
    )


def _text(value: object) -> str:
    """Give a label as Prometheus reads it, for which every value is text."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _duration(text: str) -> float:
    parts: Iterable[tuple[str, str]] = re.findall(r"(\d+)(ms|[smhdw])", text)
    return sum(int(number) * _SECONDS[unit] for number, unit in parts)
