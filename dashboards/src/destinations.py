"""The panels that tell destinations apart, from what the rules record of all instances."""

from __future__ import annotations

from collections.abc import Callable

from grafana_foundation_sdk.models import dashboard as models

from alerts.src.series import CLUSTERED
from dashboards.src.frame import to_destination
from dashboards.src.panels import (
    CRITICAL,
    NEUTRAL,
    NEXT,
    QUIET,
    WARNING,
    About,
    Column,
    Query,
    bars,
    comparison,
    fixed,
    history,
    limit,
    lines,
    listing,
)
from dashboards.src.promql import (
    AT_THE_END,
    JOBS,
    LAST_WEEK,
    LISTED,
    NAMED,
    RANGE,
    REFUSALS,
    STEP,
    TARGETS,
    WORST,
    by_destination,
    default,
    failed,
    mail,
    or_zero,
    ratio,
    refused,
    refusing,
    threshold,
    total,
)

LINKED = to_destination("${__field.labels.destination}")

_MOST_DRAWN = 10
_BUT_THE_WORST = (*LISTED, '$scope!="$worst"')
_OF_ALL_INSTANCES = "Of all instances."


def _worst_and_next(first: str, others: str, scale: Callable[[str], str] = str) -> list[Query]:
    """Give the worst destination in red and other ones in blue, on all panels alike."""
    return [
        Query(scale(first), "{{destination}}", {**fixed(CRITICAL), **LINKED}),
        Query(scale(others), "{{destination}}", {**fixed(NEXT), **LINKED}),
    ]


def _per_minute(quarters: str) -> str:
    return f"({quarters}) / 15"


def refused_per_minute() -> models.Panel:
    """Show who refuses, and when it began."""
    drawn = f"and on (destination) {refusing(_MOST_DRAWN)}"
    last_week = or_zero(
        *(f"sum({of(when=LAST_WEEK)})" for of in (refused, mail)),
    )
    return bars(
        About(
            title="Refused per minute, by destination",
            question="Is it one receiver, and since when?",
            reading="Of the quarter of an hour before each moment. The worst destination in red,"
            " the nine next in blue; the rest is left out. Dashed: all refusals in the same hours"
            f" last week. {_OF_ALL_INSTANCES}",
            width=14,
            unit="short",
            nothing="No refusals",
        ),
        [
            *_worst_and_next(
                f"{by_destination(refused(*WORST))} > 0",
                f"{by_destination(refused(*_BUT_THE_WORST))} > 0 {drawn}",
                _per_minute,
            ),
            comparison(_per_minute(last_week), "all, last week"),
        ],
    )


def share_refused() -> models.Panel:
    """Show a row for each destination that refuses."""
    part, whole = by_destination(refused(*LISTED)), by_destination(mail(*LISTED))
    return history(
        About(
            title="Share refused, by destination",
            question="Is it one receiver or are we the cause?",
            reading="A lit row is one receiver, a lit column is us. The ten destinations that"
            f" refused most within the time shown. {_OF_ALL_INSTANCES}",
            width=10,
            unit="percentunit",
            decimals=0,
            nothing="No refusals",
        ),
        Query(
            f"{ratio(or_zero(part, whole), whole)} and on (destination) {refusing(_MOST_DRAWN)}",
            "{{destination}}",
            LINKED,
        ),
        (
            (None, QUIET),
            (default("fast_min_ratio"), WARNING),
            (default("slow_min_ratio"), CRITICAL),
        ),
    )


