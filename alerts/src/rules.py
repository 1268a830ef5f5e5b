"""Rules as data, and how they are written as YAML.

In: groups of rules. Out: the text of a rule file for Prometheus 2.42 or later.
An expression is a head and its guards, clauses that begin with `and` or `unless`; so a check can
leave out each guard in turn and see whether any scenario notices.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import yaml

_WIDTH = 98

OFTEN = 150
"""Seconds after which what is judged by the hour is looked at again.

They are half the step in which quarters of an hour become two hours, so that each moment is in
three of them, neither more nor less. Every minute would cost two and a half times as much.
"""

SELDOM = 240
"""Seconds for groups that need it seldom: Prometheus shows a sample for five minutes."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A PromQL expression: what is looked at, and the conditions that must hold besides."""

    head: str
    guards: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Give the PromQL text."""
        return "\n".join((self.head, *self.guards))


@dataclass(frozen=True, slots=True)
class Record:
    """A recording rule; `meaning` says in one sentence what the series is."""

    name: str
    meaning: str
    expression: Expression
    labels: Mapping[str, str] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """Give the rule as lines of YAML."""
        return [
            *_comment(self.meaning),
            f"- record: {self.name}",
            *_labels(self.labels),
            *_block("expr", str(self.expression)),
        ]


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert rule; it fires after `wait`, and for `keep` after it is over (Prometheus durations)."""

    name: str
    meaning: str
    expression: Expression
    wait: str
    keep: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]

    def lines(self) -> list[str]:
        """Give the rule as lines of YAML."""
        durations = {"for": self.wait, "keep_firing_for": self.keep}
        return [
            *_comment(self.meaning),
            f"- alert: {self.name}",
            *_block("expr", str(self.expression)),
            *(f"  {key}: {value}" for key, value in durations.items() if value),
            *_labels(self.labels),
            "  annotations:",
            *(line for item in self.annotations.items() for line in _text(*item)),
        ]


@dataclass(frozen=True, slots=True)
class Group:
    """Rules that are evaluated one after the other, each seeing what the ones before recorded.

    `interval` is after how many seconds again, if not as often as Prometheus does by default;
    `offset` is at which second of it, for vmalert alone.
    """

    name: str
    meaning: str
    rules: tuple[Record | Alert, ...]
    interval: int = 0
    offset: int | None = None


def render(introduction: str, groups: Iterable[Group]) -> str:
    """Write a rule file."""
    lines = [*_comment(introduction), "groups:"]
    for group in groups:
        lines += ["", *_comment(group.meaning), f"- name: {group.name}"]
        lines += [f"  interval: {group.interval}s"] if group.interval else []
        if group.offset is not None:
            # without nocache it answers with what was half a minute ago (-search.latencyOffset)
            lines += [f"  eval_offset: {group.offset}s", '  params: {nocache: ["1"]}']
        lines.append("  rules:")
        for rule in group.rules:
            lines += ["", *("  " + line for line in rule.lines())]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _comment(text: str) -> list[str]:
    paragraphs = text.split("\n")
    return [
        f"# {line}".rstrip()
        for paragraph in paragraphs
        for line in textwrap.wrap(paragraph, _WIDTH) or [""]
    ]


def _labels(labels: Mapping[str, str]) -> list[str]:
    inner = ", ".join(f"{name}: {_quoted(value)}" for name, value in labels.items())
    return [f"  labels: {{{inner}}}"] if labels else []


def _block(key: str, text: str) -> list[str]:
    return [f"  {key}: |-", *("    " + line for line in text.split("\n"))]


def _text(key: str, text: str) -> list[str]:
    """Give an annotation; one of several lines becomes one line again when it is read."""
    if "\n" not in text:
        return [f"    {key}: {_quoted(text)}"]
    return [f"    {key}: >-", *("      " + line for line in text.split("\n"))]


def _quoted(text: str) -> str:
    is_plain = text.isidentifier() and yaml.safe_load(text) == text  # `true` is none
    return text if is_plain else json.dumps(text, ensure_ascii=False)
