"""A block is read in two ways, at once and line by line, which must agree."""

from __future__ import annotations

from collections import Counter

from exporter.records.fields import SENT
from exporter.records.line import Delivery
from exporter.records.parse import RESULTS, Parser, Records
from exporter.records.removed import Removed

PARSER = Parser()


def by_lines(block: bytes, parser: Parser = PARSER) -> Records:
    """Read a block line by line with the complete grammar."""
    counted: Counter[str] = Counter()
    found: list[Delivery] = []
    removed: list[Removed] = []
    for text in block.split(b"\n")[:-1]:
        result, deliveries = parser.parse_line(text)
        counted[result] += 1
        found += deliveries
        removed += parser.ends.removed(text)
    delivery, other, ignored, unparsed = (counted[result] for result in RESULTS)
    return Records(found, delivery, other, ignored, unparsed, tuple(removed))


def readings(records: Records) -> tuple[object, ...]:
    """Give what two readings of the same bytes must agree on."""
    # `sent` keeps no text on the fast way: nothing reads it
    plain = [tuple(d[:-1]) if d[10] == SENT else tuple(d) for d in records.deliveries]
    ended = PARSER.ends.find(b"", records.removed, Everything())
    return (plain, *records[1:5], Counter(ended))


class Everything:
    """All queue ids."""

    def __contains__(self, queue_id: object) -> bool:
        return True
