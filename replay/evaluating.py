"""Rules over minutes whose samples are in Prometheus already: what they record, and what fires.

In: blocks of rules, and stretches of minutes, one after the other. Out: alerts.

A rule is asked for a whole stretch at once, before those that read it. Only rules that read what
they recorded themselves must be asked for one minute after the other; as long as a stretch has
nothing of them they have nothing to read, so they are asked for the whole of it first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from replay.alerts import Alert
from replay.prometheus import STEP, Answer, Prometheus
from replay.remote_write import STALE, Labels
from replay.rules import Block, Rule

Written = dict[Labels, list[tuple[int, float]]]


class Ends:
    """Marks where series end that were there a minute before, as Prometheus does."""

    def __init__(self) -> None:
        self._live: frozenset[Labels] | set[Labels] = frozenset()

    def is_empty(self) -> bool:
        """Whether nothing was there in the last minute."""
        return not self._live

    def mark(self, answer: Answer, begin: int, end: int) -> Written:
        """Give samples from `begin` to `end`, with an end wherever one is missing after another."""
        written: Written = {}
        live = set()
        for labels in answer.keys() | self._live:
            samples = answer.get(labels, [])
            told = list(_marked(samples, begin, end, is_live=labels in self._live))
            if told:
                written[labels] = told
            if samples and samples[-1][0] == end:
                live.add(labels)
        self._live = live
        return written


def _marked(
    samples: Sequence[tuple[int, float]], begin: int, end: int, *, is_live: bool
) -> Iterable[tuple[int, float]]:
    due = begin if is_live else None
    for sample in samples:
        if due is not None and sample[0] > due:
            yield due, STALE
        yield sample
        due = sample[0] + STEP
    if due is not None and due <= end:
        yield due, STALE


class Evaluation:
    """Evaluates rules, stretch after stretch."""

    def __init__(self, blocks: Iterable[Block], prometheus: Prometheus) -> None:
        self._blocks, self._prometheus = tuple(blocks), prometheus
        rules = [rule for block in self._blocks for rule in block.rules]
        self.alerts = {rule: Alert(rule) for rule in rules if rule.is_alert}
        self._ends = {rule: Ends() for rule in rules if not rule.is_alert}

    def evaluate(self, begin: int, end: int) -> None:
        """Evaluate at each minute from `begin` to `end`."""
        for block in self._blocks:
            if block.reads_itself:
                self._evaluate_together(block.rules, begin, end)
            else:
                self._evaluate_at_once(block.rules[0], begin, end)

    def _evaluate_at_once(self, rule: Rule, begin: int, end: int) -> None:
        answer = _named(rule, self._prometheus.range(rule.expression, begin, end))
        if rule.is_alert:
            _note(self.alerts[rule], answer, begin, end)
        else:
            self._prometheus.write(self._ends[rule].mark(answer, begin, end))

    def _evaluate_together(self, rules: Sequence[Rule], begin: int, end: int) -> None:
        moment = self._first(rules, begin, end)
        while moment <= end:
            for rule in rules:
                vector = self._prometheus.at(rule.expression, moment)
                answer = {labels: [(moment, value)] for labels, value in vector.items()}
                marked = self._ends[rule].mark(_named(rule, answer), moment, moment)
                self._prometheus.write(marked)
            moment = self._first(rules, moment + STEP, end)

    def _first(self, rules: Sequence[Rule], begin: int, end: int) -> int:
        """Give the first minute for which rules have something to record, or a series ends."""
        if begin > end or not all(self._ends[rule].is_empty() for rule in rules):
            return begin
        answers = (self._prometheus.range(rule.expression, begin, end) for rule in rules)
        firsts = (samples[0][0] for answer in answers for samples in answer.values())
        return min(firsts, default=end + STEP)


def _named(rule: Rule, answer: Answer) -> Answer:
    return {rule.result(labels): samples for labels, samples in answer.items()}


def _note(alert: Alert, answer: Answer, begin: int, end: int) -> None:
    true: dict[int, set[Labels]] = defaultdict(set)
    for labels, samples in answer.items():
        for moment, _ in samples:
            true[moment].add(labels)
    if answer or alert.active:
        for moment in range(begin, end + 1, STEP):
            alert.note(moment, true.get(moment, ()))
