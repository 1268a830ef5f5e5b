"""The objects of deploy/kubernetes, as their files have them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from deploy.src.files import FOLDER

KUBERNETES = FOLDER / "kubernetes"
KUSTOMIZATIONS = sorted(KUBERNETES.rglob("kustomization.yaml"))
FILES = sorted({*KUBERNETES.rglob("*.yaml")} - {*KUSTOMIZATIONS})

Object = dict[str, Any]


def objects(file: Path) -> list[Object]:
    """Give the objects of a file."""
    return [*yaml.safe_load_all(file.read_text("utf-8"))]


def only(file: str) -> Object:
    """Give the object of a file, named from deploy/kubernetes."""
    [one] = objects(KUBERNETES / file)
    return one


def pods() -> list[tuple[str, Object, Object]]:
    """Give what runs an exporter: its name, the template of the pod, and the exporter's container."""
    found = []
    for name in ("daemonset/daemonset.yaml", "sidecar/container.yaml"):
        template = only(name)["spec"]["template"]
        [container] = [one for one in template["spec"]["containers"] if one["name"] == "exporter"]
        found.append((name, template, container))
    return found
