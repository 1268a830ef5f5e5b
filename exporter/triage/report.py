"""What a report says, whatever it is written as.

In: a Reading. Out: a Report of plain values.
Pure. No address is in it: receivers are domains and providers, replies are skeletons.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from exporter.counts.totals import Attempt
from exporter.heuristics import words
from exporter.heuristics.figures import QUARTER, figures, quarter_of
from exporter.heuristics.history import History
from exporter.heuristics.measuring import Measure, Problem
from exporter.heuristics.problems import problems
from exporter.heuristics.windows import is_first
from exporter.heuristics.worst import Row, ranked, worst
from exporter.notices import ENOUGH, without_remote
from exporter.triage import besides
from exporter.triage.command import command
from exporter.triage.reading import Reading
from exporter.triage.samples import Sample
from exporter.verdict.classify import DELIVERED
from exporter.verdict.knowledge import built_in

PROBLEM, CHURN, NOTHING = "problem", "churn", "nothing to judge"
_SAMPLES = 2
_MOST_BARS = 168
"""Bars of a time line: the hours of a week."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: at most `top` of each, of a domain or a provider alone."""

    top: int = 10
    domain: str = ""
    provider: str = ""

    def takes(self, domain: str, provider: str) -> bool:
        """Whether an attempt is asked for."""
        return self.domain in ("", domain) and self.provider in ("", provider)


