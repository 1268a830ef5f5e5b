"""The site has every page, and a broken link is noticed when it is made. `make site` makes it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from docs.site import linked, list_versions, pages, put_together
from tests.documents import text
from tests.pages import ROOT

WRITTEN = [
    path.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "docs/*.md", "*/README.md", "alerts/runbooks/*.md")
    for path in ROOT.glob(pattern)
    if not path.relative_to(ROOT).parts[0].startswith(".")
]


def test_every_page_is_in_the_navigation() -> None:
    """Each page of the project, and each runbook, is in the navigation once, and nothing else is."""
    assert sorted(pages()) == sorted(WRITTEN), "add the page to mkdocs.yml"


def test_what_pages_show_comes_along(tmp_path: Path) -> None:
    """Pages lie in the same tree, and beside them what they link to, so that links stay right."""
    put_together(tmp_path / "pages")
    for page in pages():
        assert (tmp_path / "pages" / page).read_bytes() == (ROOT / page).read_bytes()
        for path in linked(page):
            assert (tmp_path / "pages" / path.relative_to(ROOT)).is_file()
    assert (tmp_path / "pages/docs/triage.schema.json").is_file()


def test_put_together_anew(tmp_path: Path) -> None:
    """A page that is gone is gone from the folder."""
    (tmp_path / "old.md").touch()
    put_together(tmp_path)
    assert not (tmp_path / "old.md").exists()


def test_broken_links_are_noticed() -> None:
    """The build is strict about links, headings and pages, and is not told to be quiet, which makes it blind."""
    configuration = text("mkdocs.yml")
    assert "\nstrict: true\n" in configuration
    for checked in (
        "not_found",
        "anchors",
        "absolute_links",
        "unrecognized_links",
        "omitted_files",
    ):
        assert f"{checked}: warn" in configuration
    recipe = text("Makefile").partition("\nsite: ")[2].partition("\n\n")[0]
    assert "mkdocs build\n" in recipe
    assert not {"--quiet", "-q"} & set(recipe.split())


def test_newest_version_comes_first(tmp_path: Path) -> None:
    """The menu lists the versions by their numbers, and the site leads to the newest."""
    for name in ("0.9.0", "0.10.0", "0.2.1"):
        (tmp_path / name).mkdir()
    list_versions(tmp_path)
    listed = json.loads((tmp_path / "versions.json").read_text())
    assert [one["version"] for one in listed] == ["0.10.0", "0.9.0", "0.2.1"]
    assert 'url=0.10.0/"' in (tmp_path / "index.html").read_text()


@pytest.mark.parametrize("words", [[], ["pages"], ["something", "folder"]])
def test_it_says_what_it_takes(words: list[str]) -> None:
    """Without a known word and a folder it says how to call it."""
    command = [sys.executable, "-m", "docs.site", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.split(":")[0]) == (1, "usage")
