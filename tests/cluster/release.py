"""A release of the chart: installed, changed, asked and taken away as a person would do it."""

import base64
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from tests.api import Api
from tests.cluster.kube import REPOSITORY, Json, Namespace, eventually, run

INGRESS_URL = os.environ.get("HIGHSCORES_INGRESS_URL", "http://127.0.0.1").rstrip("/")
INGRESS_NAMESPACE = os.environ.get("HIGHSCORES_INGRESS_NAMESPACE", "traefik")
IMAGE_TAG = os.environ.get("HIGHSCORES_IMAGE_TAG", "")
CHART = REPOSITORY / "charts" / "highscores"
VALUES = Path(__file__).with_name("values.yaml")
HELM_TIMEOUT_S = 300
GONE_WITHIN_S = 120.0

SERVICES = ("post-score", "get-scores", "get-jobs", "worker")
WEB_SERVICES = SERVICES[:3]


@dataclass(frozen=True, slots=True)
class Front:
    """Where the service answers: an address, and the name of the virtual host."""

    url: str
    host: str

    def api(self, key: str | None) -> Api:
        api = Api(self.url, key)
        api.http.headers["Host"] = self.host
        return api

    def answers(self) -> bool:
        """Whether the page's program can be reached this way."""
        try:
            return httpx.get(f"{self.url}/v1/boards", headers={"Host": self.host}, timeout=5).status_code == 200
        except httpx.TransportError:
            return False


def package(directory: Path) -> Path:
    """The chart as one file, as it is published: what happens to its sources during the tests changes nothing."""
    run("helm", "package", str(CHART), "--destination", str(directory))
    return next(directory.glob("highscores-*.tgz"))


class Release:
    """Values are given whole with each change, as from a file that people keep: nothing is carried over."""

    def __init__(
        self, name: str, chart: Path, namespace: Namespace, values: Mapping[str, object] | None = None
    ) -> None:
        self.name = name
        self.fullname = f"{name}-highscores"
        self.namespace = namespace
        self._chart = chart
        self.front = Front(INGRESS_URL, f"{name}.example")
        self._values: Json = {
            "image": {"tag": IMAGE_TAG},
            "ingress": {"host": self.front.host},
            "networkPolicy": {
                "clients": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": INGRESS_NAMESPACE}}}]
            },
            **(values or {}),
        }

    # Helm

    def install(self) -> None:
        self._helm("install", {})

    def upgrade(self, values: Mapping[str, object] | None = None) -> None:
        """Upgrade to the test's values and these, and wait until what was replaced is gone."""
        self._helm("upgrade", values or {})
        self.settle()

    def rollback(self) -> None:
        run("helm", "rollback", self.name, *self._waiting(), timeout_s=HELM_TIMEOUT_S + 30)
        self.settle()

    def test(self) -> str:
        """Run the chart's own tests and return the logs of their pods."""
        return run(
            "helm", "test", self.name, "--logs", "--namespace", self.namespace.name, timeout_s=HELM_TIMEOUT_S * 2
        )

    def uninstall(self) -> None:
        run("helm", "uninstall", self.name, *self._waiting(), timeout_s=HELM_TIMEOUT_S + 30)
        eventually(self.pods, lambda pods: not pods, within_s=GONE_WITHIN_S)

    def _helm(self, verb: str, changes: Mapping[str, object]) -> None:
        # JSON is YAML; the second file wins over the first.
        values = json.dumps(_merged(self._values, changes))
        options = ("--values", str(VALUES), "--values", "-", *self._waiting())
        run("helm", verb, self.name, str(self._chart), *options, stdin=values, timeout_s=HELM_TIMEOUT_S + 30)

    def _waiting(self) -> tuple[str, ...]:
        return ("--namespace", self.namespace.name, "--wait", f"--timeout={HELM_TIMEOUT_S}s")

    def purge(self) -> None:
        """Delete what an uninstall has left."""
        self.namespace.kubectl("delete", "pvc,secret", "--selector", self.selector(), timeout_s=GONE_WITHIN_S)

    # Its objects

    def selector(self) -> str:
        return f"app.kubernetes.io/instance={self.name}"

    def pods(self, program: str = "") -> list[Json]:
        """The pods that are to run for ever, of one program or all; not those of Jobs and tests."""
        found = self.namespace.items("pods", self.selector())
        running = [pod for pod in found if pod["spec"]["restartPolicy"] == "Always"]
        return [pod for pod in running if program in ("", program_of(pod))]

    def pods_of_workers(self) -> list[str]:
        return [pod["metadata"]["name"] for pod in self.pods("worker")]

    def worker_count(self) -> int:
        return len([pod for pod in self.pods("worker") if is_ready(pod)])

    def settle(self) -> None:
        """Wait until all pods are ready and none is on its way out."""

        def unsettled() -> list[str]:
            return [pod["metadata"]["name"] for pod in self.pods() if not is_ready(pod) or is_leaving(pod)]

        eventually(unsettled, lambda names: not names, within_s=GONE_WITHIN_S)

    def secret(self, name: str, key: str) -> str:
        data: dict[str, str] = json.loads(self.namespace.kubectl("get", "secret", name, "--output=json"))["data"]
        return base64.b64decode(data[key]).decode()

    def set_secret(self, name: str, key: str, value: str) -> None:
        self.namespace.kubectl("patch", "secret", name, f"--patch={json.dumps({'stringData': {key: value}})}")

    def admin_key(self) -> str:
        return self.secret(self.fullname, "admin-key")

    def admin(self) -> Api:
        """The interface through the ingress, with the key that may do everything."""
        return self.front.api(self.admin_key())

    def query(self, sql: str) -> str:
        """What the database answers its superuser."""
        psql = ("psql", "--username=postgres", "--dbname=highscores", "--no-align", "--tuples-only")
        return self.namespace.exec(f"{self.name}-postgresql-0", *psql, stdin=sql, container="postgresql").strip()

    def queues(self) -> dict[str, int]:
        """Messages by queue, those included that a worker holds."""
        return {row["name"]: row["messages"] for row in self._list_queues("messages")}

    def leader(self, queue: str) -> str:
        """The pod of the RabbitMQ node that leads a queue."""
        node = next(row["leader"] for row in self._list_queues("leader") if row["name"] == queue)
        pod: str = node.partition("@")[2].partition(".")[0]
        return pod

    def _list_queues(self, column: str) -> list[Json]:
        pod = next(pod["metadata"]["name"] for pod in self.pods("rabbitmq") if is_ready(pod))
        rows: list[Json] = json.loads(
            self.namespace.exec(pod, "rabbitmqctl", "--formatter=json", "list_queues", "name", column)
        )
        return rows


def program_of(pod: Json) -> str:
    """Which program a pod runs: post-score, …, postgresql, rabbitmq, redis-jobs, redis-documents."""
    labels: dict[str, str] = pod["metadata"]["labels"]
    name, component = (labels[f"app.kubernetes.io/{key}"] for key in ("name", "component"))
    return {"highscores": component, "redis": f"redis-{component}"}.get(name, name)


def is_ready(pod: Json) -> bool:
    conditions = {each["type"]: each["status"] for each in pod["status"].get("conditions", ())}
    return conditions.get("Ready") == "True"


def is_leaving(pod: Json) -> bool:
    return "deletionTimestamp" in pod["metadata"]


def _merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> Json:
    both = {
        key: _merged(under[key], over[key]) for key in under.keys() & over.keys() if isinstance(under[key], Mapping)
    }
    return {**under, **over, **both}
