"""What docs/operations.md says of cost holds in the small, and its commands run."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from bench import growth, limits, soak
from bench.pace import Writer
from bench.series import PER_DOMAIN
from tests.pages import ROOT

OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
COMMANDS = [
    command
    for block in re.findall(r"(?s)```sh\n(.*?)```", OPERATIONS)
    for command in block.splitlines()
]
CHECKED = {
    "python -m bench.limits": "test_stated_sizes",
    "python -m bench.limits --domains 100000 --limit 2000": "test_more_domains_than_the_limit",
    "python -m bench.growth": "test_longer_logs",
    "python -m bench.soak": "test_soak",
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
    plan = soak.Plan(3.0, 300.0, 20, stuck=100, rotation=1.0, scrape=1.0, hold=0.0)
    rows, told = soak.soak(tmp_path, plan)
    assert told == []
    assert rows[-1].series > 20 * PER_DOMAIN


def test_soak_without_rotation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A logrotate that fails is no soak that passes."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "logrotate").symlink_to("/bin/false")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    plan = soak.Plan(2.0, 300.0, 20, stuck=100, rotation=0.5, scrape=1.0, hold=0.0)
    with pytest.raises(subprocess.CalledProcessError):
        soak.soak(tmp_path, plan)


def rows_of(resident: list[float], descriptors: list[int]) -> list[soak.Row]:
    """Give rows of ten seconds each; memory in kB."""
    return [
        soak.Row(10.0 * number, kilobytes, files, 2, 0.0, 0.0, 5)
        for number, (kilobytes, files) in enumerate(zip(resident, descriptors, strict=True))
    ]


@pytest.mark.parametrize(
    ("resident", "descriptors", "told"),
    [
        ([9000, 9050, 8950, 9000, 9020, 8980], [6, 7, 6, 7, 6, 7], []),
        ([9000, 8900, 8800, 8700, 8600, 8500], [7, 7, 7, 6, 6, 6], []),
        ([9000, 9100, 9200, 9300, 9400, 9500], [6] * 6, ["memory grows by 600 kB"]),
        ([9000] * 6, [6, 6, 6, 6, 7, 7], []),
        ([9000] * 6, [6, 7, 6, 7, 9, 8], ["descriptors grow from 7 to 9"]),
    ],
)
def test_growth_is_told(resident: list[float], descriptors: list[int], told: list[str]) -> None:
    """What comes and goes is no growth; what grows by more than is allowed is."""
    found = list(soak.growth(rows_of(resident, descriptors), 100.0))
    assert len(found) == len(told)
    assert all(fault.startswith(start) for fault, start in zip(found, told, strict=True))


def test_faults_are_told(tmp_path: Path) -> None:
    """A gap, a line that was not read and an attempt that was not counted are faults."""
    writer = Writer(tmp_path / "mail.log", 1)
    writer.written, writer.truth["a.example", "2.0.0", "sent"] = 4, 1
    writer.close()
    page = (
        "postfix_exporter_log_gaps_total 1.0\npostfix_exporter_checkpoint_failures_total 0.0\n"
        'postfix_exporter_log_lines_total{result="delivery"} 3.0\n'
    )
    told = list(soak.faults(writer, [], page))
    assert told[0] == "postfix_exporter_log_gaps_total is [1.0]"
    assert told[1] == "3 lines were read of 4"
    assert "a.example 2.0.0 sent: counted 0, true 1" in told[2]