@dataclass(frozen=True, slots=True)
class Told:
    """A problem and what is said of it; `hours` are failures and messages by bar."""

    problem: Problem
    title: str
    codes: tuple[tuple[str, int, str], ...]
    reasons: tuple[tuple[str, int, str], ...]
    meaning: str
    next: tuple[str, ...]
    samples: tuple[str, ...]
    command: str
    hours: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A report. Times are in seconds since the epoch, messages are those with a first verdict."""

    verdict: str
    outcome: str
    reason: str
    logs: tuple[str, ...]
    first: float | None
    last: float | None
    lines: int
    not_understood: str
    messages: int
    delivered: int
    permanent: int
    temporary: int
    attempts: int
    waiting: int
    problems: tuple[Told, ...]
    looked_at: tuple[tuple[str, str], ...]
    usual: tuple[tuple[str, int], ...]
    table: tuple[Row, ...]
    hours: tuple[tuple[int, int], ...]
    seconds_of_bar: int


def report(reading: Reading, logs: Sequence[str], wish: Wish) -> Report:
    """Put together what is told of what was read."""
    first, end = _quarters(reading)
    history = reading.history
    chosen = {
        key: sum(run.times)
        for key, run in history.attempts.items()
        if wish.takes(key.domain, key.provider)
    }
    measure, step = Measure(history, end), step_of(first, end)
    found = [one for one in problems(measure, first) if _is_asked_for(one, wish)]
    told = tuple(
        _told(one, reading, logs, tuple(measure.by_time(one, first, step)))
        for one in found[: wish.top]
    )
    ended = {key: times for key, times in chosen.items() if is_first(key)}
    failed = {key: times for key, times in ended.items() if key.cause != DELIVERED}
    permanent = sum(times for key, times in failed.items() if key.dsn_class == "5")
    outcome, reason = _outcome(reading, told, chosen)
    messages = sum(ended.values())
    return Report(
        verdict=_verdict(outcome, told, messages, sum(failed.values()), reason),
        outcome=outcome,
        reason=reason,
        logs=tuple(logs),
        first=reading.first,
        last=reading.last,
        lines=reading.lines,
        not_understood=reading.shares.told(),
        messages=messages,
        delivered=messages - sum(failed.values()),
        permanent=permanent,
        temporary=sum(failed.values()) - permanent,
        attempts=sum(chosen.values()),
        waiting=sum(reading.tally.counts.queue.waiting().values()),
        problems=told,
        looked_at=tuple(besides.looked_at(history, chosen, [one.problem for one in told])),
        usual=tuple(ranked(besides.first_failures(chosen))),
        table=worst(ended, wish.top),
        hours=_hours(history, wish, first, end),
        seconds_of_bar=step * QUARTER,
    )


def _quarters(reading: Reading) -> tuple[int, int]:
    """Give the first quarter, and the one behind the last."""
    if reading.first is None or reading.last is None:
        return 0, 0
    return quarter_of(reading.first), quarter_of(reading.last) + 1


def _is_asked_for(problem: Problem, wish: Wish) -> bool:
    return any(
        (not wish.domain or wish.domain in (of.destination.name, *of.domains))
        and (not wish.provider or wish.provider == of.destination.name)
        for of in problem.receivers
    )


def _outcome(reading: Reading, told: Sequence[Told], chosen: dict[Attempt, int]) -> tuple[str, str]:
    """Give what the report comes to, and why where there is nothing to judge."""
    if told:
        return PROBLEM, ""
    if any(map(is_first, chosen)):
        return CHURN, ""
    return NOTHING, words.NO_VERDICT if chosen else _why_nothing(reading)


def _why_nothing(reading: Reading) -> str:
    tally = reading.tally
    if not reading.lines:
        return "there is no line in it, or none of the time that is asked for"
    if reading.shares.is_nothing_understood():
        return f"no line of it is understood: {reading.shares.told()}"
    problem = tally.not_understood()
    if problem:
        return f"it is not understood: {problem}"
    totals = tally.published().totals
    if (deliveries := without_remote(totals, tally.agents)) >= ENOUGH:
        return (
            f"all {deliveries} deliveries were to relays of our own; is one of them a smarthost,"
            " name it in remote_relays (docs/configuration.md)"
        )
    if totals.attempts or totals.forgotten:
        return "nothing was sent to what is asked for"
    return "no mail was sent to the outside; it only receives, or delivers to itself"


def _verdict(outcome: str, told: Sequence[Told], messages: int, failures: int, reason: str) -> str:
    if outcome == NOTHING:
        return f"Nothing to judge: {reason}."
    if outcome == CHURN:
        return words.churn(messages, failures)
    return words.verdict([one.problem for one in told])


def _told(
    problem: Problem, reading: Reading, logs: Sequence[str], hours: tuple[tuple[int, int], ...]
) -> Told:
    causes = words.causes_of(problem)
    return Told(
        problem,
        words.title(problem),
        tuple((code, times, words.meaning_of_code(code)) for code, times in problem.codes),
        tuple(words.reasons(problem)),
        " ".join(built_in().causes[cause].meaning for cause in causes),
        tuple(words.next_steps(problem)),
        tuple(islice(_distinct(one.text() for one in _samples(problem, reading)), _SAMPLES)),
        command(problem, logs),
        hours,
    )


def _samples(problem: Problem, reading: Reading) -> Iterator[Sample]:
    """Give replies of a problem, of each rule one first."""
    causes = set(words.causes_of(problem)) or set(figures().causes["failing"])
    causes |= {"content"} if "other" in causes else set()
    domains = {domain for of in problem.receivers for domain in of.domains}
    found = [one for one in reading.samples.all() if one.cause in causes and one.domain in domains]
    order = {code: place for place, (code, _) in enumerate(problem.codes)}
    found.sort(key=lambda one: order.get(one.code, len(order)))
    seen: set[str] = set()
    later = []
    for one in found:
        if one.rule in seen:
            later.append(one)
        else:
            seen.add(one.rule)
            yield one
    yield from later


def _distinct(texts: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for text in texts:
        if text not in seen:
            seen.add(text)
            yield text


def step_of(first: int, end: int) -> int:
    """Give how many quarters a bar of the time line is: an hour, and more in a log of months."""
    return 4 * max(1, -(-(end - first) // (4 * _MOST_BARS)))


def _hours(history: History, wish: Wish, first: int, end: int) -> tuple[tuple[int, int], ...]:
    """Give failures and messages for each bar of the time line."""
    step = step_of(first, end)
    failed: Counter[int] = Counter()
    messages: Counter[int] = Counter()
    for key, run in history.attempts.items():
        if is_first(key) and wish.takes(key.domain, key.provider):
            for quarter, times in run:
                bar = (quarter - first) // step
                messages[bar] += times
                if key.cause != DELIVERED:
                    failed[bar] += times
    return tuple((failed[bar], messages[bar]) for bar in range(-(-(end - first) // step)))
