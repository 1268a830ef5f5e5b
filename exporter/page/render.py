"""Families with many series as text, in the formats of Prometheus and of OpenMetrics.

In: a family and its series. Out: the bytes that prometheus_client gives for it, in a twelfth of the
time: all lines of a family have one pattern, and only where one holds a character that must be
escaped is it looked at more closely.
Lost: nothing.

Nothing is kept between scrapes. Patterns with all labels filled in would save half of the time, and
take as much memory as the page. A scrape's thread and the reader's take turns at the interpreter;
nothing here holds it longer than joining a CHUNK of lines takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from operator import itemgetter
from typing import Any, Literal, NamedTuple

from prometheus_client import Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

CHUNK = 1000
"""Lines rendered at once."""

_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})
_ESCAPES_OF_TEXT_HELP = str.maketrans({"\\": r"\\", "\n": r"\n"})
_EXPONENT = 1_000_000
"""From here on Go writes a floating point number with an exponent."""

Series = tuple[tuple[str, ...], int]
"""Label values, and the value."""


class Family(NamedTuple):
    """A metric family; `labels` are the names, two or more, of the values in keys of `series`."""

    kind: Literal["counter", "gauge"]
    name: str
    documentation: str
    labels: tuple[str, ...]
    series: Mapping[Any, int]


class _Collected(Collector):
    """Families for a renderer of prometheus_client, which asks for them once."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def page(many: Iterable[Family], few: Iterable[Metric], *, openmetrics: bool) -> Iterator[bytes]:
    """Give a page in parts, of which one is in memory at a time.

    Families with many series come first, then those that prometheus_client renders itself.
    """
    for family in many:
        yield from render(family, openmetrics=openmetrics)
    generate = generate_openmetrics if openmetrics else generate_latest
    yield generate(_Collected(few))


def render(family: Family, *, openmetrics: bool) -> Iterator[bytes]:
    """Give the family as prometheus_client writes it, in parts."""
    yield _header(family, openmetrics).encode()
    series = iter(family.series.items())
    while chunk := list(islice(series, CHUNK)):
        yield _lines(family, chunk).encode()


def _header(family: Family, openmetrics: bool) -> str:
    name = family.name if openmetrics else _sample_name(family)
    escapes = _ESCAPES if openmetrics else _ESCAPES_OF_TEXT_HELP
    documentation = family.documentation.translate(escapes)
    return f"# HELP {name} {documentation}\n# TYPE {name} {family.kind}\n"


def _sample_name(family: Family) -> str:
    return f"{family.name}_total" if family.kind == "counter" else family.name


def _lines(family: Family, chunk: list[Series]) -> str:
    lines = _filled_in(family, chunk)
    quotes = 2 * len(family.labels) * len(chunk)
    if "\\" in lines or lines.count('"') != quotes or lines.count("\n") != len(chunk):
        return _filled_in(family, _escaped(chunk))
    return lines


def _filled_in(family: Family, chunk: Iterable[Series]) -> str:
    names = sorted(family.labels)
    labels = ",".join(f'{name}="%s"' for name in names)
    line = f"{_sample_name(family)}{{{labels}}} %s\n"
    ordered = itemgetter(*map(family.labels.index, names))
    return "".join(
        [
            line % (*ordered(values), f"{value}.0" if value < _EXPONENT else _with_exponent(value))
            for values, value in chunk
        ]
    )


def _with_exponent(value: int) -> str:
    return str(floatToGoString(value))  # type: ignore[no-untyped-call]


def _escaped(chunk: Iterable[Series]) -> Iterator[Series]:
    for values, value in chunk:
        yield tuple(label.translate(_ESCAPES) for label in values), value
