"""The recipients of one message that wait.

In: names of recipients, and a number for each. Out: the numbers.
Lost: nothing. Most messages wait for a few recipients: these are entries of one byte string. One to
a mailing list has a dict, for a string of thousands would be looked through again and again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, starmap
from struct import Struct

from exporter.counts.entries import find
from exporter.counts.waiting import ALL_CAUSES

INSTANCE = 2
"""Bytes of a name that tell log hosts apart."""

NAME = 10
"""Bytes of a recipient's name."""

_NUMBER = 4
_MINUTE = 4
_ENTRY = NAME + _NUMBER
_FEW = 16 * _ENTRY
_ENTRIES = Struct(f">{NAME}sI")
_pack, _number_at = Struct(">I").pack, Struct(">I").unpack_from
_MARKS = 8  # small numbers take no memory of their own
_ANY = (1 << _MARKS) - 1


class _Many:
    """Numbers by name; those of a log host are together, so that they can leave at once."""

    __slots__ = ("_of", "_size")

    def __init__(self, entries: Iterable[tuple[bytes, int]]) -> None:
        self._of: dict[bytes, dict[bytes, int]] = {}
        self._size = 0
        for name, number in entries:
            self.put(name, number)

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[tuple[bytes, int]]:
        return chain.from_iterable(numbers.items() for numbers in self._of.values())

    def instances(self) -> Iterable[bytes]:
        return self._of

    def get(self, name: bytes) -> int | None:
        return self._of.get(name[:INSTANCE], {}).get(name)

    def put(self, name: bytes, number: int) -> None:
        numbers = self._of.setdefault(name[:INSTANCE], {})
        self._size += name not in numbers
        numbers[name] = number

    def pop(self, name: bytes) -> int | None:
        numbers = self._of.get(name[:INSTANCE], {})
        number = numbers.pop(name, None)
        self._size -= number is not None
        if not numbers:
            self._of.pop(name[:INSTANCE], None)
        return number

    def part(self, instance: bytes) -> _Many:
        """Take out what is of a log host."""
        taken = _Many(())
        if instance in self._of:
            taken._of[instance] = self._of.pop(instance)
            taken._size = len(taken._of[instance])
            self._size -= taken._size
        return taken


class Message:
    """A message some of whose recipients wait; `minute` is when it was noted, since the epoch.

    `entries` are names with their numbers, as `entries()` gives them; ValueError for a part of one.
    """

    __slots__ = ("_kept", "_marks", "minute")

    def __init__(self, minute: int, entries: bytes = b"") -> None:
        if len(entries) % _ENTRY:
            raise ValueError(f"expected entries of {_ENTRY} bytes, got {len(entries)} bytes")
        self.minute = minute
        self._kept: bytes | _Many = entries
        self._marks = _ANY if entries else 0
        if len(entries) > _FEW:
            self._kept = _Many(self)

    def __eq__(self, other: object) -> bool:
        """Whether the same recipients wait with the same numbers since the same minute."""
        if not isinstance(other, Message):
            return NotImplemented
        return (self.minute, self.entries()) == (other.minute, other.entries())

    def __len__(self) -> int:
        return len(self._kept) // (_ENTRY if isinstance(self._kept, bytes) else 1)

    def __iter__(self) -> Iterator[tuple[bytes, int]]:
        """Give names and numbers."""
        kept = self._kept
        return _ENTRIES.iter_unpack(kept) if isinstance(kept, bytes) else iter(kept)

    def entries(self) -> bytes:
        """Give all as one byte string."""
        kept = self._kept
        return kept if isinstance(kept, bytes) else b"".join(starmap(_ENTRIES.pack, kept))

    def packed(self) -> bytes:
        """Give minute and entries as one byte string."""
        return self.minute.to_bytes(_MINUTE) + self.entries()

    @classmethod
    def unpacked(cls, packed: bytes) -> Message:
        """Give the message of what `packed` gave; ValueError for anything else."""
        return cls(int.from_bytes(packed[:_MINUTE]), packed[_MINUTE:])

    def note(self, name: bytes, number: int, kept_bits: int = 0) -> int | None:
        """Let a recipient wait with this number, and with those bits of the one before.

        Gives the number before, None for one who did not wait.
        """
        kept = self._kept
        if not isinstance(kept, bytes):
            before = kept.get(name)
            kept.put(name, number | (before or 0) & kept_bits)
            return before
        place = 0 if kept[:NAME] == name else find(kept, name, _ENTRY)
        if place < 0:
            self._kept = kept = kept + name + _pack(number)
            if len(kept) > _FEW:
                self._kept = _Many(self)
            return None
        start = place + NAME
        (before,) = _number_at(kept, start)
        number |= before & kept_bits
        if number != before:
            self._kept = kept[:start] + _pack(number) + kept[start + _NUMBER :]
        return int(before)

    def drop(self, name: bytes) -> int | None:
        """Let a recipient wait no more; give its number, None for one who did not wait."""
        kept = self._kept
        if not isinstance(kept, bytes):
            return kept.pop(name)
        place = 0 if kept[:NAME] == name else find(kept, name, _ENTRY)
        if place < 0:
            return None
        self._kept = kept[:place] + kept[place + _ENTRY :]
        return int.from_bytes(kept[place + NAME : place + _ENTRY])

    def mark(self, local_part: bytes) -> None:
        """Take note of the local part of one of the recipients."""
        self._marks |= 1 << hash(local_part) % _MARKS

    def part(self, instance: bytes) -> Message:
        """Give those recipients whose names begin so, and keep the others.

        It is this message itself where there are no others.
        """
        kept = self._kept
        if isinstance(kept, bytes):
            if all(name.startswith(instance) for name, _ in self):
                return self
            names = [name for name, _ in self if name.startswith(instance)]
            taken = [(name, self.drop(name) or 0) for name in names]
            return Message(self.minute, b"".join(starmap(_ENTRIES.pack, taken)))
        if list(kept.instances()) == [instance]:
            return self
        part = Message(self.minute)
        part._kept, part._marks = kept.part(instance), _ANY
        return part

    def has(self, instance: bytes) -> bool:
        """Whether the name of a recipient begins so."""
        return any(name.startswith(instance) for name, _ in self)

    def joined(self, other: Message) -> tuple[Message, list[int]]:
        """Give one message of both, and numbers of those who wait in both and are one now.

        The larger one takes in the smaller: linear, however often it is done.
        """
        small, large = sorted((self, other), key=len)
        large.minute = min(self.minute, other.minute)
        return large, large._take_in(list(small))

    def rename(self, former: bytes, instance: bytes) -> list[int]:
        """Let names begin otherwise; give numbers of those known by two names who are one now."""
        renamed = [entry for entry in self if entry[0].startswith(former)]
        for name, _ in renamed:
            self.drop(name)
        return self._take_in([(instance + name[len(former) :], number) for name, number in renamed])

    def _take_in(self, entries: list[tuple[bytes, int]]) -> list[int]:
        self._marks = _ANY
        before = [self.note(name, number, ALL_CAUSES) for name, number in entries]
        return [number for number in before if number is not None]

    def may_have(self, local_part: bytes) -> bool:
        """Whether a recipient may have this local part: a cheap look before the digest."""
        return bool(self._marks >> hash(local_part) % _MARKS & 1)
