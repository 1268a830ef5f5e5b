"""What can be replayed: files in any order, standard input; and what is said of bad input."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest

from exporter.config import Config
from exporter.sources.rotation import ROTATED
from replay.logs import logs
from replay.pages import Pages
from replay.prometheus import STEP
from tests.pages import ROOT
from tests.replay.days import MINUTE, healthy, run, throttled
from tests.triage.reports import NOON, Log


def pages(*paths: Path) -> tuple[list[tuple[str, ...]], list[object]]:
    """Give the files of each log that the paths name, and the pages of the first of them."""
    found = logs([str(path) for path in paths], ROTATED)
    begin = int(found[0].first // STEP) * STEP
    of = Pages(found[0], Config(), begin, {"postfix_delivery_attempts_total"})
    last = int(found[0].last) + 3 * STEP
    told: list[object] = [
        {tuple(pair for pair in labels if pair[0] != "instance"): value for labels, value in one}
        for one in (of.page(moment).items() for moment in range(begin, last, STEP))
    ]
    return [tuple(map(os.path.basename, one.files)) for one in found], told


def parts(folder: Path, names: Sequence[str], form: str = "iso") -> list[Path]:
    """Write half an hour over New Year into files, the oldest first."""
    begin = datetime(2026, 12, 31, 23, 45).timestamp()
    log = healthy(Log(form=form), begin, begin + 30 * MINUTE)
    throttled(log, begin, begin + 30 * MINUTE, 20)
    folder.mkdir()
    texts = [f"{line}\n".encode() for _, line in sorted(log.lines)]
    size = -(-len(texts) // len(names))
    for number, name in enumerate(names):
        content = b"".join(texts[number * size : (number + 1) * size])
        path = folder / name
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        os.utime(path, (begin + 40 * MINUTE, begin + 40 * MINUTE))
    return [folder / name for name in names]


ROTATIONS = {
    "rotated and packed": ["mail.log.2.gz", "mail.log.1", "mail.log"],
    "days with names of their own": ["z-monday.log", "a-tuesday.log", "m-wednesday.log"],
}


@pytest.mark.parametrize("form", ["iso", "old"])
@pytest.mark.parametrize("names", ROTATIONS.values(), ids=ROTATIONS)
def test_files_in_any_order_are_one_log(names: list[str], form: str, tmp_path: Path) -> None:
    """Files of one log, packed or not, with or without a year, give the pages of a single file."""
    files, told = pages(*sorted(parts(tmp_path / "parts", names, form)))
    assert files == [tuple(names)]
    assert told == pages(*parts(tmp_path / "whole", ["mail.log"]))[1]
    assert len(told) > 30


def test_a_glob_and_standard_input(tmp_path: Path) -> None:
    """A glob is expanded; `-` is what standard input has."""
    path = healthy(Log(), NOON, NOON + 40 * MINUTE).write(tmp_path / "mail.log")
    code, expected = run("--format", "json", f"{tmp_path}/*.log")
    command = [sys.executable, "-m", "replay", "--format", "json", "-"]
    ended = subprocess.run(
        command, cwd=ROOT, input=path.read_bytes(), capture_output=True, check=False
    )
    assert (ended.returncode, ended.stdout.decode()) == (code, expected)
    assert code == 0


BAD: dict[str, tuple[list[str], int, str]] = {
    "no log": ([], 2, "make replay LOG="),
    "no such file": (["{}/none.log"], 1, "none.log"),
    "no file of a glob": (["{}/none*"], 1, "no file matches"),
    "no time in it": (["{}/text"], 1, "no line has a time that can be read"),
    "no such time": (["--since", "2030-01-01", "{}/mail.log"], 1, "see --since"),
    "a wrong time": (["--since", "soon", "{}/mail.log"], 2, "--since: expected"),
    "a wrong duration": (["--after", "1 hour", "{}/mail.log"], 2, "--after: expected"),
    "years": (["{}/mail.log", "{}/ahead.log"], 1, "leave its lines out with --since"),
    "no rules": (["--rules", "{}", "{}/mail.log"], 1, "name the folder that holds"),
    "no such rule": (["--rules", "{}/rules", "{}/mail.log"], 1, "cannot evaluate"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_says_what_to_do(name: str, tmp_path: Path) -> None:
    """What cannot be replayed ends with what is wrong, where, and what to do."""
    log = Log()
    log.add(NOON, "u@a.example")
    log.write(tmp_path / "mail.log")
    ahead = Log()
    ahead.add(NOON + 40 * 365 * 86400, "u@a.example")
    ahead.write(tmp_path / "ahead.log")
    (tmp_path / "text").write_text("hello\n" * 10)
    (tmp_path / "rules").mkdir()
    rule = "groups: [{name: a, rules: [{record: 'a:b', expr: 'sum('}]}]\n"
    for file in ("thresholds", "recording", "alerts"):
        (tmp_path / "rules" / f"postfix-{file}.yml").write_text(rule)
    arguments, code, told = BAD[name]
    got, text = run(*(one.format(tmp_path) for one in arguments))
    assert (got, told in text) == (code, True), text


def test_without_prometheus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Prometheus is missing, it is said what to install."""
    monkeypatch.setenv("PATH", "")
    code, text = run(healthy(Log(), NOON, NOON + MINUTE).write(tmp_path / "mail.log"))
    assert code == 1
    assert "install Debian's package prometheus" in text
