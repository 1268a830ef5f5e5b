"""The package is right in lintian's eyes, and its service counts over installation, upgrade and purge."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from exporter import __version__
from tests.deb.package import BEFORE, NAME, Built, build
from tests.lines import lines
from tests.pages import attempts, samples
from tests.postfix.debian import PATIENCE, SYSTEMD, Debian, debian, receivers
from tests.postfix.postfix import send
from tests.postfix.receivers import ANSWERS, ENDING, PORT, answered
from tests.secured import basic, users
from tests.service import eventually

USER = "_postfix-exporter"
STATE = f"var/lib/{NAME}"
DEFAULTS = f"etc/default/{NAME}"
CONFIGURATION = "etc/postfix-deliverability-exporter.yml"

_GET = """
import sys, urllib.request
asked = urllib.request.Request("http://127.0.0.1:9154" + sys.argv[1])
if sys.argv[2]:
    asked.add_header("Authorization", sys.argv[2])
try:
    answer = urllib.request.urlopen(asked, timeout=10)
    print(answer.status, answer.read().decode())
except urllib.error.HTTPError as error:
    print(error.code, error.read().decode())
except OSError:
    print(0)
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Build the packages once."""
    folder = tmp_path_factory.mktemp("build")
    with debian("deb-build", folder) as host:
        return build(host, folder)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Debian]:
    """Boot a Debian 13 with Postfix; what systemd is asked is asked when it can answer."""
    with debian("deb", tmp_path, SYSTEMD) as booted:
        eventually(lambda: is_active(booted, "postfix"), PATIENCE)
        yield booted


def is_active(host: Debian, unit: str) -> bool:
    """Whether a unit is active."""
    asking = host.inside("systemctl", "--quiet", "is-active", unit)
    return subprocess.run(asking, capture_output=True, check=False).returncode == 0


def install(host: Debian, package: Path) -> None:
    """Install a package, or upgrade to it."""
    shutil.copy(package, host.root / "root")
    host.run("dpkg", "--install", f"/root/{package.name}")


def configure(host: Debian, flags: str) -> None:
    """Set the service's flags, and let it show new values at once."""
    (host.root / CONFIGURATION).write_text("hold: 0\n", "ascii")
    arguments = f"--config.file /{CONFIGURATION} {flags}"
    (host.root / DEFAULTS).write_text(f'ARGS="{arguments}"\n', "ascii")
    host.run("systemctl", "restart", NAME)


def said(host: Debian) -> str:
    """Give the service's own log."""
    return host.run("journalctl", f"--unit={NAME}", "--output=cat")


def get(host: Debian, path: str, authorization: str = "") -> tuple[int, str]:
    """Ask the service from its host; 0 before it answers."""
    command = host.on_its_network(sys.executable, "-c", _GET, path, authorization)
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    status, _, body = said.partition(" ")
    return int(status), body


def counted(host: Debian) -> int:
    """Give the sum of attempts on the page, -1 before there is one."""
    status, body = get(host, "/metrics")
    return attempts(samples(body)).total() if status == 200 else -1


def is_counted(host: Debian, record: Path) -> bool:
    """Whether the page shows what the receivers answered until now."""
    status, body = get(host, "/metrics")
    return status == 200 and attempts(samples(body)) == answered(record)


def deliver(host: Debian, record: Path, batch: str) -> None:
    """Send a message of each kind, and wait until all are answered and counted."""
    wishes = [wish for wish in ANSWERS if wish not in ENDING]
    known = answered(record).total()
    assert send(host, [f"{wish}.{batch}@{wish}.example" for wish in wishes]).wait() == 0
    eventually(lambda: answered(record).total() >= known + len(wishes), PATIENCE)
    eventually(lambda: is_counted(host, record), PATIENCE)


def test_lintian(built: Built) -> None:
    """Lintian has nothing to say, not even as information or pedantry."""
    assert built.complaints == ""


