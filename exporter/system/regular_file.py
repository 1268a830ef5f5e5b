"""Opens files that a person named: regular ones alone, for a FIFO would make its reader wait.

In: a path. Out: a descriptor, also as the `opener` of `open`.
"""

from __future__ import annotations

import errno
import os
import stat

NOT_REGULAR = "is no regular file"


def open_regular(path: str, flags: int = os.O_RDONLY | os.O_CLOEXEC) -> int:
    """Open a regular file; raises OSError for what is none, and for what cannot be opened."""
    # O_NONBLOCK: opening a FIFO must not hang
    descriptor = os.open(path, flags | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, NOT_REGULAR, path)
    return descriptor
