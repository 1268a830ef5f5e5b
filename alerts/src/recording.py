"""The recording rules: from the exporter's counters to clusters of refusals.

Raw counters are read once each, over a quarter of an hour: that is most of what the rules cost.
Two hours are the sum of these quarters, three overlapping ones for each moment, so that nothing
falls between two of them; longer windows are sums of shorter ones. Reading a day of raw counters
of a large fleet would take minutes.
What did not happen has no series here: most destinations refuse nothing.

Scopes: a `destination` is a recipient domain (scope `domain`), a provider (scope `provider`), or
the provider where it is known and else the domain (scope `receiver`, to count who refuses).
"""

from __future__ import annotations

from collections.abc import Iterable

from alerts.src.rules import Expression, Group, Record
from alerts.src.thresholds import JOBS, resolved, threshold

WINDOWS = ("2h", "6h", "1d")
SCOPES = ("domain", "provider", "receiver")
_PAIRS = {"2h": ("fast", "surge", "unreachable"), "6h": ("slow",), "1d": ("crawl",)}
"""What looks for many failures in each window, by the names of the thresholds."""

CLUSTERED = "throttled|blocked|authentication|other"
POLICY = "throttled|blocked"

_RAW = "postfix_delivery_attempts_total"
_REMAINDERS = "other|unknown|none|invalid|address-literal"
"""The empty name is not among them: to leave it out, Prometheus merges the lists of series of every
other name, at each look. The exporter names every domain; see `_named` for providers."""

_NO_PROVIDER = "|other|unknown"
_NO_VERDICT = "suspended|local|greylisted"
_FAILING = "throttled|blocked|authentication|content|other|unknown_recipient|network"

_REFUSED = 'cause!="unknown_recipient"'
_VERDICTS = "Messages on which the destination gave a verdict"
_EXPIRED = "Recipients given up because their message expired"

SCOPED = "job, scope, destination"
CAUSED = "job, scope, destination, cause"
_BASE = "domain_provider_cause:"
_BASE_LABELS = "job, domain, provider, cause"

ATTEMPTS = "instance_domain_provider_cause:postfix_attempts:increase15m"
UNREACHABLE = "instance_domain:postfix_unreachable:increase15m"
CATCHING_UP = "instance:postfix_exporter_catching_up:lag"
CANDIDATE = f'scope!="receiver", destination!~"{_REMAINDERS}"'
"""Matchers of destinations that can be named; remainders count in denominators only."""

_UNKNOWN = f'{{{CANDIDATE}, cause="unknown_recipient"}}'


def groups() -> tuple[Group, ...]:
    """Give the groups of recording rules in the order in which they build on each other."""
    return (
        Group(
            "postfix-delivery-quarters",
            "What the exporters counted within the last quarter of an hour, by job.",
            _quarters(),
        ),
        Group(
            "postfix-delivery-destinations",
            "The same by destination: recipient domain, provider, receiver.",
            (*_by_destination(), *_concentration(), *_baselines(), *_provider_of()),
        ),
        Group(
            "postfix-delivery-outage",
            "Is it our own network? By instance, for each host has its own way out.",
            _outage(),
        ),
        Group(
            "postfix-delivery-problems",
            "What alerts read: clusters, list quality, and refusals by many receivers at once.",
            (*_clusters(), *_list_quality(), *_widely()),
        ),
    )


# -- by job, domain, provider and cause ------------------------------------------------------------


