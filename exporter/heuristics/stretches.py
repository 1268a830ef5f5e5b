"""When something was: stretches of quarters of an hour that hang together.

In: runs of failures. Out: quarters from when until before when. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from exporter.heuristics.history import Run

_PAUSE = 8
"""Quarters without a failure, after which what comes is no longer the same."""

_WAVE = 10
"""A quarter is part of a wave if it has so much of the failures of the worst one: a tenth."""


def stretch(runs: Iterable[Run], found: list[int]) -> tuple[int, int]:
    """Give when failures began that led to what was found, and the quarter behind the last."""
    failing = sorted({quarter for run in runs for quarter in run.quarters})
    begin, end = found[0], found[-1] + 1
    for quarter in reversed(failing):
        if quarter < begin:
            if begin - quarter > _PAUSE:
                break
            begin = quarter
    within = [quarter for quarter in failing if begin <= quarter < end]
    return (within[0], within[-1] + 1) if within else (begin, end)


def waves(runs: Iterable[Run], begin: int, end: int) -> tuple[tuple[int, int], ...]:
    """Give the stretches in which most of the failures were, each with the quarter behind it."""
    rises: Counter[int] = Counter()
    for run in runs:
        for quarter, times in run:
            if begin <= quarter < end:
                rises[quarter] += times
    peak = max(rises.values(), default=0)
    return tuple(_joined(sorted(q for q, times in rises.items() if times * _WAVE >= peak)))


def _joined(quarters: list[int]) -> Iterator[tuple[int, int]]:
    begin = last = None
    for quarter in quarters:
        if begin is None or last is None or quarter - last > _PAUSE:
            if begin is not None and last is not None:
                yield begin, last + 1
            begin = quarter
        last = quarter
    if begin is not None and last is not None:
        yield begin, last + 1
