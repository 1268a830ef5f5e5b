"""A block of lines in pieces, each of one stretch of time.

In: a block, and how times are read and told apart. Out: its pieces in order.
Lost: nothing; a line without a time stays with those before it. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

_S = TypeVar("_S")

_LOOKED_AT = 100
"""Lines in which a first time is looked for."""


class Cutter(Generic[_S]):
    """Cuts blocks; `moment_of` gives the time of the last line that has one, in seconds."""

    def __init__(
        self, moment_of: Callable[[bytes], float | None], slot_of: Callable[[float], _S]
    ) -> None:
        self._moment_of, self._slot_of = moment_of, slot_of

    def pieces(self, block: bytes) -> Iterator[tuple[float | None, bytes]]:
        """Yield pieces of one slot each, with their first time; None where none is found."""
        while block:
            first, last = self._first_moment(block), self._moment_of(block)
            end = len(block)
            if first is not None and last is not None:
                slot = self._slot_of(first)
                if self._slot_of(last) != slot:
                    end = self._end_of(slot, block)
            yield first, block[:end]
            block = block[end:]

    def _end_of(self, slot: _S, block: bytes) -> int:
        """Give where the lines of a slot end: bisect, for most logs are in order."""
        low, high = block.find(b"\n") + 1, len(block)
        while low < high:
            middle = block.rfind(b"\n", low, (low + high) // 2) + 1 or low
            end = block.find(b"\n", middle) + 1
            moment = self._moment_of(block[middle:end])
            if moment is None or self._slot_of(moment) == slot:
                low = end
            else:
                high = middle
        return high

    def _first_moment(self, block: bytes) -> float | None:
        start = 0
        for _ in range(_LOOKED_AT):
            end = block.find(b"\n", start) + 1
            if not end:
                break
            moment = self._moment_of(block[start:end])
            if moment is not None:
                return moment
            start = end
        return None
