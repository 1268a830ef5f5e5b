"""A real journald of the tests' own, in a mount namespace, and journals made of exports."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.service import eventually
from tests.tools import tool

MAIL = 2 * 8 + 6
"""Facility mail, severity info."""

_BEGIN = """
mount --make-rprivate /
for folder in /run/systemd /run/log; do mkdir -p $folder; mount -t tmpfs tmpfs $folder; done
mkdir -p /run/systemd/journal
exec sleep infinity
"""
_ENDS_WITH_US = ("setpriv", "--pdeathsig", "KILL")
_JOURNALD = os.environ.get("JOURNALD", "/lib/systemd/systemd-journald")
"""That of another systemd may be named, with its journalctl before others in PATH."""


class Journald:
    """A running journald; `directory` is where its files are, for everybody outside."""

    def __init__(self) -> None:
        tool("journalctl")
        user = [] if os.getuid() == 0 else ["--map-root-user"]
        # the holder keeps the namespace while journald itself is stopped
        self._holder = subprocess.Popen(
            [*_ENDS_WITH_US, "unshare", *user, "--mount", "sh", "-ec", _BEGIN]
        )
        self._root = Path(f"/proc/{self._holder.pid}/root")
        eventually((self._root / "run/systemd/journal").is_dir)
        self._journald: subprocess.Popen[bytes] | None = None
        self.start()
        machine = Path("/etc/machine-id").read_text(encoding="ascii").strip()
        self.directory = self._root / "run/log/journal" / machine
        eventually(self.directory.is_dir)

    def start(self) -> None:
        """Start journald."""
        self._journald = subprocess.Popen(
            self.inside(_JOURNALD), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        eventually(self._answers)

    def stop(self, number: int = signal.SIGTERM) -> None:
        """End journald."""
        if self._journald:
            self._journald.send_signal(number)
            self._journald.wait(15)
        self._journald = None

    def send(self, *texts: str, tag: str = "postfix/smtp", priority: int = MAIL) -> None:
        """Log texts as syslog(3) does."""
        self.replay([f"{tag}[4711]: {text}".encode() for text in texts], priority)

    def replay(self, messages: Iterable[bytes], priority: int = MAIL) -> None:
        """Log messages that begin with their tags."""
        with self._socket() as syslog:
            for message in messages:
                syslog.send(b"<%d>Nov 29 10:00:00 %b" % (priority, message))

    def sync(self) -> None:
        """Wait until what was sent stands in the journal."""
        self.control("--sync")

    def send_fields(self, *fields: tuple[str, bytes]) -> None:
        """Log an entry of fields as sd_journal_send(3) does."""
        data = b"".join(
            b"%b\n%b%b\n" % (name.encode(), len(value).to_bytes(8, "little"), value)
            for name, value in fields
        )
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal:
            journal.connect(str(self._root / "run/systemd/journal/socket"))
            journal.send(data)

    def control(self, *flags: str) -> None:
        """Run journalctl: --rotate, --sync, --vacuum-files=1."""
        subprocess.run(self.inside("journalctl", *flags), check=True, capture_output=True)

    def vacuum(self) -> None:
        """Rotate, and remove all files but the one that is written to."""
        self.control("--rotate")
        self.control("--vacuum-files=1")

    def close(self) -> None:
        """End everything."""
        self.stop(signal.SIGKILL)
        self._holder.kill()
        self._holder.wait()

    def _answers(self) -> bool:
        try:
            with self._socket():
                return True
        except OSError:
            return False

    def _socket(self) -> socket.socket:
        syslog = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            syslog.connect(str(self._root / "run/systemd/journal/dev-log"))
        except OSError:
            syslog.close()
            raise
        return syslog

    def inside(self, *command: str) -> list[str]:
        """Give a command that runs in the namespace and is the process that is started; none enters it."""
        user = [] if os.getuid() == 0 else ["--user", "--preserve-credentials"]
        return ["nsenter", *user, "--mount", f"--target={self._holder.pid}", *command]


@contextmanager
def journald() -> Iterator[Journald]:
    """Run a journald."""
    running = Journald()
    try:
        yield running
    finally:
        running.close()


def journal_of(export: bytes, folder: Path) -> Path:
    """Make a journal of an export; give its folder."""
    folder.mkdir(exist_ok=True)
    command = [tool("/lib/systemd/systemd-journal-remote"), f"--output={folder}/x.journal", "-"]
    subprocess.run(command, input=export, check=True, capture_output=True)
    return folder


def entry(seconds: float, boot: str = "a" * 32, **fields: str) -> bytes:
    """Give an entry for `journal_of`."""
    usual = {
        "__REALTIME_TIMESTAMP": f"{seconds * 1e6:.0f}",
        "__MONOTONIC_TIMESTAMP": f"{seconds % 1e6 * 1e6:.0f}",
        "_BOOT_ID": boot,
        "_HOSTNAME": "mx1",
        "SYSLOG_FACILITY": "2",
        "SYSLOG_IDENTIFIER": "postfix/smtp",
        "_PID": "4711",
    }
    return (
        "".join(f"{name}={text}\n" for name, text in {**usual, **fields}.items()).encode() + b"\n"
    )
