"""A progress bar on a terminal, for what takes longer than half a second.

In: bytes that are to be read, and what was read. Out: a bar on standard error.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Advance = Callable[[int, str], None]

_SOON = 0.5
"""Seconds before the first line of it: with those of the start it is there within a second."""


@contextmanager
def progress(total: int, *, is_shown: bool) -> Iterator[Advance]:
    """Show how far reading is; packed files are longer than they look."""
    if not (is_shown and sys.stderr.isatty()):
        yield lambda _size, _path: None
        return
    from tqdm import tqdm  # only a person at a terminal needs it

    with tqdm(
        total=total or None, unit="B", unit_scale=True, delay=_SOON, leave=False, file=sys.stderr
    ) as bar:

        def advance(size: int, path: str) -> None:
            if bar.total is not None and bar.n + size > bar.total:
                bar.total = bar.n + size
            bar.set_postfix_str(path.rpartition("/")[2], refresh=False)
            bar.update(size)

        yield advance
