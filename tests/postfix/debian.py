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

PATIENCE = 120.0
"""Seconds that a whole Debian may need on a busy machine."""

IDLE = ("sleep", "infinity")
SYSTEMD = ("/usr/lib/systemd/systemd", "--log-target=null", "--show-status=0")

_ENDS_WITH_US = ("setpriv", "--pdeathsig=KILL")
_JOIN = 'echo $$ >"$cgroup/cgroup.procs"; exec "$@"'
_ISOLATED = "unshare --mount --net --pid --uts --ipc --cgroup --fork --kill-child".split()
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
mount --bind proc/sys proc/sys
mount -o remount,ro,bind proc/sys
mount -t tmpfs -o mode=755 tmpfs sys
mkdir -p sys/fs/cgroup
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs run
if [ "$journal" ]; then
    mkdir run/systemd
    mount --bind /run/systemd run/systemd
    ln -s /run/systemd/journal/dev-log dev/log
fi
touch ready
# no chroot: in one nobody may make a user namespace (clone(2)), as PrivateUsers= of a unit does
mkdir outside
pivot_root . outside
cd /
umount --lazy outside
rmdir outside
# what systemd mounts for a unit, its credentials, it mounts where the unit's namespace sees it
mount --make-rshared /
container=other exec "$@"
"""


class Debian:
    """A running Debian; `root` is where its files are, for everybody outside."""

    def __init__(
        self,
        suite: str,
        folder: Path,
        first: Sequence[str] = IDLE,
        journal: Sequence[str] = (),
    ) -> None:
        """Start it with its first process; `journal` are the words that enter a journald's namespace."""
        lower = _ROOTS / suite
        assert (lower / "prepared").exists(), f"no root of {suite}: run make test-postfix, as root"
        scratch = folder / "scratch"
        scratch.mkdir()
        self._cgroup = _cgroups() / f"tests-{os.getpid()}-{suite}"
        self._cgroup.mkdir()
        named = {
            "network": NETWORK,
            "scratch": str(scratch),
            "lower": str(lower),
            "journal": " ".join(journal),
            "cgroup": str(self._cgroup),
        }
        self._outer = subprocess.Popen(
            [
                *_ENDS_WITH_US,
                "sh",
                "-ec",
                _JOIN,
                "sh",
                *journal,
                *_ISOLATED,
                "sh",
                "-ec",
                _BEGIN,
                "sh",
                *first,
            ],
            env=os.environ | named,
        )
        children = Path(f"/proc/{self._outer.pid}/task/{self._outer.pid}/children")
        self._first = int(eventually(children.read_text, PATIENCE).split()[0])
        self.root = Path(f"/proc/{self._first}/root")
        eventually((self.root / "ready").exists, PATIENCE)

    def inside(self, *command: str) -> list[str]:
        """Give a command that runs in it."""
        return [*self._enter("net", "mount", "pid", "uts", "ipc", "cgroup", "root", "wd"), *command]

    def online(self, *command: str) -> list[str]:
        """Give a command that runs on its files, but has the machine's network."""
        return [*self._enter("mount", "root", "wd"), *command]

    def on_its_network(self, *command: str) -> list[str]:
        """Give a command that runs outside, but has its network."""
        return [*self._enter("net"), *command]

    def run(self, *command: str) -> str:
        """Run a command in it; give what it prints."""
        done = subprocess.run(self.inside(*command), capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def close(self) -> None:
        """End everything in it."""
        self._outer.kill()
        self._outer.wait()
        eventually(self._left, PATIENCE)

    def _enter(self, *what: str) -> list[str]:
        return ["nsenter", f"--target={self._first}", *(f"--{one}" for one in what)]

    def _left(self) -> bool:
        """Remove its control groups, as soon as all its processes are gone."""
        try:
            for folder, _, _ in os.walk(self._cgroup, topdown=False):
                os.rmdir(folder)
        except OSError:
            return False
        return True


def _cgroups() -> Path:
    mounts = Path("/proc/mounts").read_text(encoding="ascii").splitlines()
    return Path(next(line.split()[1] for line in mounts if line.split()[2] == "cgroup2"))


@contextmanager
def debian(
    suite: str, folder: Path, first: Sequence[str] = IDLE, journal: Sequence[str] = ()
) -> Iterator[Debian]:
    """Run a Debian."""
    running = Debian(suite, folder, first, journal)
    try:
        yield running
    finally:
        running.close()


@contextmanager
def receivers(host: Debian, record: Path) -> Iterator[None]:
    """Run the receivers on a Debian's network; they begin the record when they listen."""
    command = host.on_its_network(sys.executable, "-m", "tests.postfix.receivers", str(record))
    with subprocess.Popen(command, cwd=ROOT) as running:
        try:
            eventually(lambda: record.exists() or running.poll() is not None, PATIENCE)
            assert running.poll() is None, "the receivers have ended"
            yield
        finally:
            running.kill()
