"""The reply of showq(8), taken apart: messages and their recipients, one by one.

In: bytes as they come from its socket. Out: for each message a Message, then its Recipients.
Lost: of a value longer than LONGEST its middle. What is no whole reply is a ReplyError at the place
where that shows: what came before it is right as far as it goes, and no queue.

A reply is lists of names and values, all ended by NUL, and each list by an empty name: the protocol
(since Postfix 3.6), the messages, and an empty list, which is the end. Names that are not known are
passed over, wherever they stand: Postfix 3.7 tells less of a recipient than 3.11.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

LONGEST = 1 << 16
"""Bytes of a value that are kept until its end is found; Postfix' own limits are far below."""

_PROTOCOL = b"mail_queue_list_protocol"
_ADDRESSES = (b"original_recipient", b"recipient")
"""A recipient begins with one of these names."""

_KNOWN = frozenset(
    {b"protocol", b"queue_name", b"time", b"size", *_ADDRESSES, b"log_class", b"reason"}
)

_MOST_DIGITS = 18

UNTRIED, DEFERRED, BOUNCED = "untried", "deferred", "bounced"
STATES = (UNTRIED, DEFERRED, BOUNCED)
"""What became of a recipient so far: nothing that is known, it will be tried again, or it has
bounced and its notification is not sent yet (told since Postfix 3.11)."""


class ReplyError(Exception):
    """What is wrong with a reply; it repeats nothing of it."""


class Message(NamedTuple):
    """A message: its queue as showq names it, when it arrived (seconds since the epoch), bytes."""

    queue: bytes
    arrival: int
    size: int


class Recipient(NamedTuple):
    """A recipient of the message before it, and its state."""

    address: bytes
    state: str


Entry = Message | Recipient


def entries(chunks: Iterable[bytes]) -> Iterator[Entry]:
    """Yield what stands in a reply, in its order; raises ReplyError."""
    words = _words(chunks)
    while name := next(words):
        yield from _list(name, words)


def _words(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what NULs end; a reply that has no end yet does not end here."""
    rest = b""
    for chunk in chunks:
        *words, rest = (rest + chunk).split(b"\0")
        yield from words
        rest = rest[:LONGEST]
    raise ReplyError("the reply ended too early")


def _list(name: bytes, words: Iterator[bytes]) -> Iterator[Entry]:
    """Yield a message and its recipients from the list that begins with a name."""
    told: dict[bytes, bytes] = {}
    while name and name not in _ADDRESSES:
        value = next(words)
        if name in _KNOWN:
            told[name] = value
        name = next(words)
    if b"queue_name" in told:
        yield Message(told[b"queue_name"], _number(told, b"time"), _number(told, b"size"))
    elif told.get(b"protocol") != _PROTOCOL or name:
        raise ReplyError("what answers there is not showq of Postfix 3")
    while name:
        told = {name: next(words)}
        while (name := next(words)) and name not in told and name != _ADDRESSES[0]:
            value = next(words)
            if name in _KNOWN:
                told[name] = value
        if address := told.get(b"recipient"):
            yield Recipient(address, _state(told))


def _number(told: dict[bytes, bytes], name: bytes) -> int:
    value = told.get(name, b"")
    if not value.isdigit() or len(value) > _MOST_DIGITS:
        raise ReplyError(f"a message has no {name.decode()}")
    return int(value)


def _state(told: dict[bytes, bytes]) -> str:
    if not told.get(b"reason"):
        return UNTRIED
    return BOUNCED if told.get(b"log_class") == b"bounce" else DEFERRED
