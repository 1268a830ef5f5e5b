"""The recording rules: from the exporter's counters to clusters of refusals.

Raw counters are read over a quarter of an hour. Two hours are the sum of these quarters, three
overlapping ones for each moment, so that nothing falls between two of them; longer windows are sums
of shorter ones. Reading a day of raw counters of a large fleet would take minutes.
"""

from __future__ import annotations

from alerts.src import destinations, outage, own, problems, quarters, queue, server, slow
from alerts.src.rules import OFTEN, Group


def groups() -> tuple[Group, ...]:
    """Give the groups of recording rules, each of which reads those before it.

    They are few, for Prometheus evaluates each at a moment of its own.
    """
    return (
        Group(
            "postfix-delivery-counts",
            "What the exporters counted within a quarter of an hour, and by destination within two"
            " hours.",
            (*quarters.rules(), *destinations.rules()),
            OFTEN,
        ),
        slow.group(),
        Group(
            "postfix-delivery-problems",
            "What alerts read: our own network and other faults of ours, clusters, list quality, and"
            " refusals by many receivers at once.",
            (*outage.rules(), *own.rules(), *problems.rules()),
            OFTEN,
        ),
        queue.group(),
        *server.groups(),
    )
