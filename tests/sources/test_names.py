"""What names say: which files are copies of a log, and in which order."""

from __future__ import annotations

from pathlib import Path

import pytest

from exporter.sources.rotation import ROTATED, in_order, live_name, suffix_pattern

ORDER = {
    "numbered": [".10.gz", ".9", ".2.gz", ".1"],
    "dated": ["-20261120.gz", "-20261121", "-2026112207", "-2026112208"],
    "with seconds": ["-20261120-1795000000", "-20261121-1795086400"],
    "postfix logrotate": [".20261120-000001.gz", ".20261120-000002"],
}


@pytest.mark.parametrize("kind", ORDER)
def test_order_of_rotated_names(kind: str, tmp_path: Path) -> None:
    """Rotated copies are ordered by what their names say, oldest first, not by their times."""
    live = str(tmp_path / "mail.log")
    names = [live + suffix for suffix in ORDER[kind]]
    for name in reversed(names):
        Path(name).touch()
    assert in_order(live, sorted(names), suffix_pattern(ROTATED)) == names


STRANGERS = ["mail.log.2.gz.tmp", "mail.log.swp", "mail.log~", "mail.log.offset", "mail.login.1"]


@pytest.mark.parametrize("name", STRANGERS)
def test_strangers_are_no_copies(name: str) -> None:
    """Only strictly rotated names belong to a log."""
    suffix = suffix_pattern(ROTATED)
    assert in_order("mail.log", [name], suffix) == []
    assert live_name(name, suffix) in (None, "mail.login")
