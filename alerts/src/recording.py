"""The recording rules: from the exporter's counters to clusters of refusals.

Raw counters are read over a quarter of an hour. Two hours are the sum of these quarters, three
overlapping ones for each moment, so that nothing falls between two of them; longer windows are sums
of shorter ones. Reading a day of raw counters of a large fleet would take minutes.
"""

from __future__ import annotations

from alerts.src import destinations, outage, own, problems, quarters, slow
from alerts.src.rules import Group


def groups() -> tuple[Group, ...]:
    """Give the groups of recording rules in the order in which they build on each other."""
    return (
        quarters.group(),
        destinations.group(),
        slow.group(),
        outage.group(),
        own.group(),
        problems.group(),
    )
