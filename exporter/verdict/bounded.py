"""A bounded memory: what was noted first is forgotten first."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import islice
from typing import TypeVar

_K = TypeVar("_K")
_V = TypeVar("_V")


class Recent(dict[_K, _V]):
    """At most `limit` keys; `note` adds one and forgets the oldest when there are too many."""

    def __init__(self, limit: int, known: Mapping[_K, _V] | None = None) -> None:
        super().__init__(known or {})
        self._limit = limit

    def has_room(self, keys: Collection[_K]) -> bool:
        """Whether nothing has to be forgotten for these keys."""
        return len(self) + len(keys) <= self._limit

    def note(self, key: _K, value: _V) -> None:
        """Keep a value; a key that is known keeps its age."""
        if key not in self and len(self) >= self._limit:
            # several at once: a dict is slow to give its first key when those before it are gone
            for oldest in list(islice(self, self._limit // 16 + 1)):
                del self[oldest]
        self[key] = value
