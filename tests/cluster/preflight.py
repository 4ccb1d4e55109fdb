"""What the cluster must have, asked before anything is changed. Each lack is one sentence that says what to do."""

import json
import os
import shutil
from collections.abc import Collection
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
    """End the run when an image can't be had. Return the tag of k6 that can be."""
    there = _on_nodes()
    missing = _first_missing(namespace, {image(service) for service in SERVICES} | set(SERVER_IMAGES), there)
    _need(
        not missing,
        f"The cluster can't get {missing}: build the images (`make images`), load or push them, "
        "and say their tag in HIGHSCORES_IMAGE_TAG.",
    )
    tags = sorted(K6_TAGS, key=lambda tag: _full_name(f"{K6}:{tag}") not in there)
    found = next((tag for tag in tags if not _first_missing(namespace, {f"{K6}:{tag}"}, there)), "")
    _need(found, f"The cluster can't get {K6}, of the tags {' or '.join(K6_TAGS)}: load or push it.")
    return found


def _on_nodes() -> set[str]:
    """The images that nodes have, as far as they tell: by default, each names fifty."""
    nodes = json.loads(run("kubectl", "get", "nodes", "--output=json"))["items"]
    return {name for node in nodes for each in node["status"].get("images", ()) for name in each.get("names") or ()}


def _full_name(name: str) -> str:
    """As nodes call it: the registry that may be left out is Docker's."""
    first = name.partition("/")[0]
    return name if "." in first or ":" in first else f"docker.io/{name}"


def _first_missing(namespace: Namespace, images: set[str], there: set[str]) -> str:
    """Have each image that is not there run `true`; return one of those that can't be had, or nothing."""
    tried = {f"image-{n}": each for n, each in enumerate(sorted(images)) if _full_name(each) not in there}
    for name, each in tried.items():
        namespace.apply(pod(name, [{"name": "image", "image": each, "command": ["true"]}]))
    states = eventually(
        lambda: _states(namespace, tried), lambda found: _decided(found, len(tried)), within_s=PULLED_WITHIN_S
    )
    if tried:
        namespace.kubectl("delete", "pod", *tried)
    return next((tried[name] for name, state in states.items() if _is_hopeless(state)), "")


def _states(namespace: Namespace, names: Collection[str]) -> dict[str, Json]:
    """How the container of each of these pods is, of those that have come so far."""
    return {
        pod["metadata"]["name"]: status["state"]
        for pod in (namespace.items("pods") if names else ())
        for status in pod["status"].get("containerStatuses", ())
        if pod["metadata"]["name"] in names
    }


def _decided(states: dict[str, Json], count: int) -> bool:
    if any(_is_hopeless(state) for state in states.values()):
        return True
    return len(states) == count and all("terminated" in state for state in states.values())


def _is_hopeless(state: Json) -> bool:
    return state.get("waiting", {}).get("reason") in HOPELESS


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
