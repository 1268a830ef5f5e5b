"""The figures of a problem: how many of how many, since when, of which codes and reasons.

In: a History in order, and findings that are one problem. Out: the Problem.
Pure.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from exporter.counts.totals import Attempt, Verdict
from exporter.heuristics.clusters import EVERYWHERE, Finding
from exporter.heuristics.figures import figures
from exporter.heuristics.history import History, Run
from exporter.heuristics.judging import EXPIRED
from exporter.heuristics.own import NOTHING_DELIVERED, OWN_ERRORS, is_first_of
from exporter.heuristics.senders import senders_of
from exporter.heuristics.stretches import stretch, waves
from exporter.heuristics.windows import (
    DOMAIN,
    NEVER,
    Destination,
    Taken,
    cause_of,
    causes_named,
    destinations,
    is_first,
)
from exporter.heuristics.worst import ranked
from exporter.verdict.classify import CAUSES, DELIVERED, SUSPENDED
from exporter.verdict.providers import listed

_DAY = 96
_ENOUGH = 20
"""Messages of a day that tell what is usual."""

_OWN = frozenset({NOTHING_DELIVERED, OWN_ERRORS})
_EXPIRED_CAUSES = tuple(cause for cause in CAUSES if cause != DELIVERED)


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who refuses: messages with a verdict, how many of them failed, distinct recipients refused.

    `domains` are those with the most failures, the worst first.
    """

    destination: Destination
    domains: tuple[str, ...]
    messages: int
    failures: int
    recipients: int

    @property
    def ratio(self) -> float:
        """The share of the messages that failed."""
        return self.failures / self.messages if self.messages else 0.0


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem. Times are quarters of an hour since the epoch, `end` is the one behind it.

    `ratio` is the share of its receivers' messages that failed, `elsewhere` that of all others,
    `before` that of its receivers on the day before; None where there were too few messages.
    `retries` are attempts that failed again, `suspended` those that Postfix did not make. `senders`
    are those of all these attempts, the most frequent first, where they were counted.
    """

    alert: str
    cause: str
    receivers: tuple[Receiver, ...]
    begin: int
    end: int
    goes_on: bool
    waves: tuple[tuple[int, int], ...]
    failures: int
    messages: int
    recipients: int
    elsewhere: float | None
    before: float | None
    retries: int
    suspended: int
    codes: tuple[tuple[str, int], ...]
    reasons: tuple[tuple[str, int], ...]
    senders: tuple[tuple[str, int], ...] = ()

    @property
    def ratio(self) -> float:
        """The share of the messages that failed."""
        return self.failures / self.messages if self.messages else 0.0

    @property
    def permanent(self) -> float:
        """The share of the failures that are final."""
        final = sum(times for code, times in self.codes if code[0] == "5")
        return final / max(1, sum(times for _, times in self.codes))


def verdict_of(told: Finding | Problem) -> int:
    """Give the place of a verdict, the worst first."""
    return list(figures().verdicts).index(told.alert)


@dataclass(frozen=True, slots=True)
class _Case:
    """What a problem is about: destinations, causes, and from when until before when.

    It is `own` where no receiver gave a verdict.
    """

    places: frozenset[Destination]
    causes: tuple[str, ...]
    begin: int
    end: int
    own: bool

    def has(self, domain: str, provider: str, cause: str) -> bool:
        """Whether a failure is part of it, whenever it was."""
        return cause_of(cause) in self.causes and (
            EVERYWHERE in self.places
            or any(one in self.places for one in destinations(domain, provider))
        )

    def place_of(self, domain: str, provider: str) -> Destination:
        """Give the provider if it is concerned, else the domain; where all are, the receiver."""
        of_domain, of_provider, receiver = destinations(domain, provider)
        if of_provider in self.places:
            return of_provider
        return receiver if EVERYWHERE in self.places else of_domain


class Measure:
    """Takes the figures of problems in a history; `end` is the quarter behind its last."""

    def __init__(self, history: History, end: int) -> None:
        self.history, self.end = history, end
        self.taken = Taken(history)

    def problem(self, findings: Mapping[Finding, list[int]]) -> Problem:
        """Give the problem that findings are, each with its quarters."""
        one = min(findings, key=verdict_of)
        found = sorted(quarter for when in findings.values() for quarter in when)
        case = _Case(
            frozenset(of.destination for of in findings),
            causes_named(one.cause) or _EXPIRED_CAUSES,
            0,
            NEVER,
            one.alert in _OWN,
        )
        runs = [run for _, run in self._failures(case)]
        if one.alert == EXPIRED:
            runs = [run for _, run in self._of(case, self.history.expired)]
        begin, end = stretch(runs, found)
        case = replace(case, begin=begin, end=end)
        attempts = {key: run.total(case.begin, case.end) for key, run in self._failures(case)}
        first = self._first(case)
        receivers = self._receivers(case, first)
        is_expiry = one.alert == EXPIRED
        failures = sum(of.recipients for of in receivers) if is_expiry else sum(first.values())
        messages = sum(of.messages for of in receivers)
        if case.own:
            messages = failures + self._delivered(case).total()
        return Problem(
            alert=one.alert,
            cause=one.cause,
            receivers=receivers,
            begin=case.begin,
            end=case.end,
            goes_on=found[-1] >= self.end - 1,
            waves=waves(runs, begin, end),
            failures=failures,
            messages=0 if is_expiry else messages,
            recipients=sum(of.recipients for of in receivers),
            elsewhere=self._elsewhere(case, sum(first.values()), messages),
            before=self._before(case),
            retries=sum(
                times
                for key, times in attempts.items()
                if key not in first and key.cause != SUSPENDED
            ),
            suspended=sum(
                run.total(case.begin, case.end) for _, run in self._of(case, self.history.suspended)
            ),
            codes=_by_code(first),
            reasons=self._reasons(case, first),
            senders=senders_of(self.history, attempts, case.begin, case.end),
        )

    def by_time(self, problem: Problem, begin: int, step: int) -> list[tuple[int, int]]:
        """Give failures and messages at its receivers, for each `step` quarters from `begin`."""
        places = frozenset(of.destination for of in problem.receivers)
        case = _Case(places, causes_named(problem.cause), begin, self.end, problem.alert in _OWN)
        runs = [run for key, run in self._failures(case) if self._is_first(case, key)]
        bars = range(begin, self.end, step)
        failed = [sum(run.total(one, one + step) for run in runs) for one in bars]
        if case.own:
            return [(times, times) for times in failed]
        return [
            (times, sum(self.taken.messages(place, one, one + step) for place in places))
            for one, times in zip(bars, failed, strict=True)
        ]

    def _failures(self, case: _Case) -> Iterator[tuple[Attempt, Run]]:
        for key, run in self.history.attempts.items():
            if key.cause != DELIVERED and (
                case.has(key.domain, key.provider, key.cause)
                or (case.own and is_first_of(key, case.causes, self.history.suspended))
            ):
                yield key, run

    def _is_first(self, case: _Case, key: Attempt) -> bool:
        return is_first_of(key, case.causes, self.history.suspended) if case.own else is_first(key)

    def _delivered(self, case: _Case) -> Counter[Destination]:
        taken: Counter[Destination] = Counter()
        for key, run in self.history.attempts.items():
            if key.cause == DELIVERED:
                place = case.place_of(key.domain, key.provider)
                taken[place] += run.total(case.begin, case.end)
        return taken

    def _of(self, case: _Case, rises: Mapping[Verdict, Run]) -> Iterator[tuple[Verdict, Run]]:
        for verdict, run in rises.items():
            if case.has(*verdict):
                yield verdict, run

    def _first(self, case: _Case) -> dict[Attempt, int]:
        """Give the first failures by series."""
        failures = self._failures(case)
        first = {
            key: run.total(case.begin, case.end)
            for key, run in failures
            if self._is_first(case, key)
        }
        return {key: times for key, times in first.items() if times}

    def _receivers(self, case: _Case, first: Mapping[Attempt, int]) -> tuple[Receiver, ...]:
        domains: dict[Destination, Counter[str]] = defaultdict(Counter)
        for key, times in first.items():
            domains[case.place_of(key.domain, key.provider)][key.domain] += times
        recipients: Counter[Destination] = Counter()
        expired = case.causes == _EXPIRED_CAUSES
        for verdict, run in self._of(
            case, self.history.expired if expired else self.history.refused
        ):
            place = case.place_of(verdict.domain, verdict.provider)
            recipients[place] += run.total(case.begin, case.end)
        delivered = self._delivered(case) if case.own else Counter()
        told = (
            Receiver(
                place,
                tuple(domain for domain, _ in ranked(domains[place])),
                delivered[place] + domains[place].total()
                if case.own
                else self.taken.messages(place, case.begin, case.end),
                domains[place].total(),
                recipients[place],
            )
            for place in {*domains, *recipients}
        )
        return tuple(sorted(told, key=lambda of: (-of.failures, -of.recipients, of.destination)))

    def _elsewhere(self, case: _Case, failures: int, messages: int) -> float | None:
        if EVERYWHERE in case.places:
            return None
        begin, end = case.begin, case.end
        traffic = self.taken.traffic(DOMAIN, begin, end) - messages
        total = sum(
            run.total(begin, end)
            for key, run in self.history.attempts.items()
            if is_first(key) and cause_of(key.cause) in case.causes
        )
        return (total - failures) / traffic if traffic >= _ENOUGH else None

    def _before(self, case: _Case) -> float | None:
        if case.own:
            return None
        day = replace(case, begin=case.begin - _DAY, end=case.begin)
        if EVERYWHERE in case.places:
            messages = self.taken.traffic(DOMAIN, day.begin, day.end)
        else:
            messages = sum(self.taken.messages(one, day.begin, day.end) for one in case.places)
        return sum(self._first(day).values()) / messages if messages >= _ENOUGH else None

    def _reasons(self, case: _Case, first: Mapping[Attempt, int]) -> tuple[tuple[str, int], ...]:
        """Give the rules that decided at the problem's providers; they are counted by provider."""
        providers = {listed(key.provider) for key in first}
        reasons: Counter[str] = Counter()
        for reason, run in self.history.reasons.items():
            if reason.provider in providers and cause_of(reason.cause) in case.causes:
                reasons[reason.reason] += run.total(case.begin, case.end)
        return tuple(ranked(+reasons)[:3])


def _by_code(first: Mapping[Attempt, int]) -> tuple[tuple[str, int], ...]:
    codes: Counter[str] = Counter()
    for key, times in first.items():
        codes[key.dsn_code] += times
    return tuple(ranked(codes))
