"""Sentences of a report, which text and page share.

In: a Report or a Problem. Out: a sentence. Times are those of the host.
Pure.
"""

from __future__ import annotations

from datetime import datetime

from exporter.heuristics.figures import QUARTER
from exporter.heuristics.measuring import Problem
from exporter.triage.report import Report


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


def when(problem: Problem) -> str:
    """Give when a problem was, and its waves."""
    begin, end = problem.begin * QUARTER, problem.end * QUARTER  # to a quarter of an hour
    if problem.goes_on:
        text = f"since {day(begin)}, and it goes on"
    else:
        text = f"{day(begin)} - {clock(end, begin)}, over"
    if len(problem.waves) > 1:
        starts = ", ".join(clock(wave * QUARTER, begin) for wave, _ in problem.waves[:6])
        text += f"; {len(problem.waves)} waves, from {starts}"
    return text


def what(problem: Problem) -> str:
    """Give how much a problem is, and against what."""
    if not problem.messages:
        return f"{problem.recipients:,} recipients were given up"
    parts = [f"{problem.failures:,} of {problem.messages:,} messages ({problem.ratio:.1%})"]
    if problem.recipients:
        parts.append(f"of {problem.recipients:,} recipients")
    text = " ".join(parts)
    if len(problem.receivers) == 1:
        receiver = problem.receivers[0]
        others = [one for one in receiver.domains if one != receiver.destination.name]
        if others:
            more = f" and {len(others) - 3} more" if len(others) > 3 else ""
            text += f", for {', '.join(others[:3])}{more}"
    against = []
    if problem.elsewhere is not None:
        against.append(f"{problem.elsewhere:.1%} at all others")
    if problem.before is not None:
        against.append(f"{problem.before:.1%} here in the 24 h before")
    kind = (
        "for good"
        if problem.permanent > 0.9
        else "for now"
        if problem.permanent < 0.1
        else (f"{problem.permanent:.0%} for good")
    )
    text += f"; {kind}"
    if against:
        text += "; " + ", ".join(against)
    if problem.retries:
        text += f". {problem.retries:,} retries failed, too"
    if problem.suspended:
        text += f"; {problem.suspended:,} times Postfix did not try for it"
    return text


def day(moment: float) -> str:
    """Give a moment as day and time."""
    return datetime.fromtimestamp(moment).strftime("%d %b %Y %H:%M")


def clock(moment: float, near: float) -> str:
    """Give the time, with the day where that is another one."""
    at, other = datetime.fromtimestamp(moment), datetime.fromtimestamp(near)
    return at.strftime("%H:%M" if at.date() == other.date() else "%d %b %H:%M")


def code(name: str, times: int, meaning: str) -> str:
    """Give a code or a reason, how often it was said, and what it means."""
    return f"{name} {times:,}" + (f"  {meaning}" if meaning else "")


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
