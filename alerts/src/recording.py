"""The recording rules: from the exporter's counters to clusters of refusals.

Raw counters are read over a quarter of an hour. Two hours are the sum of these quarters, three
overlapping ones for each moment, so that nothing falls between two of them; longer windows are sums
of shorter ones. Reading a day of raw counters of a large fleet would take minutes.
"""

from __future__ import annotations

from alerts.src import concentration, destinations, outage, own, problems, quarters, queue
from alerts.src.rules import Group


def groups() -> tuple[Group, ...]:
    """Give the groups of recording rules in the order in which they build on each other."""
    return (
        quarters.group(),
        Group(
            "postfix-delivery-destinations",
            "The same by destination: recipient domain, provider, receiver.",
            (*destinations.rules(), *concentration.rules()),
        ),
        outage.group(),
        own.group(),
        problems.group(),
        queue.group(),
    )
