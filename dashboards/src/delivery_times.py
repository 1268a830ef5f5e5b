"""How fast mail is delivered, by provider: the service level that people ask for."""

from __future__ import annotations

from grafana_foundation_sdk.models import dashboard as models

from dashboards.src.panels import About, Query, lines
from dashboards.src.promql import AT_THE_END, RATE, TARGETS
from dashboards.src.services import MOST, counted, off

_QUARTER = "15m"
"""The least for which a quantile is taken, for in a minute there are few deliveries."""


def half() -> models.Panel:
    """Show within what time half of the mail is delivered."""
    return _within("Half of the mail is delivered within", 0.5)


def nearly_all() -> models.Panel:
    """Show within what time 95 of 100 messages are delivered."""
    return _within("95 of 100 messages are delivered within", 0.95)


def _within(title: str, quantile: float) -> models.Panel:
    buckets = f"rate(postfix_delivery_seconds_bucket{{{TARGETS}}}[{RATE}])"
    found = f"histogram_quantile({quantile}, sum by (provider, le) ({buckets}))"
    mail = f"sum by (provider) ({counted('delivery_seconds_count', when=AT_THE_END, total=False)})"
    # without a delivery the quantile is no number
    return lines(
        About(
            title=title,
            question="How fast is our mail, and is a provider slower than it was?",
            reading="From arrival to delivery, deferred in between or not, as far as it was"
            f" delivered; the {MOST} providers with most mail, all receivers of no table as other.",
            width=12,
            unit="s",
            nothing=off("delivery_time"),
        ),
        [Query(f"{found} >= 0 and on (provider) topk({MOST}, {mail} > 0)", "{{provider}}")],
        every=_QUARTER,
    )
