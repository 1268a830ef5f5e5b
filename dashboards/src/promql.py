"""The PromQL of the panels: selectors, and the questions that several panels ask.

To read the counters of all destinations over hours takes a fleet's Prometheus minutes. So they are
asked about one destination only; what all come to, a counter tells that knows none, and what each
does, the quarters of an hour that the rules record by job: these do not obey the variable
`instance`. Recorded are the thresholds and what is usual, too.
A message counts on its first attempt, as in the rules: a retry is no new refusal.
"""

from __future__ import annotations

from alerts.src.series import REMAINDERS
from alerts.src.thresholds import THRESHOLDS

RANGE = "$__range"
RATE = "$__rate_interval"
STEP = "$__interval"
LAST_WEEK = " offset 1w"
AT_THE_END = " @ end()"
"""Pins a ranking to the end of the time shown, or its members would change from step to step."""

TARGETS = 'job=~"$job", instance=~"$instance"'
JOBS = 'job=~"$job"'

FIRST = 'repeat!="true"'
VERDICT = f'{FIRST}, cause!~"suspended|local|greylisted"'
"""First attempts on which the receiver gave a verdict: what ratios divide by."""

REFUSALS = "throttled|blocked|authentication|content|other"
"""Causes by which a receiver refuses us or our messages, not an address."""

REFUSED = f'{FIRST}, cause=~"{REFUSALS}"'
FAILED = f'{FIRST}, cause!="delivered"'
UNKNOWN = f'{FIRST}, cause="unknown_recipient"'
NAMED = (f'$scope!~"{REMAINDERS}"',)
"""Destinations with a name: what is left over is counted, but is never a receiver."""

LISTED = ('$scope=~"$listed"',)
"""The destinations that are worth a look; a hidden variable finds them."""

WORST = ('$scope="$worst"',)
"""The destination that refused most; a hidden variable finds it."""

HERE = f'{TARGETS}, $scope="$destination"'
"""The destination that is looked at."""

KNOWN_HERE = 'provider!~"other|unknown"'
"""Providers of a table: of the others it is not known who refuses for a reason."""

_DEFAULTS = {threshold.name: threshold.value for threshold in THRESHOLDS}
_BARS = 60
"""Seconds: rates are shown by the minute, the unit in which people count mail."""


def default(name: str) -> float:
    """Give an alert threshold's value as it is delivered: colours cannot be queried."""
    return _DEFAULTS[name]


def threshold(name: str) -> str:
    """Give an alert threshold as it holds for the jobs that are looked at."""
    return f'max(job:postfix_alert_threshold:resolved{{{JOBS}, name="{name}"}})'


def counted(matchers: str, window: str = RANGE, when: str = "", targets: str = TARGETS) -> str:
    """Give how many attempts were made within a window; matchers or targets name destinations."""
    return f"increase(postfix_delivery_attempts_total{{{targets}, {matchers}}}[{window}]{when})"


def counted_in_all(matchers: str = "", window: str = RANGE) -> str:
    """Give how many attempts were made at all destinations together."""
    return f"sum(increase({_outcomes(matchers)}[{window}]))"


def per_minute_in_all(matchers: str = "", when: str = "") -> str:
    """Give the attempts a minute at all destinations, by outcome; to be summed, as `per_minute`."""
    return f"rate({_outcomes(matchers)}[{RATE}]{when})"


def _outcomes(matchers: str) -> str:
    return f"postfix_delivery_outcomes_total{{{', '.join(filter(None, (TARGETS, matchers)))}}}"


def reasons_here(function: str, window: str, when: str = "") -> str:
    """Give `increase` or `rate` of the reasons of the providers that take this destination's mail.

    Reasons are counted by provider: of a domain those of its provider are shown.
    """
    here = counted(f"{FIRST}, {KNOWN_HERE}", when=AT_THE_END, targets=HERE)
    found = f"{function}(postfix_refusal_reasons_total{{{TARGETS}}}[{window}]{when})"
    return f"({found} and on (provider) (sum by (provider) ({here}) > 0))"


def senders_here(function: str, window: str, matchers: str, when: str = "") -> str:
    """Give `increase` or `rate` of attempts by sender, of the providers that take this mail.

    Senders are counted by provider, as reasons are.
    """
    here = counted(f"{FIRST}, {KNOWN_HERE}", when=AT_THE_END, targets=HERE)
    found = f"{function}(postfix_sender_attempts_total{{{TARGETS}, {matchers}}}[{window}]{when})"
    return f"({found} and on (provider) (sum by (provider) ({here}) > 0))"


