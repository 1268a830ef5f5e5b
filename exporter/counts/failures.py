"""What was not sent, until a commit turns it into series.

In: failures as counting.py judged them. Out: how often each came with the same labels.
Lost: nothing.
"""

from __future__ import annotations

from collections import Counter

from exporter.verdict.judge import Decision

Failure = tuple[str, str, Decision, bool, bool]
"""Labels of domain and provider; why; whether it is a repeat, whether somebody is newly refused."""

MOST = 1 << 13
"""Different failures tallied before they are settled; a commit comes earlier, as a rule."""


class Failures:
    """What was not sent since the last commit."""

    def __init__(self) -> None:
        self.judged: Counter[Failure] = Counter()
        """Failed attempts at remote destinations."""
        self.by_origin: Counter[tuple[bytes, bytes]] = Counter()
        """These and all other records of what was not sent, by origin and status as logged."""

    def is_full(self) -> bool:
        """Whether it is time to settle."""
        return len(self.judged) > MOST
