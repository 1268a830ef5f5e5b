"""A log that nobody understands: page, readiness and the exporter's log say so; others alarm nobody."""

from __future__ import annotations

import gzip
from functools import partial
from pathlib import Path

import pytest

from tests.lines import lines, record
from tests.pages import CORPUS, run, samples
from tests.scene import append, is_told
from tests.service import SOON, eventually, running

SECRET = "secret.person@secret.example"


def _many(text: str, times: int = 20) -> bytes:
    return f"{text}\n".encode() * times


NOBODY_UNDERSTANDS = {
    "dovecot": _many(
        f"2026-11-28T01:02:03+00:00 mx1 dovecot: imap-login: Login: user=<{SECRET}>, method=PLAIN"
    ),
    "auth.log": _many(
        "Nov 28 01:02:03 mx1 sshd[99]: Failed password for secret from 192.0.2.1 port 22 ssh2"
    ),
    "access log": _many(
        '192.0.2.1 - secret [28/Nov/2026:01:02:03 +0000] "GET /secret HTTP/1.1" 200 12 "-" "curl"'
    ),
    "months in another language": _many(f"Okt 28 01:02:03 mx1 postfix/smtp[9]: {record(to=SECRET)}"),
    "dates in another language": _many(
        f"28. oktobra 01:02:03 mx1 postfix/smtp[9]: {record(to=SECRET)}"
    ),
    "apt": _many("Start-Date: 2026-11-28  06:10:12\nCommandline: apt-get install secret\n", 5),
    "JSON of another program": _many(f'{{"ts": 1, "level": "info", "msg": "from {SECRET}"}}'),
    "CSV": _many(f"2026-11-28,01:02:03,{SECRET},sent,250"),
    "Exim": _many(
        f"2026-11-28 01:02:03 1tGabc-000001-2A => {SECRET} R=dnslookup T=remote_smtp"
        " H=mx.secret.example [203.0.113.9] C=\"250 OK id=secret\""
    ),
    "packed, under another name": gzip.compress(
        b"".join((CORPUS / "mixed-maillog" / "maillog").read_bytes().splitlines(True)[:400])
    ),
    "a program": bytes(range(256)) * 64,
}  # fmt: skip


@pytest.mark.parametrize("name", NOBODY_UNDERSTANDS)
def test_log_that_nobody_understands(name: str, tmp_path: Path) -> None:
    """It is told once in the log, on `/-/ready` and in the gauge, and no word of the lines is."""
    log = tmp_path / "mail.log"
    log.write_bytes(NOBODY_UNDERSTANDS[name])
    config = tmp_path / "exporter.yml"
    config.write_text(f"log: {{paths: '{log}', start: beginning}}\n{SOON}")
    with running(tmp_path, "--config.file", config) as service:
        eventually(partial(is_told, service, f"log {log} is not understood: "))
        reason = service.get("/-/ready")[2].decode()
        eventually(lambda: service.page()["postfix_exporter_log_understood"] == {(): 0})
        append(log, NOBODY_UNDERSTANDS[name])
        service.stop()
        assert service.log.count("is not understood") == 1
        for told in (reason, service.log):
            assert "the first such line looks like" in told
            assert "postfix/smtp[123]:" in told
            assert "docs/operations.md#a-log-that-is-not-understood" in told
            assert "secret" not in told


@pytest.mark.parametrize("name", NOBODY_UNDERSTANDS)
def test_once_says_how_much_it_did_not_understand(name: str, tmp_path: Path) -> None:
    """`--once` says on stderr that nothing is understood, and fails where no line is Postfix'."""
    log = tmp_path / "mail.log"
    log.write_bytes(NOBODY_UNDERSTANDS[name])
    ended = run("--once", "--postfix.logfile-path", log)
    assert "postfix_exporter_log_lines_total" in ended.stdout
    assert "the first such line looks like" in ended.stderr
    assert "secret" not in ended.stderr
    read = samples(ended.stdout)["postfix_exporter_log_lines_total"]
    assert ended.returncode == (read["delivery",] + read["other",] == 0)


def test_log_that_is_understood_after_all(tmp_path: Path) -> None:
    """The reason goes when lines of Postfix come, and that is said."""
    log = tmp_path / "mail.log"
    log.write_bytes(NOBODY_UNDERSTANDS["dovecot"])
    config = tmp_path / "exporter.yml"
    config.write_text(f"log: {{paths: '{log}', start: beginning}}\n{SOON}")
    with running(tmp_path, "--config.file", config) as service:
        eventually(partial(is_told, service, "no line of Postfix was found"))
        append(log, lines(0, 3))
        eventually(service.ready)
        assert service.page()["postfix_exporter_log_understood"] == {(): 1}
        assert f"log {log} is understood" in service.log
