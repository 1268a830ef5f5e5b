"""Rows in the checkpoint: whatever was written before, what is read is what is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.checkpoint import rows
from exporter.checkpoint.order import new_keys
from exporter.checkpoint.rows import Reader, changes
from exporter.counts.totals import Verdict
from exporter.counts.versions import Versions

Table = dict[Verdict, int]


def table(*names: str, value: int = 1) -> Table:
    """Give a table with these domains."""
    return {Verdict(name, "google", "throttled"): value for name in names}


HISTORIES: dict[str, Sequence[Table]] = {
    "values change": [table(*"abc"), table(*"abc", value=7)],
    "one value changes": [table(*"abc"), table("a") | table("b", value=7) | table("c")],
    "new ones": [table(*"abc"), table(*"abcde"), table(*"abcdefg")],
    "first one goes": [table(*"abcde"), table(*"bcde")],
    "one goes in the middle": [table(*"abcde"), table(*"abde")],
    "last one goes": [table(*"abcde"), table(*"abcd")],
    "one goes, another comes": [table(*"abcde"), table(*"abcdf")],
    "order": [table(*"abcde"), table(*"edcba")],
    "all go and come again": [table(*"abc"), {}, table(*"abc")],
    "nothing changes": [table(*"abc"), table(*"abc")],
    "one goes and comes again": [table(*"abc"), table(*"bca")],
    "two change places, one is new": [table(*"abcd"), table(*"bacde")],
    "strange labels": [table('"', "\\", "\n", ",", "],[", "ä", "\U0001f4ec", "\0")],
}


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a few rows be several lines."""
    monkeypatch.setattr(rows, "CHUNK", 2)


def read_after(history: Sequence[Mapping[str, Table]]) -> dict[str, dict[object, object]]:
    """Write what changed from state to state; give the tables that are read."""
    reader = Reader()
    before: Mapping[str, Table] = {}
    for after in history:
        for line in changes(before, after):
            assert b"\n" not in line
            reader.apply(line)
        before = after
    return {name: read for name, read in reader.tables.items() if read}


@pytest.mark.parametrize("history", HISTORIES)
def test_what_is_read_is_what_is(history: str) -> None:
    """After each state of a history, the rows that are read are those of it."""
    states = HISTORIES[history]
    for number in range(1, len(states) + 1):
        wanted = states[number - 1]
        read = read_after([{"refused": state} for state in states[:number]])
        assert read == ({"refused": wanted} if wanted else {})
        assert list(read.get("refused", {})) == list(wanted)


def test_what_stands_still_is_not_written() -> None:
    """Only what changed is written, however much there is."""
    many = table(*map(str, range(1000)))
    key = next(iter(table("500")))
    (line,) = changes(
        {"refused": many, "expired": many}, {"refused": many | {key: 2}, "expired": dict(many)}
    )
    assert json.loads(line) == ["refused", [list(key)], [2]]


_TABLES = st.dictionaries(
    st.builds(Verdict, st.sampled_from("abcdefg"), st.sampled_from("xy"), st.text(max_size=2)),
    st.integers(0, 2**63),
)


@given(st.lists(st.fixed_dictionaries({}, optional={"refused": _TABLES, "held refused": _TABLES})))
@settings(max_examples=200, deadline=None)
def test_any_history(history: list[dict[str, Table]]) -> None:
    """Whatever came before, what is read is the last state."""
    wanted = {name: rows for name, rows in history[-1].items() if rows} if history else {}
    read = read_after(history)
    assert read == wanted
    assert {name: list(rows) for name, rows in read.items()} == {
        name: list(rows) for name, rows in wanted.items()
    }


_CHANGES = st.tuples(st.sampled_from("abcdef"), st.integers(-1, 2), st.booleans())
"""A name; its value, or -1 to remove it; whether a commit follows."""


@given(st.lists(_CHANGES, max_size=40))
@settings(max_examples=300, deadline=None)
def test_versions_of_a_table(history: list[tuple[str, int, bool]]) -> None:
    """Versions that know what was set and removed are read as they are, in their order."""
    live: Table = {}
    versions: Versions[Verdict, int] = Versions()
    reader, before = Reader(), versions.of(live)
    for name, value, is_commit in [*history, ("", -1, True)]:
        key = Verdict(name, "google", "throttled")
        if value >= 0:
            live[key] = value
            versions.set_keys.add(key)
        elif live.pop(key, None) is not None:
            versions.removed.add(key)
        if is_commit:
            after = versions.of(live)
            assert set(new_keys(before, after)) == after.keys() - before.keys()
            for line in changes({"refused": before}, {"refused": after}):
                reader.apply(line)
            before = after
    assert reader.tables["refused"] == live
    assert list(reader.tables["refused"]) == list(live)


@given(_TABLES, st.data())
@settings(max_examples=200, deadline=None)
def test_same_keys_in_their_order(before: Table, data: st.DataObject) -> None:
    """A table whose keys are the same objects in the same order, and new ones at the end."""
    after = {key: data.draw(st.sampled_from([value, value + 1])) for key, value in before.items()}
    after |= {key: 1 for key in data.draw(_TABLES) if key not in before}
    assert read_after([{"refused": before}, {"refused": after}]).get("refused", {}) == after


DAMAGED = {
    "no line": 5,
    "no name": [],
    "an unknown table": ["strangers", [], []],
    "no columns": ["refused"],
    "a value is missing": ["refused", [["a", "b", "c"], ["d", "b", "c"]], [1]],
    "a value too many": ["refused", [["a", "b", "c"]], [1, 2]],
    "a label is missing": ["refused", [["a", "b"]], [1]],
    "a label is no text": ["refused", [["a", "b", 5]], [1]],
    "a value is no number": ["refused", [["a", "b", "c"]], ["x"]],
    "a row that is not there is gone": ["refused", [["a", "b", "c"]]],
    "bytes that are none": ["messages", ["4F1"], ["x"]],
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_what_does_not_fit_is_an_error(damage: str) -> None:
    """What no state writes is refused."""
    with pytest.raises((ValueError, LookupError, TypeError)):
        Reader().apply(json.dumps(DAMAGED[damage]).encode())
