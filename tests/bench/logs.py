"""A short log of the benchmark's."""

from __future__ import annotations

from pathlib import Path

from bench.logs.generate import HEADERS, generate

LINES = 20_000


def written(folder: Path, *, domains: int = 200, header: str = HEADERS[0], **how: bool) -> Path:
    """Write a log."""
    log = folder / "mail.log"
    generate(log, lines=LINES, domains=domains, header=header, seed=1, **how)
    return log
