"""Pieces of regular expressions that mean the same, and cost the same, on every Python.

In: the bytes of sub-patterns. Out: the bytes of a pattern.
Pure. The grammar of lines (line.py, parse.py) and what reads texts (classify.py, providers.py) are
made of these pieces; a test forbids a possessive repeat of a group that is written by hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

_NEVER = rb"(?!)"


def but(excluded: bytes) -> bytes:
    """Give the set of all bytes but some: a negated set takes twice as long to match."""
    runs = pairwise([-1, *sorted(excluded), 256])
    ranges = [(before + 1, after - 1) for before, after in runs if after - before > 1]
    return rb"[%b]" % b"".join(rb"\x%02x-\x%02x" % limits for limits in ranges)


def any_of(alternatives: Iterable[bytes]) -> bytes:
    """Give the pattern of one of the alternatives, of nothing at all where there is none."""
    return b"|".join(alternatives) or _NEVER


def unnamed(pattern: bytes) -> bytes:
    """Give a pattern whose groups have lost their names, and are no groups any more."""
    return re.sub(rb"\?P<[a-z_]++>", b"?:", pattern)


def many(*alternatives: bytes) -> bytes:
    """Give the pattern that takes as many of the alternatives as follow, and gives none back."""
    return _group(alternatives) + rb"*+"


def some(*alternatives: bytes) -> bytes:
    """Give the pattern that takes as many as follow, at least one, and gives none back."""
    return _group(alternatives) + rb"++"


def maybe(*alternatives: bytes) -> bytes:
    """Give the pattern that takes one of the alternatives if it follows, and does not give it back.

    Linear time needs it: what was taken is never tried another way.
    """
    return _group(alternatives) + rb"?+"


def _group(alternatives: tuple[bytes, ...]) -> bytes:
    """Give a group for a possessive repeat, with a last alternative that never matches.

    In CPython 3.11.0 to 3.11.4 a possessive repeat goes on from where its last, failing round left
    the input (github.com/python/cpython, issues 100061 and 106052): what a look-ahead or an inner
    repeat had touched was swallowed. Each alternative begins where the round began, the one that
    never matches, too; tried last, it leaves the input there. It may neither begin with a byte nor
    with a set of bytes, for those are compared without going back first.
    """
    return rb"(?:%b|%b)" % (b"|".join(alternatives), _NEVER)
