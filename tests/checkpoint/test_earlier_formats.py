"""Files that earlier builds wrote: read as what they counted, kept in the format of now."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from exporter.checkpoint.blocks import FORMAT
from exporter.checkpoint.file import Checkpoint
from exporter.checkpoint.state import State
from exporter.config import Config
from exporter.counts.totals import Attempt, Totals
from exporter.sources.place import Place
from exporter.tally import Published, Tally
from exporter.verdict import providers
from tests.corpus_ends import Ends, ends_of, truth_of_ends
from tests.pages import CORPUS, content

LOGS = {
    5: CORPUS / "mixed-maillog" / "maillog",
    6: CORPUS / "postfix-3.11" / "mail.log.gz",
    7: CORPUS / "mixed-maillog" / "maillog",
    8: CORPUS / "mixed-maillog" / "maillog",
}
"""What the builds had read when they wrote their file, up to the place in it."""


@pytest.fixture(autouse=True)
def _names_of_the_table(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The builds before format 7 named no receivers that are in no table."""
    if not {"[7]", "[8]"} & {request.node.name[-3:]}:
        monkeypatch.setattr(providers, "registered_domain", lambda host: "")


def taken_over(number: int, folder: Path) -> tuple[State, Checkpoint]:
    """Give what is read of a file of this format, and the checkpoint."""
    path = folder / "checkpoint.json"
    path.write_bytes((Path(__file__).parent / f"format-{number}.json").read_bytes())
    checkpoint = Checkpoint(str(path))
    state, damaged = checkpoint.load()
    assert state
    assert not damaged
    return state, checkpoint


def halves(number: int, state: State) -> tuple[bytes, bytes]:
    """Give what was read of the log, and the rest."""
    log = content(LOGS[number])
    (place,) = state.places.values()
    assert isinstance(place, Place)
    return log[: place.marks[0].offset], log[place.marks[0].offset :]


_REJUDGED = {"tlsbroken.example", "tlsbrokenmay.example", "spoof.example"}
"""Domains whose deferrals have another cause by now, so that a first one seems to follow."""


def comparable(totals: Totals) -> Totals:
    """Give totals without what the builds did not count or judged otherwise: cause and suspension."""
    attempts: Counter[Attempt] = Counter()
    for attempt, times in totals.attempts.items():
        if attempt.domain in _REJUDGED:
            attempt = attempt._replace(repeat="")
        is_suspended = attempt.cause == "suspended"
        attempts[attempt._replace(cause="", repeat="" if is_suspended else attempt.repeat)] += times
    return replace(
        totals, attempts=attempts, refused={}, reasons={}, suspended={}, expired={}, late={}
    )


@pytest.mark.parametrize("number", LOGS)
def test_what_was_counted_is_kept(number: int, tmp_path: Path) -> None:
    """Totals are those of the log up to there, and stay so when they are saved in this format."""
    state, checkpoint = taken_over(number, tmp_path)
    tally = Tally(Config(), State())
    tally.add(halves(number, state)[0])
    published = tally.published()
    assert comparable(state.totals) == comparable(published.totals)
    waits = sum(map(len, map(bytes, state.memory.queue.messages.values())))
    assert waits == sum(map(len, tally.counts.memory().queue.messages.values()))
    checkpoint.save(state)
    assert Path(checkpoint.path).read_bytes().startswith(b'{"format":%d}' % FORMAT)
    assert checkpoint.load() == (state, False)
    checkpoint.close()


def go_on(number: int, folder: Path) -> tuple[Published, Published, Tally]:
    """Read the rest of the log after a take-over and a restart; give that, and the whole at once."""
    state, checkpoint = taken_over(number, folder)
    checkpoint.save(state)
    again, _ = checkpoint.load()
    checkpoint.close()
    assert again
    first, rest = halves(number, state)
    tally, whole = Tally(Config(), again), Tally(Config(), State())
    tally.add(rest)
    whole.add(first + rest)
    return tally.published(), whole.published(), tally


@pytest.mark.parametrize("number", LOGS)
def test_counting_goes_on(number: int, tmp_path: Path) -> None:
    """What waited in the file is known again: its retries are repeats, and it ends as it does."""
    got, wanted, tally = go_on(number, tmp_path)
    assert comparable(got.totals) == comparable(wanted.totals)
    assert got.deferred == wanted.deferred
    assert sum(got.totals.expired.values()) == sum(wanted.totals.expired.values())
    assert not tally.counts.queue.former


def test_ends_after_a_take_over(tmp_path: Path) -> None:
    """Those that waited in a file of format 6 expire as the truth has it, requeued ones too."""
    got, _, _ = go_on(6, tmp_path)
    assert ends_of(got) == {
        domain: Ends(one.expired, one.waiting)
        for domain, one in truth_of_ends(CORPUS / "postfix-3.11" / "ends.csv").items()
    }
