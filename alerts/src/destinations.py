"""By destination: quarters of an hour, and the longer windows that are their sums.

A `destination` is a recipient domain (scope `domain`), a provider (scope `provider`), or the
provider where it is known and else the domain (scope `receiver`, to count who refuses).
"""

from __future__ import annotations

from alerts.src.rules import Expression, Record
from alerts.src.series import BASE, LAST_FAILED, NO_PROVIDER, RECENT, WIDE, parts, renamed, windows

_VERDICTS = "Messages on which the destination gave a verdict"
_EXPIRED = "Recipients given up because their message expired"

_SCOPES = ("domain", "provider")
_CAUSED = (
    (
        "failures",
        f"{BASE}postfix_first_attempts",
        "Messages refused or failed",
        (*_SCOPES, "receiver"),
    ),
    ("failing_attempts", f"{BASE}postfix_failing_attempts", "Failed attempts", _SCOPES),
    (
        "refused_recipients",
        f"{BASE}postfix_refused_recipients",
        "Distinct recipients refused",
        _SCOPES,
    ),
)
_UNCAUSED = (
    ("first_attempts", f"{BASE}postfix_first_attempts", _VERDICTS, _SCOPES),
    ("expired_recipients", "domain_provider:postfix_expired_recipients", _EXPIRED, _SCOPES),
)
"""What is counted by destination, with and without a cause: name, source, meaning, scopes."""


def rules() -> tuple[Record, ...]:
    """Give the rules by destination, and who takes a domain's mail."""
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
        *windows("destination_cause:postfix_failures", "Messages refused or failed", "network"),
        _last_failed(),
        *windows("destination_cause:postfix_refused_recipients", "Distinct recipients refused"),
        *windows("destination:postfix_first_attempts", f"{_VERDICTS}: what ratios divide by,"),
        *windows("destination:postfix_expired_recipients", _EXPIRED),
        *_provider_of(),
    )


def _last_failed() -> Record:
    return Record(
        LAST_FAILED,
        "When attempts last failed for any cause but `network`, to a quarter of an hour, if within"
        " half a day: is it still failing in the longer windows? It remembers itself.",
        Expression(
            'destination_cause:postfix_failing_attempts:increase15m{cause!="network"} * 0 + time()\n'
            f"or last_over_time({LAST_FAILED}[1h]) > time() - {max(RECENT.values())} * 3600"
        ),
    )


def _caused(source: str, scope: str) -> str:
    """Give the series by cause, of the causes that any alert reads for the scope."""
    if scope == "receiver":
        refused = _named(source, scope, f'cause=~"{WIDE}"')
        return f"sum by (job, destination, cause) ({refused})"
    content = _named(source, scope, 'cause="content"')
    both = parts(
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
        known = _selected(source, matchers, f'provider!~"{NO_PROVIDER}"')
        unknown = _selected(source, matchers, f'provider=~"{NO_PROVIDER}"')
        return f"({renamed(known, 'provider')} or {renamed(unknown, 'domain')})"
    # who has no provider is nobody's customer; there are few providers to look through
    named = 'provider!=""' if scope == "provider" else ""
    return renamed(_selected(source, matchers, named), scope)


def _selected(source: str, *matchers: str) -> str:
    """Give a selector with those matchers that are not empty."""
    inner = ", ".join(filter(None, matchers))
    return f"{source}{{{inner}}}" if inner else source


def _provider_of() -> tuple[Record, ...]:
    """Give who takes a domain's mail: most of it within a day, so that the label seldom changes."""
    attempts = "domain_provider:postfix_first_attempts"
    known = f'{BASE}postfix_first_attempts:increase15m{{provider!~"{NO_PROVIDER}"}}'
    return (
        Record(
            f"{attempts}:increase15m",
            "Messages on which a known provider gave a verdict, by domain.",
            Expression(f"sum by (job, domain, provider) ({known})"),
        ),
        *windows(attempts, "Messages on which a known provider gave a verdict, by domain,"),
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
