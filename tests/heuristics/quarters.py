"""The series of a rule's scenario as what rose in each quarter of an hour."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import TypeVar

from exporter.counts.totals import Attempt, Verdict
from exporter.heuristics.history import History, Rises
from tests.alerts.series import Series

_K = TypeVar("_K")

LAST = 100_000
"""The number of the quarter that ends at the moment that is looked at."""

_BY_VERDICT = {
    "postfix_refused_recipients_total": "refused",
    "postfix_expired_recipients_total": "expired",
    "postfix_suspended_attempts_total": "suspended",
}
_LABEL = re.compile(r'(\w+)="([^"]*)"')
_VALUES = re.compile(
    r"(?P<value>-?[\d.]+)(?P<step>[+-][\d.]+)?(?:x(?P<times>\d+))?|_(?:x(?P<none>\d+))?"
)


def labels_of(series: Series) -> dict[str, str]:
    """Give the labels of a series."""
    return dict(_LABEL.findall(series.name))


def history_of(all_series: list[Series], moment: int) -> History:
    """Give what rose before a moment, in minutes; what the heuristics do not read is left out."""
    history = History()
    for one in all_series:
        labels, metric = labels_of(one), one.name.partition("{")[0]
        if metric == "postfix_delivery_attempts_total":
            of = (labels[name] for name in Attempt._fields)
            _add(history.attempts, Attempt(*of), one, moment)
        elif metric in _BY_VERDICT:
            verdict = Verdict(*(labels[name] for name in Verdict._fields))
            _add(getattr(history, _BY_VERDICT[metric]), verdict, one, moment)
    return history


def _add(rises: Rises[_K], key: _K, series: Series, moment: int) -> None:
    by_quarter: dict[int, float] = defaultdict(float)
    for minute, rise in _rises(series):
        if minute < moment:
            by_quarter[LAST + (minute - moment) // 15 + 1] += rise
    rest = 0.0
    for quarter in sorted(by_quarter):
        rest += by_quarter[quarter]
        if times := round(rest):
            rises[key].add(quarter, times)
            rest -= times


def _rises(series: Series) -> Iterator[tuple[int, float]]:
    """Give minutes, and how much the series rose in each."""
    minute = 0
    for minutes, rate in series.segments:
        yield from ((minute + number, rate) for number in range(minutes))
        minute += minutes
    before = None
    for place, value in enumerate(_values(series.values)):
        if value is not None:
            if before is not None and value >= before:
                yield max(place - 1, 0), value - before
            before = value


def _values(text: str) -> Iterator[float | None]:
    for part in text.split():
        read = _VALUES.fullmatch(part)
        assert read, part
        if read["value"] is None:
            yield from [None] * int(read["none"] or 1)
            continue
        for number in range(int(read["times"] or 0) + 1):
            yield float(read["value"]) + number * float(read["step"] or 0)
