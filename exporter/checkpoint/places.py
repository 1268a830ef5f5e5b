"""Where the logs were left, as the checkpoint writes it.

In: a place. Out: plain values for JSON, and the same place from them. Pure.
"""

from __future__ import annotations

from typing import Any

from exporter.sources.files import Mark
from exporter.sources.place import AnyPlace, Cursor, Place


def encode_place(place: AnyPlace) -> dict[str, Any]:
    """Give a place as plain values."""
    if isinstance(place, Cursor):
        return {"cursor": place.cursor, "is_done": place.is_done}
    return {
        "marks": [_encode_mark(mark) for mark in place.marks],
        "since_ns": place.since_ns,
        "lost": _encode_mark(place.lost) if place.lost else None,
        "skip_existing": place.skip_existing,
    }


def decode_place(data: Any) -> AnyPlace:
    """Give the place; raises ValueError, LookupError or TypeError for anything else."""
    if "cursor" in data:
        return Cursor(str(data["cursor"]), bool(data["is_done"]))
    lost = _decode_mark(data["lost"]) if data["lost"] else None
    marks = tuple(map(_decode_mark, data["marks"]))
    return Place(marks, int(data["since_ns"]), lost, bool(data["skip_existing"]))


def _encode_mark(mark: Mark) -> list[Any]:
    return [mark.offset, mark.head.hex(), mark.tail.hex(), mark.mtime_ns]


def _decode_mark(data: Any) -> Mark:
    offset, head, tail, mtime_ns = data
    return Mark(int(offset), bytes.fromhex(head), bytes.fromhex(tail), int(mtime_ns))
