"""Is it our own network? By instance, for each host has its own way out."""

from __future__ import annotations

from alerts.src.rules import Expression, Record
from alerts.src.series import ANSWERED, CATCHING_UP, RAW, REMAINDERS, UNREACHABLE, renamed
from alerts.src.thresholds import threshold

_ACCEPTED = "instance_domain:postfix_accepted:timestamp"
_SINCE = "instance:postfix_accepted_since:timestamp"
_ACCEPTING = "instance:postfix_accepting_destinations:count"
_UNREACHABLE_DESTINATIONS = "instance:postfix_unreachable_destinations:count75m"
_UNREACHABLE_RECEIVERS = "instance:postfix_unreachable_receivers:count75m"
_SHARE = f"{_UNREACHABLE_DESTINATIONS} / on (job, instance) {_ACCEPTING}"
FAILING = "instance_domain_provider:postfix_accepted_unreachable:timestamp"
OUTAGE = "instance:postfix_own_network_outage:ratio"
SOLE = "instance_destination:postfix_sole_receiver:unreachable"
_HOSTED = f'{FAILING}{{provider!~"{REMAINDERS}"}}'
_BY_DOMAIN = "job, instance, domain"
_OTHERS = (
    f'group by ({_BY_DOMAIN}) ({FAILING}{{provider=~"{REMAINDERS}"}})'
    f" unless on ({_BY_DOMAIN}) {_HOSTED}"
)
"""A domain whose second server is in no table is still one receiver."""

_ENOUGH = 200
"""An instance remembers so many destinations."""


def rules() -> tuple[Record, ...]:
    """Give the rules of outages."""
    return (*_share(), *_reach())


def memory() -> tuple[Record, ...]:
    """Give which destinations accepted mail within the last day on which any did."""
    delivered = f'{RAW}{{cause="delivered", domain!~"{REMAINDERS}"}}'
    remembered = f"last_over_time({_ACCEPTED}[1h])"
    since = f"last_over_time({_SINCE}[1h])"
    memory = threshold("outage_memory_seconds")
    # who is remembered has a place, until nobody of them was written to for hours
    places = f"{remembered} * 0 + 1e9 and on (job, instance) {since} + {memory} > time() - 6 * 3600"
    return (
        Record(
            _ACCEPTED,
            "When the destination last accepted mail from the instance, to a quarter of an hour,"
            " for those that did within outage_memory_seconds before the last one that did, or for"
            " some hundred of many: those that have a place from before (1e9), and then those that"
            " took most. It remembers itself, so that silence or an outage of a week lets nobody be"
            " forgotten.",
            Expression(
                f"(topk by (job, instance) ({_ENOUGH}, sum by ({_BY_DOMAIN}) (\n"
                f"  increase({delivered}[15m]) > 0\n"
                f"  or {places}\n"
                f")) != 1e9 unless on (job, instance) {CATCHING_UP}) * 0 + time()\n"
                f"or {remembered} > on (job, instance) group_left () {since}"
            ),
        ),
        Record(
            _SINCE,
            "Since when an instance remembers who accepted mail: for outage_memory_seconds before"
            " the last time anybody did, and eight days at most, so that a host that is gone is"
            " forgotten.",
            Expression(
                f"clamp_min(max by (job, instance) ({_ACCEPTED}) - {memory}, time() - 8 * 86400)"
            ),
        ),
        Record(
            _ACCEPTING,
            "How many destinations that accepted mail from the instance are remembered.",
            Expression(f"count by (job, instance) ({_ACCEPTED})"),
        ),
    )


def _share() -> tuple[Record, ...]:
    """Give who of them cannot be reached, and where these are so many that it is an outage."""
    return (
        Record(
            FAILING,
            "When those of them were last tried that could not be reached within 75 minutes, which is"
            " longer than Postfix waits between two attempts (maximal_backoff_time), and after the"
            " instance was last answered.",
            Expression(
                f"(last_over_time({UNREACHABLE}[75m]) > on (job, instance) group_left ()"
                f" (last_over_time({ANSWERED}[75m]) or {_ACCEPTING} * 0))\n"
                f"and on ({_BY_DOMAIN}) {_ACCEPTED}"
            ),
        ),
        Record(
            _UNREACHABLE_DESTINATIONS,
            "How many these are.",
            Expression(f"count by (job, instance) (group by ({_BY_DOMAIN}) ({FAILING}))"),
        ),
        Record(
            _UNREACHABLE_RECEIVERS,
            "How many receivers these are: the domains of a known provider are one.",
            Expression(
                "count by (job, instance) (\n"
                f"  group by (job, instance, provider) ({_HOSTED})\n"
                f"  or {_OTHERS}\n"
                ")"
            ),
        ),
        Record(
            OUTAGE,
            "Share of the destinations that are unreachable, where it is an outage: of several"
            " receivers, and most of those that are remembered, or many of them at a busy host.",
            Expression(
                _SHARE,
                (
                    f"and on (job, instance) {_UNREACHABLE_RECEIVERS} >= {threshold('outage_min_receivers')}",
                    f"and on (job, instance) ({_SHARE} >= {threshold('outage_min_ratio')}\n"
                    f"  or ({_SHARE} >= {threshold('outage_busy_ratio')}\n"
                    f"    and on (job, instance) {_UNREACHABLE_DESTINATIONS}"
                    f" >= {threshold('outage_busy_destinations')}\n"
                    f"    and on (job, instance) {_UNREACHABLE_RECEIVERS}"
                    f" >= {threshold('outage_busy_receivers')}))",
                ),
            ),
        ),
    )


def _reach() -> tuple[Record, ...]:
    """Give when one receiver is too few to tell, and when the whole job is silenced."""
    return (
        Record(
            SOLE,
            "1 for a receiver that is nearly all an instance delivers to, while it is unreachable;"
            " with outage_min_receivers of them it would be an outage.",
            Expression(
                "group by (job, instance, scope, destination, provider) (\n"
                f"  {_as_destination(_HOSTED, 'provider')}\n"
                f"  or {_as_destination(_OTHERS, 'domain')}\n"
                ")",
                (
                    f"and on (job, instance) {_UNREACHABLE_RECEIVERS} < {threshold('outage_min_receivers')}",
                    f"and on (job, instance) {_SHARE} >= {threshold('outage_min_ratio')}",
                ),
            ),
        ),
        Record(
            "job:postfix_own_network_outage:everywhere",
            "1 when an instance of the job has an outage, and each that was answered within a day"
            " has one, too, or cannot reach its sole receiver.",
            Expression(
                f"group by (job) ({OUTAGE})",
                (
                    f"unless on (job) (last_over_time({ANSWERED}[1d])"
                    f" unless on (job, instance) {OUTAGE} unless on (job, instance) {SOLE})",
                ),
            ),
        ),
    )


def _as_destination(series: str, scope: str) -> str:
    """Give a series with the labels of destinations."""
    return f'label_replace({renamed(series, scope)}, "scope", "{scope}", "", "")'
