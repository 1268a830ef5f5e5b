"""Sentences on a problem, which the report and the page at / share.

In: a Problem. Out: a sentence. Times are those of a zone, or of the host.
Pure.
"""

from __future__ import annotations

from datetime import datetime, tzinfo

from exporter.heuristics.figures import QUARTER
from exporter.heuristics.measuring import Problem

_LAST = 253402214400.0
"""The last day of the year 9999, behind which Python tells no time in some zones."""


def when(problem: Problem, zone: tzinfo | None = None) -> str:
    """Give when a problem was, and its waves."""
    begin, end = problem.begin * QUARTER, problem.end * QUARTER  # to a quarter of an hour
    if problem.goes_on:
        text = f"since {day(begin, zone)}, and it goes on"
    else:
        text = f"{day(begin, zone)} - {clock(end, begin, zone)}, over"
    if len(problem.waves) > 1:
        starts = ", ".join(clock(wave * QUARTER, begin, zone) for wave, _ in problem.waves[:6])
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


def day(moment: float, zone: tzinfo | None = None) -> str:
    """Give a moment as day and time; a zone that is not the host's is named."""
    return _at(moment, zone).strftime("%d %b %Y %H:%M %Z").rstrip()


def clock(moment: float, near: float, zone: tzinfo | None = None) -> str:
    """Give the time, with the day where that is another one."""
    at, other = _at(moment, zone), _at(near, zone)
    return at.strftime("%H:%M" if at.date() == other.date() else "%d %b %H:%M")


def _at(moment: float, zone: tzinfo | None) -> datetime:
    return datetime.fromtimestamp(max(0.0, min(moment, _LAST)), zone)
