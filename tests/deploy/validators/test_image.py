"""The steps of the Dockerfile, one after the other in a root of its own, with this machine's Python."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

from exporter import __version__
from tests.deploy.validators.engineless import ROOT_OF_ITS_OWN, powerless
from tests.documents import text
from tests.pages import ROOT

DOCKERFILE = text("Dockerfile").replace("\\\n", " ")
BUILD, FINAL = re.split(r"(?m)^FROM ", DOCKERFILE)[1:]

_STEPS = """
mv "$context" root/src
chroot root sh -ec "cd /src; $run"
mount -o remount,ro root
mount -t tmpfs -o uid=65532,gid=65532 tmpfs root/state
exec unshare --net sh -ec "$use"
"""
_USE = """
ip link set lo up
cd root
chroot . $as_user "$@" --version
chroot . $as_user "$@" --postfix.logfile-path /src/README.md &
for attempt in $(seq 100); do
    chroot . $as_user $health && exit
    sleep 0.1
done
exit 1
"""


def context(folder: Path) -> Path:
    """Put into a folder what the build stage copies, as .dockerignore lets it."""
    let_in = re.findall(r"(?m)^!(\S+)$", text(".dockerignore"))
    for named in re.findall(r"(?m)^COPY (?!--)(.*)$", BUILD):
        *sources, target = named.split()
        for source in sources:
            assert source.removeprefix("./") in let_in
            if (ROOT / source).is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(ROOT / source, folder / target, ignore=ignored)
            else:
                folder.mkdir(exist_ok=True)
                shutil.copy(ROOT / source, folder / target)
    return folder


def environment() -> list[str]:
    """Give the words that set what the final stage sets."""
    [told] = re.findall(r"(?m)^ENV (.*)$", FINAL)
    return ["env", "-i", *shlex.split(told.replace("${REVISION}", "r1"))]


def test_image(tmp_path: Path) -> None:
    """The build step runs to its end; then the entrypoint starts with the image's environment and user, a root that is read only and no capability, and the health check agrees."""
    [run] = re.findall(r"(?m)^RUN (.*)$", BUILD)
    [entrypoint] = re.findall(r"(?m)^ENTRYPOINT (.*)$", FINAL)
    [health] = re.findall(r"HEALTHCHECK .*?CMD (\[.*?\])", FINAL)
    variables = {
        "scratch": str(tmp_path / "scratch"),
        "context": str(context(tmp_path / "context")),
        "run": run,
        "use": f"set -- {shlex.join(json.loads(entrypoint))}\n{_USE}",
        "as_user": shlex.join([*powerless(), *environment()]),
        "health": shlex.join(json.loads(health)),
    }
    (tmp_path / "scratch").mkdir()
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-ec"]
    done = subprocess.run(
        [*command, ROOT_OF_ITS_OWN + _STEPS],
        env=own | variables,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"version {__version__} (revision: r1" in done.stdout
