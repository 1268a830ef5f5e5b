"""By destination, every minute: quarters of an hour, and two hours, which are their sums.

A `destination` is a recipient domain (scope `domain`) or a provider (scope `provider`).
"""

from __future__ import annotations

from collections.abc import Callable

from alerts.src.concentration import totals
from alerts.src.rules import Expression, Record
from alerts.src.series import BASE, CATCHING_UP, FAILED, FAILING, renamed, two_hours

SCOPES = ("domain", "provider")
_FIRST = f"{BASE}postfix_first_attempts:increase15m"

VERDICTS = "Messages on which the destination gave a verdict"
FAILURES = "Messages refused or failed"
EXPIRED = "Recipients given up because their message expired"


def rules() -> tuple[Record, ...]:
    """Give the rules of quarters of an hour and of two hours by destination."""
    return (
        *by_scope(
            "destination_cause:postfix_failures:increase2h",
            f"{FAILURES} in 2h.",
            lambda scope: by_cause(_FIRST, scope, two_hours),
        ),
        *by_scope(
            "destination_cause:postfix_failing_attempts:increase15m",
            "Failed attempts, retries included, of exporters that are not catching up: is it still"
            " failing now?",
            _failing,
        ),
        *by_scope("destination:postfix_first_attempts:increase15m", f"{VERDICTS}.", _attempts),
        Record(
            "destination:postfix_first_attempts:increase2h",
            f"{VERDICTS} in 2h: what ratios divide by.",
            Expression(two_hours("destination:postfix_first_attempts:increase15m")),
        ),
        *totals("2h"),
        *by_scope("destination:postfix_expired_recipients:increase15m", f"{EXPIRED}.", _expired),
    )


def by_scope(name: str, meaning: str, expression: Callable[[str], str]) -> tuple[Record, ...]:
    """Give the rules of a series by destination, one for each scope."""
    return tuple(
        Record(name, meaning, Expression(expression(scope)), {"scope": scope}) for scope in SCOPES
    )


def by_cause(source: str, scope: str, over: Callable[[str], str] = str) -> str:
    """Give series by destination and cause, of the causes that any alert reads.

    `over` is what is taken of each of them before.
    """
    series = over(selected(source, scope, 'cause!~"delivered|mailbox"'))
    return f"sum by (job, destination, cause) ({renamed(series, scope)})"


def selected(source: str, scope: str, matchers: str = "") -> str:
    """Give a selector; who has no provider is nobody's customer."""
    named = 'provider!=""' if scope == "provider" else ""
    inner = ", ".join(filter(None, (matchers, named)))
    return f"{source}{{{inner}}}" if inner else source


def _failing(scope: str) -> str:
    failed = selected(FAILED, scope, f'cause=~"{FAILING}"')
    fresh = f"({failed} unless on (job, instance) {CATCHING_UP})"
    return f"sum by (job, destination, cause) ({renamed(fresh, scope)})"


def _expired(scope: str) -> str:
    raw = renamed(
        f"increase({selected('postfix_expired_recipients_total', scope)}[15m]) > 0", scope
    )
    return f"sum by (job, destination) ({raw})"


def _attempts(scope: str) -> str:
    return f"sum by (job, destination) ({renamed(selected(_FIRST, scope), scope)})"
