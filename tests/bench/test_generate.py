"""The benchmark's logs are what they say, and what is true of them is what is counted."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from bench.logs import strict
from bench.logs.generate import HEADERS, truth_path
from bench.logs.truth import compare, counts_of, read_truth
from tests.bench.logs import written
from tests.pages import run


@pytest.mark.parametrize("incident", [False, True])
@pytest.mark.parametrize("header", HEADERS)
def test_exporter_counts_what_is_true(tmp_path: Path, header: str, incident: bool) -> None:
    """Every attempt of a generated log is counted, and nothing else is."""
    log = written(tmp_path, header=header, incident=incident)
    page = run("--once", "--postfix.logfile-path", log).stdout
    compare(counts_of(page), read_truth(truth_path(log)))


@pytest.mark.parametrize("incident", [False, True])
@pytest.mark.parametrize("header", HEADERS)
def test_truth_is_what_the_log_says(tmp_path: Path, header: str, incident: bool) -> None:
    """A reading line by line that shares nothing with the exporter finds the generator's truth."""
    log = written(tmp_path, header=header, incident=incident, domains=2000)
    assert strict.main([str(log)]) == 0


@pytest.mark.parametrize("row", [0, -1])
def test_truth_that_is_none_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], row: int
) -> None:
    """A truth that lacks a series ends the benchmark, and the series is named."""
    log = written(tmp_path)
    truth = truth_path(log).read_text("ascii").splitlines()
    domain, code, status, times = truth.pop(row).split("\t")
    truth_path(log).write_text("\n".join(truth) + "\n", encoding="ascii")
    assert strict.main([str(log)]) == 1
    told = f"{domain} {code} {status}: counted {times}, true 0"
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(("incident", "least", "most"), [(False, 0.1, 0.2), (True, 0.7, 0.95)])
def test_share_of_deferrals(tmp_path: Path, incident: bool, least: float, most: float) -> None:
    """An everyday log has some deferrals; in an incident most attempts are deferred."""
    by_status: Counter[str] = Counter()
    for (_, _, status), times in read_truth(
        truth_path(written(tmp_path, incident=incident))
    ).items():
        by_status[status] += times
    assert least < by_status["deferred"] / by_status.total() < most


def test_many_domains(tmp_path: Path) -> None:
    """With 20,000 domains, most messages of a short log are for another one."""
    truth = read_truth(truth_path(written(tmp_path, domains=20_000)))
    assert len({domain for domain, _, _ in truth}) > 1000