def table() -> models.Panel:
    """List what destinations do, beside the week before."""
    name = Column(
        "destination",
        properties={"displayName": "Destination", **to_destination("${__value.text}")},
    )
    return listing(
        About(
            title="Destinations, worst first",
            question="What does each receiver do with our mail, compared with last week?",
            reading="Messages within the time shown, recipients that wait at its end; last week is"
            " the same hours seven days ago. A click on a destination leads to its codes."
            f" {_OF_ALL_INSTANCES}",
            width=24,
            unit="short",
            nothing="-",
        ),
        [name],
        [
            _count("Refused", REFUSALS),
            _share("Refused %", REFUSALS, "", default("fast_min_ratio")),
            _share("Refused % last week", REFUSALS, LAST_WEEK, 0),
            _count("Unknown users", "unknown_recipient", 130),
            _share("Unknown %", "unknown_recipient", "", default("list_min_ratio")),
            _share("Unknown % last week", "unknown_recipient", LAST_WEEK, 0),
            _count("Not reached", "network"),
            _figure("Waiting", or_zero(by_destination(_waiting(*LISTED)), total(mail(*LISTED)))),
            _figure("Messages", total(mail(*LISTED))),
        ],
        sort_by=("Refused", "Messages"),
    )


def _waiting(*which: str) -> str:
    inner = ", ".join((TARGETS, *which))
    return f"postfix_deferred_recipients{{{inner}}}"


def _figure(name: str, expression: str, width: int = 110) -> Column:
    return Column(name, width, expression, {"unit": "short", "decimals": 0})


def _count(name: str, causes: str, width: int = 110) -> Column:
    of_these, of_all = total(failed(causes, *LISTED)), total(mail(*LISTED))
    return _figure(name, or_zero(of_these, of_all), width)


def _share(name: str, causes: str, when: str, bad: float) -> Column:
    of_these, of_all = total(failed(causes, *LISTED), when), total(mail(*LISTED), when)
    colours = {} if when else _coloured(bad)
    figure = {"unit": "percentunit", "decimals": 1, **colours}
    return Column(name, 170, ratio(or_zero(of_these, of_all), f"({of_all})"), figure)


def _coloured(bad: float) -> dict[str, object]:
    steps = [{"color": NEUTRAL, "value": None}, {"color": CRITICAL, "value": bad}]
    return {
        "custom.cellOptions": {"type": "color-text"},
        "color": {"mode": "thresholds"},
        "thresholds": {"mode": "absolute", "steps": steps},
    }


def against_threshold() -> models.Panel:
    """Show how near destinations are to an alert."""

    def shares(*which: str) -> str:
        inner = ", ".join((JOBS, 'scope="$scope"', f'cause=~"{CLUSTERED}"', *which))
        series = f"destination_cause:postfix_failures:ratio2h{{{inner}}}"
        return f"max by (destination) (sum by (job, destination) ({series}))"

    next_ones = shares('destination=~"$listed"', 'destination!="$worst"')
    return lines(
        About(
            title="Share refused in 2 h, against the alert threshold",
            question="How near is each receiver to an alert?",
            reading="As the recording rules count it; in red the worst destination. Alerts look at"
            " more than this line: at distinct recipients, at concentration, and at what is usual.",
            width=12,
            unit="percentunit",
            nothing="No refusals, or the recording rules are not loaded",
        ),
        [
            *_worst_and_next(
                shares('destination="$worst"'),
                f"{next_ones} and on (destination) {refusing(_MOST_DRAWN)}",
            ),
            limit(threshold("fast_min_ratio"), "threshold of a fast cluster"),
        ],
    )


def waiting() -> models.Panel:
    """Show for whom mail piles up."""
    others = by_destination(_waiting(*NAMED, '$scope!="$worst"'))
    longest = by_destination(f"max_over_time({_waiting(*NAMED)}[{RANGE}:{STEP}]{AT_THE_END})")
    return lines(
        About(
            title="Recipients waiting for a retry",
            question="Does mail pile up, and for whom?",
            reading="The ten destinations with most recipients waiting within the time shown; in"
            " red the one that refuses most.",
            width=12,
            unit="short",
            decimals=0,
            nothing="Nobody waits",
        ),
        _worst_and_next(
            by_destination(_waiting(*WORST)),
            f"{others} and on (destination) topk({_MOST_DRAWN}, {longest} > 0)",
        ),
    )
