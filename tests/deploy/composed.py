"""The compose files of deploy/compose as engines see them, without one."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from deploy.src.files import FOLDER

COMPOSE = FOLDER / "compose"
MAIN, DEMO = COMPOSE / "compose.yaml", COMPOSE / "compose.demo.yaml"

_VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*)|:\?[^}]*)\}")


@dataclass(frozen=True)
class Mount:
    """What a container sees at `target`: a path on the host, or a volume by its name."""

    source: str
    target: str
    is_read_only: bool

    @property
    def path(self) -> Path | None:
        """Give the path on the host, None of a volume."""
        return (COMPOSE / self.source).resolve() if self.source.startswith(".") else None


@cache
def document(file: Path) -> Any:
    """Give the file with every variable at its default, or `given` where it has none."""
    text = _VARIABLE.sub(lambda found: found[2] or "given", file.read_text("utf-8"))
    return yaml.safe_load(text)


def services(*files: Path) -> dict[str, dict[str, Any]]:
    """Give the services by name; of a later file keys replace, and its volumes are added."""
    merged: dict[str, dict[str, Any]] = {}
    for file in files:
        for name, service in document(file)["services"].items():
            before = merged.get(name, {})
            volumes = before.get("volumes", []) + service.get("volumes", [])
            merged[name] = before | service | {"volumes": volumes}
    return merged


def mounts(service: dict[str, Any]) -> list[Mount]:
    """Give a service's mounts."""
    found = []
    for short in service["volumes"]:
        source, target, *how = short.split(":")
        found.append(Mount(source, target, how == ["ro"]))
    return found


def root(service: dict[str, Any], folder: Path) -> Path:
    """Make a folder in which what the service mounts of the host lies as in its container."""
    for mount in mounts(service):
        if mount.path is None:
            continue
        there = folder / mount.target.lstrip("/")
        there.parent.mkdir(parents=True, exist_ok=True)
        if mount.path.is_dir():
            shutil.copytree(mount.path, there)
        else:
            shutil.copy(mount.path, there)
    return folder
