"""Logs of a few hours to replay, and what is played of them."""

from __future__ import annotations

import io
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from exporter.config import Config
from replay.__main__ import main
from replay.logs import logs
from replay.playing import Played, Span, play
from replay.prometheus import prometheus
from tests.triage.reports import THROTTLED, Log, every

MINUTE, HOUR = 60.0, 3600.0
UNREACHABLE = "connect to mx.a.example[203.0.113.9]:25: Connection timed out"


def healthy(log: Log, begin: float, end: float, seconds: float = 60) -> Log:
    """Add what six receivers take, each one message in so many seconds."""
    for number in range(6):
        log.add_many(every(seconds, begin + number, end), f"d{number}.example")
    return log


def throttled(log: Log, begin: float, end: float, messages: int) -> Log:
    """Add a receiver that puts off so many messages, and takes as many, of other recipients."""
    seconds = (end - begin) / messages
    log.add_many(every(seconds, begin, end), "big.example", THROTTLED, "4.7.28")
    log.add_many(every(seconds, begin + seconds / 2, end), "big.example")
    return log


def unreachable(log: Log, begin: float, end: float) -> Log:
    """Add that none of the six receivers answers."""
    for number in range(6):
        for place, moment in enumerate(every(120, begin + number, end)):
            to = f"w{place}@d{number}.example"
            log.add(moment, to, UNREACHABLE, "4.4.1", relay="none")
    return log


def played(*paths: Path, span: Span | None = None) -> Played:
    """Replay logs with the shipped rules."""
    config = Config()
    found = logs([str(path) for path in paths], config.log.rotated)
    with prometheus() as engine:
        return play(found, config, engine, span=span or Span())


def fired(of: Played) -> list[str]:
    """Give the alerts that fired, by the time at which they did."""
    firing = [one for one in of.episodes if one.firing is not None]
    return [one.rule.name for one in sorted(firing, key=lambda one: (one.firing, one.rule.name))]


def run(*arguments: Path | str) -> tuple[int, str]:
    """Run the command; give its exit code, and what it writes or complains of."""
    written = io.StringIO()
    with redirect_stdout(written), redirect_stderr(written):
        code = main([str(one) for one in arguments])
    return code, written.getvalue()