def _quarters() -> tuple[Record, ...]:
    return (
        *_attempts(),
        Record(
            f"{_BASE}postfix_first_attempts:increase15m",
            "Attempts on which a receiver gave its first verdict, without retries for the same"
            " cause.",
            Expression(f'sum by ({_BASE_LABELS}) ({ATTEMPTS}{{repeat!="true"}})'),
        ),
        Record(
            JOBS,
            "When a job last had an exporter or delivery attempts, if within two days; it remembers"
            " itself.",
            Expression(
                f"group by (job) ({_BASE}postfix_first_attempts:increase15m) * time()\n"
                "or group by (job) (postfix_exporter_build_info) * time()\n"
                f"or last_over_time({JOBS}[1h]) > time() - 2 * 86400"
            ),
        ),
        *resolved(),
        Record(
            CATCHING_UP,
            "Seconds by which an exporter was behind within the last quarter of an hour, where it"
            " was catching up: what it counted then happened earlier.",
            Expression(
                "max by (job, instance) (max_over_time(postfix_exporter_read_lag_seconds[15m]))"
                f" > {threshold('catch_up_lag_seconds')}"
            ),
        ),
        *_failing(),
        Record(
            f"{_BASE}postfix_refused_recipients:increase15m",
            "Distinct recipients refused for a cause that can be a cluster.",
            Expression(
                f"sum by ({_BASE_LABELS}) (\n"
                f'  increase(postfix_refused_recipients_total{{cause=~"{CLUSTERED}|content"}}[15m])'
                " > 0\n)"
            ),
        ),
        Record(
            "domain_provider:postfix_expired_recipients:increase15m",
            "Recipients given up because their message expired.",
            Expression(
                "sum by (job, domain, provider)"
                " (increase(postfix_expired_recipients_total[15m]) > 0)"
            ),
        ),
    )


def _attempts() -> tuple[Record, ...]:
    """Give three rules of one series: one look at each counter, and each look is a small one."""
    parts: tuple[tuple[str, str, dict[str, str]], ...] = (
        ("accepted", 'cause="delivered"', {}),
        (
            "first, without what is no verdict (suspended, local, greylisted)",
            f'repeat!="true", cause!~"delivered|{_NO_VERDICT}"',
            {"repeat": "false"},
        ),
        ("repeated for the same cause", f'repeat="true", cause=~"{_FAILING}"', {"repeat": "true"}),
    )
    return tuple(
        Record(
            ATTEMPTS,
            f"Attempts by instance, {meaning}.",
            Expression(
                f"sum by (job, instance, domain, provider, cause) (\n"
                f"  increase({_RAW}{{{matchers}}}[15m]) > 0\n"
                ")"
            ),
            labels,
        )
        for meaning, matchers, labels in parts
    )


def _failing() -> tuple[Record, ...]:
    fresh = f"unless on (job, instance) {CATCHING_UP}"
    return (
        Record(
            UNREACHABLE,
            "Attempts that found nobody, by exporters that are not catching up.",
            Expression(f'sum by (job, instance, domain) ({ATTEMPTS}{{cause="network"}} {fresh})'),
        ),
        Record(
            f"{_BASE}postfix_failing_attempts:increase15m",
            "Failed attempts, retries included, of exporters that are not catching up: is it still"
            " failing now?",
            Expression(f'sum by ({_BASE_LABELS}) ({ATTEMPTS}{{cause=~"{_FAILING}"}} {fresh})'),
        ),
    )


def _summed(increase: str, window: str) -> str:
    """Give the sum over a window: of quarters that overlap, or of shorter windows that adjoin."""
    if window == "2h":
        # a second short of 2h, so that each point is in one window alone
        return f"sum_over_time({increase}15m[7199s:5m]) / 3"
    part, hours, parts = {"6h": ("2h", 2, 3), "12h": ("2h", 2, 6), "1d": ("6h", 6, 4)}[window]
    series = [f"{increase}{part}"]
    series += [f"{increase}{part} offset {hours * number}h" for number in range(1, parts)]
    return _total(series)


def _total(series: Iterable[str]) -> str:
    """Give the sum of several series by their labels, each of which may be missing."""
    return f"sum without (part) ({_parts(series)})"


def _parts(series: Iterable[str]) -> str:
    """Give several series side by side, told apart by a label `part`, which the first lacks."""
    first, *others = series
    parts = (
        f'label_replace({one}, "part", "{number}", "", "")' for number, one in enumerate(others, 1)
    )
    return "\n  " + "\n  or ".join((first, *parts)) + "\n"


# -- by destination --------------------------------------------------------------------------------


