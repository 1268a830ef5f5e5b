"""The release: versions agree, documents and code name the same things, the image is lean."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

from exporter import __version__
from tests.documents import PROJECT, text
from tests.pages import ROOT


def test_changelog_has_the_version() -> None:
    """The newest entry of the changelog is the version of the package."""
    newest = re.search(r"(?m)^## (\S+)", text("CHANGELOG.md"))
    assert newest
    assert newest[1] == __version__


def test_changelog_tags() -> None:
    """Each entry says what kind of change it is."""
    entries = re.findall(r"(?m)^- (\S+)", text("CHANGELOG.md"))
    assert set(entries) <= {"[CHANGE]", "[FEATURE]", "[ENHANCEMENT]", "[BUGFIX]"}


EXPORTER = ROOT / "exporter"
FOLDERS = sorted(path.parent for path in EXPORTER.glob("*/__init__.py"))


def test_architecture_names_every_folder_and_top_module() -> None:
    """ARCHITECTURE.md names every folder of the exporter and every module at its top."""
    told = text("ARCHITECTURE.md")
    for folder in FOLDERS:
        assert f"`{folder.name}/`" in told, folder.name
    for path in EXPORTER.glob("*.py"):
        assert path.name == "__init__.py" or f"`{path.name}`" in told, path.name


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_folder_says_what_to_read_first(folder: Path) -> None:
    """The docstring of a folder names a module to read first, and each that it names is in it."""
    told = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))) or ""
    named = re.findall(r"\b\w+\.py\b", told.partition("Read first: ")[2])
    assert named
    for name in named:
        assert (folder / name).is_file(), name


def test_only_one_module_imports_pygtail() -> None:
    """The seam to pygtail is one module; its version is pinned."""
    importers = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "exporter").rglob("*.py")
        if re.search(r"(?m)^(?:from|import) pygtail", path.read_text(encoding="utf-8"))
    ]
    assert importers == ["exporter/sources/files.py"]
    assert "pygtail==0.14.0" in PROJECT["project"]["dependencies"]


PURE = [
    *(path for name in ("records", "verdict", "counts") for path in (EXPORTER / name).glob("*.py")),
    *(
        EXPORTER / name
        for name in ("checkpoint/new_series.py", "checkpoint/rows.py", "page/render.py")
    ),
]
PURE.remove(EXPORTER / "verdict/knowledge.py")  # it reads the rules and tables
IMPURE = {"os", "io", "socket", "logging", "pathlib", "subprocess"}


@pytest.mark.parametrize("path", PURE, ids=lambda path: str(path.relative_to(EXPORTER)))
def test_pure_modules_touch_nothing(path: Path) -> None:
    """What is pure imports nothing that reads, writes or asks for the time."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        assert not IMPURE & {name.partition(".")[0] for name in names}


def test_dockerfile() -> None:
    """The image has two stages, a numeric user that is not root, and a HEALTHCHECK without a shell."""
    dockerfile = text("Dockerfile")
    final = dockerfile[dockerfile.rindex("\nFROM ") :]
    assert dockerfile.count("\nFROM ") == 2
    assert re.search(r"(?m)^USER 65532:65532$", final)
    assert "RUN" not in final
    command = re.search(r"(?s)HEALTHCHECK .*?CMD (\[.*?\])", final)
    entry = re.search(r"ENTRYPOINT (\[.*?\])", final)
    assert command
    assert entry
    assert json.loads(command[1])[:3] == ["/app/bin/python", "-m", "exporter.web.healthcheck"]
    assert json.loads(entry[1]) == ["/app/bin/" + next(iter(PROJECT["project"]["scripts"]))]
    copied = set(re.findall(r"(?m)^COPY ([^-\n].*) \S+$", dockerfile)[0].split())
    assert copied <= set(re.findall(r"(?m)^!(\S+)$", text(".dockerignore")))


def test_bill_of_materials_is_the_images() -> None:
    """The release's bill of materials is of the extras that the image installs."""
    [installed] = re.findall(r"'\.\[([\w,]+)\]'", text("Dockerfile"))
    [listed] = re.findall(r"\$wheel\[([\w,]+)\]", text("scripts/release"))
    assert installed == listed


def test_licence() -> None:
    """The licence is Apache-2.0, and NOTICE tells about pygtail's."""
    assert PROJECT["project"]["license"] == "Apache-2.0"
    assert "GNU General Public License" in text("NOTICE")
    assert "pygtail" in text("NOTICE")
