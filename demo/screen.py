"""What a person sees: a bar that runs with the log's time, and above it what happened when.

In: texts and moments of the log. Out: lines on standard output; the bar on a terminal only.
"""

from __future__ import annotations

import shutil
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import NoReturn

from tqdm import tqdm

_APART = "  | "


class Screen:
    """The terminal while the log runs; `factor` times faster than life, from `begin` on."""

    def __init__(self, bar: tqdm[NoReturn], begin: datetime, minutes: float, factor: float) -> None:
        self._bar, self._begin, self._minutes, self._factor = bar, begin, minutes, factor
        self._started = time.monotonic()

    def moment(self) -> datetime:
        """Give the time in the log that is now."""
        passed = (time.monotonic() - self._started) * self._factor
        return self._begin + timedelta(seconds=passed)

    def say(self, text: str) -> None:
        """Write a line with the log's time before it."""
        self._bar.write(f"{self.moment():%H:%M}  {text}", file=sys.stdout)
        sys.stdout.flush()

    def show(self, text: str) -> None:
        """Write what others said, set apart and cut to the terminal's width."""
        width = max(40, shutil.get_terminal_size().columns - len(_APART) - 1)
        parts = [
            part
            for line in ("", *text.splitlines(), "")
            for part in textwrap.wrap(
                line,
                width,
                subsequent_indent="  " if line[:1] in "* " else "",
                break_long_words=False,
                break_on_hyphens=False,
            )
            or [""]
        ]
        self._bar.write("\n".join(_APART + part for part in parts), file=sys.stdout)
        sys.stdout.flush()

    def advance(self) -> None:
        """Let the bar run to where the log is."""
        self._bar.set_description_str(f"{self.moment():%H:%M} of the log", refresh=False)
        passed = (self.moment() - self._begin).total_seconds() / 60
        self._bar.n = min(passed, self._minutes)
        self._bar.refresh()


@contextmanager
def screen(begin: datetime, minutes: float, factor: float) -> Iterator[Screen]:
    """Show a bar for so many minutes of the log."""
    form = "{desc} |{bar}| {n:.0f} of {total:.0f} min, {elapsed} passed"
    with tqdm(total=minutes, bar_format=form, leave=False, disable=None, file=sys.stderr) as bar:
        yield Screen(bar, begin, minutes, factor)
