"""The peers read what the exporter reads."""

from __future__ import annotations

from pathlib import Path

from bench.peers import mtail
from tests.bench.logs import written


def test_cleaned_copy(tmp_path: Path) -> None:
    """The copy for mtail is ASCII, of the same length, and differs in other bytes only."""
    log, copy = written(tmp_path), tmp_path / "copy"
    mtail.cleaned(log, copy)
    original, clean = log.read_bytes(), copy.read_bytes()
    assert not original.isascii()
    assert clean.isascii()
    assert len(clean) == len(original)
    pairs = zip(original, clean, strict=True)
    assert all(one == other or (one > 127 and other == ord("?")) for one, other in pairs)
