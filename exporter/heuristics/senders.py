"""Whose mail it was that a problem is about: attempts by sender.

In: the attempts of a problem, and the senders of all attempts, where they were counted. Out: the
problem's senders, those with most attempts first.
Pure. Senders are counted by provider and cause and not by domain, and receivers of no table are one
there: where others were refused as well for the same cause, nothing is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from exporter.counts.totals import Attempt
from exporter.heuristics.history import History
from exporter.heuristics.worst import ranked
from exporter.verdict.providers import listed

ITS_OWN = 0.9
"""The share of the attempts with the same provider and cause that are the problem's, at least."""


def senders_of(
    history: History, attempts: Mapping[Attempt, int], begin: int, end: int
) -> tuple[tuple[str, int], ...]:
    """Give senders with how many of the attempts were theirs, none where it cannot be told.

    `attempts` are the problem's in the quarters from `begin` to before `end`.
    """
    if not history.senders:
        return ()
    pairs = {(listed(one.provider), one.cause) for one in attempts}
    told: Counter[str] = Counter()
    for (sender, provider, cause), run in history.senders.items():
        if (provider, cause) in pairs:
            told[sender] += run.total(begin, end)
    if sum(attempts.values()) < ITS_OWN * told.total():
        return ()
    return tuple(ranked(+told))
