"""Phrases: what a rule looks for in a reply, and how it is found in time linear in the reply.

In: phrases as a person writes them, and replies as bytes of the log. Out: which of several lists
of phrases is the first to have one in a reply.
Pure. Trust: the receiver writes the reply, so nothing here goes back over it. A phrase is words;
it is found as a substring of the reply in plain form, or, where a `*` stands inside it, by a
pattern whose only repetition ends at the next space and is possessive.

Plain form: lower case; every character but letters, digits and the full stop inside a word is a
space. So `grey-listed` finds `Grey listed`, and words end where words end: `rbl` is not in
`herbloom`. A phrase of one word is found in host names too: `spamhaus` in `zen.spamhaus.org`.
`*` stands for the rest of a word, `bl2*`, `ofr* 104`, or for a word between two others.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

MOST = 2000
"""Bytes of a text that are looked at; Postfix cuts its own records there."""

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
    """A phrase to look for: `needle` is in the text, and where there is a `search`, it finds.

    One of the `words` stands in every text that has the phrase; there may be none. `starts` are
    the beginnings of words that may go on as they like. A phrase of one word and nothing else
    `is_word`: it is found inside a host name too.
    """

    needle: bytes
    search: Callable[[bytes], re.Match[bytes] | None] | None
    words: tuple[bytes, ...]
    starts: tuple[bytes, ...]
    is_word: bool


def phrase(written: str) -> Phrase:
    """Read a phrase; raises ValueError for one without a word, or with a `*` in a wrong place."""
    if re.search(r"\*[^\s]|(?:^|\s)\*\s*$|^\s*\*", written):
        raise ValueError("a star stands for the end of a word, or for a word between two others")
    pieces = written.split("*")
    parts = [plain(piece.encode()) for piece in pieces]
    if max(len(part.strip(b" .")) for part in parts) < 2:
        raise ValueError("a phrase needs a word")
    starts = []
    for place, piece in enumerate(pieces[:-1]):  # where a star stands, the word goes on
        if not piece.endswith(" "):
            parts[place] = parts[place].removesuffix(b" ")
            starts.append(parts[place].rpartition(b" ")[2])
    inner = [part for part in parts if part.strip()]
    search = None
    if len(inner) > 1:
        search = re.compile(rb"[^ ]*+".join(map(re.escape, inner))).search
    words = tuple(_whole_words(inner))
    is_word = inner == [b" %b " % word for word in words]
    return Phrase(inner[0], search, words, tuple(starts), is_word)


def _whole_words(parts: Sequence[bytes]) -> Iterable[bytes]:
    for part in parts:
        for word in part.split(b" ")[1:-1]:  # the first and the last may be ends of words
            yield from word.split(b".")


class Finder:
    """Finds the first of several lists of phrases; the list `None` is found in every text."""

    def __init__(self, lists: Sequence[Sequence[Phrase] | None]) -> None:
        always = [place for place, phrases in enumerate(lists) if phrases is None]
        self._default = always[0] if always else len(lists)
        sought = [
            (place, one)
            for place, phrases in enumerate(lists[: self._default])
            for one in phrases or ()
        ]
        common = Counter(word for _, one in sought for word in one.words)
        self._one_by_one: list[tuple[int, Phrase]] = []
        self._by_word: dict[bytes, list[tuple[int, Phrase]]] = {}
        for place, one in sought:
            if one.words:
                rarest = min(one.words, key=lambda word: common[word])
                self._by_word.setdefault(rarest, []).append((place, one))
            else:
                self._one_by_one.append((place, one))

    def first(self, text: bytes) -> int:
        """Give the place of the first list with a phrase in a text in plain form.

        Gives the number of lists where none has.
        """
        best = self._default
        if self._by_word:
            for word in self._by_word.keys() & text.replace(b".", b" ").split(b" "):
                for place, (needle, search, _, _, is_word) in self._by_word[word]:
                    if place < best and (
                        is_word or (needle in text and (search is None or search(text)))
                    ):
                        best = place
        for place, (needle, search, _, _, _) in self._one_by_one:
            if place >= best:
                break
            if needle in text and (search is None or search(text)):
                return place
        return best
