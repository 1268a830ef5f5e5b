"""The same log, the same report: what ties, or comes from a set, has an order of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from exporter.triage.cli import FORMATS
from tests.pages import CORPUS

LOGS = (
    "scenario-g-local-outage/mail.log",
    "mixed-syslog/mail.traditional.log",
    "mixed-reduced/mail.traditional.log",
    "container/docker.log",
    "container/cri.log",
    "rotation-create/mail.log",
    "rotation-copytruncate/mail.log",
)

_ALL_FORMATS = """
import sys
from exporter.triage.cli import FORMATS, main
for form in FORMATS:
    main(["--quiet", "--format", form, sys.argv[1]])
"""


@pytest.mark.parametrize("log", LOGS)
def test_a_report_is_the_same_in_every_process(log: str) -> None:
    """Python gives texts other hashes in each process; no byte of a report depends on them."""
    first, *others = (_reports(CORPUS / log, seed) for seed in ("0", "1", "2"))
    assert first.count(b"\n") > len(FORMATS)
    assert all(other == first for other in others)


def _reports(log: Path, seed: str) -> bytes:
    return subprocess.run(
        [sys.executable, "-c", _ALL_FORMATS, str(log)],
        env={**os.environ, "PYTHONHASHSEED": seed, "TZ": "UTC"},
        check=True,
        capture_output=True,
    ).stdout
