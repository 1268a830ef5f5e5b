"""The README is short; every command of it and of the configuration's page runs, every example of a file is accepted, every link leads somewhere."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.lines import line, lines
from tests.pages import ROOT, attempts, samples
from tests.service import eventually, free_port
from tests.tools import tool

README = (ROOT / "README.md").read_text(encoding="utf-8")
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
COMMANDS = [
    command
    for block in re.findall(r"(?s)```sh\n(.*?)```", README + CONFIGURATION)
    for command in block.splitlines()
]
SCRAPE, *FILES = re.findall(r"(?s)```yaml\n(.*?)```", README + CONFIGURATION)
DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "docs/*.md", "*/README.md", "alerts/runbooks/*.md")
    for path in ROOT.glob(pattern)
)

CHECKED = {
    "make run": "test_make_run_serves_the_sample",
    "make run LOG=/var/log/mail.log LISTEN=127.0.0.1:9154": "test_make_run_follows_a_log",
    "make demo": "tests/live/test_demo.py",
    "make test": "this run",
    "python3 -m venv ~/exporter": "tests/postfix/test_nothing_configured.py",
    ". ~/exporter/bin/activate": "tests/postfix/test_nothing_configured.py",
    "python3 -m pip install --constraint constraints.txt .": "installed",
    "postfix-deliverability-exporter --version": "test_installed_program",
    "postfix-deliverability-exporter": "tests/postfix/test_nothing_configured.py",
    "postfix-deliverability-exporter --postfix.logfile-path /var/log/mail.log": "test_follow",
    "postfix-deliverability-exporter --journal": "tests/live/test_journal.py",
    "postfix-deliverability-exporter --once --postfix.logfile-path '/var/log/mail.log*'": "test_once",
    "postfix-deliverability-exporter --explain /var/log/mail.log": "test_explain",
    "postfix-deliverability-exporter --config.check --config.file exporter.yml": "test_config_check",
    "postfix-deliverability-exporter --config.file exporter.yml": "test_config_file",
    "postfix-deliverability-exporter --web.config.file web.yml": "tests/live/test_web_tls.py",
}


def test_every_command_is_checked() -> None:
    """No command stands in the README or in docs/configuration.md that no test runs."""
    assert sorted(COMMANDS) == sorted(CHECKED)


def test_for_a_reader_in_a_hurry() -> None:
    """The README has at most 150 lines, one picture and one alert; tables are in docs/ alone."""
    assert len(README.splitlines()) <= 150
    assert len(re.findall(r"!\[|```mermaid|<img", README)) == 1
    assert len(re.findall(r"(?m)^> ", README)) == 1
    assert not re.search(r"(?m)^ *\|", README)


def anchors(document: Path) -> set[str]:
    """Give what a link into a page can name, as GitHub makes it of the headings."""
    text = re.sub(r"(?ms)^( *)```.*?^ *```", "", document.read_text(encoding="utf-8"))
    found: set[str] = set()
    for heading in re.findall(r"(?m)^#+ +(.+?)\s*$", text):
        shown = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-")
        same = (f"{slug}-{number}" for number in range(1, len(found) + 1))
        found.add(next(name for name in (slug, *same) if name not in found))
    return found


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    """Every relative link and picture of a page exists in the project, and so does the heading it names."""
    text = document.read_text(encoding="utf-8")
    prose = re.sub(r"(?ms)^ *```.*?^ *```|`[^`\n]*`", "code", text)
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        linked = (document.parent / name).resolve() if name else document
        assert linked.is_relative_to(ROOT.resolve()), target
        assert linked.exists(), target
        assert not anchor or anchor in anchors(linked), target


def test_pages_whose_links_are_checked() -> None:
    """No page of the project is left out, but for what tests read."""
    listed = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, check=True)
    pages = {ROOT / name for name in listed.stdout.decode().splitlines()}
    assert {page for page in pages if ROOT / "tests" not in page.parents} <= set(DOCUMENTS)


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the project's files in a folder of their own."""
    folder = tmp_path_factory.mktemp("clone") / "project"
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    for name in filter(None, tracked.stdout.decode().split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def installed(clone: Path) -> Path:
    """Install as the README says, into a fresh environment; give the program."""
    environment = clone.parent / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    command = next(command for command in COMMANDS if "pip install" in command).split()
    subprocess.run(
        [
            str(environment / "bin" / "python"),
            *command[1:],
            "--quiet",
            "--disable-pip-version-check",
        ],
        cwd=clone,
        check=True,
    )
    return environment / "bin" / "postfix-deliverability-exporter"


@contextmanager
def background(command: list[str], folder: Path, **variables: str) -> Iterator[None]:
    """Run a command in a session of its own and end it."""
    environment = {**os.environ, **variables}
    process = subprocess.Popen(command, cwd=folder, env=environment, start_new_session=True)
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=15)


def scrape(port: int) -> int | None:
    """Give the sum of attempts on the page; None before it is served."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            return attempts(samples(answer.read().decode())).total()
    except urllib.error.HTTPError as error:
        error.close()  # or Python 3.14 complains
        return None
    except OSError:
        return None


def records_read(port: int) -> int | None:
    """Give how many delivery records were read; new series would show 0 for a while."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            page = samples(answer.read().decode())
    except urllib.error.HTTPError as error:
        error.close()  # or Python 3.14 complains
        return None
    except OSError:
        return None
    return int(page["postfix_exporter_log_lines_total"]["delivery",])


