"""What the C library does with memory that is free again.

A page and a commit of a hundred thousand series need blocks of many megabytes for a moment. glibc
gives such blocks back to the system, until it has seen a few of them freed; then it keeps ever
larger ones, and between long-lived small blocks they stay for good: a third of the process.
Lost: nothing; another C library does as it always does.
"""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Iterator
from contextlib import contextmanager

LARGE = 128 * 1024
"""Bytes of a block that is given back when it is freed: what glibc begins with."""

_YOUNG = 20_000
"""Objects after which the garbage collector looks at the new ones. Python's 700 are those of a few
lines of a log, hardly any of them is part of a cycle, and each look costs more than it finds."""

_M_MMAP_THRESHOLD = -3  # malloc.h; setting it keeps glibc from changing it


def give_back_large_blocks() -> bool:
    """Let blocks from LARGE on be given back to the system; tell whether it can be had."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and mallopt(_M_MMAP_THRESHOLD, LARGE) == 1


@contextmanager
def loading() -> Iterator[None]:
    """Let what is loaded here be no matter of the garbage collector: it stays as long as we do.

    The rules are a hundred thousand objects; to look through them again and again is a tenth of a
    start, and later a part of every collection.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(_YOUNG, 10, 10)
        if was_enabled:
            gc.enable()
