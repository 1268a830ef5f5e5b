"""Series for promtool, written as what happened by the minute.

Steps are multiples of 1/4096: sums of other fractions can fall by an epsilon, and Prometheus takes
a fall for a counter reset.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

HOUR = 60
DAY = 24 * HOUR

Segments = Sequence[tuple[int, float]]
"""Minutes, and the rate per minute in them."""

_ATTEMPTS = "postfix_delivery_attempts_total"
_OUTCOMES = "postfix_delivery_outcomes_total"
_REFUSED = "postfix_refused_recipients_total"
_STATUS = {"delivered": "sent"}
_CODES = {
    "delivered": "2.0.0",
    "throttled": "4.7.28",
    "blocked": "5.7.1",
    "authentication": "5.7.26",
    "unknown_recipient": "5.1.1",
    "mailbox": "4.2.2",
    "greylisted": "4.7.1",
    "network": "4.4.1",
    "suspended": "4.4.1",
    "local": "4.7.5",
    "other": "5.0.0",
    "content": "5.7.1",
}
_COUNTS_RECIPIENTS = {
    "throttled",
    "blocked",
    "authentication",
    "unknown_recipient",
    "other",
    "content",
}


@dataclass(frozen=True, slots=True)
class Series:
    """A series of a rule test: its name with labels, and its rates or values as promtool has them.

    `values` is used as it stands where there are no segments.
    """

    name: str
    segments: Segments = ()
    values: str = ""

    def lasts(self) -> int:
        """Give the minutes that the segments cover."""
        return sum(minutes for minutes, _ in self.segments)

    def as_input(self, minutes_per_sample: int) -> dict[str, str]:
        """Give the series as promtool reads it."""
        return {"series": self.name, "values": self.values or self._values(minutes_per_sample)}

    def in_outcomes(self) -> list[Series]:
        """Give what attempts are in the counter of outcomes: a part of a sum, and so rules take it."""
        named = self.name.replace(_ATTEMPTS, _OUTCOMES)
        return [] if named == self.name else [replace(self, name=named)]

    def _values(self, minutes_per_sample: int) -> str:
        value, parts = 0.0, ["0"]
        for minutes, rate in self.segments:
            samples = minutes // minutes_per_sample
            step = round(rate * minutes_per_sample * 4096) / 4096
            if samples:
                parts.append(f"{value + step:.17g}{step:+.17g}x{samples - 1}")
                value += step * samples
        return " ".join(parts)


def series(metric: str, segments: Segments = (), values: str = "", **labels: str) -> Series:
    """Give a series of any metric of the job `postfix` on the instance `mx1`."""
    named = {"job": "postfix", "instance": "mx1"} | labels
    inner = ",".join(f'{name}="{value}"' for name, value in named.items())
    return Series(f"{metric}{{{inner}}}", segments, values)


def attempts(
    domain: str,
    cause: str,
    *segments: tuple[int, float],
    provider: str = "other",
    code: str = "",
    repeat: str = "false",
    recipients: Segments | None = None,
    **labels: str,
) -> list[Series]:
    """Give the attempts of one series; refused recipients are as many unless they are named."""
    of = {"domain": domain, "provider": provider} | labels
    code = code or _CODES[cause]
    told = {"dsn_class": code[0], "dsn_code": code, "cause": cause, "repeat": repeat}
    told["status"] = _STATUS.get(cause, "bounced" if code[0] == "5" else "deferred")
    counted = series(_ATTEMPTS, segments, "", **of, **told)
    if cause not in _COUNTS_RECIPIENTS or repeat == "true":
        return [counted]
    refused = segments if recipients is None else recipients
    return [counted, series(_REFUSED, refused, "", **of, cause=cause)]


def delivered(
    domain: str,
    *segments: tuple[int, float],
    provider: str = "other",
    job: str = "postfix",
    instance: str = "mx1",
) -> list[Series]:
    """Give what a domain accepted."""
    return attempts(domain, "delivered", *segments, provider=provider, job=job, instance=instance)


def suspended(
    domain: str, cause: str, *segments: tuple[int, float], repeat: str = "true"
) -> list[Series]:
    """Give what Postfix did not try after a failure for a cause."""
    of = {"domain": domain, "provider": "other", "cause": cause}
    counted = series("postfix_suspended_attempts_total", segments, **of)
    return [*attempts(domain, "suspended", *segments, repeat=repeat), counted]


def joined(parts: Iterable[list[Series]]) -> list[Series]:
    """Give all series of several lists."""
    return [one for part in parts for one in part]


def background(minutes: int, rate: float = 2) -> list[Series]:
    """Give three receivers that accept everything."""
    names = ("web.de", "orange.fr", "example.org")
    return joined(delivered(name, (minutes, rate)) for name in names)


def expired(domain: str, *segments: tuple[int, float]) -> list[Series]:
    """Give recipients of a domain that were given up."""
    labels = {"domain": domain, "provider": "other", "cause": "throttled"}
    return [series("postfix_expired_recipients_total", segments, **labels)]


def deferred(
    domain: str, cause: str, recipients: int, minutes: int, job: str = "postfix"
) -> list[Series]:
    """Give recipients of a domain that wait from the first minutes on, by what they wait for."""
    segments = ((5, recipients / 5), (minutes - 5, 0.0))
    labels = {"domain": domain, "provider": "other", "cause": cause, "job": job}
    return [series("postfix_deferred_recipients", segments, **labels)]


def counters(domain: str, cause: str, values: str) -> list[Series]:
    """Give attempts, and refused recipients as many, by their values."""
    return [Series(one.name, values=values) for one in attempts(domain, cause)]


def backlog(domain: str, cause: str, *, during: int, after: float) -> list[Series]:
    """Give failures by an exporter that was down from the second to the eighth hour.

    It comes back with the values it had, then shows the `during` failures of these hours at once,
    and goes on with `after` a minute.
    """
    return counters(domain, cause, f"0x120 _x360 0 {during}+{after}x60")
