"""The soak: what grows and what is wrong is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.logs.pace import Writer
from bench.measure import soak


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
