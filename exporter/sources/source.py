"""What every source of log lines promises, and all sources of one exporter as one.

In: sources. Out: the blocks of all of them, in turn, and what is known of each.
Lost: what the sources say is lost; see `gaps` and `lost_lines`.

A source never raises for what is wrong with what it reads: it says so in `problems`, and tries
again at the next `blocks`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from exporter.sources.place import AnyPlace


class Source(Protocol):
    """Where lines come from. After each block, `places` stands exactly behind it."""

    @property
    def gaps(self) -> int:
        """Points at which lines were lost, since this object was made."""

    @property
    def lost_lines(self) -> int:
        """Lines known to be lost, since this object was made, where their number is told."""

    def settle(self) -> None:
        """Find the places to start at without reading on."""

    def before(self) -> Iterator[bytes]:
        """Yield some of the last lines before the places; nobody counts them."""

    def blocks(self) -> Iterator[bytes]:
        """Yield what is unread in blocks of complete lines, and come back soon."""

    def places(self) -> Mapping[str, AnyPlace]:
        """Give where to go on after a restart, by name; none if it cannot go back."""

    def unread(self) -> int:
        """Give the bytes that are there and not read yet, as far as it can tell."""

    def problems(self) -> Mapping[str, str | None]:
        """Give what is wrong by name of what is read; None where it can be read."""

    def has_ended(self) -> bool:
        """Whether nothing can come any more."""

    def close(self) -> None:
        """Release everything."""


class Sources:
    """The sources of one exporter."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = tuple(sources)

    @property
    def gaps(self) -> int:
        """Points at which lines were lost, since this object was made."""
        return sum(source.gaps for source in self._sources)

    @property
    def lost_lines(self) -> int:
        """Lines known to be lost, since this object was made."""
        return sum(source.lost_lines for source in self._sources)

    def settle(self) -> None:
        """Find the places to start at without reading on."""
        for source in self._sources:
            source.settle()

    def before(self) -> Iterator[bytes]:
        """Yield some of the last lines before the places; nobody counts them."""
        for source in self._sources:
            yield from source.before()

    def blocks(self) -> Iterator[bytes]:
        """Yield what is unread; in turn, so that one backlog does not hold up the others."""
        polls = deque(source.blocks() for source in self._sources)
        while polls:
            poll = polls.popleft()
            block = next(poll, None)
            if block is not None:
                yield block
                polls.append(poll)

    def places(self) -> dict[str, AnyPlace]:
        """Give where to go on after a restart, by name."""
        return {name: place for source in self._sources for name, place in source.places().items()}

    def unread(self) -> int:
        """Give the bytes not read yet."""
        return sum(source.unread() for source in self._sources)

    def problems(self) -> dict[str, str | None]:
        """Give what is wrong by name of what is read."""
        return {name: why for source in self._sources for name, why in source.problems().items()}

    def has_ended(self) -> bool:
        """Whether nothing can come any more from any of them."""
        return all(source.has_ended() for source in self._sources)

    def close(self) -> None:
        """Release everything."""
        for source in self._sources:
            source.close()
