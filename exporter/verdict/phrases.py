"""Phrases: what a rule looks for in a reply, and how it is found in time linear in the reply.

In: phrases as a person writes them, and replies as bytes of the log. Out: which of several lists
of phrases is the first to have one in a reply.
Pure. Trust: the receiver writes the reply, so nothing here goes far back over it. A phrase is
words; it is found as a substring of the reply in plain form, or, where a star stands inside it, by
a pattern that goes over at most GAP words between two parts of the phrase.

Plain form: lower case; every character but letters, digits and the full stop inside a word is a
space. So `grey-listed` finds `Grey listed`, and words end where words end: `rbl` is not in
`herbloom`. A phrase of one word is found in host names too: `spamhaus` in `zen.spamhaus.org`.
`*` stands for the rest of a word, `bl2*`, `ofr* 104`, or for a word between two others; `**` for
at most GAP words between two others, and for none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

MOST = 2000
"""Bytes of a text that are looked at; Postfix cuts its own records there."""

GAP = 4
"""Words that a `**` goes over."""

_PLAIN = bytes(
    ord(chr(byte).lower()) if chr(byte).isalnum() or byte == ord(".") else ord(" ")
    for byte in range(128)
) + bytes(range(128, 256))


def plain(text: bytes) -> bytes:
    """Give a text in plain form: at most MOST bytes of it, a space at either end.

    A fixed number of passes, so that the time is linear: longer runs of spaces or dots may stay.
    """
    words = b" %b " % text[:MOST].translate(_PLAIN)
    words = words.replace(b"..", b" ").replace(b". ", b" ").replace(b" .", b" ")
    return words.replace(b"   ", b" ").replace(b"  ", b" ").replace(b"  ", b" ")


class Phrase(NamedTuple):
    """A phrase to look for: `needle` is in the text, and where there is a `pattern`, it fits.

    One of the `words` stands in every text that has the phrase; there may be none. `starts` are
    the beginnings of words that may go on as they like. A phrase of one word and nothing else
    `is_word`: it is found inside a host name too.
    """

    needle: bytes
    pattern: bytes
    words: tuple[bytes, ...]
    starts: tuple[bytes, ...]
    is_word: bool

    def fits(self, text: bytes) -> bool:
        """Whether a text in plain form that has the needle has the phrase as a whole."""
        return _compiled(self.pattern).search(text) is not None


_compiled = cache(re.compile)  # phrases of rules only, and most of them are never looked for
_PLAIN_WORDS = re.compile(r"(?=.*[a-z0-9]{2})[a-z0-9]+(?: [a-z0-9]+)*")
_MISPLACED = re.compile(r"\*[^\s]|(?:^|\s)\*\s*$|^\s*\*")
_GAP = rb"(?:[^ ]++ ){0,%d}?" % GAP


@cache
def phrase(written: str) -> Phrase:
    """Read a phrase; raises ValueError for one without a word, or with a star in a wrong place."""
    if _PLAIN_WORDS.fullmatch(written):
        needle = b" %b " % written.encode()
        words = tuple(needle.split())
        return Phrase(needle, b"", words, (), len(words) == 1)
    halves = [_parts(half) for half in written.split(" ** ")]
    inner = [part for parts, _ in halves for part in parts]
    words = tuple(_whole_words(inner))
    if len(inner) == 1:
        is_word = len(words) == 1 and inner[0] == b" %b " % words[0]
        return Phrase(inner[0], b"", words, tuple(halves[0][1]), is_word)
    pattern = _pattern([parts for parts, _ in halves])
    return Phrase(
        inner[0], pattern, words, tuple(one for _, begun in halves for one in begun), False
    )


def _pattern(halves: Sequence[Sequence[bytes]]) -> bytes:
    """Give the pattern of what stands before, between and behind gaps."""
    patterns = [rb"[^ ]*+".join(map(re.escape, parts)) for parts in halves]
    for place, parts in enumerate(halves[:-1]):
        patterns[place] += _GAP if parts[-1].endswith(b" ") else rb"[^ ]*+ " + _GAP
        patterns[place + 1] = patterns[place + 1].removeprefix(rb"\ ")
    return b"".join(patterns)


def _parts(written: str) -> tuple[list[bytes], list[bytes]]:
    """Give what stands before, between and behind the stars of a phrase, and the begun words."""
    if "*" in written and _MISPLACED.search(written):
        raise ValueError("a star stands for the end of a word, or for words between two others")
    pieces = written.split("*")
    parts = [plain(piece.encode()) for piece in pieces]
    if max(len(part.strip(b" .")) for part in parts) < 2:
        raise ValueError("a phrase needs a word")
    starts = []
    for place, piece in enumerate(pieces[:-1]):  # where a star stands, the word goes on
        if not piece.endswith(" "):
            parts[place] = parts[place].removesuffix(b" ")
            starts.append(parts[place].rpartition(b" ")[2])
    return [part for part in parts if part.strip()], starts


def _whole_words(parts: Sequence[bytes]) -> Iterable[bytes]:
    for part in parts:
        for word in part.split(b" ")[1:-1]:  # the first and the last may be ends of words
            yield from word.split(b".")


class Finder:
    """Finds the first of several lists of phrases that has one in a text.

    Sets of lists are whole numbers in which the bit of a list's place is set: so what cannot be
    found in a text is passed over at once, and not list by list.
    """

    def __init__(self, lists: Sequence[Sequence[Phrase]]) -> None:
        sought = [(place, one) for place, phrases in enumerate(lists) for one in phrases]
        common = Counter(word for _, one in sought for word in one.words)
        self._begun = [(place, one) for place, one in sought if not one.words]
        self._begins = re.compile(
            b"|".join(sorted({re.escape(one.needle) for _, one in self._begun})) or rb"(?!)"
        ).search
        # by the rarest word of a phrase: its list as a set, what is in the text besides the word,
        # and the phrase if that is not all
        self._by_word: dict[bytes, list[tuple[int, bytes, Phrase | None]]] = {}
        for place, one in sought:
            if one.words:
                rarest = min(one.words, key=lambda word: common[word])
                needle, rest = b"" if one.is_word else one.needle, one if one.pattern else None
                self._by_word.setdefault(rarest, []).append((1 << place, needle, rest))
        self._lists_of = {
            word: set_of(of.bit_length() - 1 for of, _, _ in found)
            for word, found in self._by_word.items()
        }

    def first(self, text: bytes, among: int, default: int) -> int:
        """Give the place of the first list with a phrase in a text in plain form.

        Only lists in the set `among` count; without any, or behind it, `default`.
        """
        best, lists_of, find = 1 << default, self._lists_of, text.find
        among &= best - 1
        for word in self._by_word.keys() & text.replace(b".", b" ").split(b" "):
            if lists_of[word] & among:
                for of, needle, rest in self._by_word[word]:
                    # find() is cheaper than `in`, which first tries whether the bytes are a number
                    if of & among and find(needle) >= 0 and (rest is None or rest.fits(text)):
                        best = of
                        among &= of - 1
        place = best.bit_length() - 1
        return self._first_begun(text, among, place) if self._begins(text) else place

    def _first_begun(self, text: bytes, among: int, best: int) -> int:
        """Give the first list, if before `best`, of a phrase that has no whole word."""
        for place, one in self._begun:
            if place >= best:
                break
            if (
                among >> place & 1
                and text.find(one.needle) >= 0
                and (not one.pattern or one.fits(text))
            ):
                return place
        return best


def set_of(places: Iterable[int]) -> int:
    """Give a set of lists, as Finder wants it."""
    return sum(1 << place for place in set(places))
