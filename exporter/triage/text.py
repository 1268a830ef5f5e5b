"""A report as text of 80 columns.

In: a Report. Out: lines. Colours where they are asked for.
Pure. What comes from a log is printable by then: domains are host names, replies are skeletons.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from exporter.heuristics import words
from exporter.heuristics.measuring import Receiver
from exporter.heuristics.sentences import what, when
from exporter.triage import sentences
from exporter.triage.report import CHURN, PROBLEM, Report, Told

WIDTH = 80
_BARS = "▁▂▃▄▅▆▇█"
_INDENT = 3
_LABEL = 10
_MOST_ROWS = 10
_STYLES = {PROBLEM: "1;31", CHURN: "1;32"}


class Style:
    """Colours, or none."""

    def __init__(self, *, is_coloured: bool) -> None:
        self._is_coloured = is_coloured

    def __call__(self, text: str, style: str) -> str:
        """Give a text in a style, an SGR parameter (ECMA-48)."""
        return f"\033[{style}m{text}\033[0m" if self._is_coloured and style else text


def lines(report: Report, *, is_coloured: bool = False) -> Iterator[str]:
    """Yield the lines of a report, without newlines."""
    style = Style(is_coloured=is_coloured)
    for line in textwrap.wrap(report.verdict, WIDTH):
        yield style(line, _STYLES.get(report.outcome, "1"))
    yield ""
    yield from _wrapped(sentences.read(report), "", "")
    if report.messages:
        yield from _wrapped(sentences.ended(report), "", "")
    if report.not_understood:
        yield from _wrapped(report.not_understood, "", "")
    if any(messages for _, messages in report.hours):
        yield from _time_line(report.hours, report, "")
    for number, one in enumerate(report.problems, 1):
        yield ""
        yield from _problem(number, one, report, style)
    yield from _rest(report, style)


def _problem(number: int, one: Told, report: Report, style: Style) -> Iterator[str]:
    problem = one.problem
    title = textwrap.wrap(one.title, WIDTH - _INDENT) or [""]
    yield f"{number:<{_INDENT}}" + style(title[0], "1")
    for line in title[1:]:
        yield " " * _INDENT + style(line, "1")
    yield from _field("when", when(problem))
    yield from _field("what", what(problem))
    if len(problem.receivers) > 1:
        yield from _receivers(problem.receivers)
    if problem.senders:
        yield from _field("senders", sentences.senders(problem.senders))
    for code in one.codes[:3]:
        yield from _field("code", sentences.code(*code))
    for sample in one.samples:
        yield from _field("said", sample)
    if one.meaning:
        yield from _field("means", one.meaning)
    for reason in one.reasons:
        if reason[2]:
            yield from _field("reason", sentences.code(*reason))
    for place, step in enumerate(one.next, 1):
        yield from _field("do" if place == 1 else "", f"{place}. {step}")
    if sum(failures > 0 for failures, _ in one.hours) > 1:
        yield from _time_line(one.hours, report, " " * _INDENT + "hours".ljust(_LABEL))
    yield " " * _INDENT + "lines".ljust(_LABEL) + one.command


def _receivers(receivers: Sequence[Receiver]) -> Iterator[str]:
    margin = " " * (_INDENT + _LABEL)
    yield f"{margin}{'receiver':<36}{'messages':>10}{'failed':>10}{'share':>9}"
    for of in receivers[:_MOST_ROWS]:
        name = words.name_of(of.destination)[:35]
        failed = of.failures or of.recipients
        share = f"{of.ratio:.0%}" if of.failures else ""
        yield f"{margin}{name:<36}{of.messages:>10,}{failed:>10,}{share:>9}"
    if len(receivers) > _MOST_ROWS:
        yield f"{margin}and {len(receivers) - _MOST_ROWS} more"


def _time_line(hours: Sequence[tuple[int, int]], report: Report, label: str) -> Iterator[str]:
    """Yield bars: the share of failures, or a dot where there was no mail."""
    room = WIDTH - max(len(label), _INDENT + _LABEL)
    label = label or "failed".ljust(_INDENT + _LABEL)
    for start in range(0, len(hours), room):
        part = hours[start : start + room]
        bars = "".join(
            "·" if not messages else _BARS[min(7, 8 * failures // messages)] if failures else "_"
            for failures, messages in part
        )
        yield label + bars
        label = " " * len(label)
    yield label + sentences.axis(report)


def _rest(report: Report, style: Style) -> Iterator[str]:
    if report.looked_at:
        yield ""
        heading = "Looked at, and no problem of reputation" if report.messages else "Seen"
        yield style(heading, "1")
        for name, text in report.looked_at:
            yield from _field(name, text, label=_INDENT + _LABEL)
    if report.usual:
        yield ""
        yield from _wrapped(sentences.usual(report), "", "")


def _field(name: str, text: str, label: int = _LABEL) -> Iterator[str]:
    yield from _wrapped(text, " " * _INDENT + name.ljust(label), " " * (_INDENT + label))


def _wrapped(text: str, first: str, later: str) -> Iterable[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=later, break_on_hyphens=False
    )
