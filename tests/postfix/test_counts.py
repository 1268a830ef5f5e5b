"""What the exporter counts of a real Postfix is what the receivers answered, wherever it logs."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.journald import journald
from tests.pages import attempts
from tests.postfix.debian import PATIENCE, Debian, debian, receivers
from tests.postfix.postfix import Postfix, send
from tests.postfix.receivers import ANSWERS, ENDING, answered
from tests.service import Service, eventually, running

SUITES = {"bookworm": "3.7.", "sid": "3.11."}
LOGGING = ["maillog_file", "rsyslog", "journald"]
DOMAINS = ["one.example", "two.example", "three.example"]

_RSYSLOG = """\
module(load="imuxsock" SysSock.Name="/dev/log")
mail.* /var/log/mail.log
"""


def messages(batch: int) -> list[str]:
    """Give messages by their recipients: each wish alone, and those that end no session together, too."""
    found = []
    for number in range(3):
        for domain in DOMAINS:
            together = [
                f"{wish}.{batch}.{number}@{domain}" for wish in ANSWERS if wish not in ENDING
            ]
            found += [*together, " ".join(one.replace("@", ".too@") for one in together)]
        found += [f"{wish}.{batch}.{number}@{wish}.example" for wish in ENDING]
    return found


class Place(NamedTuple):
    """A Debian whose Postfix logs, and the exporter's flags that say where."""

    host: Debian
    flags: tuple[str | Path, ...]
    maillog_file: str | None = None


@contextmanager
def logging_by(way: str, suite: str, folder: Path) -> Iterator[Place]:
    """Run a Debian with what Postfix logs to."""
    with ExitStack() as stack:
        if way == "journald":
            journal = stack.enter_context(journald())
            host = stack.enter_context(debian(suite, folder, journal=journal.inside()))
            yield Place(host, ("--journal", "--journal.directory", journal.directory))
            return
        host = stack.enter_context(debian(suite, folder))
        log = host.root / "var/log/mail.log"
        log.touch()
        if way == "rsyslog":
            (host.root / "etc/own.conf").write_text(_RSYSLOG, encoding="ascii")
            syslog = subprocess.Popen(host.inside("rsyslogd", "-n", "-f", "/etc/own.conf"))
            stack.callback(syslog.wait)
            stack.callback(syslog.kill)
            eventually((host.root / "dev/log").is_socket, PATIENCE)
        yield Place(
            host,
            ("--postfix.logfile-path", log),
            "/var/log/mail.log" if way == "maillog_file" else None,
        )


def is_counted(service: Service, record: Path) -> bool:
    """Whether the page shows what the receivers answered until now."""
    return attempts(service.page()) == answered(record)


@pytest.mark.parametrize("way", LOGGING)
@pytest.mark.parametrize("suite", SUITES)
def test_counts_are_what_the_receivers_answered(suite: str, way: str, tmp_path: Path) -> None:
    """By domain, code and status each answer is one attempt: live, over a kill -9, mail sent meanwhile, and retries."""
    record = tmp_path / "record"
    with logging_by(way, suite, tmp_path) as place, receivers(place.host, record):
        postfix = Postfix(
            place.host, [*DOMAINS, *(f"{wish}.example" for wish in ENDING)], place.maillog_file
        )
        assert postfix.version.startswith(SUITES[suite])
        with running(tmp_path, *place.flags) as service:
            assert send(place.host, messages(0)).wait() == 0
            postfix.settled()
            eventually(lambda: is_counted(service, record), PATIENCE)
            feeding, before = send(place.host, messages(1)), service.total()
            eventually(lambda: service.total() > before, PATIENCE)
            service.stop(9)
            assert feeding.wait() == 0
        with running(tmp_path, *place.flags) as service:
            assert send(place.host, messages(2)).wait() == 0
            postfix.settled()
            known, waiting = answered(record).total(), postfix.flush()
            eventually(lambda: answered(record).total() >= known + waiting, PATIENCE)
            postfix.settled()
            eventually(lambda: service.total() >= answered(record).total(), PATIENCE)
            page = service.page()
            assert attempts(page) == answered(record)
            assert page["postfix_exporter_log_gaps_total"] == {(): 0}
            assert page["postfix_exporter_log_lines_total"]["unparsed",] == 0
        postfix.stop()
