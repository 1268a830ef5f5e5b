"""What docs/operations.md says of cost holds in the small, and its commands run."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from bench.measure import growth, limits, soak
from bench.measure.series import PER_DOMAIN
from tests.pages import ROOT

OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
COMMANDS = [
    command
    for block in re.findall(r"(?s)```sh\n(.*?)```", OPERATIONS)
    for command in block.splitlines()
]
CHECKED = {
    "python -m bench.measure.limits": "test_stated_sizes",
    "python -m bench.measure.limits --domains 100000 --limit 2000": "test_more_domains_than_the_limit",
    "python -m bench.measure.growth": "test_longer_logs",
    "python -m bench.measure.soak": "test_soak",
}


def test_every_command_is_checked() -> None:
    """No command stands in the document that no test runs."""
    assert sorted(COMMANDS) == sorted(CHECKED)
    assert all(callable(globals().get(name)) for name in CHECKED.values())


def stated(domains: int) -> dict[str, float]:
    """Give the row of the document about so many domains, by the heads of the columns."""
    heads = [head.strip() for head in limits.SIZES.splitlines()[0].strip("|").split("|")]
    (row,) = re.findall(rf"(?m)^\| {domains:,} (\| [\d,]+ \| [\d,]+ \|.*)\|$", OPERATIONS)
    cells = [float(cell.replace(",", "")) for cell in row.strip("|").split("|")]
    return dict(zip(heads[1:], cells, strict=True))


def test_stated_sizes() -> None:
    """Series, samples, checkpoint, page and memory of a thousand domains are what is stated."""
    cost, row = limits.measure(1000, 1000, [100_000_000], seconds=1, hold=0.0), stated(1000)
    assert cost.series == row["series"]
    assert cost.scrapes.samples == pytest.approx(row["samples"], rel=0.02)
    assert cost.checkpoint / 1e6 == pytest.approx(row["checkpoint MB"], rel=0.1)
    assert cost.scrapes.plain / 1e6 == pytest.approx(row["page MB"], rel=0.1)
    assert cost.scrapes.packed / 1e6 == pytest.approx(row["packed MB"], rel=0.25)
    assert cost.resident < 1.2 * row["at most"]


def test_more_domains_than_the_limit() -> None:
    """By default 2,000 domains have series of their own, and all others share one domain's."""
    cost = limits.measure(2500, 2000, [], seconds=1, hold=0.0)
    assert cost.series == PER_DOMAIN * 2001


def test_longer_logs(capsys: pytest.CaptureFixture[str]) -> None:
    """The cost of a line is told for each length and each number of domains."""
    flags = ["--lines", "2000", "4000", "--domains", "10", "--lines-of-domains", "2000"]
    assert growth.main([*flags, "--rounds", "1"]) == 0
    assert re.findall(r"(?m)^\| ([\d,]+) \| (\d+) \|", capsys.readouterr().out) == [
        ("2,000", "200"),
        ("4,000", "200"),
        ("2,000", "10"),
    ]


def test_soak(tmp_path: Path) -> None:
    """A short soak with rotations and scrapes counts what is true."""
    plan = soak.Plan(3.0, 300.0, 20, stuck=100, rotation=1.0, scrape=1.0, hold=0.0, interval=0.5)
    rows, told = soak.soak(tmp_path, plan)
    assert told == []
    assert rows[-1].series > 20 * PER_DOMAIN


def test_soak_without_rotation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A logrotate that fails is no soak that passes."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "logrotate").symlink_to("/bin/false")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    plan = soak.Plan(2.0, 300.0, 20, stuck=100, rotation=0.5, scrape=1.0, hold=0.0, interval=0.5)
    with pytest.raises(subprocess.CalledProcessError):
        soak.soak(tmp_path, plan)
