"""What stays as long as the process is no matter of the garbage collector."""

from __future__ import annotations

import gc

import pytest

from exporter.system.allocator import loading


def test_what_is_loaded_is_no_matter_of_the_collector() -> None:
    """Nothing is collected while loading, what was loaded is never looked at, and then it goes on."""
    before, threshold = gc.get_freeze_count(), gc.get_threshold()
    try:
        with loading():
            assert not gc.isenabled()
            kept = [[] for _ in range(1000)]  # type: ignore[var-annotated]
        assert gc.isenabled()
        assert gc.get_freeze_count() >= before + len(kept)
    finally:
        gc.unfreeze()
        gc.set_threshold(*threshold)


def test_an_error_while_loading() -> None:
    """An error leaves the collector as it was."""
    threshold = gc.get_threshold()
    with pytest.raises(ValueError, match="wrong"), loading():
        raise ValueError("wrong")
    assert gc.isenabled()
    gc.unfreeze()
    gc.set_threshold(*threshold)
