"""kubectl and helm, as programs: what people type is what is tested."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self, TypeVar

REPOSITORY = Path(__file__).resolve().parents[2]
COMMAND_TIMEOUT_S = 60.0
POLL_INTERVAL_S = 0.5

Json = dict[str, Any]
Result = TypeVar("Result")


class CommandError(AssertionError):
    """A command that failed, with what it said."""


def run(*command: str, timeout_s: float = COMMAND_TIMEOUT_S, stdin: str | None = None) -> str:
    """Return what the command printed; raise CommandError when it fails or does not end."""
    try:
        result = subprocess.run(
            command, input=stdin, capture_output=True, text=True, timeout=timeout_s, check=False, cwd=REPOSITORY
        )
    except subprocess.TimeoutExpired as error:
        raise CommandError(f"{' '.join(command)}: no end after {timeout_s:.0f} s") from error
    if result.returncode != 0:
        raise CommandError(f"{' '.join(command)}: exit code {result.returncode}\n{result.stdout}{result.stderr}")
    return result.stdout


def eventually(
    ask: Callable[[], Result], holds: Callable[[Result], object], *, within_s: float, every_s: float = POLL_INTERVAL_S
) -> Result:
    """Ask until the answer is as it should be, and return it; fail with the last one."""
    deadline = time.monotonic() + within_s
    while True:
        found = ask()
        if holds(found):
            return found
        assert time.monotonic() < deadline, f"still {found!r} after {within_s:.0f} s"
        time.sleep(every_s)


class Namespace:
    """One namespace of the cluster, seen through kubectl."""

    def __init__(self, name: str) -> None:
        self.name = name

    def kubectl(self, *arguments: str, timeout_s: float = COMMAND_TIMEOUT_S, stdin: str | None = None) -> str:
        return run("kubectl", "--namespace", self.name, *arguments, timeout_s=timeout_s, stdin=stdin)

    def items(self, kind: str, selector: str = "") -> list[Json]:
        """The objects of a kind, those with the labels if a selector is given."""
        found: list[Json] = json.loads(self.kubectl("get", kind, "--selector", selector, "--output=json"))["items"]
        return found

    def exec(self, pod: str, *command: str, container: str = "", stdin: str | None = None) -> str:
        chosen = ("--container", container) if container else ()
        attached = ("--stdin",) if stdin is not None else ()
        return self.kubectl("exec", *attached, pod, *chosen, "--", *command, stdin=stdin)

    def apply(self, manifest: Json) -> None:
        self.kubectl("apply", "--filename=-", stdin=json.dumps(manifest))

    def create(self, labels: dict[str, str]) -> None:
        """Make the namespace, after the end of one that an earlier run has left."""
        self.delete()
        metadata = {"name": self.name, "labels": labels}
        run("kubectl", "create", "--filename=-", stdin=json.dumps(_namespace(metadata)))
        # Pods are refused until their ServiceAccount is there, a moment later.
        eventually(lambda: self.items("serviceaccounts"), bool, within_s=30)

    @contextmanager
    def made(self, labels: dict[str, str]) -> Iterator[Self]:
        """It is there for as long as the block lasts."""
        try:
            self.create(labels)
            yield self
        finally:
            self.delete()

    def delete(self) -> None:
        run("kubectl", "delete", "namespace", self.name, "--ignore-not-found", "--timeout=180s", timeout_s=200)


def labels_of(manifest: str) -> dict[str, str]:
    """The labels of the one object in a file of the repository."""
    found: dict[str, str] = json.loads(
        run("kubectl", "create", "--dry-run=client", f"--filename={manifest}", "--output=json")
    )["metadata"]["labels"]
    return found


def _namespace(metadata: Json) -> Json:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
