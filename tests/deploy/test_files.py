"""What is installed beside the exporter is made of what it knows, and right in the eyes of Debian's tools."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from itertools import chain
from pathlib import Path

import pytest

from deploy.src.files import FOLDER, files
from exporter import __version__
from tests.documents import PROJECT, text
from tests.tools import tool

UNIT = FOLDER / "systemd" / "postfix-deliverability-exporter.service"
PAGES = sorted((FOLDER / "man").iterdir())
GENERATED = ("man/", "completions/")
"""Folders that hold nothing else."""

HIGHEST = 2.0
"""What `systemd-analyze security` may say of the unit at most: 10 is a service without any bounds."""


@pytest.mark.parametrize("name", files())
def test_generated(name: str) -> None:
    """Man pages, completions and rules are those of the flags and rules that there are: `make docs`."""
    assert (FOLDER / name).read_text("utf-8") == files()[name]


def test_nothing_else_is_there() -> None:
    """No man page or completion is left of a command that is gone."""
    found = {
        path.relative_to(FOLDER).as_posix()
        for kind in GENERATED
        for path in (FOLDER / kind).rglob("*")
        if path.is_file()
    }
    assert found == {name for name in files() if name.startswith(GENERATED)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_man_page(page: Path) -> None:
    """Mandoc finds nothing to complain about, not even in style."""
    done = subprocess.run(
        [tool("mandoc"), "-T", "lint", "-W", "style", str(page)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_man_page_as_shown(page: Path) -> None:
    """What is to be copied from a page is shown as it must be typed."""
    command = [tool("mandoc"), "-T", "utf8", "-O", "width=200", str(page)]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    shown = re.sub(".\b", "", shown)
    for part in ("--config.file FILE", "EXIT STATUS", f"{page.stem} --"):
        assert part in shown
    assert ("'/var/log/mail.log*'" in shown) == (page.stem != "postfix-triage")


def test_unit_is_right(tmp_path: Path) -> None:
    """Systemd knows every word of the unit."""
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text("utf-8").replace(f"/usr/bin/{UNIT.stem}", sys.executable))
    command = [tool("systemd-analyze"), "verify", "--man=no", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_unit_is_bounded() -> None:
    """Its exposure is as low as that of a service can be that listens and reads a log."""
    command = [tool("systemd-analyze"), "security", "--offline=yes", "--json=short"]
    said = subprocess.run(
        [*command, f"--threshold={HIGHEST * 10:.0f}", str(UNIT)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(said.stdout)


def test_unit_is_told_as_it_is() -> None:
    """The page that describes the unit states its exposure."""
    command = [tool("systemd-analyze"), "security", "--offline=yes", "--no-pager", str(UNIT)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    exposure = re.findall(r"exposure level for \S+: ([0-9.]+) ", said)
    assert f"an exposure of {exposure[0]}" in text("docs/debian.md")


def test_user_is_the_units() -> None:
    """The user that is made is the one that the unit runs as, and the folder is the unit's."""
    unit = UNIT.read_text("utf-8")
    user = re.findall(r"(?m)^User=(\S+)$", unit)[0]
    folder = re.findall(r"(?m)^StateDirectory=(\S+)$", unit)[0]
    made = (FOLDER / "sysusers" / f"{UNIT.stem}.conf").read_text("utf-8")
    assert re.search(rf'(?m)^u {user} - "[^"]+" /var/lib/{folder} /usr/sbin/nologin$', made)


def test_debian_changelog() -> None:
    """The newest entry is the version of the exporter."""
    assert (
        f"postfix-deliverability-exporter ({__version__}) "
        in text("debian/changelog").split("\n")[0]
    )


def test_debian_has_what_is_needed() -> None:
    """Each dependency, of the extras too, is a package of Debian's that is named, or is put in."""
    bundled = text("scripts/deb-source").split("--target")[1].split("\n")[0].split()[1:]
    named = re.findall(r"python3-([\w-]+)", text("debian/control"))
    project = PROJECT["project"]
    wanted = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    needed = [re.split("[=>]", one)[0] for one in wanted]
    assert {name.replace("pyyaml", "yaml") for name in needed} == {*bundled, *named}
