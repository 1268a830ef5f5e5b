"""The recipients of a message that wait, against a dict."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.counts.deferred_message import (
    INSTANCE,
    NAME,
    Message,
    drop,
    has,
    joined,
    minute_of,
    new,
    note,
    packed,
    parted,
    recipients,
    renamed,
    size,
    unpacked,
)
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
    message, model = new(7), dict[bytes, int]()
    steps = [(True, number.to_bytes(NAME), number) for number in range(before)] + steps
    for is_noted, name, number in steps:
        if is_noted:
            message, earlier = note(message, name, number, KEPT)
            assert earlier == model.get(name)
            model[name] = number | model.get(name, 0) & KEPT
        else:
            message, earlier = drop(message, name)
            assert earlier == model.pop(name, None)
        assert (size(message), dict(recipients(message))) == (len(model), model)
    kept = unpacked(packed(message))
    assert (minute_of(kept), size(kept), dict(recipients(kept))) == (7, len(model), model)


ENTRIES = st.dictionaries(st.integers(0, 39), NUMBERS, max_size=40)


def named(instance: bytes, entries: dict[int, int]) -> dict[bytes, int]:
    """Give names that begin so, with their numbers."""
    return {instance + number.to_bytes(NAME - INSTANCE): entries[number] for number in entries}


def message_of(minute: int, model: dict[bytes, int]) -> Message:
    """Give a message of names and numbers."""
    message = new(minute)
    for name, number in model.items():
        message, _ = note(message, name, number)
    return message


@given(ENTRIES, ENTRIES)
def test_two_messages_that_are_one(one: dict[int, int], other: dict[int, int]) -> None:
    """All of both wait, since the earlier minute; who was in both is told once, and has all causes."""
    ours, theirs = named(b"ab", one), named(b"ab", other)
    both, known_twice = joined(message_of(7, ours), message_of(5, theirs))
    assert dict(recipients(both)).keys() == ours.keys() | theirs.keys()
    assert len(known_twice) == len(ours.keys() & theirs.keys())
    for name, number in recipients(both):
        either = {model[name] >> CAUSE_BITS for model in (ours, theirs) if name in model}
        causes = (ours.get(name, 0) | theirs.get(name, 0)) & ALL_CAUSES
        assert number & ALL_CAUSES == causes
        assert number >> CAUSE_BITS in either
    assert minute_of(both) == 5


@given(ENTRIES, ENTRIES)
def test_names_that_begin_otherwise(one: dict[int, int], other: dict[int, int]) -> None:
    """Names of a former instance are of the new one; who was known by both is told."""
    message = message_of(7, named(b"ab", one) | named(b"cd", other))
    assert has(message, b"ab") == bool(one)
    message, known_twice = renamed(message, b"ab", b"cd")
    assert len(known_twice) == len(one.keys() & other.keys())
    assert dict(recipients(message)).keys() == named(b"cd", one | other).keys()
    assert not has(message, b"ab")


@given(ENTRIES, ENTRIES, st.booleans())
def test_a_message_of_two_log_hosts(
    one: dict[int, int], other: dict[int, int], is_kept: bool
) -> None:
    """The recipients of a host can be taken out, the others stay, also after a restart."""
    ours, theirs = named(b"ab", one), named(b"cd", other)
    message = message_of(7, ours | theirs)
    if is_kept:
        message = unpacked(packed(message))
    for part, model in zip(parted(message, b"ab"), (ours, theirs), strict=True):
        assert (dict(recipients(part)), size(part), minute_of(part)) == (model, len(model), 7)


@pytest.mark.parametrize("length", [0, 3, 17, 19])
def test_part_of_an_entry_is_none(length: int) -> None:
    """What a checkpoint holds is a minute and whole entries, or it is damaged."""
    with pytest.raises(ValueError, match=f"entries of 14 bytes, got {length - 4} bytes"):
        unpacked(bytes(length))


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
