"""What names say: which files are copies of a log, and in which order."""

from __future__ import annotations

from pathlib import Path

import pytest

from exporter.sources.rotation import ROTATED, in_order, live_name, suffix_pattern

ORDER = {
    "numbered": ["mail.log.10.gz", "mail.log.9", "mail.log.2.gz", "mail.log.1"],
    "dated": [f"mail.log-{day}" for day in ("20261120.gz", "20261121", "2026112207", "2026112208")],
    "with seconds": ["mail.log-20261120-1795000000", "mail.log-20261121-1795086400"],
    "postfix logrotate": ["mail.log.20261120-000001.gz", "mail.log.20261120-000002"],
    "extension, numbered": ["mail.10.log.gz", "mail.9.log", "mail.2.log.gz", "mail.1.log"],
    "extension, dated": ["mail-20261120.log.gz", "mail-20261121.log"],
    "extension without its dot": ["mail..10log.gz", "mail..9log", "mail..2log.gz", "mail..1log"],
    "extension since today": ["mail.log.3.gz", "mail.log.2", "mail.1.log"],
}


@pytest.mark.parametrize("kind", ORDER)
def test_order_of_rotated_names(kind: str, tmp_path: Path) -> None:
    """Rotated copies are ordered by what their names say, oldest first, not by their times."""
    live, suffix = str(tmp_path / "mail.log"), suffix_pattern(ROTATED)
    names = [str(tmp_path / name) for name in ORDER[kind]]
    for name in reversed(names):
        Path(name).touch()
    assert in_order(live, sorted(names), suffix) == names
    if kind != "extension without its dot":
        assert {live_name(name, suffix) for name in names} == {live}


def test_packed_copy_beside_its_plain_twin() -> None:
    """A packed file is left out while its plain twin stands there: it is being written."""
    for plain in ("mail.log.1", "mail.1.log"):
        assert in_order("mail.log", [plain, f"{plain}.gz"], suffix_pattern(ROTATED)) == [plain]


STRANGERS = ["mail.log.2.gz.tmp", "mail.log.swp", "mail.log~", "mail.log.offset", "mail.login.1"]
STRANGERS += ["mail.1.err", "mail.1.logs", "mailer.1.log", "mail.x.log", "mail..log"]


@pytest.mark.parametrize("name", STRANGERS)
def test_strangers_are_no_copies(name: str) -> None:
    """Only strictly rotated names belong to a log."""
    suffix = suffix_pattern(ROTATED)
    assert in_order("mail.log", [name], suffix) == []
    assert live_name(name, suffix) in (None, "mail.login", "mail.err", "mail.logs", "mailer.log")
