"""The daemon: start, stop, restart, kill, reload, and what it tells."""

from __future__ import annotations

import json
import os
import signal
from functools import partial
from pathlib import Path

from tests.lines import line, lines
from tests.pages import run
from tests.scene import append
from tests.service import PATIENCE, SOON, Service, eventually, running


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
    config.write_text(f"log: {{paths: [{log}], start: beginning}}\n{SOON}")
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
        flags = ("--postfix.logfile-path", log, "--checkpoint.file", state)
        ended = run(*flags, "--web.listen-address", address)
        assert ended.returncode == 1
        assert ended.stderr.count("\n") == 1
        assert f"cannot listen on {address}: Address already in use" in ended.stderr


def test_stops_in_the_middle_of_a_backlog(log: Path, tmp_path: Path) -> None:
    """SIGTERM does not wait for the end of a backlog; the rest is read after the next start."""
    many = 400_000
    one = line(1, status="deferred", dsn="4.7.0")
    append(log, one * many)
    config = tmp_path / "exporter.yml"
    config.write_text(f"log: {{paths: '{log}', start: beginning}}\n{SOON}")
    with running(tmp_path, "--config.file", config) as service:
        assert b"catching up" in service.get("/-/ready")[2]
        assert service.stop() == 0
    with running(tmp_path, "--config.file", config) as service:
        assert service.total() < many
        eventually(partial(has_counted, service, many), 3 * PATIENCE)  # 60 MB on a busy machine


def test_file_name_that_is_no_text(tmp_path: Path) -> None:
    """A log whose name is no UTF-8 does not break the scrape."""
    name = os.fsencode(tmp_path) + b"/\xff.log"
    with open(name, "wb") as file:
        file.write(b"")
    with running(tmp_path, "--postfix.logfile-path", tmp_path / "*.log") as service:
        eventually(lambda: service.page()["postfix_exporter_log_readable"])
        assert list(service.page()["postfix_exporter_log_readable"].values()) == [1]


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
    config.write_text(f"log: {{paths: ['{log}']}}\n{SOON}")
    with running(tmp_path, "--config.file", config) as service:
        eventually(service.ready)
        append(log, lines(0, 3))
        eventually(lambda: service.total() == 3)
        config.write_text("domains: {limit: none}\n")
        service.process.send_signal(signal.SIGHUP)
        eventually(lambda: "configuration not reloaded" in service.log)
        config.write_text(f"log: {{paths: ['{log}', '{other}']}}\ndomains: {{limit: 4}}\n{SOON}")
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
