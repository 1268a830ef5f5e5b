"""How much of what was read was not understood.

In: blocks of lines with their results. Out: a sentence for a person.
Lost: nothing; of the lines that could not be read the first of each kind is kept. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from exporter.records.parse import RESULTS, Parser, Records
from exporter.records.shape import expected, like


class Shares:
    """Counts what lines turned out to be; `syslog_names` are as in Parser."""

    def __init__(self, syslog_names: Iterable[str] = ()) -> None:
        self._parser = Parser(syslog_names)
        self._expected = expected(syslog_names)
        self._lines: Counter[str] = Counter()
        self._first: dict[str, bytes] = {}

    def add(self, block: bytes, records: Records) -> None:
        """Count the lines of a block."""
        for result in RESULTS:
            self._lines[result] += getattr(records, result)
        for result in ("unparsed", "ignored"):
            if getattr(records, result) and result not in self._first:
                first = first_of(self._parser, block, {result})
                self._first |= {} if first is None else {result: first}

    def is_nothing_understood(self) -> bool:
        """Whether there were lines, and none of them was Postfix'."""
        return self._lines.total() > 0 and not (self._lines["delivery"] or self._lines["other"])

    def told(self) -> str:
        """Say how many lines were not understood; nothing where all is as usual."""
        total, strangers, unparsed = (
            self._lines.total(),
            self._lines["ignored"],
            self._lines["unparsed"],
        )
        lost = strangers + unparsed
        if not unparsed and 2 * lost <= total:
            return ""
        first = self._first.get("unparsed" if unparsed else "ignored")
        return (
            f"{lost} of {total} lines ({lost / total:.1%}) were not understood: {strangers} are not"
            f" Postfix', {unparsed} are records that cannot be read{like(first)}; {self._expected}"
        )


def first_of(parser: Parser, block: bytes, results: Collection[str]) -> bytes | None:
    """Give the first line of a block that turns out to be one of these."""
    lines = block.split(b"\n")[:-1]
    return next((line for line in lines if parser.parse_line(line)[0] in results), None)