_CAUSED = (
    ("failures", f"{_BASE}postfix_first_attempts", "Messages refused or failed", SCOPES),
    ("failing_attempts", f"{_BASE}postfix_failing_attempts", "Failed attempts", SCOPES[:2]),
    (
        "refused_recipients",
        f"{_BASE}postfix_refused_recipients",
        "Distinct recipients refused",
        SCOPES[:2],
    ),
)
_UNCAUSED = (
    ("first_attempts", f"{_BASE}postfix_first_attempts", _VERDICTS, SCOPES),
    ("expired_recipients", "domain_provider:postfix_expired_recipients", _EXPIRED, SCOPES[:2]),
)
"""What is counted by destination, with and without a cause: name, source, meaning, scopes."""


def _by_destination() -> tuple[Record, ...]:
    """Give quarters of an hour by destination, and the longer windows that are their sums."""
    records = [
        Record(
            f"{level}:postfix_{name}:increase15m",
            f"{meaning} by destination{more}.",
            Expression(summed(f"{source}:increase15m", scope)),
            {"scope": scope},
        )
        for level, summed, more, counters in (
            ("destination_cause", _caused, "; `content` counts as `other`", _CAUSED),
            ("destination", _uncaused, "", _UNCAUSED),
        )
        for name, source, meaning, scopes in counters
        for scope in scopes
    ]
    return (
        *records,
        *_windows("destination_cause:postfix_failures", "Messages refused or failed"),
        *_windows("destination_cause:postfix_failing_attempts", "Failed attempts", ("2h", "12h")),
        *_windows("destination_cause:postfix_refused_recipients", "Distinct recipients refused"),
        *_windows("destination:postfix_first_attempts", f"{_VERDICTS}: what ratios divide by,"),
        *_windows("destination:postfix_expired_recipients", _EXPIRED),
    )


def _windows(series: str, meaning: str, windows: tuple[str, ...] = WINDOWS) -> tuple[Record, ...]:
    return tuple(
        Record(
            f"{series}:increase{window}",
            f"{meaning} in {window}.",
            Expression(_summed(f"{series}:increase", window)),
        )
        for window in windows
    )


def _caused(source: str, scope: str) -> str:
    """Give the series by cause, of the causes that any alert reads for the scope."""
    if scope == "receiver":
        refused = _named(source, scope, f'cause=~"{POLICY}|authentication"')
        return f"sum by (job, destination, cause) ({refused})"
    content = _named(source, scope, 'cause="content"')
    both = _parts(
        (
            _named(source, scope, 'cause!~"delivered|mailbox|content"'),
            f'label_replace({content}, "cause", "other", "", "")',
        )
    )
    return f"sum by (job, destination, cause) ({both})"


def _uncaused(source: str, scope: str) -> str:
    return f"sum by (job, destination) ({_named(source, scope)})"


def _named(source: str, scope: str, matchers: str = "") -> str:
    """Give the series with the label `destination` as the scope wants it."""
    if scope == "receiver":
        known = _selected(source, matchers, f'provider!~"{_NO_PROVIDER}"')
        unknown = _selected(source, matchers, f'provider=~"{_NO_PROVIDER}"')
        return f"({_renamed(known, 'provider')} or {_renamed(unknown, 'domain')})"
    # who has no provider is nobody's customer; there are few providers to look through
    named = 'provider!=""' if scope == "provider" else ""
    return _renamed(_selected(source, matchers, named), scope)


def _selected(source: str, *matchers: str) -> str:
    """Give a selector with those matchers that are not empty."""
    inner = ", ".join(filter(None, matchers))
    return f"{source}{{{inner}}}" if inner else source


def _renamed(series: str, label: str) -> str:
    return f'label_replace({series}, "destination", "$1", "{label}", "(.*)")'


