"""What alerts read: clusters, list quality, and refusals by many receivers at once."""

from __future__ import annotations

from alerts.src.concentration import ELSEWHERE, concentration, elsewhere, large
from alerts.src.rules import Expression, Record
from alerts.src.series import (
    CANDIDATE,
    CAUSED,
    CLUSTERED,
    POLICY,
    RECENT,
    REMAINDERS,
    SCOPED,
    by_receiver,
    ratio,
    still_failing,
    traffic,
)
from alerts.src.thresholds import threshold
from exporter.heuristics.figures import figures, quarters

_LIST_QUALITY = "destination_cause:postfix_list_quality:failures"
BAD_AT = "destination:postfix_list_quality_receiver:failures"
WIDELY_BAD = "job:postfix_list_quality_widely:receivers"
_UNKNOWN = f'{CANDIDATE}, cause="unknown_recipient"'


def rules() -> tuple[Record, ...]:
    """Give the rules of what alerts read, but for what changes slowly."""
    return (
        *concentration("2h"),
        elsewhere(),
        _cluster("fast", "2h", "much mail, refused for an hour or two", large("fast", "2h")),
        _cluster(
            "surge",
            "2h",
            "small in percent, but far above what is usual",
            large("surge", "2h"),
            _rise(),
        ),
        *_list_quality("2h"),
        *_bad_lists(),
        *_widely(),
    )


def slow_rules() -> tuple[Record, ...]:
    """Give the rules of what some messages an hour or a day come to."""
    return (
        *concentration("6h"),
        _cluster("slow", "6h", "some messages an hour", _traffic("6h"), _lasting("6h")),
        *concentration("1d"),
        _cluster("crawl", "1d", "some messages a day", _traffic("1d"), _lasting("1d")),
        *_list_quality("1d"),
    )


def _cluster(pair: str, window: str, meaning: str, *guards: str) -> Record:
    """Give the rule of one pair of windows: significant in the long one, failing in the short."""
    name = "destination_cause:postfix_cluster:failures"
    causes = f'{CANDIDATE}, cause=~"{CLUSTERED}"'
    clustered = f"{{{causes}}}"
    recipients = f"destination_cause:postfix_refused_recipients:increase{window}{clustered}"
    return Record(
        name,
        f"Messages refused in {window} where it is a cluster: {meaning}. Recipients refused day"
        " after day are counted on the first day, so what was a cluster within a day needs no new"
        " ones.",
        Expression(
            f"destination_cause:postfix_failures:increase{window}{clustered}"
            f" >= {threshold(f'{pair}_min_failures')}",
            (
                f"and on ({CAUSED}) ({recipients} >= {threshold('cluster_min_recipients')}"
                f" or on ({CAUSED}) last_over_time({name}[1d]))",
                f"and on ({CAUSED}) destination_cause:postfix_failures_concentrated:share{window}",
                f"and on ({CAUSED}) {still_failing(causes, RECENT[pair])}",
                *guards,
            ),
        ),
        {"pair": pair, "window": window},
    )


def _rise() -> str:
    failed = ratio("2h", f'{CANDIDATE}, cause=~"{CLUSTERED}"')
    usual = "destination_cause:postfix_failures_usual:ratio2h"
    return (
        f"and on ({CAUSED}) {failed} / on ({CAUSED}) ({usual} or {ELSEWHERE})"
        f" > {threshold('surge_factor')}"
    )


def _lasting(window: str) -> str:
    """Not the first message of the hour: unknown greylisting accepts it at the second try."""
    failures = f'destination_cause:postfix_failures:increase{window}{{cause=~"{CLUSTERED}"}}'
    return f"and on ({CAUSED}) {failures} offset 1h"


def _traffic(window: str) -> str:
    attempts = f"destination:postfix_first_attempts:increase{window}"
    return (
        f"and on ({SCOPED}) {attempts} / on (job, scope) group_left () {traffic(window)}"
        f" >= {threshold('slow_min_traffic')}"
    )


def _list_quality(window: str) -> tuple[Record, ...]:
    return tuple(
        Record(
            _LIST_QUALITY,
            f"Unknown recipients in {window} where they are far above what is usual there.",
            Expression(
                f"destination_cause:postfix_failures:increase{window}{{{_UNKNOWN}}}"
                f" >= {threshold('list_min_failures')}",
                (
                    f"and on ({CAUSED}) {ratio(window, _UNKNOWN)} >= {threshold('list_min_ratio')}",
                    f"and on ({CAUSED}) ({_above_usual(window)})",
                    f"and on ({CAUSED}) {still_failing(_UNKNOWN, quarters(pair.recent) / 4)}",
                ),
            ),
            {"pair": pair.name, "window": window},
        )
        for pair in figures().list_pairs
        if pair.window == window
    )


