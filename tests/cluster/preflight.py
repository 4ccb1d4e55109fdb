"""What the cluster must have, asked before anything is changed. Each lack is one sentence that says what to do."""

import os
import shutil
from typing import Any

import httpx
import pytest
from tests.cluster.kube import REPOSITORY, CommandError, Json, Namespace, eventually, run
from tests.cluster.release import IMAGE_TAG, INGRESS_NAMESPACE, INGRESS_URL, SERVICES

GATEWAY = os.environ.get("HIGHSCORES_GATEWAY", "traefik/traefik-gateway")  # NAMESPACE/NAME
PULLED_WITHIN_S = 600.0
HOPELESS = {"ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName"}
SERVER_IMAGES = (
    "docker.io/library/postgres:17",
    "docker.io/library/rabbitmq:4-management",
    "docker.io/library/redis:8",
)
K6 = "grafana/k6"
K6_TAGS = ("1.8.1", "latest")  # the chart's own, or what there is: any one sends requests
RESTRICTED: Json = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}


def image(service: str) -> str:
    return f"highscores/{service}:{IMAGE_TAG or _app_version()}"


def _app_version() -> str:
    chart = (REPOSITORY / "charts" / "highscores" / "Chart.yaml").read_text(encoding="utf-8")
    return next(line.split('"')[1] for line in chart.splitlines() if line.startswith("appVersion:"))


def pod(name: str, containers: list[Json], labels: dict[str, str] | None = None) -> Json:
    """A pod of the tests that a namespace at level `restricted` takes."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": labels or {}},
        "spec": {
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "terminationGracePeriodSeconds": 1,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 10001,
                "runAsGroup": 10001,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [{"securityContext": RESTRICTED, "imagePullPolicy": "IfNotPresent"} | c for c in containers],
        },
    }


def check_cluster() -> None:
    """End the run with one sentence when something is missing that no test can do without."""
    for program in ("kubectl", "helm"):
        _need(shutil.which(program), f"There is no {program} on PATH: install it.")
    _need(
        _works("get", "--raw=/version", "--request-timeout=5s"),
        "No Kubernetes answers: point KUBECONFIG at a cluster, such as one made by "
        "`kind create cluster --config k8s/kind.yaml`.",
    )
    _need(_works("get", "crd", "scaledobjects.keda.sh"), "There is no KEDA in the cluster: install it (keda.sh).")
    _need(_works("top", "nodes"), "`kubectl top` has no figures: install metrics-server, or wait a minute for it.")
    _need(
        _works("get", "namespace", INGRESS_NAMESPACE),
        f"There is no namespace {INGRESS_NAMESPACE}: name the ingress controller's in HIGHSCORES_INGRESS_NAMESPACE.",
    )
    _need(
        _something_answers(INGRESS_URL),
        f"No ingress answers at {INGRESS_URL}: say in HIGHSCORES_INGRESS_URL where it does.",
    )


def check_images(namespace: Namespace) -> str:
    """Have every image run `true` once; end the run when one can't be had. Return the tag of k6 that can be."""
    missing = _missing(namespace, [*(image(service) for service in SERVICES), *SERVER_IMAGES])
    _need(
        not missing,
        f"The cluster can't get {', '.join(missing)}: build (`make images`) and load or push them, "
        "and say their tag in HIGHSCORES_IMAGE_TAG.",
    )
    found = next((tag for tag in K6_TAGS if not _missing(namespace, [f"{K6}:{tag}"])), "")
    _need(found, f"The cluster can't get {K6}, of the tags {' or '.join(K6_TAGS)}: load or push it.")
    return found


def _missing(namespace: Namespace, images: list[str]) -> list[str]:
    """Those that a pod can't be started from."""
    containers = [{"name": f"image-{n}", "image": each, "command": ["true"]} for n, each in enumerate(images)]
    namespace.apply(pod("images", containers))
    states = eventually(lambda: _states(namespace), _decided, within_s=PULLED_WITHIN_S)
    namespace.kubectl("delete", "pod", "images")
    return [images[n] for n, state in states.items() if state.get("waiting", {}).get("reason") in HOPELESS]


def _states(namespace: Namespace) -> dict[int, Json]:
    found = namespace.items("pods")[0]["status"].get("containerStatuses", [])
    return {int(each["name"].removeprefix("image-")): each["state"] for each in found}


def _decided(states: dict[int, Json]) -> bool:
    reasons = {state.get("waiting", {}).get("reason") for state in states.values()}
    return bool(states) and (bool(reasons & HOPELESS) or all("terminated" in state for state in states.values()))


def _works(*arguments: str) -> bool:
    try:
        run("kubectl", *arguments, timeout_s=20)
    except CommandError:
        return False
    return True


def _something_answers(url: str) -> bool:
    try:
        httpx.get(url, timeout=5)
    except httpx.HTTPError:
        return False
    return True


def _need(found: Any, otherwise: str) -> None:
    if not found:
        pytest.exit(otherwise, returncode=1)