def _concentration() -> tuple[Record, ...]:
    """Give how concentrated failures are, of destinations that have enough of them for an alert."""
    records: list[Record] = []
    for window, pairs in _PAIRS.items():
        failures = f"destination_cause:postfix_failures:increase{window}"
        attempts = f"destination:postfix_first_attempts:increase{window}"
        ratio = f"destination_cause:postfix_failures:ratio{window}"
        many = f"destination_cause:postfix_failures_many:increase{window}"
        share = f"destination_cause:postfix_failures:share{window}"
        lift = f"destination_cause:postfix_failures:lift{window}"
        others = f"destination_cause:postfix_failures_elsewhere:ratio{window}"
        named = f"{failures}{{{CANDIDATE}, {_REFUSED}}}"
        total = f"scope_cause:postfix_failures:increase{window}"
        records += [
            Record(
                total,
                f"Messages refused or failed for the cause in {window} at all destinations.",
                Expression(
                    f'sum by (job, scope, cause) ({failures}{{scope!="receiver", {_REFUSED}}})'
                ),
            ),
            Record(
                ratio,
                f"Share of the destination's messages that failed for the cause in {window}.",
                Expression(
                    f'{failures}{{destination!~"{_REMAINDERS}"}}'
                    f" / on ({SCOPED}) group_left () {attempts}"
                ),
            ),
            Record(
                many,
                f"Messages refused or failed in {window}, where they are enough for some alert.",
                Expression(
                    f"{named} >= on (job) group_left () min by (job)"
                    f' (job:postfix_alert_threshold:resolved{{name=~"({"|".join(pairs)})_min_failures"}})',
                    # what one pair alone looks for, nobody else needs to divide and compare
                    (_large(pairs[0], window),) if len(pairs) == 1 else (),
                ),
            ),
            Record(
                share,
                f"The destination's share of all failures for the cause in {window}.",
                Expression(f"{many} / on (job, scope, cause) group_left () {total}"),
            ),
            Record(
                others,
                f"What the ratio is at all other destinations together in {window}.",
                Expression(
                    f"clamp_min({total} - on (job, scope, cause) group_right () {many}, 0)\n"
                    f"/ on ({SCOPED}) group_left ()\n"
                    f"(sum by (job, scope) ({attempts})"
                    f" - on (job, scope) group_right () ({attempts} and on ({SCOPED}) {many}) > 0)"
                ),
            ),
            Record(
                lift,
                "How many times more often the destination fails than all others together"
                f" in {window}.",
                Expression(f"{ratio} / on ({CAUSED}) {others}"),
            ),
            Record(
                f"destination_cause:postfix_failures_concentrated:share{window}",
                f"The shares in {window} that are a concentration: a large one, or a smaller one"
                " of a destination that fails far more often than the others, or where too few"
                " destinations fail to call it wide.",
                Expression(
                    f"{share} >= {threshold('cluster_share')}\n"
                    f"or ({share} >= {threshold('cluster_minor_share')}"
                    f" and on ({CAUSED}) {lift} >= {threshold('cluster_lift')})\n"
                    f"or ({share} >= {threshold('cluster_minor_share')}"
                    " and on (job, scope, cause)"
                    f" {total} ^ 2 / sum by (job, scope, cause) ({named} ^ 2)"
                    f" < {threshold('widely_min_destinations')})"
                ),
            ),
        ]
    return tuple(records)


def _large(pair: str, window: str) -> str:
    """Give the guard that a large enough share of the destination's messages is refused."""
    ratio = f"destination_cause:postfix_failures:ratio{window}{{{CANDIDATE}, {_REFUSED}}}"
    return f"and on ({CAUSED}) {ratio} >= {threshold(f'{pair}_min_ratio')}"


def _baselines() -> tuple[Record, ...]:
    usual = "destination_cause:postfix_failures_usual:ratio"
    day, hours = (
        f"min without (part) ({_parts(_earlier_days(window))})" for window in ("1d", "2h")
    )
    return (
        Record(
            f"{usual}1d",
            "What the ratio in a day usually is: the lowest of one, two and seven days ago, of"
            " those that had enough traffic; without any there is no series.",
            Expression(day),
        ),
        Record(
            f"{usual}2h",
            "What the ratio in 2h usually is: the same for these hours, but not less than that of"
            " a day; campaigns do not begin at the same hour every day.",
            Expression(f"max without (part) ({_parts((hours, f'{usual}1d'))})"),
        ),
    )


def _earlier_days(window: str) -> tuple[str, ...]:
    return tuple(_earlier(window, day) for day in ("1d", "2d", "1w"))


