"""What the page at `/` costs where very much fails: `python -m bench.measure.landing`.

Destinations fail in every quarter of an hour of a day. Prints for each case how many series are
kept, and the CPU seconds of noting and closing a quarter at most, and of judging the day.
"""

from __future__ import annotations

import time
from typing import NamedTuple

from exporter.counts.totals import Attempt, Totals, Verdict
from exporter.heuristics.recent import KEPT, Recent, Recorded
from exporter.page.overview import overview

_FIRST = 1_994_000
_CAUSES = (
    ("4.7.1", "throttled"),
    ("5.7.1", "blocked"),
    ("5.7.26", "authentication"),
    ("5.0.0", "other"),
    ("5.1.1", "unknown_recipient"),
    ("4.4.1", "network"),
)


class _Case(NamedTuple):
    destinations: int
    causes: int
    has_own_receivers: bool


_CASES = {
    "10,000 destinations of one receiver": _Case(10_000, 1, has_own_receivers=False),
    "10,000 destinations, a receiver each": _Case(10_000, 1, has_own_receivers=True),
    "2,000 destinations, a receiver each, six causes": _Case(2_000, 6, has_own_receivers=True),
}


def _totals(case: _Case, times: int) -> Totals:
    attempts, refused = {}, {}
    for number in range(case.destinations):
        domain = f"d{number}.example"
        provider = domain if case.has_own_receivers else "other"
        for code, cause in _CAUSES[: case.causes]:
            status = "deferred" if code[0] == "4" else "bounced"
            key = Attempt(domain, provider, code[0], code, status, cause, "false")
            attempts[key] = refused[Verdict(domain, provider, cause)] = (1 + number % 7) * times
    return Totals(attempts=attempts, refused=refused)


def main() -> int:
    """Measure each case; gives the exit code."""
    print("| case | series | note (s) | judge (s) |\n|---|---|---|---|")
    for name, case in _CASES.items():
        recent, noting = Recent(Recorded(), Totals()), 0.0
        for number in range(KEPT):
            totals = _totals(case, number + 1)
            begin = time.process_time()
            recent.note(_FIRST + number, totals)
            noting = max(noting, time.process_time() - begin)
        recorded = recent.recorded()
        begin = time.process_time()
        overview(recorded)
        judging = time.process_time() - begin
        print(f"| {name} | {len(recorded.series):,} | {noting:.2f} | {judging:.2f} |", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