def test_make_run_serves_the_sample(clone: Path) -> None:
    """`make run` installs what it needs and, where no log is readable, serves the sample."""
    listing = subprocess.run(
        ["make", "--dry-run", "run"], cwd=clone, capture_output=True, text=True, check=True
    ).stdout
    assert "pip" in listing
    port = free_port()
    usual = any(os.access(path, os.R_OK) for path in ("/var/log/mail.log", "/var/log/maillog"))
    with background(["make", "run", f"LISTEN=127.0.0.1:{port}"], clone):
        total = eventually(lambda: scrape(port) is not None and (scrape(port) or usual), 120)
    assert usual or total


def test_make_run_follows_a_log(clone: Path, tmp_path: Path) -> None:
    """`make run LOG=` follows that log, and prints which and what to open."""
    log, port = tmp_path / "mail.log", free_port()
    log.touch()
    with background(["make", "run", f"LOG={log}", f"LISTEN=127.0.0.1:{port}"], clone):
        eventually(lambda: scrape(port) == 0, 120)
        log.write_bytes(lines(0, 3))
        eventually(lambda: records_read(port) == 3)
    said = subprocess.run(
        ["sh", "scripts/run"],
        cwd=clone,
        env={**os.environ, "PYTHON": "true", "LOG": str(log)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert str(log) in said
    assert said.startswith("Open http://127.0.0.1:9154/ ")


def test_installed_program(installed: Path) -> None:
    """The installed program starts with the run-time dependencies alone."""
    ended = subprocess.run([installed, "--version"], capture_output=True, text=True, check=True)
    assert ended.stdout.startswith("postfix-deliverability-exporter, version ")
    listed = subprocess.run(
        [installed.parent / "python", "-m", "pip", "--disable-pip-version-check", "list"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "pytest" not in listed


def test_follow(installed: Path, tmp_path: Path) -> None:
    """The program follows a log with nothing but its path; the state lies where it is said."""
    log, port = tmp_path / "mail.log", free_port()
    log.touch()
    command = [str(installed), "--postfix.logfile-path", str(log)]
    with background(
        [*command, "--web.listen-address", f"127.0.0.1:{port}"],
        tmp_path,
        STATE_DIRECTORY=str(tmp_path),
    ):
        eventually(lambda: scrape(port) == 0)
        log.write_bytes(lines(0, 3))
        eventually(lambda: records_read(port) == 3)
    assert (tmp_path / "checkpoint.json").exists()


def test_once(installed: Path, tmp_path: Path) -> None:
    """`--once` with a glob prints the metrics of the rotated set."""
    (tmp_path / "mail.log.1").write_bytes(lines(0, 3))
    (tmp_path / "mail.log").write_bytes(lines(3, 5))
    ended = subprocess.run(
        [installed, "--once", "--postfix.logfile-path", f"{tmp_path}/mail.log*"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert attempts(samples(ended.stdout)).total() == 5


def test_explain(installed: Path, tmp_path: Path) -> None:
    """`--explain` tells how failures are judged, by which rule, alike ones once; no address."""
    text = "host mx.a.example[192.0.2.1] said: 421 4.7.0 Slow down (in reply to DATA command)"
    refused = [
        line(number, to=f"secret{number}@a.example", dsn="4.7.0", status="deferred", text=text)
        for number in range(3)
    ]
    log = [
        *refused,
        line(4),
        b"Nov 23 20:15:19 mx1 postfix/qmgr[1]: x\n",
        line(5, relay="127.0.0.1[127.0.0.1]:10024"),
    ]
    (tmp_path / "mail.log").write_bytes(b"".join(log))
    told, every = (
        subprocess.run(
            [installed, *flags, tmp_path / "mail.log"], capture_output=True, check=True, text=True
        )
        for flags in (["--explain"], ["--explain", "--explain.all"])
    )
    assert told.stdout.splitlines()[:2] == [
        "3 records: provider=other dsn_code=4.7.0 status=deferred cause=throttled relay=a.example,"
        " for a.example",
        "  said: 421 4.7.0 Slow down (in reply to DATA command)",
    ]
    assert re.search(r"rule: [a-z0-9-]+ \(causes.yaml, rule [0-9]+: ", told.stdout)
    assert "next: " in told.stdout
    assert "cause=delivered" not in told.stdout
    assert "1 record: provider=other dsn_code=2.0.0 status=sent cause=delivered" in every.stdout
    assert "agent=smtp status=sent: no attempt at a remote destination" in every.stdout
    assert "secret" not in told.stdout + told.stderr + every.stdout


@pytest.mark.parametrize("text", FILES)
def test_config_check(installed: Path, tmp_path: Path, text: str) -> None:
    """Each documented configuration is valid."""
    (tmp_path / "exporter.yml").write_text(text)
    command = [str(installed), "--config.check", "--config.file", "exporter.yml"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert ended.stdout == "exporter.yml is valid\n"


def test_config_file(installed: Path, tmp_path: Path) -> None:
    """The program runs with a configuration file."""
    log, port = tmp_path / "mail.log", free_port()
    log.write_bytes(lines(0, 3))
    text = FILES[0].replace("/var/log/mail.log", str(log))
    text = text.replace("start: end", "start: beginning")
    (tmp_path / "exporter.yml").write_text(text)
    command = [
        str(installed),
        "--config.file",
        "exporter.yml",
        "--web.listen-address",
        f"127.0.0.1:{port}",
    ]
    with background(command, tmp_path, STATE_DIRECTORY=str(tmp_path)):
        eventually(lambda: records_read(port) == 3)


def test_scrape_configuration(tmp_path: Path) -> None:
    """Prometheus accepts the README's scrape configuration."""
    (tmp_path / "prometheus.yml").write_text(SCRAPE)
    command = [tool("promtool"), "check", "config", str(tmp_path / "prometheus.yml")]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