def _earlier(window: str, day: str) -> str:
    ratio = (
        f"destination_cause:postfix_failures:ratio{window}"
        f'{{{CANDIDATE}, cause=~"{CLUSTERED}|unknown_recipient"}}'
    )
    attempts = f"destination:postfix_first_attempts:increase{window}{{{CANDIDATE}}}"
    return (
        f"({ratio} offset {day} or {ratio} * 0) and on ({SCOPED})"
        f" ({attempts} offset {day} >= {threshold('baseline_min_attempts')}"
        f" and {attempts} offset {day} / {attempts} >= {threshold('baseline_min_traffic')})"
    )


def _provider_of() -> tuple[Record, ...]:
    """Give who takes a domain's mail: most of it within a day, so that the label seldom changes."""
    attempts = "domain_provider:postfix_first_attempts"
    known = f'{_BASE}postfix_first_attempts:increase15m{{provider!~"{_NO_PROVIDER}"}}'
    return (
        Record(
            f"{attempts}:increase15m",
            "Messages on which a known provider gave a verdict, by domain.",
            Expression(f"sum by (job, domain, provider) ({known})"),
        ),
        *_windows(attempts, "Messages on which a known provider gave a verdict, by domain,"),
        Record(
            "destination:postfix_provider:info",
            "1; the label `provider` says who took most of the domain's mail within a day.",
            Expression(
                "group by (job, destination, provider) (label_replace(\n"
                f"  topk by (job, domain) (1, {attempts}:increase1d),\n"
                '  "destination", "$1", "domain", "(.*)"\n'
                "))"
            ),
        ),
    )


# -- our own network -------------------------------------------------------------------------------


def _outage() -> tuple[Record, ...]:
    accepted = "instance_domain:postfix_accepted:timestamp"
    since = "instance:postfix_accepted_since:timestamp"
    failing = "instance_domain:postfix_accepted_unreachable:timestamp"
    accepting = "instance:postfix_accepting_destinations:count1d"
    unreachable = "instance:postfix_unreachable_destinations:count75m"
    outage = "instance:postfix_own_network_outage:ratio"
    by_domain = "job, instance, domain"
    return (
        Record(
            since,
            "Since when an instance remembers who accepted mail; in an outage it forgets nobody.",
            Expression(
                f"{outage} * 0\nor last_over_time({accepting}[1h]) * 0 + time()"
                " - on (job) group_left () job:postfix_alert_threshold:resolved"
                '{name="outage_memory_seconds"}'
            ),
        ),
        Record(
            accepted,
            "When the destination last accepted mail from the instance, to a quarter of an hour,"
            " for those that did within the last day; it remembers itself.",
            Expression(
                f"timestamp(max by ({by_domain}) "
                f'({ATTEMPTS}{{cause="delivered", domain!~"{_REMAINDERS}"}}))\n'
                f"or last_over_time({accepted}[1h]) > on (job, instance) group_left () {since}"
            ),
        ),
        Record(
            accepting,
            "Destinations that accepted mail from the instance within the last day.",
            Expression(f"count by (job, instance) ({accepted})"),
        ),
        Record(
            failing,
            "The same for those of them that could not be reached within 75 minutes, which is"
            " longer than Postfix waits between two attempts (maximal_backoff_time), of instances"
            " that deliver nothing any more.",
            Expression(
                # within the brackets, for then mostly nothing is left to look for
                f"{accepted} and on ({by_domain}) (last_over_time({UNREACHABLE}[75m])"
                f' unless on (job, instance) {ATTEMPTS}{{cause="delivered"}})'
            ),
        ),
        Record(
            unreachable,
            "How many these are.",
            Expression(f"count by (job, instance) ({failing})"),
        ),
        Record(
            outage,
            "Share of the destinations that are unreachable, where it is an outage: most of"
            " yesterday's destinations, or many of them at a busy host.",
            Expression(
                f"{unreachable} / on (job, instance) {accepting}",
                (
                    f"and on (job, instance) ({unreachable}"
                    f" >= {threshold('outage_min_destinations')}"
                    f" or ({unreachable} == 2 and on (job, instance) {accepting} == 2))",
                    f"and on (job, instance) ({unreachable} / on (job, instance) {accepting}"
                    f" >= {threshold('outage_min_ratio')}\n"
                    f"  or ({unreachable} / on (job, instance) {accepting}"
                    f" >= {threshold('outage_busy_ratio')}\n"
                    f"    and on (job, instance) {unreachable}"
                    f" >= {threshold('outage_busy_destinations')}))",
                ),
            ),
        ),
        Record(
            "instance_domain:postfix_sole_destination_unreachable:timestamp",
            "When the only destination of an instance last accepted mail, while it is unreachable.",
            Expression(f"{failing}", (f"and on (job, instance) {accepting} == 1",)),
        ),
        Record(
            "job:postfix_own_network_outage:everywhere",
            "1 when every instance of the job that delivers mail has an outage.",
            Expression(
                f"group by (job) (count by (job) ({outage}) >= on (job) count by (job) (\n"
                # where targets are known, a host that is gone has no say
                f"  {accepting} and on (job, instance) up or {accepting} unless on (job) up\n"
                "))"
            ),
        ),
    )


