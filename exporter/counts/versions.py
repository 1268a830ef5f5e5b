"""Copies of a table that know what changed since the copy before.

In: a table that lives on, and the keys of rows that were set or removed. Out: copies, which nobody
changes. Pure. Who compares a copy with the one before looks at these keys only, not at all rows.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Generic, TypeVar

_K = TypeVar("_K")
_V = TypeVar("_V")


class Version(dict[_K, _V]):
    """A copy of a table.

    `set_keys` and `removed` are the keys of rows that were set, and removed for a time or for good,
    since `earlier`, the copy before; that is None once there is a later copy than this one.
    """

    __slots__ = ("earlier", "removed", "set_keys")

    def __init__(self, table: Mapping[_K, _V]) -> None:
        super().__init__(table)
        self.earlier: Version[_K, _V] | None = None
        self.set_keys: set[_K] = set()
        self.removed: set[_K] = set()


_forget: Callable[[object], object] = callable
"""Takes note of nothing; a function in C, for it is called with each failure."""


class Versions(Generic[_K, _V]):
    """Gives the versions of one table; whoever sets a row tells its key to `note`.

    Before the first version nothing is remembered: there is none to compare it with.
    """

    def __init__(self) -> None:
        self.note: Callable[[_K], object] = _forget
        self.set_keys: set[_K] = set()
        self.removed: set[_K] = set()
        self._last: Version[_K, _V] | None = None

    def changed(self, table: Mapping[_K, object]) -> Collection[_K]:
        """Give the keys of rows that were set since the last version, without one all."""
        return table.keys() if self._last is None else self.set_keys

    def let_go(self, key: _K) -> None:
        """Take note that a row was removed; of one that no version had, nothing stays."""
        self.set_keys.discard(key)
        if self._last is not None and key in self._last:
            self.removed.add(key)

    def of(self, table: Mapping[_K, _V]) -> Version[_K, _V]:
        """Give the table as it is now."""
        version = Version(table)
        version.earlier, version.set_keys, version.removed = (
            self._last,
            self.set_keys,
            self.removed,
        )
        if self._last is not None:
            self._last.earlier = None  # or all copies would live as long as the last one
        self._last, self.set_keys, self.removed = version, set(), set()
        self.note = self.set_keys.add
        return version
