"""Answers of an alert's expression to its states: pending, firing, over.

In: minute after minute the label sets for which the expression gave something. Out: episodes.
Pure; the states are those of Prometheus' rules/alerting.go.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from replay.remote_write import Labels
from replay.rules import Rule

PENDING, FIRING = "pending", "firing"


@dataclass(slots=True)
class Episode:
    """An alert from its first minute on; times in seconds, None for what has not happened."""

    rule: Rule
    labels: Labels
    pending: int
    firing: int | None = None
    resolved: int | None = None
    _absent: int | None = None

    def state(self) -> str:
        """Give its state, as the label `alertstate` has it."""
        return PENDING if self.firing is None else FIRING

    def state_at(self, moment: int) -> str:
        """Give its state at a moment, "" where it is not there."""
        if moment < self.pending or (self.resolved is not None and moment >= self.resolved):
            return ""
        return FIRING if self.firing is not None and moment >= self.firing else PENDING

    def goes_on(self, moment: int, *, is_true: bool) -> bool:
        """Note whether the expression is true; whether the alert is there at this moment."""
        if is_true:
            self._absent = None
            if self.firing is None and moment - self.pending >= self.rule.lasts:
                self.firing = moment
            return True
        if self.firing is not None:
            if self._absent is None:
                self._absent = moment
            if moment - self._absent < self.rule.keeps:
                return True
        self.resolved = moment
        return False


class Alert:
    """The episodes of one rule."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.active: dict[Labels, Episode] = {}
        self.over: list[Episode] = []

    def note(self, moment: int, true: Collection[Labels]) -> None:
        """Take note of the label sets for which the expression is true at a moment."""
        for labels in true:
            if labels not in self.active:
                self.active[labels] = Episode(self.rule, labels, moment)
        for labels, episode in tuple(self.active.items()):
            if not episode.goes_on(moment, is_true=labels in true):
                self.over.append(self.active.pop(labels))

    def episodes(self) -> list[Episode]:
        """Give all episodes."""
        return [*self.over, *self.active.values()]
