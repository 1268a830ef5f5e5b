"""Container runtimes' wrapping: taken off exactly, whatever the parts."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.sources.framing import MOST_PENDING, unwrap
from tests.reading import Reader


def cri(text: bytes, tag: bytes = b"F", stream: bytes = b"stdout") -> bytes:
    """Give a CRI line."""
    return b"2026-11-23T20:16:19.000000000Z %s %s %s\n" % (stream, tag, text)


def docker(text: str) -> bytes:
    """Give a line of Docker's json-file."""
    record = {"log": text, "stream": "stdout", "time": "2026-11-23T20:16:19Z"}
    return json.dumps(record).replace("<", "\\u003c").encode() + b"\n"


def test_plain_lines_stay() -> None:
    """A block that is not wrapped is handed on untouched."""
    block = b"Nov 23 20:15:19 mx1 postfix/smtp[1]: x\n2026-11-23T20:15:19Z mx1 postfix/smtp[1]: x\n"
    assert unwrap(block) == (block, len(block))


def test_docker_escapes() -> None:
    """Docker's escaped angle brackets are undone; a record in parts is joined."""
    block = docker("to=<a@b> ") + docker("rest\n")
    assert unwrap(block) == (b"to=<a@b> rest\n", len(block))


def test_strange_first_line_hides_nothing() -> None:
    """A line of something else before wrapped lines does not keep them wrapped."""
    for wrapped in (docker("a\n"), cri(b"a")):
        block = b"something else\n" + wrapped
        assert unwrap(block) == (b"something else\na\n", len(block))


def test_parts_wait_for_the_last() -> None:
    """Parts without their last part stay unread; other streams do not mix in."""
    head = cri(b"one")
    parts = cri(b"tw", b"P") + cri(b"err", b"F", b"stderr")
    assert unwrap(head + parts) == (b"one\n", len(head))
    whole = head + parts + cri(b"o")
    assert unwrap(whole) == (b"one\nerr\ntwo\n", len(whole))


def test_part_without_end_does_not_hold_up() -> None:
    """A part whose last part never comes is let through as a line after a while."""
    parts = cri(b"x" * 4000, b"P", b"stderr") + cri(b"line") * (MOST_PENDING // 40)
    inside, used = unwrap(parts)
    assert used > 0
    assert b"line\n" in inside


def test_strange_lines_are_handed_on() -> None:
    """A line that does not fit the wrapping is handed on as it is."""
    for strange in (b"{", b'{"log":1}', b'{"log":"x', b"[" * 10_000, b'{"log":"\\ud800\\n"}'):
        block = docker("a\n") + strange + b"\n" + docker("b\n")
        inside, used = unwrap(block)
        assert used == len(block)
        assert inside.startswith(b"a\n")
        assert inside.endswith(b"b\n")
        assert inside.count(b"\n") == 3


@settings(deadline=None)
@given(st.data())
def test_any_parts_and_polls_give_the_same(data: st.DataObject) -> None:
    """However records are cut into parts and the file into polls, the lines are the same."""
    import tempfile
    from pathlib import Path

    records = data.draw(st.lists(st.binary(max_size=30), min_size=1, max_size=8))
    records = [record.replace(b"\n", b"").replace(b"\0", b"") for record in records]
    wrapped = cri(b"start")
    for record in records:
        cut = data.draw(st.integers(0, len(record)))
        if cut:
            wrapped += cri(record[:cut], b"P")
        wrapped += cri(record[cut:])
    cuts = sorted(data.draw(st.lists(st.integers(0, len(wrapped)), max_size=5)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "0.log"
        path.touch()
        reader = Reader(path)
        for start, end in zip([0, *cuts], [*cuts, len(wrapped)], strict=True):
            with path.open("ab") as file:
                file.write(wrapped[start:end])
            reader.poll()
            reader.restart()
        assert reader.got == [b"start", *records]