def late_here() -> str:
    """Give the buckets of what the provider took after a deferral, within six hours."""
    here = counted(f"{FIRST}, {KNOWN_HERE}", when=AT_THE_END, targets=HERE)
    found = f"increase(postfix_delivery_after_deferral_seconds_bucket{{{TARGETS}}}[6h])"
    return f"({found} and on (provider) (sum by (provider) ({here}) > 0))"


def per_minute(matchers: str, when: str = "", targets: str = TARGETS) -> str:
    """Give the attempts a minute; to be summed, then multiplied by `minutes`."""
    return f"rate(postfix_delivery_attempts_total{{{targets}, {matchers}}}[{RATE}]{when})"


def minutes(vector: str) -> str:
    """Give a rate by the minute."""
    return f"{_BARS} * {vector}"


def by_destination(vector: str, *labels: str) -> str:
    """Sum by destination, which is the domain or the provider as the variable `scope` says."""
    kept = ", ".join(("destination", *labels))
    return f'sum by ({kept}) (label_replace({vector}, "destination", "$1", "$scope", "(.+)"))'


def ratio(part: str, whole: str) -> str:
    """Divide sums with the same labels; without any attempt there is no ratio, and no 0 / 0."""
    return f"{part} / ({whole} > 0)"


def or_zero(part: str, whole: str) -> str:
    """Give a sum, 0 where the whole is known and the part never happened."""
    return f"({part} or 0 * {whole})"


# -- which receiver is it, and since when ----------------------------------------------------------


def refused(*which: str, when: str = "") -> str:
    """Give the recorded messages that destinations refused in a quarter of an hour."""
    return failed(REFUSALS, *which, when=when)


def failed(causes: str, *which: str, when: str = "") -> str:
    """Give the recorded messages that failed for some causes in a quarter of an hour."""
    return mail(f'cause=~"{causes}"', *which, when=when)


def mail(*matchers: str, when: str = "") -> str:
    """Give the recorded messages on which destinations gave a verdict in a quarter of an hour."""
    inner = ", ".join((JOBS, *matchers))
    return f"domain_provider_cause:postfix_first_attempts:increase15m{{{inner}}}{when}"


MAIL_IN_TWO_HOURS = "destination:postfix_first_attempts:increase2h"
REFUSED_IN_TWO_HOURS = "destination_cause:postfix_failures:increase2h"


def in_two_hours(series: str, *matchers: str) -> str:
    """Give what is recorded of two hours, by destination."""
    inner = ", ".join((JOBS, 'scope="$scope"', *matchers))
    return f"sum by (destination) ({series}{{{inner}}})"


def total(quarters: str, when: str = "") -> str:
    """Give the sum by destination over the time shown of what is recorded by quarters."""
    return f"{by_destination(_added_up(quarters, when))} / 3"


def total_of_all(quarters: str) -> str:
    """Give the sum of all destinations."""
    return f"sum({_added_up(quarters)}) / 3"


def _added_up(quarters: str, when: str = "") -> str:
    """Add up quarters that overlap, three for each moment; to be summed and divided later, once."""
    return f"sum_over_time({quarters}[{RANGE}:5m]{when})"


def worst_first(most: int) -> str:
    """Give the destinations to list: those that refused most, then those with most mail lately."""
    lately = in_two_hours(MAIL_IN_TWO_HOURS, f'destination!~"{REMAINDERS}"')
    return f"topk({most}, 1e6 * ({total(refused(*NAMED))} > 0) or {lately})"


def no_rules(label: str) -> str:
    """Give a series that says in a label that there is nothing recorded, if that is so."""
    absent = f"absent(job:postfix_alert_threshold:resolved{{{JOBS}}})"
    return f'label_replace(0 * {absent}, "{label}", "no recording rules", "", "")'


def worst() -> str:
    """Give the destination that refused most."""
    return f"topk(1, {total(refused(*NAMED))} > 0)"


def refusing(most: int) -> str:
    """Give the destinations that refused most within the time shown, the same at each step."""
    return f"topk({most}, {total(refused(*LISTED), AT_THE_END)} > 0)"


def since(refused_in_15m: str) -> str:
    """Give when refusals first reached a tenth of their peak, in milliseconds for Grafana.

    A tenth, because a lone refusal hours before a cluster is not its beginning.
    """
    peak = f"max_over_time({refused_in_15m}[{RANGE}:5m] @ end())"
    begun = f"{refused_in_15m} > 0 and {refused_in_15m} >= on (destination) 0.1 * {peak}"
    return f"1000 * min_over_time((time() + 0 * ({begun}))[{RANGE}:5m])"
