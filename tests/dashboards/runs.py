"""Two runs of the exporter in one Prometheus, with what the rules record of them.

Job `spike`: a receiver limits our rate from 8 to 10 o'clock, after a calm run at the same hours a
week before. Job `calm`: the same calm run in both weeks. The logs are the corpus', and in the spike
every quarter of an hour what each of Postfix' services says in the tests of the collectors. The
queue is one that a real showq told of. The series are what the exporter itself showed when it was
scraped once a minute, with all that it can count turned on.
"""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from prometheus_client.exposition import generate_latest

from alerts.src import alerts, recording, thresholds
from alerts.src.rules import Alert, Record
from exporter.config import SendersConfig
from exporter.page.exposition import registry
from exporter.queue.counting import Counting
from exporter.queue.showq import entries
from exporter.queue.watch import Reading
from exporter.records.services.event import ALL_NAMES
from tests.by_hand import Exporter
from tests.dashboards.server import Server, write_series
from tests.pages import ROOT
from tests.queue.replies import DATA
from tests.records.services.texts import SAID

BEGIN = datetime(2026, 11, 16, 6, tzinfo=UTC).timestamp()
END = BEGIN + 6 * 3600
WEEK = 7 * 86400
SCRAPES = 60
"""Seconds between scrapes."""

EVALUATIONS = 300
"""Seconds between evaluations of rules; the rules themselves look back in such steps."""

SPOKEN = 900
"""Seconds between what all services say."""

_QUEUE_TOLD = 1_795_960_800
"""When a real showq told of its queue, a moment after its last message came."""

_CORPUS = {"spike": "scenario-a-ratelimit-gmail", "calm": "scenario-f-healthy"}
_SAMPLE = re.compile(
    r"(?m)^(?P<name>(?:postfix|process)_\w+)(?:\{(?P<labels>.*)\})? (?P<value>\S+)$"
)
_NAME = re.compile(r"\b[a-z_]+:[a-z0-9_]+(?::[a-z0-9_]+)?\b")


def fill(folder: Path) -> None:
    """Put both runs, and what the rules record of them, where `Server(folder)` finds it."""
    runs = {job: list(_scraped(job, folder)) for job in _CORPUS}
    samples = (
        line
        for job in runs
        for source, shift in (("calm", -WEEK), (job, 0))
        for moment, page in runs[source]
        for line in _labelled(page, job, moment + shift)
    )
    write_series(folder, samples)
    for layer in _layers():
        with Server(folder) as server:
            series = [
                line
                for begin in (BEGIN - WEEK, BEGIN)
                for rule in layer
                for line in _evaluated(server, rule, begin)
            ]
        write_series(folder, series)


def _scraped(job: str, folder: Path) -> Iterator[tuple[float, str]]:
    """Give the page at each scrape while the exporter reads the log as it is written."""
    place = folder / job
    place.mkdir()
    exporter = Exporter(place, collectors=ALL_NAMES, senders=SendersConfig(limit=50))
    exporter.wall = BEGIN
    pages = registry(lambda: exporter.pipeline.published, lambda: (_queue(exporter.wall),))
    with exporter.log.open("ab") as log:
        for gained in _written(job):
            log.write(gained)
            log.flush()
            exporter.wait(SCRAPES)
            yield exporter.wall, _in_its_time(generate_latest(pages).decode(), exporter.wall)
    exporter.close()


def _written(job: str) -> Iterator[bytes]:
    """Give what the log gains before each scrape."""
    log = ROOT / "tests" / "corpus" / _CORPUS[job] / "mail.log"
    lines = deque(log.read_bytes().splitlines(keepends=True))
    for moment in range(int(BEGIN) + SCRAPES, int(END) + 1, SCRAPES):
        gained = []
        while lines and datetime.fromisoformat(lines[0][:32].decode()).timestamp() < moment:
            gained.append(lines.popleft())
        if job == "spike" and moment % SPOKEN == 0:
            gained += _said(moment)
        yield b"".join(gained)


def _said(moment: int) -> Iterator[bytes]:
    """Give a line of each service."""
    written = datetime.fromtimestamp(moment, UTC).isoformat()
    for said, _ in SAID.values():
        program, _, text = said.partition(": ")
        yield f"{written} mx1 postfix/{program}[4711]: {text}\n".encode()


def _queue(moment: float) -> Reading:
    """Give a reading at a moment of a queue that never changes."""
    counting = Counting(_QUEUE_TOLD, {}, "unknown", 100)
    counting.add(entries([(DATA / "showq-3.11").read_bytes()]))
    path = "/var/spool/postfix/public/showq"
    return Reading(path, counting.figures(100), read_seconds=moment, duration=0.1)


def _in_its_time(page: str, wall: float) -> str:
    """Set when the process began, the one time that is not of the exporter's clock, to the log's."""
    late = time.time() - wall
    return re.sub(
        "(?m)^(process_start_time_seconds )(.*)$",
        lambda found: f"{found[1]}{float(found[2]) - late}",
        page,
    )


def _labelled(page: str, job: str, moment: float) -> Iterator[str]:
    target = f'job="{job}",instance="mx1.example:9154"'
    yield f"up{{{target}}} 1 {moment}"
    for sample in _SAMPLE.finditer(page):
        labels = f"{sample['labels']},{target}" if sample["labels"] else target
        yield f"{sample['name']}{{{labels}}} {sample['value']} {moment}"


# -- what the rules record -------------------------------------------------------------------------


def _layers() -> list[list[Record | Alert]]:
    """Give the rules in layers, each of which reads only the ones before.

    A rule that reads its own past, or one that stands after it, finds nothing there.
    """
    groups = (thresholds.group(), *recording.groups(), *alerts.groups())
    rules = [rule for group in groups for rule in group.rules]
    names = {rule.name for rule in rules}
    depth: dict[str, int] = {}
    for rule in rules:
        read = (set(_NAME.findall(str(rule.expression))) & names) - {rule.name}
        below = max((depth[name] + 1 for name in read if name in depth), default=0)
        depth[rule.name] = max(depth.get(rule.name, 0), below)
    layers: list[list[Record | Alert]] = [[] for _ in range(max(depth.values()) + 1)]
    for rule in rules:
        layers[depth[rule.name]].append(rule)
    return layers


def _evaluated(server: Server, rule: Record | Alert, begin: float) -> Iterator[str]:
    """Give the series of a rule; an alert fires as soon as there is a value."""
    if isinstance(rule, Alert):
        name, more = "ALERTS", {"alertname": rule.name, "alertstate": "firing", **rule.labels}
    else:
        name, more = rule.name, dict(rule.labels)
    for series in server.range(str(rule.expression), begin, begin + END - BEGIN, EVALUATIONS):
        labels = {**series.labels, **more}
        written = ",".join(f'{label}="{value}"' for label, value in labels.items())
        for moment, value in series.values:
            shown = "1" if name == "ALERTS" else value
            yield f"{name}{{{written}}} {shown} {moment}"
