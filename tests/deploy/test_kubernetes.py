"""The objects for Kubernetes fit together, are bounded, and are what the rest of the project says.

What needs kubectl and schemas is in validators/, run by `make test-deploy`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.src.kubernetes import ALERTS
from exporter import __version__, flags
from tests.deploy.objects import FILES, KUBERNETES, KUSTOMIZATIONS, Object, objects, only, pods
from tests.documents import text
from tests.pages import ROOT

RULES = objects(KUBERNETES / "monitoring/prometheusrules.yaml")
PODS = [pytest.param(*pod, id=pod[0].split("/")[0]) for pod in pods()]
SELECTED = [("daemonset/daemonset.yaml", "daemonset"), ("sidecar/container.yaml", "sidecar")]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["metadata"]["name"])
def test_rules_are_those_of_the_alerts(rule: Object) -> None:
    """Each PrometheusRule holds what the rule file of its name holds."""
    file = ALERTS / f"{rule['metadata']['name']}.yml"
    assert rule["spec"] == yaml.safe_load(file.read_text("utf-8"))


def test_every_rule_file_is_there() -> None:
    """No rule file is left out."""
    assert {rule["metadata"]["name"] for rule in RULES} == {
        path.stem for path in ALERTS.glob("postfix-*.yml")
    }


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["metadata"]["name"])
def test_operator_takes_the_types(rule: Object) -> None:
    """The operator wants texts where Prometheus takes any scalar, and no key that it does not know."""
    for group in rule["spec"]["groups"]:
        assert group.keys() <= {"name", "interval", "rules"}
        for one in group["rules"]:
            assert one.keys() <= {
                "record",
                "alert",
                "expr",
                "for",
                "keep_firing_for",
                "labels",
                "annotations",
            }
            texts = [*one.get("labels", {}).values(), *one.get("annotations", {}).values()]
            texts += [value for value in one.values() if not isinstance(value, dict)]
            assert all(isinstance(text, str) for text in texts), one


@pytest.mark.parametrize("file", KUSTOMIZATIONS, ids=lambda path: path.parent.name)
def test_kustomizations_name_what_is_there(file: Path) -> None:
    """What a kustomization names exists: files of its own folder, or folders that are kustomizations; no file of its folder is left out."""
    told = yaml.safe_load(file.read_text("utf-8"))
    named = {*told.get("resources", ()), *told.get("components", ())}
    named |= {patch["path"] for patch in told.get("patches", ())}
    for name in named:
        path = file.parent / name
        assert path.exists(), name
        assert path.is_file() or (path / "kustomization.yaml").is_file(), name
        assert path.is_dir() or path.parent == file.parent, name  # kustomize reads no file above
    assert {path.name for path in file.parent.glob("*.yaml")} <= named | {"kustomization.yaml"}


@pytest.mark.parametrize("name", ["daemonset", "sidecar"])
def test_image_is_of_this_version(name: str) -> None:
    """The image is the project's, in the version that it is released with."""
    told = yaml.safe_load((KUBERNETES / name / "kustomization.yaml").read_text("utf-8"))
    [image] = told["images"]
    assert image["newTag"] == __version__
    assert f'title="{image["name"]}"' in (ROOT / "Dockerfile").read_text("utf-8")


def test_page_names_this_version() -> None:
    """The image that the page pushes is the one that its kustomizations name, in the version of the release."""
    page = text("docs/kubernetes.md")
    [first, second] = re.findall(r"newName: (\S+)\s+newTag: (\S+)", page)
    assert first == second
    assert first[1] == __version__
    assert f"docker push {':'.join(first)}\n" in page
    assert re.findall(r"docker tag \S+ (\S+)", page) == [":".join(first)]


