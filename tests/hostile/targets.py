"""What must hold for any bytes; the fuzzer, the property tests and the findings all use this.

A target takes bytes as a stranger or a broken editor makes them and sends them the way that the
exporter sends them. It raises AssertionError where a promise does not hold; any other exception
that leaves it is a finding as well.
"""

from __future__ import annotations

import atexit
import re
import tempfile
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from itertools import product
from pathlib import Path

from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from exporter.checkpoint.rows import Reader, changes
from exporter.checkpoint.state import State, state_of, tables
from exporter.config import Config, DomainsConfig, SendersConfig, load
from exporter.counts.totals import Attempt
from exporter.explain import explained
from exporter.page.exposition import Exposition
from exporter.records.line import Delivery
from exporter.records.parse import Parser
from exporter.sources.framing import unwrap
from exporter.sources.rotation import in_order, suffix_pattern
from exporter.sources.stream import blocks_of
from exporter.system.errors import ConfigurationError
from exporter.tally import Health, Published, Tally, judge
from exporter.verdict.classify import (
    CAUSES,
    DELIVERED,
    speaker_and_words,
    told_by,
)
from exporter.verdict.judge import CLIENT, canonical_code, status_of
from exporter.verdict.knowledge import classifier as rules
from exporter.verdict.providers import relay_in_text
from exporter.web.reload import WebConfigFile
from tests.lines import line
from tests.records.twice import by_lines, readings

LONGEST_ERROR = 1000
"""Characters of an error besides the file's name: somebody reads it in a terminal."""

_NOW = 1_795_500_000.0
_STATE = State(installation_key=bytes(32))
_PARSER = Parser()
_CONFIG = Config(senders=SendersConfig(limit=9))
_JUDGE = judge(Config(), _STATE)

_shown: set[frozenset[object]] = set()


# -- lines of the log ------------------------------------------------------------------------------


def parser(data: bytes) -> str:
    """Any lines are counted, each as one thing, and what they say can be shown and kept."""
    block = _whole_lines(data)
    inside, used = unwrap(block, final=True)
    assert used == len(block)
    assert readings(_PARSER.parse(inside)) == readings(by_lines(inside))
    published = counted(inside)
    assert sum(published.totals.lines.values()) == inside.count(b"\n")
    found = explained(blocks_of(BytesIO(block)), _PARSER, judge(Config(), _STATE), every=True)
    told = list(found.told())
    assert not any(re.search(r"\w@|@\w", one) for one in told)
    if all(unwrap(line, final=True)[0] == line for line in BytesIO(block)):
        records = published.totals.agents.values()
        counted_ones = [one for one in told if ": " in one]
        numbers = (int(one.partition(" ")[0].replace(",", "")) for one in counted_ones)
        assert sum(numbers) + found.beyond == sum(records)
    return "".join(told) + shown(published)


def _whole_lines(data: bytes) -> bytes:
    return data if data.endswith(b"\n") else data + b"\n"


class Together:
    """Counts many inputs of `parser`, for one page of them all."""

    def __init__(self) -> None:
        self._tally = Tally(Config(domains=DomainsConfig(limit=1_000_000)), _STATE)

    def add(self, data: bytes) -> None:
        """Count an input."""
        self._tally.add(unwrap(_whole_lines(data), final=True)[0])

    def page(self) -> bytes:
        """Give the page."""
        return b"".join(Exposition(self._tally.published, process=False).page())


def counted(block: bytes, config: Config | None = None) -> Published:
    """Count a block of lines; what must be remembered of it is written and read again."""
    tally = Tally(config or _CONFIG, _STATE, clock=lambda: 0.0, wall=lambda: _NOW)
    tally.add(block)
    published = tally.published()
    state = replace(_STATE, totals=published.totals, memory=tally.counts.memory())
    written = list(changes({}, tables(state)))
    assert not any(b"@" in part for part in written)
    reader = Reader()
    for part in written:
        reader.apply(part)
    assert state_of(reader.tables) == state
    return published


