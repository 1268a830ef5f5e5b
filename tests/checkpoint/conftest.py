"""A state with something in every part, and an exporter that has counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from exporter.checkpoint.state import State
from exporter.config import Config
from exporter.counts.totals import Attempt, Totals
from exporter.heuristics.recent import Recent, Recorded
from exporter.sources.files import Mark
from exporter.sources.place import Place
from exporter.tally import Tally
from tests.by_hand import Exporter
from tests.pages import CORPUS


@pytest.fixture
def exporter(tmp_path: Path) -> Iterator[Exporter]:
    """Give an exporter that has counted three refusals."""
    exporter = Exporter(tmp_path, hold=0)
    assert exporter.read(3) == {"a": 3}
    yield exporter
    exporter.close()


@pytest.fixture
def state() -> State:
    """Give a state with something in every part."""
    first = State()
    tally = Tally(Config(), first)
    tally.add((CORPUS / "mixed-maillog" / "maillog").read_bytes())
    published, memory = tally.published(), tally.counts.memory()
    recent = Recent(Recorded(), Totals())
    recent.note(1994960, published.totals)
    recent.note(1994961, replace(published.totals, attempts=_more(published.totals.attempts)))
    queue = replace(memory.queue, former=frozenset({b"ab", b"cd"}))
    mark = Mark(5, b"head", b"tail", 7)
    return State(
        {"/var/log/mail.log": Place((mark, mark), 9, mark, True), "/b": Place((), 1)},
        ("/var/log/*.log",),
        ("/var/log/mail-20261123.log",),
        published.totals,
        replace(memory, queue=queue),
        {"attempts": {next(iter(published.totals.attempts)): 5}, "gaps": {(): 2}},
        3,
        published.last_line_seconds,
        first.installation_key,
        1795464919.5,
        recent.recorded(),
    )


def _more(attempts: Mapping[Attempt, int]) -> dict[Attempt, int]:
    return {attempt: times + 1 for attempt, times in attempts.items()}
