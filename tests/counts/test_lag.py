"""The read lag tells that what was counted happened earlier."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from tests.by_hand import HOLD, Exporter
from tests.lines import line

HOURS = 6 * 3600.0


def lag(exporter: Exporter) -> float:
    """Give the lag that the page shows."""
    return exporter.pipeline.published.health.read_lag


def stamped(exporter: Exporter, number: int, age: float) -> bytes:
    """Give a line that was logged so many seconds ago."""
    moment = datetime.fromtimestamp(exporter.wall - age, UTC).isoformat()
    return line(number, header=f"{moment} mx1 postfix/smtp[4711]: ")


def test_backlog_is_shown_until_its_counts_are(tmp_path: Path) -> None:
    """Hours of backlog in one block, whose last line is new: the lag says hours while counts wait."""
    exporter = Exporter(tmp_path)
    exporter.log.write_bytes(stamped(exporter, 1, HOURS) + stamped(exporter, 2, 0.0))
    exporter.wait(1)
    assert exporter.shown() == {"a": 0}
    assert HOURS <= lag(exporter) <= HOURS + 2
    exporter.wait(HOLD + 1)
    assert exporter.shown() == {"a": 2}
    assert lag(exporter) >= HOURS
    exporter.close()


def test_lag_ends(tmp_path: Path) -> None:
    """Minutes later it is the lag of newer lines, and without lines none."""
    exporter = Exporter(tmp_path)
    exporter.log.write_bytes(stamped(exporter, 1, HOURS))
    exporter.wait(1).wait(150)
    with exporter.log.open("ab") as file:
        file.write(stamped(exporter, 2, 0.0))
    exporter.wait(2).wait(45)
    assert lag(exporter) == 2.0
    exporter.wait(300)
    assert lag(exporter) == 0.0
    exporter.close()
