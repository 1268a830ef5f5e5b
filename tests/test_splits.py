"""The same counts for any split of the byte stream into polls, restarts and rotations."""

from __future__ import annotations

import gzip
import os
import re
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.checkpoint.file import Checkpoint
from exporter.checkpoint.state import State
from exporter.config import Config, LogConfig, SendersConfig
from exporter.counts.totals import Totals
from exporter.pipeline import Pipeline
from exporter.records.services.event import ALL_NAMES
from exporter.tally import Published, Tally
from tests.pages import CORPUS, content


@cache
def stream() -> bytes:
    """Give a log with everything odd in it, long enough to be split."""
    data = (CORPUS / "mixed-syslog/mail.traditional.log").read_bytes()
    return data[: data.rindex(b"\n", 0, 150_000) + 1] + requeued()


def requeued() -> bytes:
    """Give what a real log says of messages that were requeued under another id."""
    log = content(CORPUS / "postfix-3.11-maillog/maillog.gz")
    told = re.findall(rb": (\w+): uid=\d+ from=<.*> orig_id=(\w+)\n", log)
    queue_ids = {queue_id for both in told for queue_id in both}
    assert len(queue_ids) == 4
    lines = log.splitlines(keepends=True)
    return b"".join(line for line in lines if any(one in line for one in queue_ids))


SENDERS = SendersConfig(limit=100)


@cache
def whole() -> Published:
    """Give what the stream counts when read at once."""
    tally = Tally(Config(senders=SENDERS, collectors=ALL_NAMES), State())
    tally.add(stream())
    assert len(tally.published().totals.collected) > 30
    return tally.published()


def run(folder: Path, cuts: list[int], rotate_at: set[int], restart_at: set[int]) -> Totals:
    """Write the stream in pieces with a poll after each; rotate and restart at some."""
    log = folder / "mail.log"
    log.touch()
    logs = LogConfig(paths=(str(log),), start="beginning")
    config = Config(log=logs, senders=SENDERS, hold=0.0, collectors=ALL_NAMES)
    checkpoint = Checkpoint(str(folder / "checkpoint.json"))
    pipeline = Pipeline(config, checkpoint, State())
    pipeline.start()
    for index, (start, end) in enumerate(zip([0, *cuts], [*cuts, len(stream())], strict=True)):
        if index in rotate_at:
            # a rotation never splits a line: logrotate renames, the writer finishes its line there
            os.rename(log, folder / f"mail.log-{20200101 + index}")
            if index % 2 and index - 2 in rotate_at:
                pack(folder / f"mail.log-{20200101 + index - 2}")
        with log.open("ab") as file:
            file.write(stream()[start:end])
        pipeline.poll()
        if index in restart_at:
            if index % 2:
                pipeline.commit()  # else it is killed with lines read and not committed
            state, damaged = checkpoint.load()
            assert state
            assert not damaged
            pipeline.close()
            pipeline = Pipeline(config, checkpoint, state)
    pipeline.poll()
    pipeline.commit()
    totals = pipeline.published.totals
    assert pipeline.published.gaps == 0
    pipeline.close()
    checkpoint.close()
    return totals


def pack(path: Path) -> None:
    """Compress a rotated file."""
    if path.exists():
        status = path.stat()
        packed = Path(f"{path}.gz")
        packed.write_bytes(gzip.compress(path.read_bytes(), 1))
        os.utime(packed, ns=(status.st_atime_ns, status.st_mtime_ns))
        path.unlink()


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_any_split_counts_the_same(data: st.DataObject) -> None:
    """Polls and restarts at any byte, and rotations at any line, change no count."""
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream())), min_size=1, max_size=9)))
    indexes = st.sets(st.integers(1, len(cuts)), max_size=4)
    rotate_at, restart_at = data.draw(indexes), data.draw(indexes)
    for index in sorted(rotate_at, reverse=True):
        cuts[index - 1] = stream().rfind(b"\n", 0, cuts[index - 1]) + 1
        cuts[:index] = [min(cut, cuts[index - 1]) for cut in cuts[:index]]
    with tempfile.TemporaryDirectory() as folder:
        assert run(Path(folder), cuts, rotate_at, restart_at) == whole().totals


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 1000), max_size=30))
def test_any_blocks_count_the_same(cuts: list[int]) -> None:
    """Blocks of any number of lines give the same totals, delays and memory of the queue."""
    lines = stream().splitlines(keepends=True)
    places = sorted({cut % len(lines) for cut in cuts} | {len(lines)})
    tally, start = Tally(Config(senders=SENDERS, collectors=ALL_NAMES), State()), 0
    for end in places:
        if end > start:
            tally.add(b"".join(lines[start:end]))
        start = end
    got, wanted = tally.published(), whole()
    assert got.totals == wanted.totals
    assert replace(got, health=wanted.health) == wanted


def test_limits_fold_the_same_in_any_blocks() -> None:
    """Which domains have series of their own at the limit depends on the log alone."""
    from exporter.config import DomainsConfig

    config = Config(domains=DomainsConfig(limit=7), senders=SendersConfig(limit=2))
    at_once, by_line = Tally(config, State()), Tally(config, State())
    at_once.add(stream())
    for line in stream().splitlines(keepends=True):
        by_line.add(line)
        by_line.published()
    assert at_once.published().totals == by_line.published().totals
    assert at_once.published().totals.domains_folded > 0
