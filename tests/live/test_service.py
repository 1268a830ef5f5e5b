"""The daemon: start, stop, restart, kill, faults of disk and logs, reload."""

from __future__ import annotations

import json
import os
import resource
import signal
from functools import partial
from pathlib import Path

import pytest

from tests.lines import line, lines
from tests.pages import run
from tests.service import Service, eventually, running


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Give an empty log."""
    path = tmp_path / "mail.log"
    path.touch()
    return path


def append(path: Path, data: bytes) -> None:
    """Write to a log."""
    with path.open("ab") as file:
        file.write(data)


def has_counted(service: Service, number: int) -> bool:
    """Whether so many attempts are on the page."""
    return service.total() == number


def test_counters_survive_every_end(log: Path, tmp_path: Path) -> None:
    """SIGTERM, SIGINT and SIGKILL lose nothing; SIGTERM and SIGINT exit with 0."""
    flags = ("--postfix.logfile-path", log)
    ends = ((signal.SIGTERM, 0), (signal.SIGINT, 0), (signal.SIGKILL, -9), (signal.SIGTERM, 0))
    for turn, (number, code) in enumerate(ends):
        first = 100 * turn
        with running(tmp_path, *flags) as service:
            eventually(partial(has_counted, service, first))
            append(log, lines(first, first + 50))
            eventually(partial(has_counted, service, first + 50))
            append(log, lines(first + 50, first + 100))
            assert service.stop(number) == code
    with running(tmp_path, *flags) as service:
        eventually(partial(has_counted, service, 400))


def test_first_run_starts_at_the_end(log: Path, tmp_path: Path) -> None:
    """An old log is not counted, unless the configuration says so."""
    append(log, lines(0, 5))
    with running(tmp_path, "--postfix.logfile-path", log) as service:
        eventually(service.ready)
        assert service.total() == 0
        append(log, lines(5, 7))
        eventually(lambda: service.total() == 2)
    config = tmp_path / "exporter.yml"
    config.write_text(f"log: {{paths: [{log}], start: beginning}}\nhold: 0\n")
    state = tmp_path / "other" / "checkpoint.json"
    with running(tmp_path, "--config.file", config, "--checkpoint.file", state) as service:
        eventually(lambda: service.total() == 7)


def test_second_instance_is_refused(log: Path, tmp_path: Path) -> None:
    """A second exporter on the same checkpoint ends with one error and code 1."""
    flags = ("--postfix.logfile-path", log)
    with running(tmp_path, *flags):
        second = Service(tmp_path, *flags)
        assert second.process.wait(timeout=15) == 1
        assert second.log.count("\n") == 1
        assert "in use by another exporter" in second.log


def test_port_in_use(log: Path, tmp_path: Path) -> None:
    """A port that is taken is one error and code 1."""
    with running(tmp_path, "--postfix.logfile-path", log) as service:
        address = f"127.0.0.1:{service.port}"
        state = tmp_path / "other.json"
        ended = run("--checkpoint.file", state, "--web.listen-address", address)
        assert ended.returncode == 1
        assert ended.stderr.count("\n") == 1
        assert f"cannot listen on {address}: Address already in use" in ended.stderr


def test_damaged_checkpoint_is_moved_aside(log: Path, tmp_path: Path) -> None:
    """Noise in the checkpoint is one error; the exporter starts anew and counts a gap."""
    (tmp_path / "checkpoint.json").write_bytes(os.urandom(999))
    with running(tmp_path, "--postfix.logfile-path", log) as service:
        assert service.log.count("level=error") == 1
        assert "is damaged" in service.log
        assert service.page()["postfix_exporter_log_gaps_total"] == {(): 1}
        assert len(list(tmp_path.glob("checkpoint.json.damaged-*"))) == 1


def test_checkpoint_that_cannot_be_read(log: Path, tmp_path: Path) -> None:
    """A checkpoint that is a folder, or of a newer version, is left alone: one error, code 1."""
    (tmp_path / "folder").mkdir()
    newer = tmp_path / "newer.json"
    newer.write_text('{"format": 99}')
    for path, told in (
        (tmp_path / "folder", "is no regular file"),
        (newer, "written by another version"),
    ):
        ended = run("--postfix.logfile-path", log, "--checkpoint.file", path)
        assert ended.returncode == 1
        assert ended.stderr.count("\n") == 1
        assert told in ended.stderr
        assert path.exists()


def test_state_folder_that_cannot_be_made(log: Path, tmp_path: Path) -> None:
    """A state folder that cannot be made is one error and code 1."""
    (tmp_path / "file").touch()
    ended = run("--postfix.logfile-path", log, "--checkpoint.file", tmp_path / "file" / "c.json")
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert "cannot be written: " in ended.stderr


def test_unreadable_at_the_first_start_then_restarted(log: Path, tmp_path: Path) -> None:
    """The usual first installation: no permission, then the group is added and it is restarted."""
    append(log, lines(0, 50))
    aside = log.rename(tmp_path / "aside")
    log.mkdir()
    with running(tmp_path, "--postfix.logfile-path", log) as service:
        eventually(lambda: b"is no regular file" in service.get("/-/ready")[2])
        service.stop()
    log.rmdir()
    aside.rename(log)
    with running(tmp_path, "--postfix.logfile-path", log) as service:
        eventually(service.ready)
        append(log, lines(50, 52))
        eventually(partial(has_counted, service, 2))


def test_stops_in_the_middle_of_a_backlog(log: Path, tmp_path: Path) -> None:
    """SIGTERM does not wait for the end of a backlog; the rest is read after the next start."""
    many = 400_000
    one = line(1, status="deferred", dsn="4.7.0")
    append(log, one * many)
    config = tmp_path / "exporter.yml"
    config.write_text(f"log: {{paths: '{log}', start: beginning}}\nhold: 0\n")
    with running(tmp_path, "--config.file", config) as service:
        assert b"catching up" in service.get("/-/ready")[2]
        assert service.stop() == 0
    with running(tmp_path, "--config.file", config) as service:
        assert service.total() < many
        eventually(partial(has_counted, service, many))


def test_file_name_that_is_no_text(tmp_path: Path) -> None:
    """A log whose name is no UTF-8 does not break the scrape."""
    name = os.fsencode(tmp_path) + b"/\xff.log"
    with open(name, "wb") as file:
        file.write(b"")
    with running(tmp_path, "--postfix.logfile-path", tmp_path / "*.log") as service:
        eventually(lambda: service.page()["postfix_exporter_log_readable"])
        assert list(service.page()["postfix_exporter_log_readable"].values()) == [1]


def test_full_disk(log: Path, tmp_path: Path) -> None:
    """A full disk: committed values stay, not ready, said once; with room again nothing is lost."""

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, resource.RLIM_INFINITY))

    with running(tmp_path, "--postfix.logfile-path", log, limits=small) as service:
        eventually(service.ready)
        append(log, line(1))
        eventually(lambda: service.total() == 1)
        append(log, lines(2, 99))
        eventually(lambda: not service.ready())
        assert b"cannot be written" in service.get("/-/ready")[2]
        failures = "postfix_exporter_checkpoint_failures_total"
        eventually(lambda: service.page()[failures][()] >= 2)
        assert service.total() == 1
        assert service.log.count("level=error") == 1
        resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE, (-1, -1))
        eventually(lambda: service.total() == 98)
        assert service.ready()
        service.stop(signal.SIGKILL)
    with running(tmp_path, "--postfix.logfile-path", log) as service:
        assert service.total() == 98


def test_killed_while_the_disk_is_full(log: Path, tmp_path: Path) -> None:
    """What could not be committed is read again after a kill."""

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, resource.RLIM_INFINITY))

    with running(tmp_path, "--postfix.logfile-path", log, limits=small) as service:
        eventually(service.ready)
        append(log, lines(0, 99))
        eventually(lambda: not service.ready())
        service.stop(signal.SIGKILL)
    with running(tmp_path, "--postfix.logfile-path", log) as service:
        eventually(lambda: service.total() == 99)


def test_log_that_is_missing(tmp_path: Path) -> None:
    """A missing log is said once, shows in gauge and readiness, and is read when it appears."""
    log = tmp_path / "mail.log"
    with running(tmp_path, "--postfix.logfile-path", log) as service:
        eventually(lambda: f"log {log}: no such file" in service.get("/-/ready")[2].decode())
        assert service.page()["postfix_exporter_log_readable"] == {(str(log),): 0}
        append(log, lines(0, 3))
        eventually(lambda: service.total() == 3)
        assert service.page()["postfix_exporter_log_readable"] == {(str(log),): 1}
        assert service.log.count("level=error") == 1


def test_log_that_may_not_be_read(tmp_path: Path) -> None:
    """A log without permission is said once and read when it is permitted."""
    log = tmp_path / "mail.log"
    log.touch()
    config = tmp_path / "exporter.yml"
    config.write_text(f"log: {{paths: ['{log}'], start: beginning}}\nhold: 0\n")
    append(log, lines(0, 3))
    log.chmod(0)
    # root, too, must ask: without these capabilities the file's mode counts
    bound = "--bounding-set=-dac_override,-dac_read_search"
    prefix = ("setpriv", bound, "--") if os.geteuid() == 0 else ()
    with running(tmp_path, "--config.file", config, prefix=prefix) as service:
        eventually(lambda: "Permission denied" in service.get("/-/ready")[2].decode())
        assert service.log.count("level=error") == 1
        log.chmod(0o644)
        eventually(lambda: service.total() == 3)


def test_no_address_is_shown(log: Path, tmp_path: Path) -> None:
    """No recipient's address is on a page, in the log above debug level, or in the checkpoint."""
    with running(tmp_path, "--postfix.logfile-path", log) as service:
        eventually(service.ready)
        append(log, line(1, to="secret.person@a.example", status="deferred", dsn="4.7.0"))
        append(
            log,
            line(2, to="secret.person", text="secret.person@a.example").replace(b"dsn=2", b"dsn=9"),
        )
        eventually(lambda: service.total() == 1)
        pages = b"".join(service.get(path)[2] for path in ("/", "/metrics", "/-/ready"))
        service.stop()
        kept = (tmp_path / "checkpoint.json").read_bytes()
        for text in (pages, service.log.encode(), kept):
            assert b"secret" not in text


