"""A journal read to its end, for a person's command.

In: the options of journalctl.py, and a time to begin at. Out: blocks of lines, one for each entry.
Lost: nothing that stands in the journal.
"""

from __future__ import annotations

from collections.abc import Iterator

from exporter.sources.blocks import BLOCK
from exporter.sources.journalctl import (
    PATIENCE,
    Child,
    JournalOptions,
    hints,
    trouble,
    words_of,
)
from exporter.sources.stream import Lines
from exporter.system.errors import ExporterError


def read_journal(options: JournalOptions, since: float | None = None) -> Iterator[bytes]:
    """Yield the lines of a whole journal, from a time in seconds since the epoch on.

    Raises ExporterError if it cannot be read.
    """
    flags = [] if since is None else [f"--since=@{since:.0f}"]
    try:
        words = hints(options, PATIENCE)
        child = Child(options, *flags, entries=options.which())
        lines = Lines(lambda size: child.read_on(size, PATIENCE))
        while data := child.read_on(BLOCK, None):
            if block := lines.add(data):
                yield block
        if block := lines.rest():
            yield block
        said, code = child.words(), child.end(PATIENCE)
    except OSError as error:
        raise ExporterError(f"cannot read the journal: {words_of(error)}") from error
    if problem := trouble(words) or (said if code else None):
        raise ExporterError(f"cannot read the journal: it {problem}")
