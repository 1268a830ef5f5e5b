"""The benchmark: the logs are what they say, and what is true of them is what is counted."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from bench import peers, strict
from bench.contest import BenchmarkError
from bench.generate import HEADERS, generate, truth_path
from bench.truth import compare, counts_of, read_truth
from tests.pages import ROOT, run

LINES = 20_000


def written(folder: Path, *, domains: int = 200, header: str = HEADERS[0], **how: bool) -> Path:
    """Write a log."""
    log = folder / "mail.log"
    generate(log, lines=LINES, domains=domains, header=header, seed=1, **how)
    return log


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


def test_cleaned_copy(tmp_path: Path) -> None:
    """The copy for mtail is ASCII, of the same length, and differs in other bytes only."""
    log, copy = written(tmp_path), tmp_path / "copy"
    peers.cleaned(log, copy)
    original, clean = log.read_bytes(), copy.read_bytes()
    assert not original.isascii()
    assert clean.isascii()
    assert len(clean) == len(original)
    pairs = zip(original, clean, strict=True)
    assert all(one == other or (one > 127 and other == ord("?")) for one, other in pairs)


@pytest.mark.parametrize(
    "page",
    [
        "",
        'delivery_attempts_total{domain="a",dsn_class="2",dsn_code="2.0.0",status="sent"} 2',
        'delivery_attempts_total{domain="a",dsn_class="5",dsn_code="2.0.0",status="sent"} 1',
        'delivery_attempts_total{domain="b",dsn_class="2",dsn_code="2.0.0",status="sent"} 1',
    ],
)
def test_what_is_not_true_is_told(page: str) -> None:
    """A series too few, a wrong value, a wrong class and a wrong label end the benchmark."""
    with pytest.raises(BenchmarkError):
        compare(counts_of(page), {("a", "2.0.0", "sent"): 1})


def test_readme_quotes_the_benchmark() -> None:
    """The README's figures are those of the benchmark's page, for the same log and command."""
    peers = (ROOT / "bench" / "README.md").read_text("utf-8").partition("## Peers")[2]
    everyday, incident = (
        peers.partition(f"{log}, 200 domains: ")[2].partition("domains: ")[0]
        for log in ("Everyday", "Incident")
    )
    quoted = [
        line.split(" | ")
        for line in rows((ROOT / "README.md").read_text("utf-8").partition("## Speed")[2])
    ]
    assert len(quoted) == 6
    for command, *figures in quoted:
        measured = [
            next(line.split(" | ")[3] for line in rows(log) if line.startswith(f"{command} |"))
            for log in (everyday, incident)
        ]
        assert [figure.rstrip(" |") for figure in figures] == measured, command


def rows(page: str) -> list[str]:
    """Give the rows of the tables of a page, up to its next heading, without their heads."""
    lines = page.partition("\n## ")[0].splitlines()
    found = [line.removeprefix("| ") for line in lines if line.startswith("| ")]
    return [line for line in found if not line.startswith("command |")]
