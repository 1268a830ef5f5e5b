"""Phrases: what is one, and that the index finds what looking in turn finds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.verdict.phrases import Finder, Phrase, phrase, plain, set_of


def _is_in(one: Phrase, text: bytes) -> bool:
    return one.needle in text and (not one.pattern or one.fits(text))


def is_found_in(written: str, text: str) -> bool:
    """Whether a text has a phrase."""
    return _is_in(phrase(written), plain(text.encode()))


def _looks_in_turn(lists: list[list[str]], text: bytes) -> int:
    """Find the first list with a phrase in the simplest way."""
    for place, phrases in enumerate(lists):
        for written in phrases:
            one = phrase(written)
            words = text.replace(b".", b" ").split()
            if (one.is_word and one.needle.strip() in words) or _is_in(one, text):
                return place
    return len(lists)


def is_phrase(text: str) -> bool:
    """Whether a text is a phrase."""
    try:
        phrase(text)
    except ValueError:
        return False
    return True


PHRASES = st.text("ab.* -", min_size=2, max_size=9).filter(is_phrase)
WITH_GAPS = st.lists(PHRASES, min_size=1, max_size=3).map(" ** ".join)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "*",
        "a",
        "* *",
        "*ab",
        "ab *",
        "ab*cd",
        "a*",
        ". .",
        "ab **",
        "** ab",
        "ab**cd",
        "ab ** ** cd",
    ],
)
def test_what_is_no_phrase(text: str) -> None:
    """A phrase has a word; a star ends a word, or is one between two others."""
    assert not is_phrase(text)


GAPS = {
    "no word between": ("mailbox full", True),
    "a word between": ("mailbox: is full", True),
    "four words between": ("mailbox of this user is full", True),
    "five words between": ("mailbox of this user seems really full", False),
    "a longer word": ("mailboxes are full", False),
    "the end of a longer word": ("mailbox is awfull", False),
    "the other way round": ("full mailbox", False),
    "a second beginning": ("mailbox x y z mailbox is full", True),
}


@pytest.mark.parametrize(("text", "is_found"), GAPS.values(), ids=GAPS)
def test_gap(text: str, is_found: bool) -> None:
    """Two stars go over four words at most."""
    assert is_found_in("mailbox ** full", text) == is_found


def test_star_before_a_gap() -> None:
    """A begun word may end before a gap."""
    assert is_found_in("exceed* ** limit", "You exceeded your daily limit")


@given(st.lists(st.lists(WITH_GAPS, max_size=3), max_size=9), st.text("ab. -", max_size=40))
def test_finder_finds_what_looking_in_turn_finds(lists: list[list[str]], text: str) -> None:
    """The index by words gives the same list as trying phrase after phrase."""
    words = plain(text.encode())
    finder = Finder([[phrase(written) for written in phrases] for phrases in lists])
    assert finder.first(words, set_of(range(len(lists))), len(lists)) == _looks_in_turn(
        lists, words
    )


@given(st.lists(st.tuples(st.lists(WITH_GAPS, max_size=2), st.booleans()), max_size=9), st.data())
def test_finder_leaves_lists_out(lists: list[tuple[list[str], bool]], data: st.DataObject) -> None:
    """Lists that do not count, and those behind the default, are not found."""
    words = plain(data.draw(st.text("ab. -", max_size=40)).encode())
    default = data.draw(st.integers(0, len(lists)))
    counting = [phrases if counts else [] for phrases, counts in lists[:default]]
    finder = Finder([[phrase(written) for written in phrases] for phrases, _ in lists])
    among = set_of(place for place, (_, counts) in enumerate(lists) if counts)
    assert finder.first(words, among, default) == _looks_in_turn(counting, words)
