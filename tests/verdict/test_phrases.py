"""Phrases: what is one, and that the index finds what looking in turn finds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.verdict.phrases import Finder, phrase, plain


def _looks_in_turn(lists: list[list[str]], text: bytes) -> int:
    """Find the first list with a phrase in the simplest way."""
    for place, phrases in enumerate(lists):
        for written in phrases:
            needle, search, _, _, is_word = phrase(written)
            words = text.replace(b".", b" ").split()
            if (is_word and needle.strip() in words) or (
                needle in text and (search is None or search(text))
            ):
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


@pytest.mark.parametrize(
    "text", ["", "*", "a", "* *", "*ab", "ab *", "ab*cd", "a*", ". .", "ab **"]
)
def test_what_is_no_phrase(text: str) -> None:
    """A phrase has a word; a star ends a word, or is one between two others."""
    assert not is_phrase(text)


@given(st.lists(st.lists(PHRASES, max_size=3), max_size=9), st.text("ab. -", max_size=40))
def test_finder_finds_what_looking_in_turn_finds(lists: list[list[str]], text: str) -> None:
    """The index by words gives the same list as trying phrase after phrase."""
    words = plain(text.encode())
    finder = Finder([[phrase(written) for written in phrases] for phrases in lists])
    assert finder.first(words) == _looks_in_turn(lists, words)
