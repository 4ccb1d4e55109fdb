"""What the pods of a release are like: health, logs, memory, and all that one needs when a test fails."""

import json
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from tests.cluster.kube import CommandError, Json, Namespace
from tests.cluster.release import Release, is_ready, program_of

LOG_TAIL = 25
# Python's, PostgreSQL's and Erlang's words for what nobody expected.
FAILURES = ("Traceback (most recent call last)", "PANIC:", "Crash dump", "exited unexpectedly")


def restarts(release: Release) -> Counter[str]:
    """How often containers were started again, by component."""
    found: Counter[str] = Counter()
    for pod in release.pods():
        for status in pod["status"].get("containerStatuses", ()):
            found[program_of(pod)] += status["restartCount"]
    return +found


def killed_for_memory(release: Release) -> list[str]:
    return [
        pod["metadata"]["name"]
        for pod in release.namespace.items("pods", release.selector())
        for status in pod["status"].get("containerStatuses", ())
        for state in (status.get("state", {}), status.get("lastState", {}))
        if state.get("terminated", {}).get("reason") == "OOMKilled"
    ]


def failures_in_logs(release: Release) -> list[str]:
    """Lines of the pods' logs that tell of a failure that nobody foresaw."""
    # Workers may come and go while this is read: that is no error.
    chosen = ("--selector", release.selector(), "--all-containers", "--max-log-requests=50")
    logs = release.namespace.kubectl("logs", *chosen, "--prefix", "--tail=-1", "--ignore-errors")
    return _failures(logs)


@contextmanager
def last_words_are_good(release: Release) -> Iterator[None]:
    """Follow the logs of the pods that run now, some of which will not be there any more when the block ends."""
    command = ("kubectl", "--namespace", release.namespace.name, "logs", "--follow", "--tail=0", "--ignore-errors")
    chosen = ("--selector", release.selector(), "--all-containers", "--prefix", "--max-log-requests=50")
    with tempfile.TemporaryFile("w+") as log:
        following = subprocess.Popen((*command, *chosen), stdout=log, stderr=subprocess.DEVNULL)
        try:
            yield
        finally:
            following.terminate()
            following.wait()
        log.seek(0)
        failures = _failures(log.read())
    assert not failures, f"{len(failures)} failures in logs, such as {failures[:5]}"


def _failures(logs: str) -> list[str]:
    return [line[:500] for line in logs.splitlines() if any(words in line for words in FAILURES)]


def check_health(release: Release, expected: Counter[str]) -> None:
    """No container was killed for its memory, was started again unless expected, or logged a failure.

    From then on what there is now is expected.
    """
    assert not killed_for_memory(release)
    found = restarts(release)
    unexpected = found - expected
    expected.clear()
    expected.update(found)
    assert not unexpected, f"started again, and nobody had killed them: {dict(unexpected)}"
    failures = failures_in_logs(release)
    assert not failures, f"{len(failures)} failures in logs, such as {failures[:5]}"


def not_restricted(pods: list[Json]) -> list[str]:
    """Where a pod asks for more than Pod Security's level `restricted` grants, or for a token it does not need."""
    wrong = []
    for pod in pods:
        spec, name = pod["spec"], pod["metadata"]["name"]
        own = spec.get("securityContext", {})
        if not own.get("runAsNonRoot") or not own.get("runAsUser") or own["seccompProfile"]["type"] != "RuntimeDefault":
            wrong.append(f"{name}: {own}")
        for container in [*spec.get("initContainers", ()), *spec["containers"]]:
            wanted = {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            asked = container.get("securityContext", {})
            if {key: asked.get(key) for key in wanted} != wanted:
                wrong.append(f"{name}, {container['name']}: {asked}")
    return wrong


def memory_table(release: Release) -> str:
    """Memory in use beside request and limit, a line for each pod."""
    try:
        told = release.namespace.kubectl("top", "pods", "--no-headers", "--selector", release.selector())
    except CommandError:
        told = ""  # metrics-server has not seen any of these pods yet
    used = {line.split()[0]: line.split()[2] for line in told.splitlines()}
    lines = [f"{'pod':45} {'memory':>8} {'request':>8} {'limit':>8}"]
    for pod in sorted(release.pods(), key=lambda pod: str(pod["metadata"]["name"])):
        name, resources = pod["metadata"]["name"], pod["spec"]["containers"][0]["resources"]
        given = (used.get(name, "?"), resources["requests"]["memory"], resources["limits"]["memory"])
        lines.append(f"{name:45} {given[0]:>8} {given[1]:>8} {given[2]:>8}")
    return "\n".join(lines)


def diagnosis(namespace: Namespace) -> str:
    """Pods, warnings, and the last lines of those that are not well: for a person who reads of a failed test."""
    parts = [_told(namespace, "get", "pods,jobs,scaledobjects,pvc", "--output=wide")]
    events = ("get", "events", "--field-selector=type=Warning", "--sort-by=.lastTimestamp")
    parts.append("\n".join(_told(namespace, *events).splitlines()[-25:]))
    for pod in _ill(namespace):
        name = pod["metadata"]["name"]
        parts.append(f"--- {name}: {json.dumps(pod['status'].get('containerStatuses', []))[:1500]}")
        parts.append(_told(namespace, "logs", name, "--all-containers", f"--tail={LOG_TAIL}"))
        if any(each["restartCount"] for each in pod["status"].get("containerStatuses", ())):
            parts.append(_told(namespace, "logs", name, "--previous", f"--tail={LOG_TAIL}"))
    return "\n\n".join(parts)


def _ill(namespace: Namespace) -> list[Json]:
    try:
        found = namespace.items("pods")
    except CommandError:
        return []
    return [
        pod for pod in found if pod["status"]["phase"] != "Succeeded" and not (is_ready(pod) and not _restarted(pod))
    ]


def _restarted(pod: Json) -> bool:
    return any(each["restartCount"] for each in pod["status"].get("containerStatuses", ()))


def _told(namespace: Namespace, *arguments: str) -> str:
    try:
        return namespace.kubectl(*arguments, timeout_s=20)
    except CommandError as error:
        return str(error)
