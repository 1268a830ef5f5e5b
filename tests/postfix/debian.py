"""A Debian in namespaces of its own: a root that debootstrap made, under an overlay that is forgotten.

Nothing that happens in it stays, none of its packets leaves it. It needs root.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.pages import ROOT
from tests.service import eventually

_ROOTS = Path(os.environ.get("DEBIANS", "/var/empty"))
"""Where `make test-postfix` has made the roots, each named as its Debian is."""

NETWORK = "192.0.2.0/24"
"""Receivers are at every address of it (RFC 5737): elsewhere, as far as Postfix can tell."""

_BEGIN = """
mount --make-rprivate /
ip link set lo up
ip address add "$network" dev lo
mount -t tmpfs tmpfs "$scratch"
cd "$scratch"
mkdir upper work root
mount -t overlay overlay -o lowerdir="$lower",upperdir=upper,workdir=work root
cd root
mount --bind dev dev
mount -t proc proc proc
mount -t tmpfs -o mode=755 tmpfs run
if [ "$journal" ]; then
    mkdir run/systemd
    mount --bind /run/systemd run/systemd
    ln -s /run/systemd/journal/dev-log dev/log
fi
mount --bind "$logs" var/log
touch ready
exec chroot . "$@"
"""


def root_of(suite: str) -> Path:
    """Give the root of a Debian."""
    root = _ROOTS / suite
    assert (root / "prepared").exists(), f"no root of {suite}: run make test-postfix, as root"
    return root


class Debian:
    """A running Debian; `logs` is its /var/log."""

    def __init__(self, suite: str, folder: Path, journal: Sequence[str] = ()) -> None:
        """Start it with a shell's sleep; `journal` are the words that enter a journald's namespace."""
        self.logs = folder / "log"
        scratch = folder / "scratch"
        self.logs.mkdir()
        scratch.mkdir()
        named = {
            "network": NETWORK,
            "scratch": str(scratch),
            "lower": str(root_of(suite)),
            "logs": str(self.logs),
            "journal": " ".join(journal),
        }
        isolation = ["unshare", "--mount", "--net", "--pid", "--uts", "--fork", "--kill-child"]
        self._outer = subprocess.Popen(
            [*journal, *isolation, "sh", "-ec", _BEGIN, "sh", "sleep", "infinity"],
            env=os.environ | named,
        )
        children = Path(f"/proc/{self._outer.pid}/task/{self._outer.pid}/children")
        self._first = int(eventually(children.read_text).split()[0])
        self.root = Path(f"/proc/{self._first}/root")
        eventually((self.root / "ready").exists)

    def inside(self, *command: str) -> list[str]:
        """Give a command that runs in it."""
        return [*self._enter("--mount", "--pid", "--uts", "--root", "--wd=/"), *command]

    def on_its_network(self, *command: str) -> list[str]:
        """Give a command that runs outside and has its network."""
        return [*self._enter(), *command]

    def run(self, *command: str, given: str = "") -> str:
        """Run a command in it; give what it prints."""
        done = subprocess.run(
            self.inside(*command), input=given, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def close(self) -> None:
        """End everything in it."""
        self._outer.kill()
        self._outer.wait()

    def _enter(self, *what: str) -> list[str]:
        return ["nsenter", f"--target={self._first}", "--net", *what]


@contextmanager
def debian(suite: str, folder: Path, journal: Sequence[str] = ()) -> Iterator[Debian]:
    """Run a Debian."""
    running = Debian(suite, folder, journal)
    try:
        yield running
    finally:
        running.close()


@contextmanager
def receivers(host: Debian, record: Path) -> Iterator[None]:
    """Run the receivers on a Debian's network."""
    record.touch()
    command = host.on_its_network(sys.executable, "-m", "tests.postfix.receivers", str(record))
    with subprocess.Popen(command, cwd=ROOT) as running:
        try:
            yield
        finally:
            running.kill()
