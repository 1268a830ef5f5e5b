"""The exporter as one of those that read the same log."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from bench.logs.generate import truth_path
from bench.logs.truth import compare_page
from bench.peers.contest import Contestant

DEFAULT_DOMAIN_LIMIT = 2000
"""More domains than this need a configuration, or the exporter counts the rest as `other`."""


def exporter(log: Path, folder: Path, domains: int, *flags: str) -> Contestant:
    """Give the exporter, reading a generated log once."""
    words = " ".join(("python -m exporter --once", *flags))
    name = f"`{words} --postfix.logfile-path FILE`"
    command = [sys.executable, "-m", "exporter", "--once", *flags]
    command += ["--postfix.logfile-path", str(log)]
    if domains > DEFAULT_DOMAIN_LIMIT:
        configuration = folder / "config.yml"
        configuration.write_text(f"domains:\n  limit: {domains}\n", encoding="ascii")
        name = f"{name[:-1]} --config.file CONFIG`"
        command += ["--config.file", str(configuration)]
    check = partial(compare_page, truth_path(log))
    # modules are compiled once, as where it is installed, whatever the shell says
    return Contestant(name, command, check, {"PYTHONDONTWRITEBYTECODE": ""})