@pytest.mark.parametrize(("name", "template", "container"), PODS)
def test_container_is_bounded(name: str, template: Object, container: Object) -> None:
    """The exporter is no root, has no capability, writes to its state alone, and cannot take all memory."""
    said = template["spec"].get("securityContext", {}) | container["securityContext"]
    assert said["runAsNonRoot"] is True
    assert (said["runAsUser"], said["runAsGroup"]) == (65532, 65532)
    assert said["allowPrivilegeEscalation"] is False
    assert said["readOnlyRootFilesystem"] is True
    assert said["capabilities"] == {"drop": ["ALL"]}
    assert said["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["resources"]["limits"]["memory"]
    writable = [one["name"] for one in container["volumeMounts"] if not one.get("readOnly")]
    assert [one for one in writable if "state" not in one] == []
    mounted = {one["name"] for one in container["volumeMounts"]}
    assert mounted == {volume["name"] for volume in template["spec"]["volumes"]}


@pytest.mark.parametrize(("name", "template", "container"), PODS)
def test_exporter_knows_its_flags(name: str, template: Object, container: Object) -> None:
    """The exporter takes its arguments, and reads below a folder that it mounts."""
    told = flags.flag_parser().parse_args(container["args"])
    flags.check(told)
    folders = [one["mountPath"] for one in container["volumeMounts"] if one.get("readOnly")]
    assert all(path.startswith(f"{folders[0]}/") for path in told.logfile_path)


@pytest.mark.parametrize(("name", "template", "container"), PODS)
def test_probes_ask_what_is_answered(name: str, template: Object, container: Object) -> None:
    """Probes ask the paths of the exporter's server, at its port; a sidecar takes nobody out of service."""
    assert {"name": "metrics", "containerPort": 9154} in container["ports"]
    assert container["livenessProbe"]["httpGet"] == {"path": "/-/healthy", "port": "metrics"}
    ready = container.get("readinessProbe", {}).get("httpGet")
    assert ready == (
        None if name.startswith("sidecar") else {"path": "/-/ready", "port": "metrics"}
    )


@pytest.mark.parametrize(("workload", "folder"), SELECTED)
def test_monitors_find_the_pods(workload: str, folder: str) -> None:
    """A PodMonitor selects the pods beside it, and asks the port and the path that they have."""
    labels = only(workload)["spec"]["template"]["metadata"]["labels"]
    spec = only(f"{folder}/podmonitor.yaml")["spec"]
    assert spec["selector"]["matchLabels"].items() <= labels.items()
    [endpoint] = spec["podMetricsEndpoints"]
    assert (endpoint["port"], endpoint["path"], endpoint["interval"]) == (
        "metrics",
        "/metrics",
        "1m",
    )


def test_all_are_one_job() -> None:
    """Whoever sends for one reputation has the same job, whichever way it is watched."""
    jobs = {
        rule["replacement"]
        for folder in ("daemonset", "sidecar")
        for rule in only(f"{folder}/podmonitor.yaml")["spec"]["podMetricsEndpoints"][0][
            "relabelings"
        ]
        if rule["targetLabel"] == "job"
    }
    assert jobs == {"postfix"}


@pytest.mark.parametrize(
    ("policy", "pod"),
    [
        ("daemonset/networkpolicy.yaml", "daemonset/daemonset.yaml"),
        ("example/networkpolicy.yaml", "example/postfix.yaml"),
    ],
)
def test_policies_bind_the_pods(policy: str, pod: str) -> None:
    """A policy selects the pods beside it, in both directions, and lets Prometheus in."""
    spec = only(policy)["spec"]
    labels = objects(KUBERNETES / pod)[0]["spec"]["template"]["metadata"]["labels"]
    assert spec["podSelector"]["matchLabels"].items() <= labels.items()
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    ports = [port["port"] for rule in spec["ingress"] for port in rule["ports"]]
    assert "metrics" in ports


def test_exporter_asks_nobody() -> None:
    """On a node the exporter has no way out, and no token of the API server."""
    assert only("daemonset/networkpolicy.yaml")["spec"]["egress"] == []
    assert only("daemonset/serviceaccount.yaml")["automountServiceAccountToken"] is False


def test_example_is_a_workload_for_the_sidecar() -> None:
    """Postfix of the example has the label of the patch, mounts its volume, and writes the log that is read."""
    postfix = objects(KUBERNETES / "example/postfix.yaml")[0]
    patches = yaml.safe_load((KUBERNETES / "sidecar/kustomization.yaml").read_text())["patches"]
    label, _, value = patches[0]["target"]["labelSelector"].partition("=")
    assert postfix["metadata"]["labels"][label] == value
    assert postfix["kind"] in [patch["target"]["kind"] for patch in patches]
    [container] = postfix["spec"]["template"]["spec"]["containers"]
    said = {one["name"]: one["value"] for one in container["env"]}
    sidecar = pods()[1][2]
    assert sidecar["args"] == [f"--postfix.logfile-path={said['POSTFIX_maillog_file']}"]
    assert said["POSTFIX_maillog_file_permissions"] == "0644"
    assert _mounted(container, "maillog") == _mounted(sidecar, "maillog") != []


def _mounted(container: Any, volume: str) -> list[str]:
    """Give where a container sees a volume."""
    return [one["mountPath"] for one in container["volumeMounts"] if one["name"] == volume]


@pytest.mark.parametrize("file", FILES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_files_are_small_enough(file: Path) -> None:
    """`kubectl apply` notes an object in an annotation, which holds 262,144 bytes at most."""
    for one in objects(file):
        assert len(yaml.safe_dump(one).encode()) < 262_144, one["metadata"]["name"]
        assert re.fullmatch(r"[a-z][a-z0-9-]*", one["metadata"]["name"])
