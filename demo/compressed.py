"""Days in minutes: the shipped rules and Alertmanager's example with every duration shortened.

What is shortened, all by the same factor: ranges, steps and offsets in expressions (also those in
templates), times since when (`time() - 12 * 3600`), `for` and `keep_firing_for`, how often a group
is evaluated and when, thresholds in seconds, and Alertmanager's waits. Nothing else is touched, so
a figure per hour of log stays a figure per hour of log.
"""

from __future__ import annotations

import re

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_DURATION = r"(\d+)([smhdw])\b"


def rules(text: str, factor: float) -> str:
    """Shorten a rule file."""
    # a subquery's step first, while the range before it still ends in a unit
    for before in (
        r"(?<=\d[smhdw]):",
        r"\[",
        r"\boffset ",
        r"\b(?:keep_firing_)?for: ",
        r"\b(?:interval|eval_offset): ",
    ):
        text = _shorten(text, before, factor)

    def smaller(found: re.Match[str]) -> str:
        return f"{found[1]}{float(found[2]) / factor:g}"

    text = re.sub(r"(time\(\) - )(\d+)(?= \* (?:3600|86400)\b)", smaller, text)
    # a threshold in seconds: its name, and its value in the next lines
    return re.sub(r"(_seconds\}\n.*\n.*vector\()(\d+)", smaller, text)


def alertmanager(text: str, factor: float) -> str:
    """Shorten Alertmanager's waits."""
    return _shorten(text, r"\b\w+_(?:wait|interval): ", factor)


def _shorten(text: str, before: str, factor: float) -> str:
    def shorter(found: re.Match[str]) -> str:
        seconds = int(found[2]) * _SECONDS[found[3]] / factor
        return f"{found[1]}{max(1, round(seconds * 1000))}ms"

    return re.sub(f"({before}){_DURATION}", shorter, text)
