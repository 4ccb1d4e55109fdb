"""Connections cut at the worst moment, delayed, or swallowed, between services that are all well."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import NamedTuple

import pytest
from tests.faults.crowd import Crowd
from tests.faults.proxy import Proxy
from tests.faults.supervised import Supervised

pytestmark = pytest.mark.faults

PAUSE_S = 0.6
SWALLOWED_S = 5.0
LATENCY_S = 0.5
BASIC_ACK_FROM_SERVER = b"\x00\x3c\x00\x50"  # class 60, method 80
COMMIT = b"COMMIT;"


class Edge(NamedTuple):
    service: str
    server: str


VARIABLES = {
    "rabbitmq": "HIGHSCORES_RABBITMQ_PORT",
    "postgres": "HIGHSCORES_POSTGRES_PORT",
    "redis_jobs": "HIGHSCORES_JOBS_REDIS_PORT",
    "redis_documents": "HIGHSCORES_DOCUMENTS_REDIS_PORT",
}
EDGES = [
    Edge("post_score", "rabbitmq"),
    Edge("post_score", "postgres"),
    Edge("post_score", "redis_jobs"),
    Edge("worker", "rabbitmq"),
    Edge("worker", "postgres"),
    Edge("worker", "redis_documents"),
    Edge("get_scores", "redis_documents"),
    Edge("get_jobs", "redis_jobs"),
    Edge("get_jobs", "postgres"),
]
FIRST_RANK = {Edge("post_score", "rabbitmq"), Edge("worker", "rabbitmq"), Edge("worker", "postgres")}
TO_SWALLOW = [
    pytest.param(edge, id=" to ".join(edge), marks=[] if edge in FIRST_RANK else [pytest.mark.slow]) for edge in EDGES
]


@pytest.fixture(scope="module")
def proxies(running: Supervised) -> Iterator[dict[Edge, Proxy]]:
    """A proxy on every edge; afterwards the services talk to the servers themselves again."""
    ports = running.stack.private.ports
    with ExitStack() as closing:
        found = {edge: closing.enter_context(Proxy(getattr(ports, edge.server)).running()) for edge in EDGES}
        for edge, proxy in found.items():
            for name in running.each(edge.service):
                running.stack.set(name, {VARIABLES[edge.server]: str(proxy.port)})
        running.restart(*running.services)
        running.wait_ready()
        yield found
        for edge in found:
            for name in running.each(edge.service):
                running.stack.set(name, {VARIABLES[edge.server]: str(getattr(ports, edge.server))})
        running.restart(*running.services)
        running.wait_ready()


@pytest.fixture
def wires(proxies: dict[Edge, Proxy], scenario: Crowd) -> Iterator[dict[Edge, Proxy]]:
    """The proxies, mended after the test, before the verdict."""
    yield proxies
    for proxy in proxies.values():
        proxy.mend()


@pytest.mark.parametrize("forward", [False, True], ids=["before", "after"])
def test_the_connection_is_cut_at_the_commit(wires: dict[Edge, Proxy], scenario: Crowd, forward: bool) -> None:
    """Before it, nothing has happened; after it, everything has, and nobody was told."""
    proxy = wires[Edge("worker", "postgres")]
    before = proxy.cuts
    for _ in range(8):
        proxy.cut_once_at(COMMIT, to_server=True, forward=forward)
        scenario.run_for(PAUSE_S)

    assert proxy.cuts >= before + 5


def test_the_connection_is_cut_between_publish_and_confirm(wires: dict[Edge, Proxy], scenario: Crowd) -> None:
    """The queue has the message, and who sent it never hears so."""
    proxy = wires[Edge("post_score", "rabbitmq")]
    before = proxy.cuts
    for _ in range(4):
        proxy.cut_once_at(BASIC_ACK_FROM_SERVER, to_server=False, forward=False)
        scenario.run_for(2 * PAUSE_S)

    assert proxy.cuts >= before + 3


def test_acknowledgements_are_lost(wires: dict[Edge, Proxy], scenario: Crowd) -> None:
    """The worker has committed, and the queue delivers again."""
    proxy = wires[Edge("worker", "rabbitmq")]
    before = proxy.cuts
    for _ in range(4):
        proxy.cut_once_at(BASIC_ACK_FROM_SERVER, to_server=True, forward=False)
        scenario.run_for(2 * PAUSE_S)

    assert proxy.cuts >= before + 2


def test_every_connection_is_reset_again_and_again(wires: dict[Edge, Proxy], scenario: Crowd) -> None:
    for _ in range(6):
        for proxy in wires.values():
            proxy.cut()
        scenario.run_for(2 * PAUSE_S)


@pytest.mark.parametrize("edge", TO_SWALLOW)
def test_what_is_sent_is_swallowed(wires: dict[Edge, Proxy], scenario: Crowd, edge: Edge) -> None:
    wires[edge].swallow()
    scenario.run_for(SWALLOWED_S)
    wires[edge].flow()
    scenario.run_for(1.0)


@pytest.mark.slow
def test_every_connection_is_slow(wires: dict[Edge, Proxy], scenario: Crowd) -> None:
    for proxy in wires.values():
        proxy.latency_s = LATENCY_S / 2  # there and back
    scenario.run_for(5.0)
