"""The recipients of one message that wait.

In: names of recipients, and a number for each. Out: the numbers.
Lost: nothing. Most messages wait for a few recipients: such a message is one byte string, its
minute and the entries, as the checkpoint has it. One to a mailing list has a dict, for a string of
thousands would be looked through and copied again and again.
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
_FIRST = _MINUTE + NAME
_FEW = _MINUTE + 16 * _ENTRY
_ENTRIES = Struct(f">{NAME}sI")
_pack, _number_at = Struct(">I").pack, Struct(">I").unpack_from


class Many:
    """Numbers by name; those of a log host are together, so that they can leave at once."""

    __slots__ = ("_of", "_size", "minute")

    def __init__(self, minute: int, entries: Iterable[tuple[bytes, int]]) -> None:
        self.minute = minute
        self._of: dict[bytes, dict[bytes, int]] = {}
        self._size = 0
        for name, number in entries:
            self.note(name, number, 0)

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[tuple[bytes, int]]:
        return chain.from_iterable(numbers.items() for numbers in self._of.values())

    def note(self, name: bytes, number: int, kept_bits: int) -> int | None:
        """Do as the function `note`."""
        numbers = self._of.setdefault(name[:INSTANCE], {})
        before = numbers.get(name)
        self._size += before is None
        numbers[name] = number | (before or 0) & kept_bits
        return before

    def drop(self, name: bytes) -> int | None:
        """Do as the function `drop`."""
        numbers = self._of.get(name[:INSTANCE], {})
        number = numbers.pop(name, None)
        self._size -= number is not None
        if not numbers:
            self._of.pop(name[:INSTANCE], None)
        return number

    def part(self, instance: bytes) -> Many:
        """Take out what is of a log host."""
        taken = Many(self.minute, ())
        if instance in self._of:
            taken._of[instance] = self._of.pop(instance)
            taken._size = len(taken._of[instance])
            self._size -= taken._size
        return taken


Message = bytes | Many
"""A message some of whose recipients wait; when it was noted, in minutes since the epoch, first.

Whoever changes a message goes on with the one that is given back.
"""


def new(minute: int) -> Message:
    """Give a message of which nobody waits yet."""
    return minute.to_bytes(_MINUTE)


def unpacked(packed: bytes) -> Message:
    """Give the message of what `packed` gave; ValueError for anything else."""
    size = len(packed) - _MINUTE
    if size < 0 or size % _ENTRY:
        raise ValueError(f"expected entries of {_ENTRY} bytes, got {size} bytes")
    return _of_size(packed)


def packed(message: Message) -> bytes:
    """Give minute and entries as one byte string."""
    if isinstance(message, bytes):
        return message
    return message.minute.to_bytes(_MINUTE) + b"".join(starmap(_ENTRIES.pack, message))


def minute_of(message: Message) -> int:
    """Give when it was noted."""
    if isinstance(message, bytes):
        return int.from_bytes(message[:_MINUTE])
    return message.minute


def size(message: Message) -> int:
    """Give how many recipients wait."""
    return (len(message) - _MINUTE) // _ENTRY if isinstance(message, bytes) else len(message)


def recipients(message: Message) -> Iterator[tuple[bytes, int]]:
    """Give names and numbers."""
    if isinstance(message, bytes):
        return _ENTRIES.iter_unpack(message[_MINUTE:])
    return iter(message)


def note(
    message: Message, name: bytes, number: int, kept_bits: int = 0
) -> tuple[Message, int | None]:
    """Let a recipient wait with this number, and with those bits of the one before.

    Gives the number before, too, None for one who did not wait.
    """
    if not isinstance(message, bytes):
        return message, message.note(name, number, kept_bits)
    place = _MINUTE if message[_MINUTE:_FIRST] == name else find(message, name, _ENTRY, _MINUTE)
    if place < 0:
        return _of_size(message + name + _pack(number)), None
    start = place + NAME
    (before,) = _number_at(message, start)
    number |= before & kept_bits
    if number != before:
        message = message[:start] + _pack(number) + message[start + _NUMBER :]
    return message, before


def drop(message: Message, name: bytes) -> tuple[Message, int | None]:
    """Let a recipient wait no more; give its number, too, None for one who did not wait."""
    if not isinstance(message, bytes):
        return message, message.drop(name)
    place = _MINUTE if message[_MINUTE:_FIRST] == name else find(message, name, _ENTRY, _MINUTE)
    if place < 0:
        return message, None
    number = int.from_bytes(message[place + NAME : place + _ENTRY])
    return message[:place] + message[place + _ENTRY :], number


def has(message: Message, instance: bytes) -> bool:
    """Whether the name of a recipient begins so."""
    return any(name.startswith(instance) for name, _ in recipients(message))


def parted(message: Message, instance: bytes) -> tuple[Message, Message]:
    """Give those recipients whose names begin so, and the others."""
    if not isinstance(message, bytes):
        return message.part(instance), message
    places = range(_MINUTE, len(message), _ENTRY)
    entries = [message[place : place + _ENTRY] for place in places]
    ours = [entry for entry in entries if entry.startswith(instance)]
    others = [entry for entry in entries if not entry.startswith(instance)]
    return message[:_MINUTE] + b"".join(ours), message[:_MINUTE] + b"".join(others)


def joined(one: Message, other: Message) -> tuple[Message, list[int]]:
    """Give one message of both, and numbers of those who wait in both and are one now.

    The larger one takes in the smaller: linear, however often it is done.
    """
    minute = min(minute_of(one), minute_of(other))
    small, large = sorted((one, other), key=size)
    if isinstance(large, bytes):
        large = minute.to_bytes(_MINUTE) + large[_MINUTE:]
    else:
        large.minute = minute
    return _with(large, recipients(small))


def renamed(message: Message, former: bytes, instance: bytes) -> tuple[Message, list[int]]:
    """Let names begin otherwise; give numbers of those known by two names who are one now."""
    ours, others = parted(message, former)
    return _with(
        others, [(instance + name[len(former) :], number) for name, number in recipients(ours)]
    )


def _with(message: Message, entries: Iterable[tuple[bytes, int]]) -> tuple[Message, list[int]]:
    known_twice = []
    for name, number in entries:
        message, before = note(message, name, number, ALL_CAUSES)
        if before is not None:
            known_twice.append(before)
    return message, known_twice


def _of_size(message: bytes) -> Message:
    """Give the message as it is kept with so many recipients."""
    if len(message) <= _FEW:
        return message
    return Many(minute_of(message), recipients(message))