def test_reload(log: Path, tmp_path: Path) -> None:
    """SIGHUP takes a new configuration and goes on counting; a wrong one changes nothing."""
    config, other = tmp_path / "exporter.yml", tmp_path / "other.log"
    other.touch()
    config.write_text(f"log: {{paths: ['{log}']}}\nhold: 0\n")
    with running(tmp_path, "--config.file", config) as service:
        eventually(service.ready)
        append(log, lines(0, 3))
        eventually(lambda: service.total() == 3)
        config.write_text("domains: {limit: none}\n")
        service.process.send_signal(signal.SIGHUP)
        eventually(lambda: "configuration not reloaded" in service.log)
        config.write_text(f"log: {{paths: ['{log}', '{other}']}}\ndomains: {{limit: 4}}\nhold: 0\n")
        service.process.send_signal(signal.SIGHUP)
        eventually(lambda: "configuration reloaded" in service.log)
        eventually(lambda: len(service.page()["postfix_exporter_log_readable"]) == 2)
        append(log, lines(3, 6))
        append(other, lines(6, 9))
        eventually(lambda: service.total() == 9)
        assert service.page()["postfix_exporter_domains"] == {(): 4}
        assert service.page()["postfix_exporter_domains_folded_total"] == {(): 5}


def test_log_formats(tmp_path: Path) -> None:
    """The exporter's own log is logfmt or JSON, one record a line."""
    log = tmp_path / "mail.log"
    log.touch()
    with running(tmp_path, "--postfix.logfile-path", log, "--log.format", "logfmt") as service:
        service.stop()
        assert all(text.startswith("time=") for text in service.log.splitlines())
        assert "msg=stopped" in service.log
    ended = run("--log.format=json", "--config.file", tmp_path / "none.yml")
    assert json.loads(ended.stderr)["level"] == "error"
