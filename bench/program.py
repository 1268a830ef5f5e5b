"""What every program of this folder needs: its place, its options, and how it fails."""

from __future__ import annotations

import argparse
import socket
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 600.0
"""Seconds after which a command that follows a log counts as stuck."""


class BenchmarkError(Exception):
    """What makes the figures worthless."""


def measurement(run: Callable[[Sequence[str] | None], None]) -> Callable[..., int]:
    """Make a program of a function of its arguments: it gives the exit code, 1 after an error."""

    @wraps(run)
    def program(arguments: Sequence[str] | None = None) -> int:
        try:
            run(arguments)
        except BenchmarkError as error:
            print(f"bench: {error}", file=sys.stderr)
            return 1
        return 0

    return program


def positive(text: str) -> int:
    """Read a number of an option."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected a positive number, got {text}")
    return number


def free_port() -> int:
    """Give a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
