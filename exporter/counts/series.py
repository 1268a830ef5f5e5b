"""Series by domain, and the bound on the codes of `postfix_delivery_attempts_total`.

In: labels and how often. Out: totals by series.
Lost: nothing; a receiver that invents codes gets them counted as `4.x.x`, `5.x.x`.

Deliveries and failures have bounds of their own, because they are counted at different moments:
what is admitted must depend on the log alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Generic, NamedTuple, TypeVar

from exporter.counts.totals import Attempt, Sender, Verdict
from exporter.counts.versions import Version, Versions
from exporter.verdict.destination import REMAINDERS


class Bound(NamedTuple):
    """The most unfamiliar codes in all, and the most codes of one domain; more are folded."""

    codes: int
    codes_of_domain: int


SENT = Bound(codes=20, codes_of_domain=8)
FAILED = Bound(codes=60, codes_of_domain=24)


class BoundedSeries:
    """Counts attempts, going on from `totals`.

    `familiar` codes are always shown: strangers who invent codes must not hide them.
    """

    def __init__(self, totals: Mapping[Attempt, int], familiar: Collection[str]) -> None:
        self.totals = defaultdict(int, totals)
        self._versions: Versions[Attempt, int] = Versions()
        self._familiar = familiar
        self._take_stock()

    def _take_stock(self) -> None:
        self._codes: dict[Bound, set[str]] = {SENT: set(), FAILED: set()}
        self._codes_of: dict[Bound, dict[str, int]] = {SENT: {}, FAILED: {}}
        """By domain, a bit for each code."""
        self._bits: dict[str, int] = {}
        for attempt in self.totals:
            self._note(_bound(attempt.status), attempt)

    def add(self, attempt: Attempt, times: int) -> None:
        """Count attempts."""
        if attempt not in self.totals:
            attempt = self._within_bounds(attempt)
        self.totals[attempt] += times
        self._versions.note(attempt)

    def version(self) -> Version[Attempt, int]:
        """Give the totals as they are now."""
        return self._versions.of(self.totals)

    def forget(self, domains: Iterable[str]) -> dict[Attempt, int]:
        """Give up the series of domains; gives what they had counted."""
        gone = frozenset(domains)
        left = {attempt: times for attempt, times in self.totals.items() if attempt.domain in gone}
        for attempt in left:
            del self.totals[attempt]
        self._versions.removed.update(left)
        self._take_stock()
        return left

    def _within_bounds(self, attempt: Attempt) -> Attempt:
        domain, _, _, code, status, _, _ = attempt
        bound = _bound(status)
        codes, codes_of_domain = self._codes[bound], self._codes_of[bound].get(domain, 0)
        is_of_domain = bool(codes_of_domain & self._bits.get(code, 0))
        has_many = codes_of_domain.bit_count() >= bound.codes_of_domain
        is_full = (has_many and domain not in REMAINDERS) or (
            len(codes) >= bound.codes and code not in codes and code not in self._familiar
        )
        if is_full and not is_of_domain:
            return attempt._replace(dsn_code=code[0] + ".x.x")
        self._note(bound, attempt)
        return attempt

    def _note(self, bound: Bound, attempt: Attempt) -> None:
        code = attempt.dsn_code
        if not code.endswith("x"):
            if code not in self._familiar:
                self._codes[bound].add(code)
            codes_of = self._codes_of[bound]
            bit = self._bits.setdefault(code, 1 << len(self._bits))
            codes_of[attempt.domain] = codes_of.get(attempt.domain, 0) | bit


_Labels = TypeVar("_Labels", Verdict, Sender)


class LabelSeries(Generic[_Labels]):
    """Counts by labels of which the first is bounded, going on from `totals`.

    `forgotten` are those of its values that left, with an empty one.
    """

    def __init__(self, totals: Mapping[_Labels, int], forgotten: Mapping[_Labels, int]) -> None:
        self._totals: dict[_Labels, int] = defaultdict(int, totals)
        self._versions: Versions[_Labels, int] = Versions()
        self.forgotten: dict[_Labels, int] = defaultdict(int, forgotten)

    def add(self, labels: _Labels, times: int = 1) -> None:
        """Count some more."""
        self._totals[labels] += times
        self._versions.note(labels)

    def version(self) -> Version[_Labels, int]:
        """Give the totals as they are now."""
        return self._versions.of(self._totals)

    def forget(self, values: Collection[str]) -> None:
        """Give up the series of values of the first label."""
        left = [labels for labels in self._totals if labels[0] in values]
        for labels in left:
            self.forgotten[type(labels)("", *labels[1:])] += self._totals.pop(labels)
        self._versions.removed.update(left)


def _bound(status: str) -> Bound:
    return SENT if status == "sent" else FAILED
