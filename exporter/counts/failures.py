"""Failures by their labels, until a commit turns them into series.

In: failures as counting.py judged them. Out: how many were first and how many repeated ones, and
how many recipients were newly refused.
Lost: nothing.
"""

from __future__ import annotations

from collections import Counter

from exporter.counts.receivers import Receivers
from exporter.counts.totals import Verdict
from exporter.verdict.classify import SUSPENDED

Labels = tuple[str, str, str, str, bool, bytes, bytes, bytes]
"""Domain, provider, cause; the rule's id; whether Postfix repeats an older failure; origin, dsn and
status as logged."""

MOST = 1 << 11
"""Combinations of labels tallied before they are settled; a commit comes earlier, as a rule."""

_NO_REFUSAL = frozenset({"local", "network"})
"""Causes that are no word of a receiver about a recipient."""


class Failure:
    """The failures with the same labels.

    `times` are first and repeated ones, `newly_refused` are recipients; `is_refusal` says whether
    it is a receiver's word about a recipient, `is_suspended` that Postfix did not try. The cause
    of `verdict` is that of the failure that it repeats then.
    """

    __slots__ = ("is_refusal", "is_suspended", "labels", "newly_refused", "times", "verdict")

    def __init__(self, labels: Labels, receivers: Receivers) -> None:
        domain, judged, cause, _, is_suspended, _, _, _ = self.labels = labels
        self.times, self.newly_refused = [0, 0], 0
        self.verdict = Verdict(domain, receivers.label(domain, judged), cause)
        self.is_suspended = is_suspended or cause == SUSPENDED
        self.is_refusal = not self.is_suspended and cause not in _NO_REFUSAL


class _ByLabels(dict[Labels, Failure]):
    """Failures by labels as they were judged; the provider of each verdict is within the bounds."""

    def __init__(self, receivers: Receivers) -> None:
        super().__init__()
        self._receivers = receivers

    def __missing__(self, labels: Labels) -> Failure:
        failure = self[labels] = Failure(labels, self._receivers)
        return failure


class Failures:
    """What was not delivered since the last commit."""

    def __init__(self, receivers: Receivers) -> None:
        self.by_labels = _ByLabels(receivers)
        """The failures with some labels; a look makes an entry where there is none."""
        self.by_agent_only: Counter[tuple[bytes, bytes]] = Counter()
        """Records of probes and of hops inside our own system, by origin and status as logged."""

    def is_full(self) -> bool:
        """Whether it is time to settle."""
        return len(self.by_labels) > MOST

    def clear(self) -> None:
        """Forget what was settled."""
        self.by_labels.clear()
        self.by_agent_only.clear()
