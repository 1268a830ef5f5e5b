"""The ways of rotation in the fuzz, by the programs that do it.

No copy is ever deleted, so the disk knows everything in the end.
"""

from __future__ import annotations

import fcntl
import itertools
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.tools import tool

Rotate = Callable[[], None]

_AS_POSTFIX_DOES = """
copy="$0.$(date +%Y%m%d-%H%M%S)" && mv "$0" "$copy" && kill -HUP "$1" && sleep 1 && gzip "$copy"
"""


_SLOW_GZIP = """#!/bin/sh
head -c 20000 | gzip; sleep 0.1; cat | gzip
"""
"""As it is with large files: for a while half of the copy is there."""


class Mode(NamedTuple):
    """A way of rotation: made for a log and the process that writes it, it rotates once a call."""

    made: Callable[[Path, int], Rotate]
    late: float = 0.1
    """Seconds for which the writer still writes to the old file."""
    may_lose: bool = True
    """Whether the rotation itself can lose lines: packed, or truncated, under the writer."""


def _logrotate(*options: str, hourly: bool = False) -> Callable[[Path, int], Rotate]:
    def made(log: Path, pid: int) -> Rotate:
        config = log.with_name("logrotate.conf")
        slow = log.with_name("slow-gzip")
        slow.write_text(_SLOW_GZIP)
        slow.chmod(0o755)
        told = () if "copytruncate" in options else ("postrotate", f"kill -HUP {pid}", "endscript")
        text = "\n".join([f"{log} {{", "rotate 9999", "missingok", *options, *told, "}"])
        config.write_text(text.replace("SLOW", str(slow)).replace("BZIP2", tool("bzip2")))
        config.chmod(0o644)
        command = [tool("logrotate"), "-f", "-s", str(log.with_name("status")), str(config)]
        times = itertools.count()

        def rotate() -> None:
            # for logrotate every rotation is an hour after the one before
            clock = [tool("faketime"), "-f", f"+{next(times)}h"] if hourly else []
            _run([*clock, *command])

        return rotate

    return made


def _postfix_logrotate(log: Path, pid: int) -> Rotate:
    """Let Postfix rotate its `maillog_file`; where it is not installed, do what it does."""
    postfix = shutil.which("postfix")
    if postfix is None or os.geteuid() != 0:
        return lambda: _run(["sh", "-c", _AS_POSTFIX_DOES, str(log), str(pid)])
    folder = log.with_name("postfix")
    for name in ("etc", "spool/pid", "lib"):
        (folder / name).mkdir(parents=True)
    (folder / "etc/master.cf").touch()
    (folder / "etc/main.cf").write_text(
        "compatibility_level = 3.6\n"
        f"queue_directory = {folder}/spool\ndata_directory = {folder}/lib\n"
        f"maillog_file = {log}\nmaillog_file_prefixes = {log.parent}\n"
    )
    # the writer stands for the master process, which is told to be running by this lock
    master = folder / "spool/pid/master.pid"
    master.write_text(f"{pid}\n")

    def rotate() -> None:
        with master.open() as locked:
            fcntl.flock(locked, fcntl.LOCK_EX)
            _run([postfix, "-c", str(folder / "etc"), "logrotate"])

    return rotate


def _run(command: Sequence[str]) -> None:
    # a rotation that fails is no rotation: what was done is counted on the disk
    environment = os.environ | {"NO_FAKE_STAT": "1"}
    subprocess.run(command, check=False, stderr=subprocess.DEVNULL, env=environment)


MODES = {
    "create": Mode(_logrotate("create", "compress", "delaycompress")),
    "late": Mode(_logrotate("create", "nocompress"), late=1.0, may_lose=False),
    "compress": Mode(
        _logrotate("create", "compress", "compresscmd SLOW", "compressext .gz"), late=0.3
    ),
    "bzip2": Mode(
        _logrotate("create", "compress", "compresscmd BZIP2", "compressext .bz2"), late=0.3
    ),
    "dateext": Mode(
        _logrotate("create", "dateext", "dateformat -%Y%m%d-%s", "compress", "delaycompress")
    ),
    "hourly": Mode(
        _logrotate("create", "hourly", "dateext", "compress", "delaycompress", hourly=True)
    ),
    "copytruncate": Mode(_logrotate("copytruncate", "compress", "delaycompress")),
    "copytruncate-compress": Mode(_logrotate("copytruncate", "compress")),
    "postfix": Mode(_postfix_logrotate),
}
