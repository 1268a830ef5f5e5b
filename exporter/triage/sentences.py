"""Sentences of a report, which text and page share.

In: a Report. Out: a sentence. Times are those of the host. Pure; those on a problem are in
heuristics/sentences.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from exporter.heuristics.figures import QUARTER
from exporter.heuristics.sentences import day
from exporter.triage.report import Report

_MOST_SENDERS = 3
_LEAST = 0.01
"""The share of a sender that is told by name."""


def read(report: Report) -> str:
    """Give what was read: from when to when, how many lines."""
    understood = "" if report.not_understood else ", no record misread"
    if report.first is None or report.last is None:
        return f"{report.lines:,} lines{understood}"
    hours = (report.last - report.first) / 3600
    lasts = (
        f"{hours / 24:.0f} days"
        if hours >= 72
        else f"{hours:.0f} h"
        if hours >= 2
        else (f"{hours * 60:.0f} minutes")
    )
    span = f"{day(report.first)} - {day(report.last)} ({lasts})"
    return f"{span}, {report.lines:,} lines{understood}"


def ended(report: Report) -> str:
    """Give how messages ended."""
    share = report.delivered / report.messages
    waits = f"; {report.waiting:,} recipients wait" if report.waiting else ""
    return (
        f"{report.messages:,} messages: {report.delivered:,} delivered at once ({share:.1%}),"
        f" {report.permanent:,} refused for good, {report.temporary:,} put off at first{waits}"
    )


def code(name: str, times: int, meaning: str) -> str:
    """Give a code or a reason, how often it was said, and what it means."""
    return f"{name} {times:,}" + (f"  {meaning}" if meaning else "")


def senders(told: Sequence[tuple[str, int]]) -> str:
    """Give who sent what was refused, with the share of each; the rest is one."""
    total = sum(times for _, times in told)
    shown = [(who, times) for who, times in told[:_MOST_SENDERS] if times >= _LEAST * total]
    rest = total - sum(times for _, times in shown)
    shown += [("others", rest)] if rest else []
    shares = ", ".join(f"{who} {times / total:.0%}" for who, times in shown)
    return f"{shares} of {total:,} failed attempts"


def usual(report: Report) -> str:
    """Give all first failures by cause."""
    told = ", ".join(f"{times:,} {cause.replace('_', ' ')}" for cause, times in report.usual)
    return f"All first failures: {told}."


def axis(report: Report) -> str:
    """Give where a time line begins, and how long a bar is."""
    hours = report.seconds_of_bar // 3600
    unit = "an hour" if hours == 1 else f"{hours} hours"
    return f"from {day(begin(report))}, a bar is {unit}"


def begin(report: Report) -> float:
    """Give when the first bar of a time line begins, in seconds since the epoch."""
    return (report.first or 0.0) // QUARTER * QUARTER
