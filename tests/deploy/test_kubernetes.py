"""deploy/kubernetes as kustomize puts it together: valid for Kubernetes, and true to the program that it runs."""

from __future__ import annotations

import json
import re
import shutil
import subprocess

import kubernetes_validate
import pytest
import yaml
from click.testing import CliRunner

from adapter import create_app
from adapter.cli.main import cli
from adapter.core.settings import load, unknown
from tests.fixtures_live import ROOT

FOLDER = ROOT / "deploy" / "kubernetes"
#: The oldest and the newest version that these are checked for.
VERSIONS = ("1.31", "1.36")


@pytest.fixture(scope="module")
def manifests():
    """All objects, by kind and name."""
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed here")
    told = subprocess.run(["kubectl", "version", "--client", "-o", "json"], capture_output=True, text=True, check=False)
    if "kustomizeVersion" not in json.loads(told.stdout or "{}"):
        pytest.skip("kubectl is too old here: its kustomize does not know patches with targets")
    made = subprocess.run(["kubectl", "kustomize", str(FOLDER)], capture_output=True, text=True, check=True)
    return {(each["kind"], each["metadata"]["name"]): each for each in yaml.safe_load_all(made.stdout)}


@pytest.fixture(scope="module")
def pods(manifests):
    """The templates of pods by name of what makes them."""
    return {name: each["spec"]["template"] for (kind, name), each in manifests.items() if kind in {"Deployment", "Job"}}


@pytest.mark.parametrize("version", VERSIONS)
def test_every_object_is_valid_and_has_no_field_that_kubernetes_does_not_know(manifests, version):
    for each in manifests.values():
        kubernetes_validate.validate(each, version, strict=True)


def test_every_file_of_the_folder_is_used(manifests):
    said = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())
    used = {*said["resources"], *(each["path"] for each in said["patches"]), "settings.env", "kustomization.yaml"}
    assert used == {each.name for each in FOLDER.iterdir()}
    assert manifests


def test_the_pods_run_commands_that_exist(pods):
    assert len(pods) == 3
    for pod in pods.values():
        (container,) = pod["spec"]["containers"]
        outcome = CliRunner().invoke(cli, [*container["args"], "--help"])
        assert outcome.exit_code == 0, outcome.output


def test_the_settings_are_known_and_fit_the_ports_and_mounts(manifests, pods):
    (given,) = [each["data"] for (kind, _), each in manifests.items() if kind == "ConfigMap"]
    assert unknown(given) == []
    settings = load({name: value for name, value in given.items() if not name.endswith("_FILE")})
    (gateway,) = pods["gateway"]["spec"]["containers"]
    assert {each["name"]: each["containerPort"] for each in gateway["ports"]} == {
        "http": settings.port,
        "metrics": settings.metrics_port,
    }
    assert pods["gateway"]["metadata"]["annotations"]["prometheus.io/port"] == str(settings.metrics_port)
    (scheduler,) = pods["scheduler"]["spec"]["containers"]
    assert [each["containerPort"] for each in scheduler["ports"]] == [settings.scheduler_metrics_port]
    assert pods["scheduler"]["metadata"]["annotations"]["prometheus.io/port"] == str(settings.scheduler_metrics_port)
    mounts = {each["mountPath"] for each in gateway["volumeMounts"]}
    assert {str(settings.data), "/tmp"} <= mounts  # noqa: S108
    assert all(name.rpartition("/")[0] in mounts for key, name in given.items() if key.endswith("_FILE"))


def test_probes_ask_for_addresses_that_answer(pods, settings):
    client = create_app(settings).test_client()
    (gateway,) = pods["gateway"]["spec"]["containers"]
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert client.get(gateway[probe]["httpGet"]["path"]).status_code == 200


def test_whatever_selects_pods_finds_some(manifests, pods):
    labels = [pod["metadata"]["labels"] for pod in pods.values()]
    text = yaml.safe_dump(list(manifests.values()))
    assert set(re.findall(r"app: (\S+)", text)) <= {each["app"] for each in labels}
    for name in ("gateway", "scheduler", "outwards"):
        selector = manifests["NetworkPolicy", name]["spec"]["podSelector"]
        wanted = {*selector.get("matchLabels", {}).values()}
        wanted.update(value for each in selector.get("matchExpressions", []) for value in each["values"])
        assert wanted <= {each["app"] for each in labels}


def test_a_pod_has_longer_to_end_than_calls_in_flight(pods):
    spec = pods["gateway"]["spec"]
    pause = int(spec["containers"][0]["lifecycle"]["preStop"]["exec"]["command"][1])
    assert spec["terminationGracePeriodSeconds"] >= pause + 40