def test_journal_over_upgrade_and_purge(built: Built, host: Debian, tmp_path: Path) -> None:
    """Installed, it reads the journal without a flag; an upgrade keeps the counters, and purge leaves nothing."""
    install(host, built.packages[BEFORE])
    assert get(host, "/-/healthy")[0] == 200  # it has started when it serves
    configure(host, "")
    eventually(lambda: counted(host) == 0, PATIENCE)
    host.run("postconf", "-e", f"relayhost = [192.0.2.25]:{PORT}")
    host.run("systemctl", "reload", "postfix")
    record = tmp_path / "record"
    with receivers(host, record):
        deliver(host, record, "before")
        install(host, built.packages[__version__])
        eventually(lambda: f'version="{__version__}"' in get(host, "/metrics")[1], PATIENCE)
        assert is_counted(host, record)
        deliver(host, record, "after")
    host.run("dpkg", "--remove", NAME)
    assert not is_active(host, NAME)
    assert (host.root / STATE / "checkpoint.json").exists()
    host.run("dpkg", "--purge", NAME)
    left = host.run("find", "/etc", "/usr", "/var", "/run", "-xdev", "-name", f"*{NAME}*").split()
    assert [path for path in left if not path.startswith("/var/lib/dpkg")] == [f"/{CONFIGURATION}"]


def test_log_and_passwords(built: Built, host: Debian) -> None:
    """It reads a log of the group adm as its own user, and asks for the password that is a credential."""
    log = host.root / "var/log/mail.log"
    log.touch(0o640)
    host.run("chown", "root:adm", "/var/log/mail.log")
    install(host, built.packages[__version__])
    configure(host, "")
    eventually(lambda: counted(host) == 0, PATIENCE)
    with log.open("ab") as file:
        file.write(lines(0, 5))
    eventually(lambda: counted(host) == 5, PATIENCE)
    process = host.run("systemctl", "show", "--property=MainPID", "--value", NAME).strip()
    assert host.run("stat", "--format=%U", f"/proc/{process}").strip() == USER
    host.run("systemctl", "reload", NAME)
    eventually(lambda: "configuration reloaded" in said(host), PATIENCE)
    store = host.root / "etc/credstore"
    store.mkdir(mode=0o700, exist_ok=True)
    (store / f"{NAME}.web.yml").write_text(users(scraper="secret"), "ascii")
    (store / f"{NAME}.web.yml").chmod(0o600)
    host.run("systemctl", "restart", NAME)
    eventually(lambda: get(host, "/metrics")[0] == 401, PATIENCE)
    status, body = get(host, "/metrics", basic("scraper", "secret"))
    assert status == 200
    assert attempts(samples(body)).total() == 5
    configure(host, f"--web.config.file /run/credentials/{NAME}.service/web.yml")
    eventually(lambda: get(host, "/metrics")[0] == 401, PATIENCE)
    (store / f"{NAME}.web.yml").unlink()
    restarted = host.inside("systemctl", "restart", NAME)
    subprocess.run(restarted, capture_output=True, check=False)
    eventually(lambda: not is_active(host, NAME), PATIENCE)


def test_commands(built: Built, host: Debian) -> None:
    """Both commands run for every user, with their own copies of what Debian does not have."""
    install(host, built.packages[__version__])
    told = host.run("runuser", "-u", "nobody", "--", "postfix-triage", "--version")
    assert told == f"postfix-triage, version {__version__}\n"
    told = host.run("runuser", "-u", "nobody", "--", NAME, "--config.check")
    assert told == "the built-in configuration is valid\n"
    for command in ("postfix-triage", NAME):
        assert (host.root / f"usr/share/man/man1/{command}.1.gz").is_file()


def test_watchdog(built: Built, host: Debian) -> None:
    """A service that gives signs of life is left alone, one that stands still is started again."""
    install(host, built.packages[__version__])
    drop_in = host.root / f"run/systemd/system/{NAME}.service.d"
    drop_in.mkdir(parents=True)
    (drop_in / "soon.conf").write_text("[Service]\nWatchdogSec=2s\nRestartSec=0\n", "ascii")
    host.run("systemctl", "daemon-reload")
    host.run("systemctl", "restart", NAME)

    def shown(what: str) -> str:
        return host.run("systemctl", "show", f"--property={what}", "--value", NAME).strip()

    first = shown("WatchdogTimestampMonotonic")
    eventually(lambda: shown("WatchdogTimestampMonotonic") != first, PATIENCE)
    process = shown("MainPID")
    host.run("sh", "-c", f"kill -STOP {process}")
    eventually(lambda: shown("MainPID") not in ("0", process), PATIENCE)
