"""Services of the compose files as processes, in namespaces that look like their containers.

What an engine would give them: the paths that they mount, volumes that belong to the user of the
first that mounts them and are closed to others, a root that is read only, the user of each image
without capabilities, a network in which they find each other by name. What it would not: images;
programs are those of this machine. It needs root.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.deploy.composed import mounts
from tests.pages import ROOT
from tests.service import eventually
from tests.tools import tool

USER, NOBODY = "65532", "65534"
"""Of our image, and of those of Prometheus and Alertmanager."""

_ENDS_WITH_US = ("setpriv", "--pdeathsig=KILL")
_ISOLATED = "unshare --mount --net --fork --kill-child".split()
ROOT_OF_ITS_OWN = """
mount --make-rprivate /
mount -t tmpfs tmpfs "$scratch"
cd "$scratch"
mkdir upper work root
mount -t overlay overlay -o lowerdir=/,upperdir=upper,workdir=work root
chmod 755 root/root # a Python may lie there
mount --bind /dev root/dev
mount -t proc proc root/proc
"""
"""This machine's files in $scratch/root, to be changed as one likes: nothing of it stays."""

_BEGIN = """
ip link set lo up
echo "127.0.0.1 localhost $names" >root/etc/hosts
mkdir -p root/app
mount --bind "$environment" root/app
while read -r source target how; do
    mkdir -p "$(dirname "root$target")"
    if [ -d "$source" ]; then mkdir -p "root$target"; else touch "root$target"; fi
    mount --bind -o "$how" "$source" "root$target"
done
mount -o remount,ro root
touch ready
exec sleep infinity
"""

PROGRAMS = {
    "exporter": ["/app/bin/python", "-m", "exporter"],
    "prometheus": ["prometheus"],
    "alertmanager": ["prometheus-alertmanager"],
}
"""Instead of the entrypoints of the images."""


def powerless(user: str = USER) -> list[str]:
    """Give the words before a command that is to run as a user of this number, without capabilities."""
    ids = f"--reuid={user} --regid={user} --clear-groups"
    return f"setpriv {ids} --inh-caps=-all --bounding-set=-all --no-new-privs".split()


class Engineless:
    """The services together; each sees what all of them mount."""

    def __init__(self, services: dict[str, dict[str, Any]], folder: Path) -> None:
        """Make their volumes below the folder, and a root that has everything in its place."""
        self._services = services
        scratch = folder / "scratch"
        scratch.mkdir()
        places = {}
        for service in services.values():
            for mount in mounts(service):
                source = mount.path or folder / mount.source
                if mount.path is None and not source.exists():
                    source.mkdir()
                    source.chmod(0o750)
                    os.chown(source, int(_user(service)), int(_user(service)))
                places[mount.target] = f"{source} {mount.target} {'ro' if mount.path else 'rw'}"
        self._outer = subprocess.Popen(
            [*_ENDS_WITH_US, *_ISOLATED, "sh", "-ec", ROOT_OF_ITS_OWN + _BEGIN],
            env=os.environ
            | {
                "scratch": str(scratch),
                "names": " ".join(services),
                "environment": sys.prefix,
            },
            stdin=subprocess.PIPE,
            text=True,
        )
        assert self._outer.stdin
        self._outer.stdin.write("".join(f"{place}\n" for place in places.values()))
        self._outer.stdin.close()
        children = Path(f"/proc/{self._outer.pid}/task/{self._outer.pid}/children")
        self._first = int(eventually(children.read_text).split()[0])
        self._root = scratch / "root"
        eventually(Path(f"/proc/{self._first}/root{scratch}/ready").exists)

    def command(self, name: str, *words: str) -> list[str]:
        """Give the command of a service, or other words, as it runs in its container."""
        service = self._services[name]
        started = PROGRAMS[name] if name in PROGRAMS else service["entrypoint"]
        user = powerless(_user(service))
        inside = ["chroot", str(self._root), *user, "env", f"--chdir={self._folder(service)}"]
        return [
            *("nsenter", f"--target={self._first}", "--mount", "--net", "--"),
            *inside,
            *(words or [*started, *service["command"]]),
        ]

    def _folder(self, service: dict[str, Any]) -> str:
        return str(service.get("working_dir", "/"))

    def close(self) -> None:
        """End everything."""
        self._outer.kill()
        self._outer.wait()


def _user(service: dict[str, Any]) -> str:
    return NOBODY if service["image"].startswith("prom/") else USER


@contextmanager
def engineless(services: dict[str, dict[str, Any]], folder: Path) -> Iterator[Engineless]:
    """Make it, and put it away."""
    for name in ("prometheus", "prometheus-alertmanager"):
        tool(name)
    made = Engineless(services, folder)
    try:
        yield made
    finally:
        made.close()


@contextmanager
def started(command: list[str], output: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a service's command until the block ends; what it says is in a file."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "STATE_DIRECTORY": "/state"}
    with output.open("wb") as file:
        process = subprocess.Popen(
            command, env=environment, stdout=file, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)
