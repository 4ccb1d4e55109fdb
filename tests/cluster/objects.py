"""Everything that a namespace holds."""

from tests.cluster.kube import Namespace, run

# They come and go by themselves: no release makes or leaves them.
PASSING = ("events", "events.events.k8s.io", "pods.metrics.k8s.io")


def everything(namespace: Namespace) -> set[str]:
    """Every object, as kind/name, of whatever kind."""
    kinds = run("kubectl", "api-resources", "--namespaced", "--verbs=list", "--output=name").split()
    wanted = ",".join(kind for kind in kinds if kind not in PASSING)
    return set(namespace.kubectl("get", wanted, "--output=name", "--ignore-not-found").split())
