"""Postfix in a Debian of the tests: configured anew, fed by sendmail(1), its queue watched."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.postfix.debian import PATIENCE, Debian
from tests.postfix.receivers import PORT
from tests.service import eventually

SENDER = "bounces@sender.example"
"""Who gets the notifications; its receiver accepts them."""

_MAIN = """\
compatibility_level = 3.6
myhostname = mx1.sender.example
mydestination =
local_recipient_maps =
alias_maps =
inet_interfaces = loopback-only
inet_protocols = ipv4
transport_maps = texthash:/etc/postfix/transport
# one answer ends nothing but its own attempt, and only postqueue -f makes the next one
default_destination_concurrency_failed_cohort_limit = 0
minimal_backoff_time = 1h
queue_run_delay = 1h
"""

_FEED = f"""
while read -r recipients; do
    printf 'Subject: hello\\n\\nhello\\n' | sendmail -f {SENDER} $recipients
done
"""


def send(host: Debian, messages: Iterable[str]) -> subprocess.Popen[str]:
    """Begin to send messages, each named by its recipients; give the process that does it."""
    feeding = subprocess.Popen(host.inside("sh", "-ec", _FEED), stdin=subprocess.PIPE, text=True)
    assert feeding.stdin
    feeding.stdin.write("".join(f"{message}\n" for message in messages))
    feeding.stdin.close()
    return feeding


class Postfix:
    """A running Postfix that knows a receiver for each domain; it logs where it is told."""

    def __init__(self, host: Debian, domains: Sequence[str], maillog_file: str | None) -> None:
        self._host = host
        self._queue = host.root / "var/spool/postfix"
        settings = host.root / "etc/postfix"
        own = f"maillog_file = {maillog_file}\n" if maillog_file else ""
        (settings / "main.cf").write_text(_MAIN + own, encoding="ascii")
        (settings / "transport").write_text(
            "".join(
                f"{domain} smtp:[192.0.2.{number}]:{PORT}\n"
                for number, domain in enumerate([*domains, SENDER.partition("@")[2]], 1)
            ),
            encoding="ascii",
        )
        self.version = host.run("postconf", "-dh", "mail_version").strip()
        host.run("postfix", "start")

    def flush(self) -> int:
        """Let it try all that waits once more; give how many messages that are."""
        waiting = len(self._files("deferred"))
        self._host.run("postqueue", "-f")
        return waiting

    def settled(self) -> None:
        """Wait until it has nothing to do."""
        eventually(lambda: not self._files("maildrop", "incoming", "active"), PATIENCE)

    def stop(self) -> None:
        """End it as an administrator does."""
        self._host.run("postfix", "stop")

    def _files(self, *queues: str) -> list[Path]:
        return [
            path for queue in queues for path in (self._queue / queue).rglob("*") if path.is_file()
        ]
