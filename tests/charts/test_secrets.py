"""No password stands anywhere but in a Secret, and none changes by itself."""

import base64
import re
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest
from tests.charts.manifests import Rendering
from tests.charts.programs import run, succeed
from tests.charts.value_sets import CHARTS_FOLDER, SECRETS_GIVEN, VALUE_SETS, ValueSet

GIVEN = [values for values in VALUE_SETS if values.name in SECRETS_GIVEN]
# Small and large letters and digits, 22 or more of them: what a generated password looks like, unlike a checksum.
RANDOM = re.compile(r"\b(?=[A-Za-z0-9]*[A-Z])(?=[A-Za-z0-9]*[a-z])(?=[A-Za-z0-9]*[0-9])[A-Za-z0-9]{22,}\b")
SECRET_VARIABLE = re.compile(r"PASSWORD$|SECRET$|_KEY$|^REDISCLI_AUTH$")


@pytest.mark.parametrize("values", GIVEN, ids=lambda values: values.id)
def test_nothing_is_made_at_random_where_secrets_are_given(
    values: ValueSet, renderings: Mapping[ValueSet, Rendering]
) -> None:
    rendering = renderings[values]
    dashboards_and_scripts = rendering.of_kind("ConfigMap", "PrometheusRule")

    rest = str([one for one in rendering.objects if one not in dashboards_and_scripts])

    assert rendering.of_kind("Secret") == []
    assert RANDOM.findall(rest) == []


def test_what_is_made_at_random_stands_in_secrets_alone(rendering: Rendering) -> None:
    secrets = rendering.of_kind("Secret")
    made = [base64.b64decode(value).decode() for secret in secrets for value in secret["data"].values()]
    rest = str([one for one in rendering.objects if one not in secrets])

    told = [
        value
        for value in made
        if len(value) >= 22 and (value in rest or base64.b64encode(value.encode()).decode() in rest)
    ]

    assert told == []


def test_pods_read_secrets_by_reference(rendering: Rendering) -> None:
    plain = [
        f"{pod.owner}: {variable['name']}"
        for pod in rendering.pods()
        for container in pod.containers
        for variable in container.get("env", [])
        if SECRET_VARIABLE.search(variable["name"]) and "value" in variable and variable["name"] != "PASSWORD_KEY"
    ]

    assert plain == []


def test_the_notes_tell_no_secret(values: ValueSet) -> None:
    installed = succeed("helm", "install", *values.install_arguments, "--dry-run=client")

    notes = installed.partition("\nNOTES:\n")[2]

    assert RANDOM.findall(notes) == []


def test_an_upgrade_that_changes_nothing_replaces_no_pod(
    renderings: Mapping[ValueSet, Rendering], tmp_path: Path
) -> None:
    """The checksums of an install hold in the upgrade, which finds the Secrets of the install in the cluster."""
    installed = renderings[ValueSet("highscores")]
    workloads = installed.of_kind("Deployment", "StatefulSet")
    suite = {
        "suite": "an upgrade after an install",
        "release": {"name": "arcade", "namespace": "games"},
        "capabilities": {"apiVersions": ["keda.sh/v1alpha1"]},
        "kubernetesProvider": {
            "scheme": {"v1/Secret": {"gvr": {"version": "v1", "resource": "secrets"}, "namespaced": True}},
            "objects": [
                secret | {"metadata": secret["metadata"] | {"namespace": "games"}}
                for secret in installed.of_kind("Secret")
            ],
        },
        "tests": [
            {
                "it": f"leaves {workload['kind']} {workload['metadata']['name']} as it is",
                "templates": [template_of(workload["kind"], workload["metadata"]["name"])],
                "documentSelector": {"path": "metadata.name", "value": workload["metadata"]["name"]},
                "asserts": [
                    {
                        "equal": {
                            "path": "spec.template.metadata.annotations",
                            "value": workload["spec"]["template"]["metadata"]["annotations"],
                        }
                    }
                ],
            }
            for workload in workloads
        ],
    }
    file = tmp_path / "upgrade_test.yaml"
    file.write_bytes(msgspec.yaml.encode(suite))

    tested = run("helm-unittest", "--with-subchart=false", "--file", file, CHARTS_FOLDER / "highscores")

    assert f"Tests:       {len(workloads)} passed, {len(workloads)} total" in tested.stdout, tested.stdout


def template_of(kind: str, name: str) -> str:
    if kind == "Deployment":
        return "deployments.yaml"
    chart, _, role = name.removeprefix("arcade-").partition("-")
    return f"charts/{chart}/templates/{f'{role}-' if role else ''}statefulset.yaml"
