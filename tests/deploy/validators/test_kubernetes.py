"""Kustomize builds what users apply, and what it builds fits the schemas of the API server and the operator."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import yaml

from tests.deploy.objects import KUBERNETES, Object
from tests.documents import text

APPLIED = ["daemonset", "monitoring", "example"]
OPERATORS = "monitoring.coreos.com/v1"
VERSIONS = ["1.25.0", "1.31.0", "1.37.0"]
"""Of Kubernetes: the oldest and the newest that kubernetes-validate has, and one between."""
SHOWN = [
    textwrap.dedent(block)
    for block in re.findall(r"(?ms)^ *```yaml\n(.*?)^ *```$", text("docs/kubernetes.md"))
]


@pytest.fixture(scope="module", params=APPLIED)
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a file with what `kubectl kustomize` makes of a folder."""
    done = subprocess.run(
        ["kubectl", "kustomize", str(KUBERNETES / request.param)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    file = tmp_path_factory.mktemp("built") / f"{request.param}.yaml"
    file.write_text(done.stdout, "utf-8")
    return file


def objects(file: Path) -> list[Object]:
    """Give the objects of a file."""
    return [*yaml.safe_load_all(file.read_text("utf-8"))]


@pytest.mark.parametrize("version", VERSIONS)
def test_schemas_of_the_api_server(built: Path, version: str) -> None:
    """Every object of Kubernetes' own fits the schema of its kind, without a key that it does not know."""
    command = [sys.executable, "-m", "kubernetes_validate", "--strict", "-k", version, str(built)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    said = done.stdout + done.stderr
    own = [one for one in objects(built) if one["apiVersion"] != OPERATORS]
    assert len(re.findall(r"passed for resource", said)) == len(own), said


def test_schemas_of_the_operator(built: Path) -> None:
    """Every object of the operator's fits its definition."""
    theirs = [one for one in objects(built) if one["apiVersion"] == OPERATORS]
    assert _complaints(theirs) == ""


def test_operator_complains(built: Path) -> None:
    """What checks that is able to complain."""
    theirs = [one for one in objects(built) if one["apiVersion"] == OPERATORS]
    broken = theirs[0] | {"spec": "none"}
    assert "must be" in _complaints([broken])


def _complaints(theirs: list[Object]) -> str:
    script = Path(__file__).with_name("operator.mjs")
    command = ["node", str(script), os.environ["VALIDATORS"]]
    done = subprocess.run(
        command, input=json.dumps(theirs), capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    return done.stdout


def test_sidecar_is_put_in(built: Path) -> None:
    """Each workload of the example gets the exporter, at the image of the release, beside its own container."""
    for one in objects(built):
        if one["kind"] == "StatefulSet":
            pod = one["spec"]["template"]
            assert {container["name"] for container in pod["spec"]["containers"]} == {
                "postfix",
                "exporter",
            }
            assert pod["metadata"]["labels"]["deliverability-exporter"] == "sidecar"


@pytest.mark.parametrize("shown", SHOWN, ids=["sidecar", "daemonset"])
def test_kustomizations_of_the_page(shown: str, tmp_path: Path) -> None:
    """Each kustomization that docs/kubernetes.md shows, in a folder beside the others, gives every exporter the image that it names."""
    folder = shutil.copytree(KUBERNETES, tmp_path / "kubernetes") / "mine"
    shutil.copytree(KUBERNETES / "example", folder)
    (folder / "kustomization.yaml").write_text(shown, "utf-8")
    done = subprocess.run(
        ["kubectl", "kustomize", str(folder)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    [named] = yaml.safe_load(shown)["images"]
    images = re.findall(r"image: (\S*postfix-deliverability-exporter\S*)", done.stdout)
    assert set(images) == {f"{named['newName']}:{named['newTag']}"}


def test_images_are_from_a_registry(built: Path) -> None:
    """No image of ours is left without the registry that the kustomization names."""
    images = re.findall(r"image: (\S+)", built.read_text("utf-8"))
    assert not [name for name in images if name.startswith("postfix-deliverability-exporter")]
