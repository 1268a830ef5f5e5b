"""Series in the checkpoint: whatever was written before, a family is written as it is now."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.checkpoint import columns
from exporter.checkpoint.columns import Columns, lines_of_some, read_series, read_some
from exporter.counts.totals import Verdict

Family = dict[Verdict, int]


def family(*names: str, value: int = 1) -> Family:
    """Give a family with these domains."""
    return {Verdict(name, "google", "throttled"): value for name in names}


def written(writer: Columns, content: Family) -> bytes:
    """Write a family."""
    return b"\n".join(writer.lines(content))


def read(lines: bytes) -> list[tuple[Verdict, int]]:
    """Read what was written, in its order."""
    return [one for line in lines.splitlines() for one in read_series(Verdict, json.loads(line))]


HISTORIES: dict[str, Sequence[Family]] = {
    "values change": [family(*"abc"), family(*"abc", value=7)],
    "new ones": [family(*"abc"), family(*"abcde"), family(*"abcdefg")],
    "first one goes": [family(*"abcde"), family(*"bcde")],
    "one goes in the middle": [family(*"abcde"), family(*"abde")],
    "last one goes": [family(*"abcde"), family(*"abcd")],
    "one goes, another comes": [family(*"abcde"), family(*"abcdf")],
    "order": [family(*"abcde"), family(*"edcba")],
    "all go and come again": [family(*"abc"), {}, family(*"abc")],
    "strange labels": [family('"', "\\", "\n", ",", "],[", "ä", "\U0001f4ec", "\0")],
}


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a few series be several chunks."""
    monkeypatch.setattr(columns, "CHUNK", 2)


@pytest.mark.parametrize("history", HISTORIES)
def test_what_is_written_is_what_is(history: str) -> None:
    """Each family of a history is read as it was given, in its order."""
    writer = Columns()
    for content in HISTORIES[history]:
        assert read(written(writer, content)) == list(content.items())


_FAMILIES = st.dictionaries(
    st.builds(Verdict, st.sampled_from("abcdefg"), st.sampled_from("xy"), st.text(max_size=2)),
    st.integers(0, 2**63),
)


@given(st.lists(_FAMILIES))
@settings(max_examples=100, deadline=None)
def test_what_was_written_before_does_not_matter(history: list[Family]) -> None:
    """A writer with a past writes the same bytes as a new one."""
    writer = Columns()
    for content in history:
        assert written(writer, content) == written(Columns(), content)


@given(_FAMILIES, st.data())
@settings(max_examples=100, deadline=None)
def test_values_for_some_series(whole: Family, data: st.DataObject) -> None:
    """Values for any part of a family are read for the same series of it."""
    some = data.draw(st.dictionaries(st.sampled_from(list(whole)), st.integers(0))) if whole else {}
    lines = [json.loads(line) for line in lines_of_some(whole, some)]
    assert dict(one for line in lines for one in read_some(list(whole), line)) == some


@pytest.mark.parametrize("line", [[], [[0]], [[0], []], [[2], [1]], [["a"], [1]], [[0], ["x"]]])
def test_places_that_do_not_fit_are_an_error(line: object) -> None:
    """Lists of different length, and what is no place or no number, are refused."""
    with pytest.raises((ValueError, LookupError, TypeError)):
        list(read_some(list(family(*"ab")), line))


DAMAGED = {
    "no columns": [],
    "a value is missing": [[["a", "b", "c"], ["d", "b", "c"]], [1]],
    "a value too many": [[["a", "b", "c"]], [1, 2]],
    "a label is missing": [[["a", "b"]], [1]],
    "a label is no text": [[["a", "b", 5]], [1]],
    "a value is no number": [[["a", "b", "c"]], ["x"]],
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_what_does_not_fit_is_an_error(damage: str) -> None:
    """Columns of different length, and what is no label or no number, are refused."""
    with pytest.raises((ValueError, TypeError)):
        list(read_series(Verdict, DAMAGED[damage]))
