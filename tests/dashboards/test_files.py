"""What is committed is what the source makes."""

from __future__ import annotations

import json

import pytest
import yaml
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models import dashboard as models

from dashboards.src.__main__ import FOLDER, files
from dashboards.src.frame import DELIVERY, written
from tests.dashboards.boards import UIDS, Mutable, committed, every_board
from tests.pages import ROOT


@pytest.mark.parametrize(("name", "text"), files().items(), ids=[*files()])
def test_generated(name: str, text: str) -> None:
    """Every generated file is as `make dashboards` writes it."""
    assert (FOLDER / name).read_text(encoding="utf-8") == text


@pytest.mark.parametrize("uid", UIDS)
def test_sdk_reader(uid: str) -> None:
    """The SDK's reader takes a dashboard, and gives it back unchanged."""
    register_default_plugins()
    assert written(models.Dashboard.from_json(committed(uid))) == (
        FOLDER / f"{uid}.json"
    ).read_text(encoding="utf-8")


@every_board
def test_for_every_way_in(board: Mutable) -> None:
    """One form serves import, files and the sidecar: nothing of one Grafana is in it."""
    assert board["schemaVersion"] == 39
    assert not {"id", "version", "__inputs", "__requires"} & set(board)
    assert all("pluginVersion" not in one for one in board["panels"])


def test_config_maps() -> None:
    """The sidecar finds the same JSON in ConfigMaps that have its label."""
    maps = list(yaml.safe_load_all((FOLDER / "provisioning/kubernetes.yml").read_text()))
    held = {name: text for one in maps for name, text in one["data"].items()}
    assert held == {f"{uid}.json": (FOLDER / f"{uid}.json").read_text() for uid in UIDS}
    assert {one["metadata"]["labels"]["grafana_dashboard"] for one in maps} == {"1"}


def test_kubectl_takes_the_config_maps() -> None:
    """`kubectl apply` notes a ConfigMap in an annotation, which holds 262,144 bytes at most."""
    for one in yaml.safe_load_all((FOLDER / "provisioning/kubernetes.yml").read_text()):
        assert len(json.dumps(one, ensure_ascii=False).encode()) < 262_144, one["metadata"]


@pytest.mark.parametrize("uid", UIDS)
def test_picture(uid: str) -> None:
    """The README shows one dashboard, that of deliveries, dashboards/README.md the others; pictures are small enough for a page."""
    picture = f"docs/images/{uid}.png"
    shown = ROOT / "README.md" if uid == DELIVERY else FOLDER / "README.md"
    link = picture if uid == DELIVERY else f"../{picture}"
    assert f"]({link})" in shown.read_text(encoding="utf-8")
    assert (ROOT / picture).stat().st_size < 300_000


def test_provisioning() -> None:
    """The examples name what Grafana asks of a provider of files and of a data source."""
    [provider] = yaml.safe_load((FOLDER / "provisioning/dashboards.yml").read_text())["providers"]
    [source] = yaml.safe_load((FOLDER / "provisioning/datasources.yml").read_text())["datasources"]
    assert provider["type"] == "file"
    assert provider["options"]["path"]
    assert source["type"] == "prometheus"
    assert source["jsonData"]["timeInterval"]
