"""Installed on an empty namespace, the release is complete, tested, and shut to strangers."""

import time

import pytest
from tests.cluster import pods, strangers
from tests.cluster.kube import Namespace, eventually, run
from tests.cluster.preflight import GATEWAY
from tests.cluster.release import Front, Release

pytestmark = pytest.mark.cluster

CLIENTS_PORTS = [5432, 5672, 6379, 6379]


def test_install_into_a_namespace_that_enforces_restricted(release: Release) -> None:
    started = time.monotonic()
    release.install()
    print(f"from nothing to ready: {time.monotonic() - started:.1f} s")
    eventually(release.front.answers, bool, within_s=10)
    running = release.pods()
    assert not pods.not_restricted(running)
    names = [pod["metadata"]["name"] for pod in running]
    eventually(lambda: pods.memory_table(release), lambda table: "?" not in table, within_s=90, every_s=3)
    print(pods.memory_table(release))
    assert len(names) >= 10


def test_the_charts_own_tests_pass(release: Release) -> None:
    told = release.test()
    print("\n".join(line for line in told.splitlines() if not line.startswith(" ")))
    assert "and went" in told  # the last words of 0 → n → 0


def test_strangers_reach_no_server_and_no_health_port(release: Release, outside: Namespace) -> None:
    servers = strangers.servers(release)
    within = strangers.stranger(release.namespace, "stranger")
    without = strangers.stranger(outside, "stranger")
    assert within.reached(servers) == without.reached(servers) == []
    within.become_client(release)
    eventually(lambda: strangers.ports(within.reached(servers)), lambda found: found == CLIENTS_PORTS, within_s=20)
    within.leave()


def test_the_service_answers_through_an_http_route_too(release: Release) -> None:
    gateway_namespace, _, gateway = GATEWAY.partition("/")
    try:
        run("kubectl", "--namespace", gateway_namespace, "get", "gateways.gateway.networking.k8s.io", gateway)
    except AssertionError:
        pytest.skip(f"no Gateway {GATEWAY}: name one in HIGHSCORES_GATEWAY (NAMESPACE/NAME)")
    host = f"route.{release.front.host}"
    parents = [{"name": gateway, "namespace": gateway_namespace}]
    release.upgrade({"httpRoute": {"enabled": True, "parentRefs": parents, "hostnames": [host]}})
    eventually(Front(release.front.url, host).answers, bool, within_s=20)
    assert release.front.answers()
