"""A history to findings, quarter after quarter.

In: a History. Out: for each quarter what was a problem in it. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from exporter.heuristics.clusters import Clusters, Finding
from exporter.heuristics.figures import figures, quarters
from exporter.heuristics.history import History, Run
from exporter.heuristics.outage import OUTAGE, Outages
from exporter.heuristics.own import NOTHING_DELIVERED, Own
from exporter.heuristics.windows import Destination, Sums, Taken, Timeline, verdict_destinations

EXPIRED = "PostfixMessagesExpired"
_DAY = quarters("1d")


def judged(
    history: History, first: int, end: int, taken: Taken | None = None
) -> Iterator[tuple[int, frozenset[Finding]]]:
    """Yield each quarter from `first` to before `end`, and what was a problem at its end.

    `taken` is of the same history. Quarters of a day without a failure are left out.
    """
    history.sort()
    taken = taken or Taken(history)
    sums, clusters = Sums(history, first), Clusters(taken)
    outages, own = Outages(history), Own(history)
    expired = _expired(history)
    while sums.end < end:
        if sums.is_empty() and (following := sums.next_rise()) > sums.end:
            sums.end = min(following, end)  # a log may have gaps of years
            continue
        sums.advance()
        found = clusters.findings(sums) | set(_given_up(expired, sums.end))
        lost = outages.findings(sums.end)
        ours = set(own.findings(sums.end, [one.destination for one in lost]))
        if any(one.alert == OUTAGE for one in lost):  # nothing else is worth a word
            found = set()
            ours = {one for one in ours if one.alert != NOTHING_DELIVERED}
        yield sums.end - 1, frozenset(found | lost | ours)


def _expired(history: History) -> dict[Destination, Timeline]:
    runs: dict[Destination, list[Run]] = defaultdict(list)
    for verdict, run in history.expired.items():
        for destination in verdict_destinations(verdict):
            if destination.is_named():
                runs[destination].append(run)
    return {destination: Timeline(of) for destination, of in runs.items()}


def _given_up(expired: dict[Destination, Timeline], end: int) -> Iterator[Finding]:
    enough = figures().values()["expired_min_recipients"]
    for destination, run in expired.items():
        if run.total(end - _DAY, end) >= enough:
            yield Finding(EXPIRED, destination, "")
