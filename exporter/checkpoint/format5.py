"""The format of 27 November 2026, which hosts still have: read once, written never.

In: its lines. Out: the tables of them, as format 6 had them.
The first line has all but the series, those that follow have series in chunks: labels and values,
or places in a family and the values that the page shows there.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from sys import intern
from typing import Any

from exporter.checkpoint.state import CODECS, HELD

FORMAT = 5


def read(lines: Iterator[bytes]) -> dict[str, dict[Any, Any]]:
    """Read tables; raises ValueError, LookupError or TypeError for anything else."""
    data: Any = json.loads(next(lines))
    tables: dict[str, dict[Any, Any]] = {name: {} for name in CODECS}
    sizes: dict[Any, int] = {}
    in_order = cache(lambda name: [()] if name == "gaps" else list(tables[name]))
    for line in lines:
        part, name, (labels, values) = json.loads(line)
        table = {"totals": tables, "held": tables, "refused": {name: sizes}}[part]
        keys = (
            [in_order(name)[place] for place in labels]
            if part == "held"
            else map(CODECS[name].read_key, labels)
        )
        rows = zip(keys, map(int, values), strict=True)
        table[HELD + name if part == "held" else name].update(rows)
    _read_rest(tables, data)
    noted = BytesIO(b64decode(data["refused"]))
    tables["refusals"] = {verdict: noted.read(size) for verdict, size in sizes.items()}
    return tables


def _read_rest(tables: dict[str, dict[Any, Any]], data: Any) -> None:
    queue, (idle, newcomers, left) = data["queue"], data["domains"]
    entries = BytesIO(b64decode(queue["recipients"]))
    messages = zip(queue["messages"].split(), queue["minutes"], queue["sizes"], strict=True)
    tables["rest"] = {
        **data,
        "queue_begin": queue["begin"],
        "queue_overflows": queue["overflows"],
        "running": 0,
    }
    tables["places"] = {
        str(path): CODECS["places"].read_value(place) for path, place in data["places"].items()
    }
    tables["verdicts"] = dict(enumerate(map(CODECS["verdicts"].read_value, queue["verdicts"])))
    for queue_id, minute, size in messages:
        tables["messages"][queue_id.encode()] = int(minute).to_bytes(4) + entries.read(size)
    # ages in seconds, where moments are kept now
    tables["active"] = {intern(label): -int(age) for label, age in idle.items()}
    tables["newcomers"] = {intern(label): int(number) for label, number in newcomers.items()}
    tables["left"] = {intern(label): -int(age) for label, age in left.items()}
    tables["providers"] = {
        name.encode("latin-1"): intern(provider) for name, provider in data["providers"].items()
    }
