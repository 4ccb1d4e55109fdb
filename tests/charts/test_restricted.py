"""Every pod of every set of values keeps to the Pod Security level `restricted`, and to what we ask for beyond.

A second proof beside the charts' own tests: it knows nothing of templates, and looks at what they make. After
https://kubernetes.io/docs/concepts/security/pod-security-standards/.
"""

from tests.charts.manifests import Object, Pod, Rendering

VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}
# RabbitMQ's three nodes find each other through the Kubernetes API.
MAY_HAVE_TOKEN = ("StatefulSet/arcade-rabbitmq", "StatefulSet/a23456789-b23456789-c23456789-d23456789-e23-rabbitmq")


def test_pods_are_restricted(rendering: Rendering) -> None:
    faults = [f"{pod.owner}: {fault}" for pod in rendering.pods() for fault in pod_faults(pod)]

    assert faults == []


def test_containers_are_restricted(rendering: Rendering) -> None:
    faults = [
        f"{pod.owner} {container['name']}: {fault}"
        for pod in rendering.pods()
        for container in pod.containers
        for fault in container_faults(container, pod.spec.get("securityContext", {}))
    ]

    assert faults == []


def test_there_are_pods(rendering: Rendering) -> None:
    assert list(rendering.pods()) != []


def pod_faults(pod: Pod) -> list[str]:
    spec = pod.spec
    security = spec.get("securityContext", {})
    faults = [f"{setting} is true" for setting in ("hostNetwork", "hostPID", "hostIPC") if spec.get(setting)]
    faults += [
        f"volume {volume['name']} is of a kind that is not allowed"
        for volume in spec.get("volumes", [])
        if not volume.keys() - {"name"} <= VOLUMES
    ]
    if security.get("sysctls"):
        faults.append("it sets sysctls")
    if security.get("seccompProfile", {}).get("type") not in ("RuntimeDefault", "Localhost"):
        faults.append("it has no seccomp profile")
    if spec.get("enableServiceLinks") is not False:
        faults.append("it has the addresses of all Services in its environment")
    if spec.get("automountServiceAccountToken") is not False and pod.owner not in MAY_HAVE_TOKEN:
        faults.append("it has a token for the Kubernetes API")
    return faults


def container_faults(container: Object, pod_security: Object) -> list[str]:
    security = pod_security | container.get("securityContext", {})
    faults = []
    if security.get("runAsNonRoot") is not True or not security.get("runAsUser"):
        faults.append("it may run as root, or as a user without a number")
    if security.get("allowPrivilegeEscalation") is not False or security.get("privileged"):
        faults.append("it may gain privileges")
    if security.get("capabilities") != {"drop": ["ALL"]}:
        faults.append("it has capabilities")
    if security.get("readOnlyRootFilesystem") is not True:
        faults.append("it may write to its root")
    if security.get("procMount", "Default") != "Default" or security.get("seLinuxOptions"):
        faults.append("it asks for another /proc or SELinux label")
    if any("hostPort" in port for port in container.get("ports", [])):
        faults.append("it takes a port of its node")
    resources = container.get("resources", {})
    if not {"cpu", "memory"} <= resources.get("requests", {}).keys():
        faults.append("it does not say what it needs")
    if "memory" not in resources.get("limits", {}):
        faults.append("its memory has no limit")
    return faults
