"""The recipients of a message that wait, against a dict."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.counts.deferred_message import INSTANCE, NAME, Message
from exporter.counts.entries import find
from exporter.counts.waiting import ALL_CAUSES, CAUSE_BITS

# names of few letters, so that one stands by chance where two entries meet
NAMES = st.lists(st.sampled_from([0, 1]), min_size=NAME, max_size=NAME).map(
    bytes
) | st.sampled_from([bytes([letter] * NAME) for letter in (0, 1, 255)])
KEPT = 0xFFF
NUMBERS = st.sampled_from([0, 1, 1 << 8, 0x01010101, (1 << 32) - 1])
STEPS = st.lists(st.tuples(st.booleans(), NAMES, NUMBERS), max_size=60)


@given(st.sampled_from([0, 1, 15, 16, 17, 40]), STEPS)
def test_any_steps_are_those_of_a_dict(before: int, steps: list[tuple[bool, bytes, int]]) -> None:
    """Noting, dropping, asking, counting and keeping give what a dict gives, few or many."""
    message, model = Message(7), dict[bytes, int]()
    steps = [(True, number.to_bytes(NAME), number) for number in range(before)] + steps
    for is_noted, name, number in steps:
        if is_noted:
            assert message.note(name, number, KEPT) == model.get(name)
            model[name] = number | model.get(name, 0) & KEPT
        else:
            assert message.drop(name) == model.pop(name, None)
        assert (len(message), dict(message)) == (len(model), model)
    kept = Message(7, message.entries())
    assert kept == message
    assert dict(kept) == model


ENTRIES = st.dictionaries(st.integers(0, 39), NUMBERS, max_size=40)


def named(instance: bytes, entries: dict[int, int]) -> dict[bytes, int]:
    """Give names that begin so, with their numbers."""
    return {instance + number.to_bytes(NAME - INSTANCE): entries[number] for number in entries}


def message_of(minute: int, model: dict[bytes, int]) -> Message:
    """Give a message of names and numbers."""
    message = Message(minute)
    for name, number in model.items():
        message.note(name, number)
    return message


@given(ENTRIES, ENTRIES)
def test_two_messages_that_are_one(one: dict[int, int], other: dict[int, int]) -> None:
    """All of both wait, since the earlier minute; who was in both is told once, and has all causes."""
    ours, theirs = named(b"ab", one), named(b"ab", other)
    joined, known_twice = message_of(7, ours).joined(message_of(5, theirs))
    assert dict(joined).keys() == ours.keys() | theirs.keys()
    assert len(known_twice) == len(ours.keys() & theirs.keys())
    for name, number in joined:
        either = {model[name] >> CAUSE_BITS for model in (ours, theirs) if name in model}
        causes = (ours.get(name, 0) | theirs.get(name, 0)) & ALL_CAUSES
        assert number & ALL_CAUSES == causes
        assert number >> CAUSE_BITS in either
    assert joined.minute == 5
    assert joined.part(b"ab") is joined


@given(ENTRIES, ENTRIES)
def test_names_that_begin_otherwise(one: dict[int, int], other: dict[int, int]) -> None:
    """Names of a former instance are of the new one; who was known by both is told."""
    message = message_of(7, named(b"ab", one) | named(b"cd", other))
    assert message.has(b"ab") == bool(one)
    known_twice = message.rename(b"ab", b"cd")
    assert len(known_twice) == len(one.keys() & other.keys())
    assert dict(message).keys() == named(b"cd", one | other).keys()
    assert message.part(b"cd") is message


@given(ENTRIES, ENTRIES, st.booleans())
def test_a_message_of_two_log_hosts(
    one: dict[int, int], other: dict[int, int], is_kept: bool
) -> None:
    """The recipients of a host can be taken out, the others stay, also after a restart."""
    ours, theirs = named(b"ab", one), named(b"cd", other)
    message = message_of(7, ours | theirs)
    if is_kept:
        message = Message.unpacked(message.packed())
    part = message.part(b"ab")
    assert (dict(part), len(part), part.minute) == (ours, len(ours), 7)
    if part is not message:
        assert (dict(message), len(message), message.minute) == (theirs, len(theirs), 7)
    else:
        assert not theirs


def test_part_of_an_entry_is_none() -> None:
    """What a checkpoint holds is whole entries, or it is damaged."""
    with pytest.raises(ValueError, match="entries of 14 bytes, got 13"):
        Message(0, bytes(13))


@pytest.mark.parametrize(
    ("entries", "place"),
    [
        (b"", -1),
        (b"ab1", 0),
        (b"xx1ab2", 3),
        (b"1ab2ab", -1),
        (b"1ab2ab9ab", -1),
        (b"cabab1", 3),
    ],
)
def test_key_stands_at_the_beginning(entries: bytes, place: int) -> None:
    """What is like the key in the middle of an entry, or of two, is none."""
    assert find(entries, b"ab", 3) == place
