"""How concentrated failures are, and what is usual: by destination, in each window."""

from __future__ import annotations

from dataclasses import dataclass

from alerts.src.rules import Expression, Record
from alerts.src.series import (
    CANDIDATE,
    CAUSED,
    CLUSTERED,
    RECORDED_RATIOS,
    SCOPED,
    divided,
    parts,
    ratio,
    traffic,
)
from alerts.src.thresholds import threshold
from exporter.heuristics.figures import figures

_REFUSED = 'cause!="unknown_recipient"'
_PAIRS = {
    window: tuple(pair.name for pair in figures().pairs if pair.window == window)
    + ("unreachable",) * (window == "2h")
    for window in figures().windows
}
"""What looks for many failures in each window, by the names of the thresholds."""

ELSEWHERE = "destination_cause:postfix_failures_elsewhere:ratio2h"


@dataclass(frozen=True, slots=True)
class _Names:
    """The names of the series of one window."""

    window: str
    failures: str
    named: str
    total: str
    attempts: str
    traffic: str
    ratio: str
    share: str
    sum: str


def _names(window: str) -> _Names:
    level = "destination_cause:postfix_failures"
    failures = f"{level}:increase{window}"
    return _Names(
        window=window,
        failures=failures,
        named=f"{failures}{{{CANDIDATE}, {_REFUSED}}}",
        total=f"scope_cause:postfix_failures:increase{window}",
        attempts=f"destination:postfix_first_attempts:increase{window}",
        traffic=traffic(window),
        ratio=ratio(window),
        share=f"{level}:share{window}",
        sum=f"sum by (job, scope, cause) ({failures}{{{_REFUSED}}})",
    )


def totals(window: str) -> tuple[Record, ...]:
    """Give a window's ratios, and what all destinations come to."""
    of = _names(window)
    return (
        Record(
            of.traffic,
            f"Messages on which all destinations together gave a verdict in {window}.",
            Expression(f"sum by (job, scope) ({of.attempts})"),
        ),
        Record(
            of.total,
            f"Messages refused or failed for the cause in {window} at all destinations.",
            Expression(of.sum),
        ),
        *_ratio(of),
    )


def _ratio(of: _Names) -> tuple[Record, ...]:
    if of.window not in RECORDED_RATIOS:
        return ()
    return (
        Record(
            of.ratio,
            f"Share of the destination's messages that failed for the cause in {of.window}.",
            Expression(divided(of.window, CANDIDATE)),
        ),
    )


def elsewhere() -> Record:
    """Give the rule of what the others do, for want of anything that is usual."""
    of = _names("2h")
    return Record(
        ELSEWHERE,
        "What the ratio in 2h is at all other destinations together.",
        Expression(_elsewhere(of)),
    )


def _elsewhere(of: _Names) -> str:
    return (
        f"(1 - {of.share}) * on (job, scope, cause) group_left () {of.total}\n"
        f"/ on ({SCOPED}) group_left ()"
        f" ({of.traffic} - on (job, scope) group_right () {of.attempts} > 0)"
    )


def concentration(window: str) -> tuple[Record, ...]:
    """Give how concentrated failures are, of destinations that have enough of them for an alert."""
    of = _names(window)
    minor = f"{of.share} >= {threshold('cluster_minor_share')}"
    return (
        Record(
            of.share,
            f"The destination's share of all failures for the cause in {of.window}, where they are"
            " enough for some alert.",
            Expression(
                # the sum is there as a series, which VictoriaMetrics shows an evaluation later
                f"({_many(of)})\n/ on (job, scope, cause) group_left () ({of.sum})"
            ),
        ),
        Record(
            f"destination_cause:postfix_failures_concentrated:share{of.window}",
            f"The shares in {of.window} that are a concentration: a large one, or a smaller one"
            " of a destination that fails far more often than the others, or where too few"
            " destinations fail to call it wide.",
            Expression(
                f"{of.share} >= {threshold('cluster_share')}\n"
                f"or ({minor} and on ({CAUSED}) {of.ratio} / on ({CAUSED}) (\n"
                f"  {_elsewhere(of)}\n"
                f") >= {threshold('cluster_lift')})\n"
                f"or ({minor} and on (job, scope, cause)"
                f" {of.total} ^ 2 / sum by (job, scope, cause) ({of.named} ^ 2)"
                f" < {threshold('widely_min_destinations')})"
            ),
        ),
    )


def _many(of: _Names) -> str:
    """Give failures where they are enough for some alert."""
    pairs = _PAIRS[of.window]
    least = f'job:postfix_alert_threshold:resolved{{name=~"({"|".join(pairs)})_min_failures"}}'
    # what one pair alone looks for, nobody else needs to divide and compare
    alone = f" {large(pairs[0], of.window)}" if len(pairs) == 1 else ""
    return f"{of.named} >= on (job) group_left () min by (job) ({least}){alone}"


def large(pair: str, window: str) -> str:
    """Give the guard that a large enough share of the destination's messages is refused."""
    failed = ratio(window, f"{CANDIDATE}, {_REFUSED}")
    return f"and on ({CAUSED}) {failed} >= {threshold(f'{pair}_min_ratio')}"


def baselines() -> tuple[Record, ...]:
    """Give the rules of what is usual."""
    usual = "destination_cause:postfix_failures_usual:ratio"
    return (
        Record(
            f"{usual}1d",
            "What the ratio in a day usually is: the lowest of one, two and seven days ago, of"
            " those that had enough traffic; without any there is no series.",
            Expression(_lowest("1d")),
        ),
        Record(
            f"{usual}2h",
            "What the ratio in 2h usually is: the same for these hours, but not less than that of"
            " a day; campaigns do not begin at the same hour every day.",
            Expression(f"max without (part) ({parts((_lowest('2h'), f'{usual}1d'))})"),
        ),
    )


def _lowest(window: str) -> str:
    """Give the lowest ratio of earlier days; of a day without failures it is 0."""
    failed = ratio(window, f'{CANDIDATE}, cause=~"{CLUSTERED}|unknown_recipient"')
    attempts = f"destination:postfix_first_attempts:increase{window}"
    enough = (
        f"{attempts} offset {{0}} >= {threshold('baseline_min_attempts')}"
        f" and {attempts} offset {{0}} / {attempts} >= {threshold('baseline_min_traffic')}"
    )
    earlier = (
        f"({failed} offset {day} or {failed} * 0) and on ({SCOPED}) ({enough.replace('{0}', day)})"
        for day in ("1d", "2d", "1w")
    )
    return f"min without (part) ({parts(earlier)})"
