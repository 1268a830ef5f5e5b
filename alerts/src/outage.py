"""Is it our own network? By instance, for each host has its own way out."""

from __future__ import annotations

from alerts.src.rules import Expression, Group, Record
from alerts.src.series import ATTEMPTS, REMAINDERS, UNREACHABLE
from alerts.src.thresholds import threshold


def group() -> Group:
    """Give the group of outages."""
    return Group(
        "postfix-delivery-outage",
        "Is it our own network? By instance, for each host has its own way out.",
        _outage(),
    )


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
                f'({ATTEMPTS}{{cause="delivered", domain!~"{REMAINDERS}"}}))\n'
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
