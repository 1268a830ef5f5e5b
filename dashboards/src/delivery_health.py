"""Delivery health: which receiver refuses, of what kind it is, and since when."""

from __future__ import annotations

from collections.abc import Callable

from grafana_foundation_sdk.models import dashboard as models

from alerts.src.series import CLUSTERED
from dashboards.src import shared
from dashboards.src.frame import DELIVERY, Row, build, scope, to_destination, to_exporter
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
    number,
)
from dashboards.src.promql import (
    AT_THE_END,
    FIRST,
    JOBS,
    LAST_WEEK,
    NAMED,
    RANGE,
    REFUSED,
    TARGETS,
    UNKNOWN,
    VERDICT,
    by_destination,
    counted,
    default,
    minutes,
    or_zero,
    per_minute,
    ranked,
    ratio,
    refused_by_destination,
    refusing,
    since,
    threshold,
    worst,
)

_MOST_DRAWN = 10
_MOST_LISTED = 25
_OF_THE_WORST = f"and on (destination) {worst()}"
_CLUSTERED = f'cause=~"{CLUSTERED}"'
_WHAT = "Is it throttling, a block, authentication, the list, or no word about us?"
_OF_ALL = "First attempts at all destinations, left-over ones included."
_SENT, _BOUNCED = 'status="sent"', 'status="bounced"'
_DEFERRED = 'status=~"deferred|softbounce"'
_LINKED = to_destination("${__field.labels.destination}")


def dashboard() -> str:
    """Give the dashboard's JSON."""
    return build(
        DELIVERY,
        "Which receivers refuse our mail, of what kind it is, and since when.",
        [scope()],
        'alertname=~"Postfix.*"',
        [
            Row(4, (*_verdict(), *_outcome())),
            Row(9, (_by_destination(), _history())),
            Row(10, (_destinations(),)),
            Row(9, (shared.by_cause(_WHAT, _OF_ALL, TARGETS), _against_threshold())),
            Row(8, (_waiting(), _spread())),
        ],
    )


def _verdict() -> tuple[models.Panel, ...]:
    kinds = by_destination(counted(f"{REFUSED}, {NAMED}"), "cause", "dsn_class")
    begun = since(by_destination(counted(f"{REFUSED}, {NAMED}", "15m")))
    return (
        number(
            About(
                title="Worst destination",
                question="Which receiver refuses most, and how many messages?",
                reading="First refusals within the time shown. A click leads to its codes.",
                width=4,
                unit="short",
                decimals=0,
                nothing="No refusals",
            ),
            Query(worst(), "{{destination}}", _LINKED),
            ((None, NEUTRAL), (default("fast_min_failures"), CRITICAL)),
            named=True,
        ),
        shared.kind(
            "Why does it refuse, and may that pass by itself?",
            "The most frequent cause there",
            f"topk(1, {kinds} > 0 {_OF_THE_WORST})",
            "No refusals",
        ),
        shared.refused_since(f"max({begun} {_OF_THE_WORST})"),
        shared.concentration(
            "Concentration", "The worst destination's", f"max({refused_by_destination()})", 3
        ),
    )


def _outcome() -> tuple[models.Panel, ...]:
    everything = f"sum({counted(FIRST)})"

    def share(title: str, question: str, matchers: str, *bad: float) -> models.Panel:
        part = or_zero(f"sum({counted(f'{FIRST}, {matchers}')})", everything)
        return number(
            About(
                title=title,
                question=question,
                reading="Of all first attempts within the time shown.",
                width=2,
                unit="percentunit",
                decimals=1,
                nothing="No mail",
            ),
            Query(ratio(part, everything)),
            ((None, NEUTRAL), *((value, WARNING) for value in bad)),
        )

    return (
        share("Delivered", "What share was delivered at once?", _SENT),
        share("Deferred", "What share must wait?", _DEFERRED, 0.2),
        share("Bounced", "What share was refused for good?", _BOUNCED, 0.05),
        shared.log_age(3, to_exporter()),
    )


def _worst_and_next(series: str, listed: str, scale: Callable[[str], str] = str) -> list[Query]:
    """Give the worst destination in red and the other listed ones in blue, on all panels alike."""
    first = f"on (destination) {worst(AT_THE_END)}"
    others = f"{series} and on (destination) {listed} unless {first}"
    return [
        Query(scale(f"({series} and {first})"), "{{destination}}", {**fixed(CRITICAL), **_LINKED}),
        Query(scale(f"({others})"), "{{destination}}", {**fixed(NEXT), **_LINKED}),
    ]


