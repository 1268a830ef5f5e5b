"""What one reading of a queue comes to, and how a child hands it to its parent.

In: figures. Out: JSON, and the same figures again.
Lost: nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

QUEUES = ("maildrop", "incoming", "active", "deferred", "hold")
"""The queues that showq tells of; one of another name is OTHER_QUEUE."""

OTHER_QUEUE = "other"

AGES = tuple(10**power for power in range(1, 9))
SIZES = tuple(10**power for power in range(3, 10))
"""Upper bounds of the histograms, in seconds and bytes: those of the Go exporters."""


class Destination(NamedTuple):
    """Where deferred recipients are to go."""

    domain: str
    provider: str


@dataclass(slots=True)
class QueueFigures:
    """One queue: messages by the bounds of AGES and SIZES, sums, recipients by state."""

    ages: list[int] = field(default_factory=lambda: [0] * (len(AGES) + 1))
    sizes: list[int] = field(default_factory=lambda: [0] * (len(SIZES) + 1))
    seconds: float = 0.0
    bytes: int = 0
    oldest: float = 0.0
    recipients: dict[str, int] = field(default_factory=dict)

    def depth(self) -> int:
        """Give the number of messages."""
        return sum(self.ages)


@dataclass(frozen=True, slots=True)
class Figures:
    """All queues of one Postfix, and the deferred recipients in all of them by destination."""

    queues: Mapping[str, QueueFigures]
    deferred: Mapping[Destination, int]

    def packed(self) -> str:
        """Give the figures as JSON."""
        queues = {
            name: [getattr(queue, key) for key in QueueFigures.__slots__]
            for name, queue in self.queues.items()
        }
        deferred = [[*destination, times] for destination, times in self.deferred.items()]
        return json.dumps({"queues": queues, "deferred": deferred})


def unpacked(told: Any) -> Figures:
    """Give the figures of what `packed` wrote, read as JSON."""
    return Figures(
        {name: QueueFigures(*values) for name, values in told["queues"].items()},
        {Destination(domain, name): times for domain, name, times in told["deferred"]},
    )
