"""The Debian package has what its page names, and the page's commands do what it says."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from alerts.src import __main__ as rules
from exporter import __version__
from tests.documents import text
from tests.pages import ROOT

PAGE = text("docs/debian.md")
INSTALLED = {
    path.relative_to(ROOT).as_posix(): folder
    for line in text("debian/install").splitlines()
    for *globs, folder in [line.split()]
    for glob in globs
    for path in ROOT.glob(glob)
}
"""Where each file of the project goes, as debhelper puts it there."""


def test_version() -> None:
    """The file that is to be installed is of the version that there is."""
    assert f"./dist/postfix-deliverability-exporter_{__version__}_all.deb\n" in PAGE


@pytest.mark.parametrize("name", rules.files())
def test_rules_are_in_it(name: str) -> None:
    """Every rule file is installed, in the same place below `alerts`; those for Prometheus are what the page's glob finds."""
    folder = "usr/share/postfix-deliverability-exporter"
    where = f"{INSTALLED[f'alerts/{name}']}/{Path(name).name}"
    assert where == f"{folder}/alerts/{name}"
    [glob] = re.findall(r"(?m)^  - /(\S+\.yml)$", PAGE)
    assert Path(where).match(glob) == ("/" not in name)


def test_glob_finds_nothing_else() -> None:
    """No other file fits the glob, such as Alertmanager's examples."""
    fitting = [name for name in INSTALLED if re.fullmatch(r"alerts/postfix-[^/]*\.yml", name)]
    assert {name.removeprefix("alerts/") for name in fitting} <= rules.files().keys()


def test_links_of_ones_own(tmp_path: Path) -> None:
    """The page's command writes what `make alerts` writes with these addresses."""
    made, copied = tmp_path / "made", tmp_path / "copied"
    shutil.copytree(ROOT / "alerts", made)
    shutil.copytree(ROOT / "alerts", copied)
    grafana, runbooks = "https://grafana.your.example", "https://wiki.your.example/runbooks"
    rules.main(["--grafana", grafana, "--runbooks", runbooks, "--out", str(made)])
    [command] = re.findall(r"(?m)^sudo (sed .*)$", PAGE)
    there = command.replace("/etc/prometheus/postfix/", f"{copied}/")
    subprocess.run(["sh", "-ec", there], check=True)
    for name in rules.files():
        assert (copied / name).read_text() == (made / name).read_text()