def _by_destination() -> models.Panel:
    each = f"({by_destination(per_minute(f'{REFUSED}, {NAMED}'))} > 0)"
    last_week = or_zero(
        f"sum({per_minute(REFUSED, LAST_WEEK)})", f"sum({per_minute(VERDICT, LAST_WEEK)})"
    )
    return bars(
        About(
            title="Refused per minute, by destination",
            question="Is it one receiver, and since when?",
            reading="The worst destination in red, the nine next in blue; the rest is left out."
            " Dashed: all refusals in the same hours last week.",
            width=14,
            unit="short",
            nothing="No refusals",
        ),
        [
            *_worst_and_next(each, refusing(_MOST_DRAWN), minutes),
            comparison(minutes(last_week), "all, last week"),
        ],
    )


def _history() -> models.Panel:
    refused, mail = (
        by_destination(per_minute(f"{matchers}, {NAMED}")) for matchers in (REFUSED, VERDICT)
    )
    return history(
        About(
            title="Share refused, by destination",
            question="Is it one receiver or are we the cause?",
            reading="A lit row is one receiver, a lit column is us. The ten destinations that"
            " refused most within the time shown.",
            width=10,
            unit="percentunit",
            decimals=0,
            nothing="No refusals",
        ),
        Query(
            f"{or_zero(refused, mail)} / ({mail} > 0) and on (destination) {refusing(_MOST_DRAWN)}",
            "{{destination}}",
            _LINKED,
        ),
        (
            (None, QUIET),
            (default("fast_min_ratio"), WARNING),
            (default("slow_min_ratio"), CRITICAL),
        ),
    )


def _destinations() -> models.Panel:
    mail, mail_before = (by_destination(counted(VERDICT, when=when)) for when in ("", LAST_WEEK))
    listed = f"and on (destination) {ranked(_MOST_LISTED)}"

    def count(name: str, matchers: str, width: int = 110) -> Column:
        part = or_zero(by_destination(counted(matchers)), mail)
        return Column(name, width, f"{part} {listed}", {"unit": "short", "decimals": 0})

    def share(name: str, matchers: str, when: str, bad: float) -> Column:
        whole = mail_before if when else mail
        part = or_zero(by_destination(counted(matchers, when=when)), whole)
        colours = {} if when else _coloured(bad)
        return Column(
            name,
            170,
            f"{part} / ({whole} > 0) {listed}",
            {"unit": "percentunit", "decimals": 1, **colours},
        )

    return listing(
        About(
            title="Destinations, worst first",
            question="What does each receiver do with our mail, compared with last week?",
            reading="Messages within the time shown; last week is the same hours seven days ago. A"
            " click on a destination leads to its codes.",
            width=24,
            unit="short",
            nothing="-",
        ),
        [
            Column(
                "destination",
                properties={"displayName": "Destination", **to_destination("${__value.text}")},
            )
        ],
        [
            count("Refused", REFUSED),
            share("Refused %", REFUSED, "", default("fast_min_ratio")),
            share("Refused % last week", REFUSED, LAST_WEEK, 0),
            count("Unknown users", UNKNOWN, 130),
            share("Unknown %", UNKNOWN, "", default("list_min_ratio")),
            share("Unknown % last week", UNKNOWN, LAST_WEEK, 0),
            count("Deferred", f"{FIRST}, {_DEFERRED}"),
            count("Bounced", f"{FIRST}, {_BOUNCED}"),
            count("Messages", VERDICT),
        ],
        sort_by=("Refused", "Messages"),
    )


def _coloured(bad: float) -> dict[str, object]:
    steps = [{"color": NEUTRAL, "value": None}, {"color": CRITICAL, "value": bad}]
    return {
        "custom.cellOptions": {"type": "color-text"},
        "color": {"mode": "thresholds"},
        "thresholds": {"mode": "absolute", "steps": steps},
    }


def _against_threshold() -> models.Panel:
    recorded = f'destination_cause:postfix_failures:ratio2h{{{JOBS}, scope="$scope", {_CLUSTERED}}}'
    shares = f"max by (destination) (sum by (job, destination) ({recorded}))"
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
            *_worst_and_next(shares, refusing(_MOST_DRAWN)),
            limit(threshold("fast_min_ratio"), "threshold of a fast cluster"),
        ],
    )


def _waiting() -> models.Panel:
    waiting = f"postfix_deferred_recipients{{{TARGETS}, {NAMED}}}"
    longest = by_destination(f"max_over_time({waiting}[{RANGE}] @ end())")
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
        _worst_and_next(by_destination(waiting), f"topk({_MOST_DRAWN}, {longest} > 0)"),
    )


def _spread() -> models.Panel:
    return lines(
        About(
            title="Receivers that throttle or block, effective number",
            question="Do many receivers refuse at once, as when an address is on a blocklist?",
            reading="The inverse of the Simpson index over 2 h, as the recording rules count it:"
            " below the line it is one receiver.",
            width=12,
            unit="short",
            decimals=1,
            nothing="No refusals, or the recording rules are not loaded",
        ),
        [
            Query(
                f"1 / (min by (job) (job:postfix_policy_failures:hhi2h{{{JOBS}}}) > 0)", "{{job}}"
            ),
            limit(f"1 / {threshold('cluster_share')}", "concentrated below"),
        ],
    )
