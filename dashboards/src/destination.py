"""Destination: the codes of one recipient domain or provider, and what to check next."""

from __future__ import annotations

from grafana_foundation_sdk.models import dashboard as models

from alerts.src.series import CLUSTERED
from dashboards.src import causes, reasons, senders, shared
from dashboards.src.frame import DESTINATION, Row, Variable, build, queried, scope
from dashboards.src.panels import (
    CRITICAL,
    GOOD,
    NEUTRAL,
    WARNING,
    About,
    Column,
    Query,
    bars,
    comparison,
    limit,
    lines,
    listing,
    mapped,
    note,
    number,
    word,
)
from dashboards.src.promql import (
    AT_THE_END,
    FAILED,
    FIRST,
    HERE,
    JOBS,
    LAST_WEEK,
    MAIL_IN_TWO_HOURS,
    RANGE,
    REFUSALS,
    REFUSED,
    REFUSED_IN_TWO_HOURS,
    VERDICT,
    by_destination,
    counted,
    counted_in_all,
    default,
    in_two_hours,
    minutes,
    or_zero,
    per_minute,
    ratio,
    since,
    threshold,
)

_MOST_CODES = 20
_MOST_DOMAINS = 15
_KEY = ", ".join(causes.KEY)
_JOINED = ", ".join(f'"{label}"' for label in causes.KEY)


def dashboard() -> str:
    """Give the dashboard's JSON."""
    return build(
        DESTINATION,
        "What one recipient domain or provider answers to our mail, and what to check next.",
        [scope(), _destination()],
        'alertname=~"Postfix.*", destination="$destination"',
        [
            Row(4, (*_verdict(), *_shares())),
            Row(3, (_next_step(),)),
            Row(
                9,
                (
                    shared.by_cause(
                        "When did which cause begin?",
                        "First attempts.",
                        lambda matchers, when: per_minute(matchers, when, HERE),
                    ),
                    _against_threshold(),
                ),
            ),
            Row(9, (_by_code(), _outcome(), _domains())),
            Row(7, (_codes(),)),
            Row(8, (reasons.over_time(), reasons.suspended())),
            Row(7, (reasons.table(),)),
            Row(8, (senders.over_time(), senders.table(), senders.in_the_end())),
            Row(12, (note("What the causes mean", causes.advice(), 24),)),
        ],
    )


def _destination() -> Variable:
    """Give all destinations; opened without a link, the one that refuses most is shown."""
    clustered = f'cause=~"{CLUSTERED}"'  # what is `content` is recorded as `other` there
    refused = in_two_hours(REFUSED_IN_TWO_HOURS, clustered)
    mail = in_two_hours(MAIL_IN_TWO_HOURS)
    return queried(
        "destination",
        "Destination",
        "Those that refused most within two hours come first.",
        f"query_result(sort_desc({refused} > 0 or 1e-9 * {mail}))",
    ).regex('/destination="([^"]+)"/')


def _verdict() -> tuple[models.Panel, ...]:
    return (
        shared.kind(
            "Why does $destination not take our mail, and may that pass by itself?",
            "The most frequent refusal, else the most frequent other cause",
            _most_telling("cause, dsn_class"),
            "All delivered",
        ),
        shared.refused_since(since(by_destination(counted(REFUSED, "15m", targets=HERE)))),
        shared.concentration(
            "Share of all refusals",
            "This destination's",
            f"sum({counted(REFUSED, targets=HERE)})",
            counted_in_all(REFUSED),
            4,
        ),
        number(
            About(
                title="Recipients refused",
                question="How many distinct recipients were refused?",
                reading="One mailbox is no cluster, however many messages it refuses.",
                width=3,
                unit="short",
                decimals=0,
                nothing="None",
            ),
            Query(_refused_recipients()),
            ((None, NEUTRAL), (default("cluster_min_recipients"), WARNING)),
        ),
    )


def _most_telling(labels: str) -> str:
    """Give the most frequent refusal, which says more of us than a wrong address."""
    refused, failed = (
        f"sum by ({labels}) ({counted(matchers, targets=HERE)})" for matchers in (REFUSED, FAILED)
    )
    return f"topk(1, 1e6 * ({refused} > 0) or {failed} > 0)"


def _refused_recipients() -> str:
    matchers = f'{HERE}, cause=~"{REFUSALS}"'
    return f"sum(increase(postfix_refused_recipients_total{{{matchers}}}[{RANGE}])) > 0"


def _shares() -> tuple[models.Panel, ...]:
    everything = f"sum({counted(VERDICT, targets=HERE)})"

    def share(title: str, cause: str, width: int, bad: float) -> models.Panel:
        part = f"sum({counted(_of(cause), targets=HERE)})"
        return number(
            About(
                title=title,
                question=f"What share of the messages is refused as {causes.shown(cause).lower()}?",
                reading="Of first attempts with a verdict within the time shown.",
                width=width,
                unit="percentunit",
                decimals=1,
                nothing="No mail",
            ),
            Query(ratio(or_zero(part, everything), everything)),
            ((None, NEUTRAL), (bad, causes.COLOURS[cause])),
        )

    bad = default("fast_min_ratio")
    return (
        share("Throttled", "throttled", 2, bad),
        share("Blocked", "blocked", 2, bad),
        share("Authentication", "authentication", 3, bad),
        share("Unknown", "unknown_recipient", 2, default("list_min_ratio")),
    )


def _of(cause: str) -> str:
    return f'{FIRST}, cause="{cause}"'


