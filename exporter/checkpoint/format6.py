"""The format of 28 November 2026, which hosts still have: read once, written never.

In: its tables. Out: tables as format 7 had them.
What waits is kept. The number of a recipient had twelve bits of causes, the one of `suspended`
always 0; its name began with a hash of host and syslog name, where now it is the host: these are
renamed when a line shows which host it is (counts/recipients.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from struct import Struct
from typing import Any

from exporter.counts.deferred_message import INSTANCE, NAME
from exporter.counts.totals import Verdict
from exporter.counts.waiting import CAUSE_BITS, UNTRIED
from exporter.verdict.classify import SUSPENDED

FORMAT = 6

_MINUTE = 4
_CAUSE_BITS = 12
_CAUSES = (1 << _CAUSE_BITS) - 1
_ENTRIES = Struct(f">{NAME}sI")


def taken_over(tables: Mapping[str, dict[Any, Any]]) -> Mapping[str, dict[Any, Any]]:
    """Give the tables of format 7; raises LookupError or ValueError for what were none."""
    verdicts: dict[int, Verdict] = tables["verdicts"]
    messages: dict[bytes, bytes] = {}
    former: set[str] = set()
    for queue_id, packed in tables["messages"].items():
        entries = bytearray(packed[_MINUTE:])
        if len(entries) % _ENTRIES.size:
            raise ValueError(f"message {queue_id!r}: a part of an entry")
        for place in range(0, len(entries), _ENTRIES.size):
            name, number = _ENTRIES.unpack_from(entries, place)
            former.add(name[:INSTANCE].hex())
            _ENTRIES.pack_into(entries, place, name, _number(number, verdicts))
        messages[queue_id] = packed[:_MINUTE] + entries
    rest = {**tables["rest"], "queue_former": sorted(former)}
    return {**tables, "rest": rest, "messages": messages}


def _number(before: int, verdicts: Mapping[int, Verdict]) -> int:
    place = before >> _CAUSE_BITS
    untried = UNTRIED if verdicts[place].cause == SUSPENDED else 0
    return place << CAUSE_BITS | before & _CAUSES | untried
