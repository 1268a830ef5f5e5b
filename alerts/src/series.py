"""The series that several groups of rules read: their names, labels and windows.

In: the name of a series of quarters of an hour. Out: the rules of its sums over longer windows.
"""

from __future__ import annotations

from collections.abc import Iterable

from alerts.src.rules import Expression, Record
from exporter.heuristics.figures import any_of, figures, quarters
from exporter.verdict import destination

CLUSTERED, FAILING, NO_VERDICT, POLICY = (
    any_of(figures().causes[name]) for name in ("clustered", "failing", "no_verdict", "policy")
)

REMAINDERS = any_of(sorted(destination.REMAINDERS))
"""The empty name is not among them: to leave it out, Prometheus merges the lists of series of every
other name, at each look. The exporter names every domain; see destinations.py for providers."""

NO_PROVIDER = "|other|unknown"

SCOPED = "job, scope, destination"
CAUSED = "job, scope, destination, cause"
BASE = "domain_provider_cause:"
BASE_LABELS = "job, domain, provider, cause"

RAW = "postfix_delivery_attempts_total"
OUTCOMES = "postfix_delivery_outcomes_total"
"""The same at all destinations together: some forty series an instance."""

OURS = 'postfix_exporter_build_info{python!=""}'
"""Who is an exporter of ours: those in Go have a metric of this name, too, and others of the same."""

FAILED = "instance_domain_provider_cause:postfix_failed_attempts:increase15m"
ANSWERED = "instance:postfix_answered:timestamp"
UNREACHABLE = "instance_domain_provider:postfix_unreachable:timestamp"
OWN_ERRORS = "instance_status:postfix_own_errors:increase15m"
CATCHING_UP = "instance:postfix_exporter_catching_up:lag"
RECENT = {pair.name: quarters(pair.recent) / 4 for pair in figures().pairs}
"""Hours within which it must still be failing, by what looks at each pair of windows."""

RECORDED_RATIOS = ("2h", "1d")
"""Windows whose ratios are read often enough to be a series: what is usual looks back at them."""

LAST_FAILED = "destination_cause:postfix_last_failed:timestamp"
CANDIDATE = f'destination!~"{REMAINDERS}"'
"""Matchers of destinations that can be named; remainders count in denominators only."""


def still_failing(matchers: str, hours: float) -> str:
    """Give the series of failures that went on within so many hours, or else a quarter of one."""
    if hours < 1:
        return f"destination_cause:postfix_failing_attempts:increase15m{{{matchers}}}"
    return f"{LAST_FAILED}{{{matchers}}} > time() - {hours:g} * 3600"


def ratio(window: str, matchers: str = "") -> str:
    """Give the share of each destination's messages that failed for a cause in a window."""
    if window in RECORDED_RATIOS:
        selected = f"{{{matchers}}}" if matchers else ""
        return f"destination_cause:postfix_failures:ratio{window}{selected}"
    return f"({divided(window, matchers)})"


def divided(window: str, matchers: str = "") -> str:
    """Give the same from what ratios are made of."""
    selected = f"{{{matchers}}}" if matchers else ""
    failures = f"destination_cause:postfix_failures:increase{window}{selected}"
    attempts = f"destination:postfix_first_attempts:increase{window}"
    return f"{failures} / on ({SCOPED}) group_left () {attempts}"


def traffic(window: str) -> str:
    """Give the series of the messages of all destinations in a window, by scope."""
    return f"scope:postfix_first_attempts:increase{window}"


def renamed(series: str, label: str) -> str:
    """Give a series with a label `destination` that is what `label` says."""
    return f'label_replace({series}, "destination", "$1", "{label}", "(.*)")'


def two_hours(quarters: str) -> str:
    """Give what series of quarters of an hour, which overlap, come to in two hours."""
    # a second short of 2h, so that each point is in one window alone
    return f"sum_over_time({quarters}[7199s:5m]) / 3"


def longer_windows(series: str, meaning: str, but: str = "") -> tuple[Record, ...]:
    """Give the rules of the sums over six hours and a day; `series` ends before `:increase`.

    They leave out the cause `but`, if one is named.
    """
    left_out = f", for any cause but `{but}`" if but else ""
    two_hours = f'2h{{cause!="{but}"}}' if but else "2h"
    return tuple(
        Record(
            f"{series}:increase{window}",
            f"{meaning} in {window}{left_out}.",
            Expression(_adjoining(f"{series}:increase{part}", hours, count)),
        )
        for window, part, hours, count in (("6h", two_hours, 2, 3), ("1d", "6h", 6, 4))
    )


def _adjoining(series: str, hours: int, count: int) -> str:
    """Give the sum of so many windows of some hours, one after the other."""
    return _total([series, *(f"{series} offset {hours * number}h" for number in range(1, count))])


def by_receiver(provider: str, domain: str) -> str:
    """Give series by destination so that each message is in one: providers, and domains of none."""
    of_none = f"{domain} unless on (job, destination) destination:postfix_provider:info"
    return f"{provider}\n  or ({of_none})"


def _total(series: Iterable[str]) -> str:
    """Give the sum of several series by their labels, each of which may be missing."""
    return f"sum without (part) ({parts(series)})"


def highest(series: Iterable[str]) -> str:
    """Give the highest of several series by their labels, each of which may be missing."""
    return f"max without (part) ({parts(series)})"


def parts(series: Iterable[str]) -> str:
    """Give several series side by side, told apart by a label `part`, which the first lacks."""
    first, *others = series
    labelled = (
        f'label_replace({one}, "part", "{number}", "", "")' for number, one in enumerate(others, 1)
    )
    return "\n  " + "\n  or ".join((first, *labelled)) + "\n"