# -- what alerts read ------------------------------------------------------------------------------


def _clusters() -> tuple[Record, ...]:
    return (
        _cluster(
            "fast", "2h", "15m", "much mail, refused for an hour or two", _large("fast", "2h")
        ),
        _cluster(
            "surge",
            "2h",
            "15m",
            "small in percent, but far above what is usual",
            _large("surge", "2h"),
            _rise(),
        ),
        _cluster("slow", "6h", "2h", "some messages an hour", _traffic("6h"), _lasting("6h")),
        _cluster("crawl", "1d", "12h", "some messages a day", _traffic("1d"), _lasting("1d")),
    )


def _cluster(pair: str, window: str, recent: str, meaning: str, *guards: str) -> Record:
    """Give the rule of one pair of windows: significant in the long one, failing in the short."""
    name = "destination_cause:postfix_cluster:failures"
    clustered = f'{{{CANDIDATE}, cause=~"{CLUSTERED}"}}'
    recipients = f"destination_cause:postfix_refused_recipients:increase{window}{clustered}"
    failing = f"destination_cause:postfix_failing_attempts:increase{recent}{clustered}"
    return Record(
        name,
        f"Messages refused in {window} where it is a cluster: {meaning}. Recipients refused day"
        " after day are counted on the first day, so what was a cluster within a day needs no new"
        " ones.",
        Expression(
            f"destination_cause:postfix_failures_many:increase{window}{clustered}"
            f" >= {threshold(f'{pair}_min_failures')}",
            (
                f"and on ({CAUSED}) ({recipients} >= {threshold('cluster_min_recipients')}"
                f" or on ({CAUSED}) last_over_time({name}[1d]))",
                f"and on ({CAUSED}) destination_cause:postfix_failures_concentrated:share{window}",
                f"and on ({CAUSED}) {failing}",
                *guards,
            ),
        ),
        {"pair": pair, "window": window},
    )


def _rise() -> str:
    ratio = f'destination_cause:postfix_failures:ratio2h{{{CANDIDATE}, cause=~"{CLUSTERED}"}}'
    usual = "destination_cause:postfix_failures_usual:ratio2h"
    elsewhere = "destination_cause:postfix_failures_elsewhere:ratio2h"
    return (
        f"and on ({CAUSED}) {ratio} / on ({CAUSED}) ({usual} or {elsewhere})"
        f" > {threshold('surge_factor')}"
    )


def _lasting(window: str) -> str:
    """Not the first message of the hour: unknown greylisting accepts it at the second try."""
    failures = f'destination_cause:postfix_failures:increase{window}{{cause=~"{CLUSTERED}"}}'
    return f"and on ({CAUSED}) {failures} offset 1h"


def _traffic(window: str) -> str:
    attempts = f"destination:postfix_first_attempts:increase{window}"
    return (
        f"and on ({SCOPED}) {attempts}"
        f" / on (job, scope) group_left () sum by (job, scope) ({attempts})"
        f" >= {threshold('slow_min_traffic')}"
    )


