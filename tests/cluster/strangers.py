"""Pods that knock at every port of a release, to see which ones open."""

import json
from dataclasses import dataclass

from tests.cluster.kube import Json, Namespace
from tests.cluster.preflight import image, pod
from tests.cluster.release import Release

# Tries all addresses at once; prints those that take a connection. What a policy denies is dropped, hence the timeout.
KNOCK = """
import concurrent.futures, json, socket, sys
def opens(address):
    host, port = address.rsplit(":", 1)
    try:
        socket.create_connection((host, int(port)), timeout=3).close()
    except OSError:
        return False
    return True
addresses = json.load(sys.stdin)
with concurrent.futures.ThreadPoolExecutor(len(addresses)) as pool:
    print(json.dumps([a for a, opened in zip(addresses, pool.map(opens, addresses)) if opened]))
"""


@dataclass(frozen=True, slots=True)
class Stranger:
    namespace: Namespace
    name: str

    def reached(self, addresses: list[str]) -> list[str]:
        found: list[str] = json.loads(
            self.namespace.exec(self.name, "python", "-c", KNOCK, stdin=json.dumps(addresses))
        )
        return found

    def become_client(self, release: Release) -> None:
        """Take the labels by which the servers know their clients."""
        servers = ("postgresql", "rabbitmq", "redis-jobs", "redis-documents")
        labels = [f"{release.name}-{server}-client=true" for server in servers]
        self.namespace.kubectl("label", "pod", self.name, *labels)

    def leave(self) -> None:
        self.namespace.kubectl("delete", "pod", self.name)


def stranger(namespace: Namespace, name: str) -> Stranger:
    """A pod without labels that waits for orders."""
    waiting: Json = {"name": "stranger", "image": image("worker"), "command": ["sleep", "3600"]}
    namespace.apply(pod(name, [waiting]))
    namespace.kubectl("wait", "pod", name, "--for=condition=Ready", "--timeout=60s", timeout_s=70)
    return Stranger(namespace, name)


def ports(addresses: list[str]) -> list[int]:
    return sorted(int(address.rsplit(":", 1)[1]) for address in addresses)


def servers(release: Release) -> list[str]:
    """Where the servers listen, with management and metrics, and the health ports of all services."""
    return [
        f"{pod['status']['podIP']}:{port['containerPort']}"
        for pod in release.pods()
        for container in pod["spec"]["containers"]
        for port in container["ports"]
        if port["name"] != "http"
    ]