def _above_usual(window: str) -> str:
    failed = ratio(window, _UNKNOWN)
    usual = f"destination_cause:postfix_failures_usual:ratio{window}"
    return (
        f"{failed} / on ({CAUSED}) {usual} > {threshold('list_factor')}\n"
        f"  or ({failed} >= {threshold('list_no_history_ratio')} unless on ({CAUSED}) {usual})"
    )


def _bad_lists() -> tuple[Record, ...]:
    """Give at how many receivers the list is bad: a provider's domains are one with it."""
    by_scope = f"max by (job, destination) ({_LIST_QUALITY}"
    return (
        Record(
            BAD_AT,
            "Unknown recipients at each receiver where the list is bad: a provider, or a domain of"
            " which no provider is known.",
            Expression(
                by_receiver(f'{by_scope}{{scope="provider"}})', f'{by_scope}{{scope="domain"}})')
            ),
        ),
        Record(
            WIDELY_BAD,
            "How many receivers these are, where they are many at once.",
            Expression(f"count by (job) ({BAD_AT}) >= {threshold('widely_min_destinations')}"),
        ),
    )


def _widely() -> tuple[Record, ...]:
    records: list[Record] = []
    for pair, window in ((one.name, one.window) for one in figures().widely_pairs):
        records += [
            _spread(window),
            _refused_widely("authentication", "authentication", pair, window),
            _refused_widely(
                "policy",
                POLICY,
                pair,
                window,
                f"and on (job) job:postfix_policy_failures:hhi{window}"
                f" < {threshold('cluster_share')}",
                f'unless on (job) destination_cause:postfix_cluster:failures{{cause=~"{POLICY}"}}',
            ),
        ]
    return tuple(records)


def _spread(window: str) -> Record:
    failures = f'destination_cause:postfix_failures:increase{window}{{cause=~"{POLICY}"'

    def of(scope: str) -> str:
        named = f'{failures}, scope="{scope}", destination!~"{REMAINDERS}"}}'
        return f"sum by (job, destination) ({named})"

    named = by_receiver(of("provider"), of("domain"))
    total = _total(window, POLICY)
    return Record(
        f"job:postfix_policy_failures:hhi{window}",
        f"Probability that two throttled or blocked messages in {window} were for the same"
        " receiver (Simpson); its inverse is the effective number of receivers that refuse.",
        Expression(
            f"sum by (job) (clamp_min(\n  ({named})\n  * ({named} - 1), 0))\n"
            f"/ ({total} * ({total} - 1) > 0)"
        ),
    )


def _total(window: str, causes: str) -> str:
    matchers = f'scope="domain", cause=~"{causes}"'
    return f"sum by (job) (scope_cause:postfix_failures:increase{window}{{{matchers}}})"


def _refused_widely(reason: str, causes: str, pair: str, window: str, *guards: str) -> Record:
    name = "job:postfix_refused_widely:ratio"
    matchers = f'scope="domain", cause=~"{causes}"'
    attempts = f'{traffic(window)}{{scope="domain"}}'
    recipients = f"destination_cause:postfix_refused_recipients:increase{window}{{{matchers}}}"

    def refusing(scope: str) -> str:
        refused = ratio(window, f'scope="{scope}", {CANDIDATE}, cause=~"{causes}"')
        return f"sum by (job, destination) ({refused}) >= {threshold('widely_min_ratio')}"

    receivers = by_receiver(refusing("provider"), f"({refusing('domain')})")
    return Record(
        name,
        f"Share of all mail refused in {window} where several receivers refuse at once.",
        Expression(
            f"{_total(window, causes)} / on (job) {attempts} >= {threshold('widely_min_ratio')}",
            (
                f"and on (job) {_total(window, causes)} >= {threshold('widely_min_failures')}",
                f"and on (job) count by (job) (\n  {receivers}\n) >= {threshold('widely_min_destinations')}",
                f"and on (job) (sum by (job) ({recipients}) >= {threshold('cluster_min_recipients')}"
                f' or on (job) last_over_time({name}{{reason="{reason}"}}[1d]))',
                f"and on (job) {still_failing(matchers, RECENT[pair])}",
                *guards,
            ),
        ),
        {"reason": reason, "pair": pair, "window": window},
    )