def shown(published: Published) -> str:
    """A page in either format is well-formed, says what was counted, and has no address.

    Label values that were read before are not read again: only the numbers are new.
    """
    totals, problems = published.totals, published.health.problems
    labels = frozenset[object]((*totals.attempts, *totals.agents, *totals.expired, *problems))
    if labels in _shown:
        return ""
    exposition = Exposition(lambda: published, process=False)
    for read, openmetrics in ((read_text, False), (read_openmetrics, True)):
        page = b"".join(exposition.page(openmetrics=openmetrics)).decode()
        assert problems or "@" not in page
        samples = [sample for family in read(page) for sample in family.samples]
        attempts = {
            Attempt(**sample.labels): sample.value
            for sample in samples
            if sample.name == "postfix_delivery_attempts_total"
        }
        assert attempts == totals.attempts
    _shown.add(labels)
    return page


# -- replies ---------------------------------------------------------------------------------------

_CASES = [
    Delivery(b"Nov 23 20:15:19", b"mx1 postfix/" + agent, b"4jYHHW", b"u", b"a.example", relay,
             b"1", b"0/0/0/1", b"", dsn, status, b"")
    for agent, relay, (dsn, status) in product(
        (b"smtp", b"error"),
        (b"gmail-smtp-in.l.google.com[192.0.2.1]:25", b"none"),
        ((b"4.7.1", b"deferred"), (b"5.0.0", b"bounced"), (b"5.1.1", b"SOFTBOUNCE")),
    )
]  # fmt: skip


def classifier(data: bytes) -> str:
    """Any reply has one cause, the same whether it was remembered or is decided anew."""
    text = data.replace(b"\n", b" ")
    for case in _CASES:
        delivery = case._replace(text=text)
        judged = _JUDGE.failure(delivery)
        if judged is None:
            continue
        provider, decision = judged
        rule, is_suspended = decision.rule, decision.is_suspended
        assert decision.cause in CAUSES
        assert decision.cause != DELIVERED
        named = delivery.relay if delivery.relay != b"none" else relay_in_text(text)
        told, suspended = told_by(text)
        assert suspended is is_suspended
        said, words = speaker_and_words(told, b"u@a.example", b"a.example", named)
        anew = rules().decide(
            provider,
            CLIENT if is_suspended else _JUDGE.agent_of[delivery.origin],
            canonical_code[delivery.dsn],
            status_of(delivery.status),
            said,
            words,
        )
        assert anew is rule
    record = line(dsn="5.7.1", status="bounced", text="TEXT").replace(b"TEXT", text)
    paragraphs = "".join(explained([record], _PARSER, _JUDGE).told())
    assert not re.search(r"\w@\w", paragraphs)
    return paragraphs


# -- configuration ---------------------------------------------------------------------------------


_FOLDER = tempfile.TemporaryDirectory()
atexit.register(_FOLDER.cleanup)
_COPIES = ("mail.log.1", "mail.log.2.gz", "mail.log-20261124", "mail.log-", "mail.logx")


def configuration(data: bytes) -> str:
    """Any file is a configuration that works, or one clear error; so it is for the web's."""
    path = Path(_FOLDER.name) / "file.yml"
    path.write_bytes(data)
    return _told(lambda: _used(load(str(path))), path) + _told(lambda: _secured(str(path)), path)


def _told(read: Callable[[], str], path: Path) -> str:
    try:
        return read()
    except ConfigurationError as error:
        told = str(error)
    assert told.startswith(f"{path}: ")
    assert told.isprintable()
    assert len(told) <= len(str(path)) + LONGEST_ERROR
    return told


def _used(config: Config) -> str:
    in_order("mail.log", _COPIES, suffix_pattern(config.log.rotated))
    published = counted(_SAMPLE, config)
    page = shown(replace(published, health=Health(dict.fromkeys(config.log.names()))))
    parser = Parser(config.log.syslog_names)
    return page + "".join(
        explained(blocks_of(BytesIO(_SAMPLE)), parser, judge(config, _STATE)).told()
    )


def _secured(path: str) -> str:
    settings = WebConfigFile(path).current()
    assert all(
        "\n" not in told and told.isascii() for header in settings.headers for told in header
    )
    return ""


_SAMPLE = line(1) + line(
    2, dsn="5.7.1", status="bounced", text="host mx.a.example[203.0.113.9] said: 550 5.7.1 blocked"
)

TARGETS = {"parser": parser, "classifier": classifier, "configuration": configuration}
