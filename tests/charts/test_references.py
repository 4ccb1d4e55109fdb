"""What refers to something refers to something that is there."""

from collections.abc import Iterator, Mapping

import pytest
from tests.charts.manifests import Object, Rendering, name_of, pod_template, selects
from tests.charts.value_sets import VALUE_SETS, ValueSet

OF_HIGHSCORES = [values for values in VALUE_SETS if values.chart == "highscores"]
# Secrets of the user's, which no rendering holds.
GIVEN_SECRETS = ("highscores-", "my-", "database", "queue", "pull")


def test_workloads_select_their_own_pods(rendering: Rendering) -> None:
    workloads = rendering.of_kind("Deployment", "StatefulSet")

    strangers = [
        name_of(workload)
        for workload in workloads
        if not selects(workload["spec"]["selector"], (pod_template(workload) or {})["metadata"]["labels"])
    ]

    assert strangers == []


def test_no_two_workloads_select_the_same_pods(rendering: Rendering) -> None:
    selectors = [str(one["spec"]["selector"]) for one in rendering.of_kind("Deployment", "StatefulSet")]

    assert len(selectors) == len(set(selectors))


def test_services_and_budgets_select_pods(rendering: Rendering) -> None:
    selectors = [(name_of(one), {"matchLabels": one["spec"]["selector"]}) for one in rendering.of_kind("Service")]
    selectors += [(name_of(one), one["spec"]["selector"]) for one in rendering.of_kind("PodDisruptionBudget")]

    assert [name for name, selector in selectors if not selects_a_pod(rendering, selector)] == []


def test_policies_are_for_pods(rendering: Rendering) -> None:
    policies = rendering.of_kind("NetworkPolicy")

    assert [name_of(policy) for policy in policies if not selects_a_pod(rendering, policy["spec"]["podSelector"])] == []


@pytest.mark.parametrize("values", OF_HIGHSCORES, ids=lambda values: values.id)
def test_policies_are_about_pods(values: ValueSet, renderings: Mapping[ValueSet, Rendering]) -> None:
    """Both ends of an edge inside the release; a subchart alone has no clients."""
    rendering = renderings[values]

    nobody = [
        f"{name_of(policy)}: {peer['podSelector']}"
        for policy in rendering.of_kind("NetworkPolicy")
        for peer in peers(policy)
        if "podSelector" in peer and "namespaceSelector" not in peer
        if not selects_a_pod(rendering, peer["podSelector"])
    ]

    assert nobody == []


def test_spread_is_over_pods(rendering: Rendering) -> None:
    nothing = [
        pod.owner
        for pod in rendering.pods()
        for constraint in pod.spec.get("topologySpreadConstraints", [])
        if not selects(constraint["labelSelector"], pod.labels)
    ]

    assert nothing == []


def test_monitors_select_services_and_their_ports(rendering: Rendering) -> None:
    services = rendering.of_kind("Service")

    blind = [
        f"{name_of(monitor)} {endpoint['port']}"
        for monitor in rendering.of_kind("ServiceMonitor")
        for endpoint in monitor["spec"]["endpoints"]
        if not any(
            selects(monitor["spec"]["selector"], service["metadata"]["labels"])
            and endpoint["port"] in {port["name"] for port in service["spec"]["ports"]}
            for service in services
        )
    ]

    assert blind == []


def test_ports_of_services_are_ports_of_pods(rendering: Rendering) -> None:
    deaf = []
    for service in rendering.of_kind("Service"):
        for pod in rendering.pods():
            if selects({"matchLabels": service["spec"]["selector"]}, pod.labels):
                open_ports = {port["name"] for one in pod.spec["containers"] for port in one.get("ports", [])}
                wanted = {port["targetPort"] for port in service["spec"]["ports"]}
                deaf += [f"{name_of(service)}: {pod.owner} has no port {port}" for port in wanted - open_ports]

    assert deaf == []


def test_routes_lead_to_services(rendering: Rendering) -> None:
    backends = {
        path["backend"]["service"]["name"]
        for ingress in rendering.of_kind("Ingress")
        for rule in ingress["spec"]["rules"]
        for path in rule["http"]["paths"]
    }
    backends |= {
        backend["name"]
        for route in rendering.of_kind("HTTPRoute")
        for rule in route["spec"]["rules"]
        for backend in rule["backendRefs"]
    }

    assert {f"Service/{name}" for name in backends} <= rendering.names


def test_autoscalers_own_a_deployment_that_has_no_number_of_pods(rendering: Rendering) -> None:
    scaled = [
        one["spec"]["scaleTargetRef"]["name"] for one in rendering.of_kind("HorizontalPodAutoscaler", "ScaledObject")
    ]
    deployments = {one["metadata"]["name"]: one["spec"] for one in rendering.of_kind("Deployment")}

    assert len(scaled) == len(set(scaled))
    assert all(("replicas" in spec) == (name not in scaled) for name, spec in deployments.items())
    assert set(scaled) <= deployments.keys()


def test_pods_use_what_is_there(rendering: Rendering) -> None:
    missing = [
        f"{pod.owner} uses {name}"
        for pod in rendering.pods()
        for name in used(pod.spec)
        if name not in rendering.names and not name.removeprefix("Secret/").startswith(GIVEN_SECRETS)
    ]

    assert missing == []


def test_secrets_have_the_keys_that_pods_read(rendering: Rendering) -> None:
    secrets = {one["metadata"]["name"]: one["data"] for one in rendering.of_kind("Secret")}

    missing = [
        f"{pod.owner}: {reference['name']} has no {reference['key']}"
        for pod in rendering.pods()
        for container in pod.containers
        for variable in container.get("env", [])
        if (reference := variable.get("valueFrom", {}).get("secretKeyRef"))
        if reference["name"] in secrets and reference["key"] not in secrets[reference["name"]]
    ]

    assert missing == []


def selects_a_pod(rendering: Rendering, selector: Object) -> bool:
    return any(selects(selector, pod.labels) for pod in rendering.pods())


def peers(policy: Object) -> Iterator[Object]:
    for rule in policy["spec"].get("ingress", []):
        yield from rule.get("from", [])
    for rule in policy["spec"].get("egress", []):
        yield from rule.get("to", [])


def used(spec: Object) -> Iterator[str]:
    """The names of all that a pod needs to start."""
    if account := spec.get("serviceAccountName"):
        yield f"ServiceAccount/{account}"
    for volume in spec.get("volumes", []):
        if "configMap" in volume:
            yield f"ConfigMap/{volume['configMap']['name']}"
        if "secret" in volume:
            yield f"Secret/{volume['secret']['secretName']}"
        if "persistentVolumeClaim" in volume:
            yield f"PersistentVolumeClaim/{volume['persistentVolumeClaim']['claimName']}"
    for container in [*spec.get("initContainers", []), *spec["containers"]]:
        for variable in container.get("env", []):
            if reference := variable.get("valueFrom", {}).get("secretKeyRef"):
                yield f"Secret/{reference['name']}"
