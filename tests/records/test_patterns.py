"""Patterns mean the same on every Python, and none is written that does not."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.records.patterns import but, many, maybe, some
from tests.pages import ROOT

WRITTEN_BY_HAND = re.compile(r"(?<!\\)\)(?:[*+?]|\{\d*,?\d*\})\+")
"""A possessive repeat of a group: what CPython 3.11.0 to 3.11.4 match wrongly."""

ALTERNATIVES = {
    "look-ahead": (rb"a", rb"b(?!c)"),
    "positive look-ahead": (rb"a(?=b)", rb"b"),
    "look-ahead first": (rb"(?!ab)[ab]",),
    "repeat in the middle": (rb"ab++c",),
    "optional in the middle": (rb"ab?c",),
    "greedy set in the middle": (rb"a[bc]*d",),
    "choice in the middle": (rb"a(?:b|c)d", rb"b"),
    "one inside the other": (rb"a" + many(rb"b", rb"c(?!a)") + rb"d", rb"d"),
    "one that may be missing": (rb"a" + maybe(rb"bc") + rb"d", rb"b"),
    "several at the beginning": (some(rb"ab", rb"b(?=a)") + rb"c",),
}
REPEATS = {many: rb"*", some: rb"+", maybe: rb"?"}


@pytest.mark.parametrize("kind", ALTERNATIVES)
@given(text=st.text("abcd", max_size=12).map(str.encode))
def test_repeats_mean_what_they_say(kind: str, text: bytes) -> None:
    """A repeat takes what the same repeat in an atomic group takes, on this Python, too."""
    for repeat, quantifier in REPEATS.items():
        alternatives = ALTERNATIVES[kind]
        atomic = re.compile(rb"(?>(?:%b)%b)" % (b"|".join(alternatives), quantifier))
        wanted, found = atomic.match(text), re.match(repeat(*alternatives), text)
        assert (found and found[0]) == (wanted and wanted[0]), (repeat.__name__, text)


@given(excluded=st.binary(min_size=1, max_size=5))
def test_all_bytes_but_some(excluded: bytes) -> None:
    """The set has every byte that is not excluded, and no other."""
    found = re.findall(but(excluded), bytes(range(256)), re.DOTALL)
    assert b"".join(found) == bytes(byte for byte in range(256) if byte not in excluded)


def literals(path: Path) -> Iterator[str]:
    """Give the texts that stand in a module."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, bytes):
            yield node.value.decode("latin-1")
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_no_repeat_of_a_group_is_written_by_hand() -> None:
    """Only patterns.py writes possessive repeats of groups; all others ask it for one."""
    guilty = {
        (path.name, text)
        for path in (ROOT / "exporter").rglob("*.py")
        if path.name != "patterns.py"
        for text in literals(path)
        if WRITTEN_BY_HAND.search(text)
    }
    assert not guilty, "use many, some or maybe of exporter/records/patterns.py"


@pytest.mark.parametrize("text", [r"(?:a|b(?!c))*+", r"(?:x)?+y", r"(a)++", r"(?:a){2,}+"])
def test_what_is_forbidden(text: str) -> None:
    """The test above knows the construction, with any quantifier."""
    assert WRITTEN_BY_HAND.search(text)


@pytest.mark.parametrize("text", [r"[ab]*+", r"\)++", r"(?:a)*", r"(?:ab)+c", r"a{2}+"])
def test_what_is_allowed(text: str) -> None:
    """Repeats of one byte, and repeats that give back, are right everywhere."""
    assert not WRITTEN_BY_HAND.search(text)