def _list_quality() -> tuple[Record, ...]:
    return tuple(
        Record(
            "destination_cause:postfix_list_quality:failures",
            f"Unknown recipients in {window} where they are far above what is usual there.",
            Expression(
                f"destination_cause:postfix_failures:increase{window}{_UNKNOWN}"
                f" >= {threshold('list_min_failures')}",
                (
                    f"and on ({CAUSED}) destination_cause:postfix_failures:ratio{window}{_UNKNOWN}"
                    f" >= {threshold('list_min_ratio')}",
                    f"and on ({CAUSED}) ({_above_usual(window)})",
                    f"and on ({CAUSED}) destination_cause:postfix_failing_attempts"
                    f":increase{recent}{_UNKNOWN}",
                ),
            ),
            {"pair": pair, "window": window},
        )
        for pair, window, recent in (("fast", "2h", "15m"), ("crawl", "1d", "2h"))
    )


def _above_usual(window: str) -> str:
    ratio = f"destination_cause:postfix_failures:ratio{window}{_UNKNOWN}"
    usual = f"destination_cause:postfix_failures_usual:ratio{window}"
    return (
        f"{ratio} / on ({CAUSED}) {usual} > {threshold('list_factor')}\n"
        f"  or ({ratio} >= {threshold('list_no_history_ratio')} unless on ({CAUSED}) {usual})"
    )


def _widely() -> tuple[Record, ...]:
    records: list[Record] = []
    for pair, window, recent in (
        ("fast", "2h", "15m"),
        ("slow", "6h", "2h"),
        ("crawl", "1d", "12h"),
    ):
        records += [
            _spread(window),
            _refused_widely("authentication", "authentication", pair, window, recent),
            _refused_widely(
                "policy",
                POLICY,
                pair,
                window,
                recent,
                f"and on (job) job:postfix_policy_failures:hhi{window}"
                f" < {threshold('cluster_share')}",
                f'unless on (job) destination_cause:postfix_cluster:failures{{cause=~"{POLICY}"}}',
            ),
        ]
    return tuple(records)


def _spread(window: str) -> Record:
    def failures(more: str = "") -> str:
        matchers = f'scope="receiver", cause=~"{POLICY}"{more}'
        series = f"destination_cause:postfix_failures:increase{window}{{{matchers}}}"
        return f"sum by (job, destination) ({series})"

    named = failures(f', destination!~"{_REMAINDERS}"')
    total = f"sum by (job) ({failures()})"
    return Record(
        f"job:postfix_policy_failures:hhi{window}",
        f"Probability that two throttled or blocked messages in {window} were for the same"
        " receiver (Simpson); its inverse is the effective number of receivers that refuse.",
        Expression(
            f"sum by (job) (clamp_min({named} * ({named} - 1), 0))\n/ ({total} * ({total} - 1) > 0)"
        ),
    )


def _refused_widely(
    reason: str, causes: str, pair: str, window: str, recent: str, *guards: str
) -> Record:
    name = "job:postfix_refused_widely:ratio"
    matchers = f'cause=~"{causes}"'
    failures = (
        f'destination_cause:postfix_failures:increase{window}{{scope="receiver", {matchers}}}'
    )
    attempts = f'destination:postfix_first_attempts:increase{window}{{scope="receiver"}}'
    recipients = f'destination_cause:postfix_refused_recipients:increase{window}{{scope="domain", {matchers}}}'
    ratio = f'destination_cause:postfix_failures:ratio{window}{{scope="receiver", {matchers}}}'
    return Record(
        name,
        f"Share of all mail refused in {window} where several receivers refuse at once.",
        Expression(
            f"sum by (job) ({failures}) / on (job) sum by (job) ({attempts})"
            f" >= {threshold('widely_min_ratio')}",
            (
                f"and on (job) sum by (job) ({failures}) >= {threshold('widely_min_failures')}",
                f"and on (job) count by (job) (sum by ({SCOPED}) ({ratio})"
                f" >= {threshold('widely_min_ratio')}) >= {threshold('widely_min_destinations')}",
                f"and on (job) (sum by (job) ({recipients}) >= {threshold('cluster_min_recipients')}"
                f' or on (job) last_over_time({name}{{reason="{reason}"}}[1d]))',
                "and on (job) destination_cause:postfix_failing_attempts:increase"
                f'{recent}{{scope="domain", {matchers}}}',
                *guards,
            ),
        ),
        {"reason": reason, "pair": pair, "window": window},
    )
