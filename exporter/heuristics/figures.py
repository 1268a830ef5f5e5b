"""The figures of the heuristics: data/heuristics.yaml, which the alert rules are written from, too.

In: the file. Out: thresholds, windows, pairs and groups of causes. Windows are in quarters of an
hour.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from exporter.yaml.builtin import read_builtin

QUARTER = 900
"""Seconds of a quarter of an hour."""

_QUARTERS = {"m": 1 / 15, "h": 4, "d": 96}


@dataclass(frozen=True, slots=True)
class Threshold:
    """A figure; ratios are between 0 and 1, times in seconds."""

    name: str
    value: float
    meaning: str


@dataclass(frozen=True, slots=True)
class Pair:
    """A window in which failures must be many, and one in which they must still go on.

    Both are durations as Prometheus writes them; `quarters` says how long they are.
    """

    name: str
    window: str
    recent: str


@dataclass(frozen=True, slots=True)
class Figures:
    """The content of the file; `verdicts` are by alert, the worst first."""

    windows: tuple[str, ...]
    pairs: tuple[Pair, ...]
    list_pairs: tuple[Pair, ...]
    widely_pairs: tuple[Pair, ...]
    causes: Mapping[str, tuple[str, ...]]
    thresholds: tuple[Threshold, ...]
    verdicts: Mapping[str, str]

    def values(self) -> dict[str, float]:
        """Give the thresholds by name."""
        return {one.name: one.value for one in self.thresholds}


@cache
def figures() -> Figures:
    """Read the file that comes with the exporter."""
    text = files("exporter.heuristics").joinpath("data", "heuristics.yaml").read_text("utf-8")
    read = read_builtin(text)
    pairs = _pairs(read["pairs"])
    return Figures(
        tuple(read["windows"]),
        pairs,
        _pairs(read["list_pairs"]),
        tuple(pair for pair in pairs if pair.name in read["widely_pairs"]),
        {name: tuple(causes) for name, causes in read["causes"].items()},
        tuple(
            Threshold(name, _number(told["value"]), told["meaning"])
            for name, told in read["thresholds"].items()
        ),
        read["verdicts"],
    )


@cache
def quarters(duration: str) -> int:
    """Give how many quarters of an hour a duration is: `15m`, `2h`, `1d`."""
    number, unit = re.fullmatch(r"(\d+)([mhd])", duration).groups()  # type: ignore[union-attr]
    return round(int(number) * _QUARTERS[unit])


def quarter_of(moment: float) -> int:
    """Give the quarter of an hour of a time in seconds since the epoch."""
    return int(moment // QUARTER)


def _number(value: int | str) -> float:
    """Give a number as it is written: a whole one stays one, for the rules show it."""
    return value if isinstance(value, int) else float(value)


def _pairs(read: Mapping[str, Mapping[str, str]]) -> tuple[Pair, ...]:
    return tuple(Pair(name, **told) for name, told in read.items())


def any_of(causes: Iterable[str]) -> str:
    """Give a pattern of causes."""
    return "|".join(causes)
