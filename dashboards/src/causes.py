"""What a cause means, how it looks, and what to check next (verdict/data/causes.yaml)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from grafana_foundation_sdk.models import dashboard as models

from alerts.src import reasons
from exporter.verdict.classify import Rule
from exporter.verdict.knowledge import built_in

KEY = ("cause", "provider", "dsn_code")
"""The labels that are joined, by spaces, to look up what a refusal means."""

# Okabe and Ito's colours first, for the causes that alerts are about
COLOURS = {
    "delivered": "#009E73",
    "throttled": "#E69F00",
    "blocked": "#D55E00",
    "authentication": "#CC79A7",
    "unknown_recipient": "#56B4E9",
    "network": "#0072B2",
    "other": "#C9B400",
    "content": "#A5714B",
    "greylisted": "#009E73",
    "mailbox": "#BBBBBB",
    "suspended": "#8585C9",
    "local": "#66708A",
}

_PERMANENT_IN_ANY_CLASS = ("blocked",)
"""A receiver that refuses to talk is logged with class 4, and does not mean it."""


def failing() -> tuple[str, ...]:
    """Give the causes of attempts that did not deliver."""
    return tuple(cause for cause in built_in().causes if cause != "delivered")


def shown(cause: str) -> str:
    """Give a cause as a heading."""
    return cause.replace("_", " ").capitalize()


def colours(ending: str = "") -> dict[str, str]:
    """Give the colours by pattern of the names of series that begin with a cause."""
    return {f"^{cause}{ending}$": colour for cause, colour in COLOURS.items()}


def durations() -> list[models.ValueMapping]:
    """Map `cause class` to what it is, and whether it may pass by itself."""
    options = {
        f"{cause} {digit}": models.ValueMappingResult(
            text=f"{shown(cause)}, {_duration(cause, digit)}", color=COLOURS[cause], index=number
        )
        for number, (cause, digit) in enumerate(
            (cause, digit) for cause in failing() for digit in "45"
        )
    }
    return [models.ValueMap(options)]


def _duration(cause: str, dsn_class: str) -> str:
    permanent = dsn_class == "5" or cause in _PERMANENT_IN_ANY_CLASS
    return "permanent" if permanent else "transient"


def names() -> list[models.ValueMapping]:
    """Map a cause to its heading in its colour."""
    options = {
        cause: models.ValueMappingResult(text=shown(cause), color=COLOURS[cause], index=number)
        for number, cause in enumerate(built_in().causes)
    }
    return [models.ValueMap(options)]


def meanings() -> list[models.ValueMapping]:
    """Map `cause provider code` to what it means."""
    return _told(lambda rule: rule.meaning, lambda cause: built_in().causes[cause].meaning)


def next_steps() -> list[models.ValueMapping]:
    """Map `cause provider code` to what to check next."""
    return _told(lambda rule: rule.next, lambda cause: built_in().causes[cause].next)


def of_reasons() -> list[models.ValueMapping]:
    """Map `cause reason` to what it means and what to check next, for want of words the cause."""
    own = {
        f"{rule.cause} {rule.id}": models.ValueMappingResult(text=reasons.advice(rule))
        for rule in built_in().rules
        if rule.id and reasons.advice(rule)
    }
    return [models.ValueMap(own), *_by_cause(_words_of_cause)]


def _words_of_cause(cause: str) -> str:
    told = built_in().causes[cause]
    return f"{told.meaning} Next: {told.next}"


def _by_cause(words: Callable[[str], str], first: int = 0) -> list[models.ValueMapping]:
    return _by_pattern([(f"{cause} .*", words(cause)) for cause in failing()], first)


def _told(
    of_rule: Callable[[Rule], str], of_cause: Callable[[str], str]
) -> list[models.ValueMapping]:
    """Map by the first rule that decides by provider and code alone, else by the cause."""
    rules = [
        (_pattern(rule), of_rule(rule))
        for rule in built_in().rules
        if rule.code and of_rule(rule) and set(rule.conditions()) <= {"provider", "code"}
    ]
    return [*_by_pattern(rules), *_by_cause(of_cause, first=len(rules))]


def _by_pattern(texts: Iterable[tuple[str, str]], first: int = 0) -> list[models.ValueMapping]:
    return [
        models.RegexMap(
            models.DashboardRegexMapOptions(
                pattern, models.ValueMappingResult(text=text, index=number)
            )
        )
        for number, (pattern, text) in enumerate(texts, first)
    ]


def _pattern(rule: Rule) -> str:
    providers = "|".join(map(re.escape, rule.provider)) if rule.provider else r"\S+"
    codes = "|".join(map(expression, rule.code))
    return f"{rule.cause} (?:{providers}) (?:{codes})"


def expression(pattern: str) -> str:
    """Give a pattern of codes, such as 4.7.500-699, as a regular expression."""
    return r"\.".join(map(_part, pattern.split(".")))


def _part(part: str) -> str:
    low, _, high = part.partition("-")
    if not high:
        return r"\d+" if part == "x" else part
    tens = range(int(low) // 10, int(high) // 10 + 1)
    return f"(?:{'|'.join(_ten(ten, int(low), int(high)) for ten in tens)})"


def _ten(ten: int, low: int, high: int) -> str:
    return f"{ten}[{max(low - 10 * ten, 0)}-{min(high - 10 * ten, 9)}]"


def advice() -> str:
    """Give a table of all causes in Markdown."""
    rows = (
        (shown(cause), built_in().causes[cause].meaning, built_in().causes[cause].next)
        for cause in failing()
    )
    return _markdown((("Cause", "What it means", "What to check next"), ("---",) * 3, *rows))


def _markdown(rows: Iterable[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
