"""Put together what `make site` makes a site of: the pages where they lie, and whatever they link to.

In: `mkdocs.yml` and the pages that its navigation names. Out: a folder that mkdocs reads, with the
same tree, so that every link of a page is right in both; and the list of versions for the site's menu.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

_FENCED = re.compile(r"(?ms)^ *```.*?^ *```|`[^`\n]*`")
_LINK = re.compile(r"\]\(([^)\s#]+)")


def pages() -> list[str]:
    """Give the pages of the navigation, in its order."""
    navigation = (ROOT / "mkdocs.yml").read_text("utf-8").partition("\nnav:\n")[2]
    return re.findall(r"(?m)^ +- (\S+\.md)$", navigation)


def linked(page: str) -> set[Path]:
    """Give the files of the project that a page links to or shows, but for pages."""
    text = _FENCED.sub("", (ROOT / page).read_text("utf-8"))
    targets = [target for target in _LINK.findall(text) if not re.match("[a-z]+:", target)]
    files = {(ROOT / page).parent.joinpath(target).resolve() for target in targets}
    return {path for path in files if path.is_file() and path.suffix != ".md"}


def put_together(folder: Path) -> None:
    """Copy the pages and what they link to."""
    shutil.rmtree(folder, ignore_errors=True)
    for page in pages():
        for path in (ROOT / page, *linked(page)):
            copy = folder / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)


def list_versions(site: Path) -> None:
    """Write which versions lie in the site, the newest first, and lead to that."""
    found = sorted((path.name for path in site.iterdir() if path.is_dir()), key=_numbers)[::-1]
    listed = [{"version": name, "title": name, "aliases": []} for name in found]
    (site / "versions.json").write_text(json.dumps(listed), "utf-8")
    lead = f'<!doctype html><meta http-equiv="refresh" content="0; url={found[0]}/">\n'
    (site / "index.html").write_text(lead, "utf-8")


def _numbers(name: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", name)]


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["pages", folder]:
            put_together(Path(folder))
        case ["versions", folder]:
            list_versions(Path(folder))
        case _:
            sys.exit("usage: python -m docs.site {pages|versions} FOLDER")
