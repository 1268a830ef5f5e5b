"""The release: versions agree, documents and code name the same things, the image is lean."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from pathlib import Path

import pytest
from prometheus_client import generate_latest

from docs.generate import PAGES
from exporter import __version__
from exporter.config import _SECTIONS
from exporter.counts.totals import Totals
from exporter.page.exposition import registry
from exporter.tally import Published
from tests.pages import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def text(name: str) -> str:
    """Give a document."""
    return (ROOT / name).read_text(encoding="utf-8")


def test_changelog_has_the_version() -> None:
    """The newest entry of the changelog is the version of the package."""
    newest = re.search(r"(?m)^## (\S+)", text("CHANGELOG.md"))
    assert newest
    assert newest[1] == __version__


def test_pythons_that_were_tried() -> None:
    """The README names a patch level of each Python that the classifiers name, and no other Python."""
    classified = re.findall(r"Python :: (3\.\d+)", "\n".join(PROJECT["project"]["classifiers"]))
    tried = re.search(r"(?m)^Tried with Python (.*?);", text("README.md"))
    assert tried
    assert {name.rpartition(".")[0] for name in re.findall(r"3\.\d+\.\d+", tried[1])} == {
        *classified
    }


def test_changelog_tags() -> None:
    """Each entry says what kind of change it is."""
    entries = re.findall(r"(?m)^- (\S+)", text("CHANGELOG.md"))
    assert set(entries) <= {"[CHANGE]", "[FEATURE]", "[ENHANCEMENT]", "[BUGFIX]"}


def test_every_metric_is_documented() -> None:
    """docs/metrics.md names every metric of the page and no other, and says what each label means."""
    families = registry(lambda: Published(Totals(), 0, last_line_seconds=0.0), process=False)
    page = generate_latest(families).decode()
    names = set(re.findall(r"(?m)^# TYPE (\S+)", page))
    document = text("docs/metrics.md")
    rows = re.findall(r"(?m)^\| `(\w+)` \| \w+ \| (.*?) \|", document)
    assert len(rows) == len(names)
    assert {name for name, _ in rows} == names
    labels = {label for _, told in rows for label in re.findall(r"\w+", told)}
    section = document.partition("## Labels")[2].partition("\n## ")[0]
    explained = re.findall(r"(?m)^- (`.*?):", section)
    assert {label for told in explained for label in re.findall(r"\w+", told)} == labels


def test_every_configuration_key_is_documented() -> None:
    """docs/configuration.md has a row for every key."""
    rows = set(re.findall(r"(?m)^\| `([\w.]+)` \|", text("docs/configuration.md")))
    assert {row.split(".")[0] for row in rows} == set(_SECTIONS)


@pytest.mark.parametrize("name", PAGES)
def test_generated_pages(name: str) -> None:
    """The generated pages are what `make docs` writes."""
    assert text(f"docs/{name}") == PAGES[name](), "run `make docs`"


def test_architecture_names_every_module() -> None:
    """ARCHITECTURE.md names every module."""
    told = text("ARCHITECTURE.md")
    for path in (ROOT / "exporter").rglob("*.py"):
        if path.name != "__init__.py":
            assert f"{path.relative_to(ROOT / 'exporter')}`" in told, path


def test_only_one_module_imports_pygtail() -> None:
    """The seam to pygtail is one module; its version is pinned."""
    importers = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "exporter").rglob("*.py")
        if re.search(r"(?m)^(?:from|import) pygtail", path.read_text(encoding="utf-8"))
    ]
    assert importers == ["exporter/sources/files.py"]
    assert "pygtail==0.14.0" in PROJECT["project"]["dependencies"]


PURE = "patterns selftest line parse destination providers phrases classify judge counts series domains queue refused delays birth columns render".split()


def test_pure_modules_touch_nothing() -> None:
    """What is pure imports nothing that reads, writes or asks for the time."""
    impure = {"os", "io", "socket", "logging", "pathlib", "subprocess"}
    for name in PURE:
        tree = ast.parse(text(f"exporter/{name}.py"))
        for node in ast.walk(tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not impure & set(names), name


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


def test_health_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The health check's exit code is 0 for a living exporter, proxy or not, and 1 for none."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    from exporter.web.healthcheck import main
    from tests.service import running

    log = tmp_path / "mail.log"
    log.touch()
    with running(tmp_path, "--postfix.logfile-path", log) as service:
        assert main(f"http://127.0.0.1:{service.port}/-/healthy") == 0
        assert main(f"http://127.0.0.1:{service.port}/nothing") == 1
    assert main(f"http://127.0.0.1:{service.port}/-/healthy") == 1
    assert main("nonsense") == 1


def test_licence() -> None:
    """The licence is Apache-2.0, and NOTICE tells about pygtail's."""
    assert PROJECT["project"]["license"] == "Apache-2.0"
    assert "GNU General Public License" in text("NOTICE")
    assert "pygtail" in text("NOTICE")
