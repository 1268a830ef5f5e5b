"""A week of history for a rule set: what it records now, recorded at those times it looks back to.

Rules compare with one, two and seven days ago, and add up windows that ended hours ago; without
history these looks find nothing and cost nothing. What is backfilled ends before the first sample
of the fleet's pages, for Prometheus takes no sample older than its blocks.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from bench.measure.fleet import EARLIER_MINUTES

_MINUTE, _HOUR = 60, 3600
_STEP = 5 * _MINUTE
_NEWEST = (EARLIER_MINUTES + 3) * _MINUTE
_RECENT = range(_NEWEST, 2 * _HOUR + 3 * _STEP, _STEP)
"""Ages of the quarters of an hour that windows of two hours are sums of."""

_BACK = (1, 2, 4, 6, 12, 18, 24, 48, 168)
"""Hours to which rules look back."""

Samples = Sequence[tuple[dict[str, str], float]]


def backfill(data: Path, recorded: Samples, week: float) -> None:
    """Put recorded series into a Prometheus' folder of data, in place of what is there.

    For so many seconds rules find a `week` where they look back; without any the last two hours.
    """
    now = time.time()
    promtool = shutil.which("promtool")
    if promtool is None:
        sys.exit("promtool is missing: install Debian's package prometheus")
    shutil.rmtree(data, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=data.parent) as name:
        text = Path(name) / "history.txt"
        with text.open("w", encoding="utf-8") as file:
            file.writelines(_lines(now, recorded, week))
            file.write("# EOF\n")
        command = [promtool, "tsdb", "create-blocks-from", "openmetrics", str(text), str(data)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _lines(now: float, recorded: Samples, week: float) -> Iterator[str]:
    for labels, value in recorded:
        name = labels["__name__"]
        inner = ",".join(f'{key}="{of}"' for key, of in labels.items() if key != "__name__")
        for age in sorted(_ages(name, week), reverse=True):
            then = value - age if name.endswith(":timestamp") else value
            yield f"{name}{{{inner}}} {then:g} {now - age:.0f}\n"


def _ages(name: str, week: float) -> Iterable[int]:
    """Give at which ages a series is needed: quarters in every step, others where rules look."""
    quarter = name.endswith("15m")
    ages = set(_RECENT) if quarter or not week else {_NEWEST}
    if week and not quarter:
        for hours in _BACK:
            ages |= set(range(hours * _HOUR - int(week), hours * _HOUR + _STEP, 4 * _MINUTE))
    return (age for age in ages if age >= _NEWEST)
