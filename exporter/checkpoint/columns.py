"""Series as JSON, so that writing many of them often costs little.

In: a family, values by labels. Out: lines of JSON, each with the labels and the values of a CHUNK
of series.
The labels hardly ever change, and new ones come at the end. So their text is kept, and only chunks
that changed are written anew; the values are lists of numbers, which takes json a twentieth of the
time of both. Values for some series of a family need no labels: their places in it will do.
Line by line, so that of labels a chunk is all that is in memory twice.
Lost: nothing; memory for the labels' text, some 90 bytes a series.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

CHUNK = 1000
"""Series of a line."""


class _Chunk(NamedTuple):
    """Labels of some series, and their JSON."""

    labels: list[tuple[str, ...]]
    text: bytes


class Columns:
    """Writes a family again and again; remembers the labels that it wrote."""

    def __init__(self) -> None:
        self._chunks: list[_Chunk] = []

    def lines(self, family: Mapping[Any, int]) -> Iterator[bytes]:
        """Give the family as lines of JSON, without their ends."""
        labels, values = list(family), list(family.values())
        del self._chunks[-(-len(labels) // CHUNK) :]
        for number, start in enumerate(range(0, len(labels), CHUNK)):
            text = self._text(number, labels[start : start + CHUNK])
            yield b"[%b,%b]" % (text, compact(values[start : start + CHUNK]))

    def _text(self, number: int, labels: list[tuple[str, ...]]) -> bytes:
        known = self._chunks[number : number + 1]
        # the labels are the same objects as long as a series lives: this compares addresses
        if not known or known[0].labels != labels:
            self._chunks[number : number + 1] = [_Chunk(labels, compact(labels))]
        return self._chunks[number].text


def lines_of_some(family: Mapping[Any, int], some: Mapping[Any, int]) -> Iterator[bytes]:
    """Give values for some series of a family as lines of JSON, told by their places in it."""
    places: list[int] = []
    values: list[int] = []
    ordered = list(family) if some else []
    for place in reversed(range(len(ordered))):  # they are new as a rule, and new ones are last
        if len(places) == len(some):
            break
        if ordered[place] in some:
            places.append(place)
            values.append(some[ordered[place]])
    for start in range(0, len(places), CHUNK):
        yield compact([places[start : start + CHUNK], values[start : start + CHUNK]])


def read_some(labels: Sequence[Any], line: Any) -> Iterator[tuple[Any, int]]:
    """Read a line of `lines_of_some`; `labels` are those of the family in its order.

    Raises ValueError, LookupError or TypeError for anything else.
    """
    places, values = line
    for place, value in zip(places, values, strict=True):
        yield labels[place], int(value)


def read_series(labels_of: Callable[..., Any], line: Any) -> Iterator[tuple[Any, int]]:
    """Read a line of Columns; raises ValueError or TypeError for anything else.

    `labels_of` makes a key of the labels. Label values are shared: many series have the same ones.
    """
    labels, values = line
    for row, value in zip(labels, values, strict=True):
        yield labels_of(*map(sys.intern, row)), int(value)


def compact(content: Any) -> bytes:
    """Give JSON without spaces."""
    return json.dumps(content, separators=(",", ":")).encode()
