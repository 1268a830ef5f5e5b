"""Logs through exporters, Prometheus and rules: stretch after stretch of minutes.

In: logs, a configuration, rule files. Out: what the alerts did, and how much was read.

Each log is an exporter of its own, an instance of one job. Before a stretch is evaluated its pages
are written; the rules see no page later than the minute that they are evaluated for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from exporter.config import Config
from exporter.system.errors import ExporterError
from replay.alerts import Episode
from replay.evaluating import Ends, Evaluation, Written
from replay.logs import Log
from replay.pages import Pages
from replay.prometheus import STEP, Answer, Prometheus
from replay.rules import blocks

_STRETCH = 240 * STEP
"""Seconds that are evaluated at once."""

_LONGEST = 366 * 86400

RULES = Path(__file__).parents[1] / "alerts"


@dataclass(frozen=True, slots=True)
class Played:
    """What was played: from the first evaluation to the last, in seconds since the epoch."""

    begin: int
    end: int
    lines: int
    episodes: tuple[Episode, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """The time in which Prometheus is there, in seconds; `after` goes on behind the last line."""

    since: float = 0.0
    until: float = float("inf")
    after: float = 2.0 * STEP


Told = Callable[[int, int], None]
"""Is told how many minutes of how many were played."""


def play(
    logs: Sequence[Log],
    config: Config,
    prometheus: Prometheus,
    *,
    span: Span = Span(),
    rules: Path = RULES,
    told: Told = lambda _done, _of: None,
) -> Played:
    """Play logs; gives what the alerts did."""
    begin, end = _span(logs, span)
    of_rules = blocks(rules)
    names = {name for block in of_rules for rule in block.rules for name in rule.names()}
    first = min(log.first for log in logs)
    pages = [Pages(log, config, first, names) for log in logs]
    for one in pages:
        one.read_until(begin)
    evaluation, ends = Evaluation(of_rules, prometheus), [Ends() for _ in pages]
    for start in range(begin, end + 1, _STRETCH):
        last = min(start + _STRETCH - STEP, end)
        for one, its_ends in zip(pages, ends, strict=True):
            prometheus.write(samples_of(one, its_ends, start, last))
        evaluation.evaluate(start, last)
        told((last - begin) // STEP + 1, (end - begin) // STEP + 1)
    episodes = [one for alert in evaluation.alerts.values() for one in alert.episodes()]
    ordered = sorted(episodes, key=lambda one: (one.pending, one.rule.name, one.labels))
    return Played(begin, end, sum(one.lines for one in pages), tuple(ordered))


def _span(logs: Sequence[Log], span: Span) -> tuple[int, int]:
    first, last = min(log.first for log in logs), max(log.last for log in logs)
    begin = int(max(first, span.since) // STEP) * STEP
    end = -int(-min(last + span.after, span.until) // STEP) * STEP
    if end <= begin:
        raise ExporterError(
            "nothing to replay: no line is of the time that is asked for; see --since, --until"
        )
    if end - begin > _LONGEST:
        raise ExporterError(
            f"the log lasts {(end - begin) / 86400:.0f} days; if a clock was wrong, leave its lines"
            " out with --since and --until, else replay it part by part"
        )
    return begin, end


def samples_of(pages: Pages, ends: Ends, begin: int, end: int) -> Written:
    """Give the samples of a stretch."""
    samples: Answer = {}
    for moment in range(begin, end + 1, STEP):
        for labels, value in pages.page(moment).items():
            samples.setdefault(labels, []).append((moment, value))
    return ends.mark(samples, begin, end)
