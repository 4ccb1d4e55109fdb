"""Deaths that nobody announces: pods taken away by force, processes killed from the node."""

import json

from tests.cluster.kube import Json, Namespace, eventually
from tests.cluster.preflight import image, pod
from tests.cluster.release import Release, is_leaving, is_ready

STARTED_WITHIN_S = 60.0
# Kills the first process of the container whose id is given, and with it all others. From inside nobody can.
KILL = """
import os, pathlib, signal, sys
def is_first(process):
    status = (process / "status").read_text().splitlines()
    return next(line.split() for line in status if line.startswith("NSpid:"))[-1] == "1"
for process in pathlib.Path("/proc").glob("[0-9]*"):
    try:
        if sys.argv[1] in (process / "cgroup").read_text() and is_first(process):
            os.kill(int(process.name), signal.SIGKILL)
            print("killed", process.name)
    except (FileNotFoundError, ProcessLookupError):
        pass
"""


class Killer:
    """A pod on each node where there is somebody to kill; it sees all processes, and its namespace must let it."""

    def __init__(self, namespace: Namespace) -> None:
        self._namespace = namespace
        self._nodes: set[str] = set()

    def kill(self, release: Release, program: str, pod: str = "") -> None:
        """kill -9 the program in this pod of it, or any, and wait until its container has been started anew."""
        victim = a_pod(release, program, pod)
        node, name = victim["spec"]["nodeName"], victim["metadata"]["name"]
        status = victim["status"]["containerStatuses"][0]
        told = self._namespace.exec(self._on(node), "python", "-c", KILL, status["containerID"].rpartition("/")[2])
        assert told.startswith("killed"), f"no process of {name} was found on {node}"

        def starts() -> int:
            found: Json = json.loads(release.namespace.kubectl("get", "pod", name, "--output=json"))
            return int(found["status"]["containerStatuses"][0]["restartCount"])

        eventually(starts, lambda count: count > status["restartCount"], within_s=STARTED_WITHIN_S)

    def _on(self, node: str) -> str:
        name = f"killer-{node}"
        if node not in self._nodes:
            privileged = {"privileged": True, "runAsUser": 0, "runAsNonRoot": False}
            container: Json = {"name": "killer", "image": image("worker"), "command": ["sleep", "3600"]}
            manifest = pod(name, [container | {"securityContext": privileged}])
            manifest["spec"] |= {"hostPID": True, "nodeName": node}
            self._namespace.apply(manifest)
            self._namespace.kubectl("wait", "pod", name, "--for=condition=Ready", "--timeout=60s", timeout_s=70)
            self._nodes.add(node)
        return name


def delete_pod(release: Release, program: str) -> None:
    """Take a pod away by force and at once, and wait until another has been made in its place."""
    before = _identities(release, program)
    name = a_pod(release, program)["metadata"]["name"]
    release.namespace.kubectl("delete", "pod", name, "--force", "--grace-period=0", "--wait=false")
    eventually(lambda: _identities(release, program) - before, bool, within_s=STARTED_WITHIN_S)


def a_pod(release: Release, program: str, name: str = "") -> Json:
    """A pod of that program that is ready, the named one or any; a worker may have to be waited for."""

    def ready() -> list[Json]:
        able = [pod for pod in release.pods(program) if is_ready(pod) and not is_leaving(pod)]
        return [pod for pod in able if name in ("", pod["metadata"]["name"])]

    return eventually(ready, bool, within_s=STARTED_WITHIN_S)[0]


def _identities(release: Release, program: str) -> set[str]:
    return {pod["metadata"]["uid"] for pod in release.pods(program) if not is_leaving(pod)}