def _next_step() -> models.Panel:
    return word(
        About(
            title="What to check next at $destination",
            question="What do I do about the most frequent refusal, or else failure?",
            reading="From the exporter's own table of causes; all of it stands below.",
            width=24,
            unit="string",
            nothing="Nothing: all was delivered",
        ),
        Query(f'label_join({_most_telling(_KEY)}, "next", " ", {_JOINED})'),
        "next",
        causes.next_steps(),
    )


def _against_threshold() -> models.Panel:
    failed, mail = (
        counted(matchers, "2h", targets=HERE)
        for matchers in (f'{VERDICT}, cause!="delivered"', VERDICT)
    )
    usual = (
        f'destination_cause:postfix_failures_usual:ratio2h{{{JOBS}, scope="$scope",'
        f' destination="$destination", cause=~"{CLUSTERED}"}}'
    )
    return lines(
        About(
            title="Share of messages in 2 h, against alert threshold and usual",
            question="Is it enough for an alert, and more than usual here?",
            reading=f"The red line holds from {default('fast_min_failures'):g} refusals on. What is"
            " usual is the lowest of one, two and seven days ago, as the recording rules count it.",
            width=12,
            unit="percentunit",
            nothing="All was delivered",
        ),
        [
            Query(
                f"(sum by (cause) ({failed}) > 0) / on () group_left () (sum({mail}) > 0)",
                "{{cause}}",
            ),
            limit(threshold("fast_min_ratio"), "threshold of a fast cluster"),
            comparison(f"max(sum by (job) ({usual}))", "usual share refused"),
        ],
        causes.colours(),
    )


def _by_code() -> models.Panel:
    key = "cause, dsn_code"
    rates = f"sum by ({key}) ({per_minute(FAILED, targets=HERE)}) > 0"
    totals = f"sum by ({key}) ({counted(FAILED, when=AT_THE_END, targets=HERE)})"
    return bars(
        About(
            title="Not delivered per minute, by enhanced status code",
            question="Which codes does it answer with?",
            reading="Coloured by cause. First attempts.",
            width=9,
            unit="short",
            nothing="All was delivered",
        ),
        [
            Query(
                minutes(f"({rates} and on ({key}) topk({_MOST_CODES}, {totals}))"),
                "{{cause}} {{dsn_code}}",
            )
        ],
        causes.colours(" .*"),
    )


def _outcome() -> models.Panel:
    every = per_minute(FIRST, targets=HERE)
    return bars(
        About(
            title="Messages per minute, by outcome",
            question="Does it still take mail, and how much do we send?",
            reading="First attempts. Dashed: all messages in the same hours last week.",
            width=8,
            unit="short",
            nothing="No mail",
        ),
        [
            Query(minutes(f"sum by (status) ({every})"), "{{status}}"),
            comparison(minutes(f"sum({per_minute(FIRST, LAST_WEEK, HERE)})"), "all, last week"),
        ],
        {
            "^sent$": GOOD,
            "^(deferred|softbounce)$": WARNING,
            "^bounced$": CRITICAL,
        },
    )


def _codes() -> models.Panel:
    def answers(when: str = "") -> str:
        return f"sum by ({_KEY}) ({counted(FAILED, when=when, targets=HERE)})"

    most = f"topk({_MOST_CODES}, {answers()} > 0)"
    joined = f'label_join(label_join({{}}, "meaning", " ", {_JOINED}), "next", " ", {_JOINED})'
    figure = {"unit": "short", "decimals": 0}
    return listing(
        About(
            title="Codes, what they mean, and what to check next",
            question="What does each code mean, what is to be done, and is it new here?",
            reading="First attempts within the time shown, and in the same hours last week.",
            width=24,
            unit="short",
            nothing="-",
        ),
        [
            Column("dsn_code", 80, properties={"displayName": "Code"}),
            Column("cause", 130, properties={"displayName": "Cause", **mapped(causes.names())}),
            Column("provider", 110, properties={"displayName": "Provider"}),
            Column(
                "meaning", 520, properties={"displayName": "Meaning", **mapped(causes.meanings())}
            ),
            Column("next", properties={"displayName": "Check next", **mapped(causes.next_steps())}),
        ],
        [
            Column("Messages", 90, joined.format(most), figure),
            Column(
                "Last week",
                90,
                joined.format(f"({answers(LAST_WEEK)} and on ({_KEY}) {most})"),
                figure,
            ),
        ],
        sort_by=("Messages",),
    )


def _domains() -> models.Panel:
    def by_domain(matchers: str) -> str:
        return f"sum by (domain, provider) ({counted(matchers, targets=HERE)})"

    mail, refused = by_domain(VERDICT), by_domain(REFUSED)
    listed = f"and on (domain, provider) topk({_MOST_DOMAINS}, 1e6 * ({refused} > 0) or {mail})"
    figure = {"unit": "short", "decimals": 0}
    return listing(
        About(
            title="Domains and providers",
            question="Which domains stand behind this provider, or which provider behind this"
            " domain?",
            reading="Messages within the time shown.",
            width=7,
            unit="short",
            nothing="-",
        ),
        [
            Column("domain", properties={"displayName": "Domain"}),
            Column("provider", 95, properties={"displayName": "Provider"}),
        ],
        [
            Column("Refused", 70, f"{or_zero(refused, mail)} {listed}", figure),
            Column("Messages", 80, f"{mail} {listed}", figure),
        ],
        sort_by=("Refused", "Messages"),
    )
