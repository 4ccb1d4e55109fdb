"""A private Redis Cluster for tests: three primaries and a replica of the third, which tests may kill at will."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis import Redis
from tests.servers import END_WITHIN_S, REPOSITORY

from highscores_local import binaries, probe
from highscores_local.home import Home
from highscores_local.ports import LOOPBACK, free_ports
from highscores_local.processes import belonging_to
from highscores_local.program import Program
from highscores_local.runner import Runner
from highscores_local.stack import process_user

NODES = 4
SHARES = ((0, 5460), (5461, 10922), (10923, 16383))
REPLICATED = len(SHARES) - 1  # the primary that has a replica, the last node
PASSWORD = "cluster-test"
NODE_TIMEOUT_MS = 1_000  # after twice that without a sign, a node's replica has taken its place
READY_WITHIN_S = 20.0

SETTINGS = """\
bind {host}
port {port}
cluster-enabled yes
cluster-port {bus}
cluster-node-timeout {timeout_ms}
cluster-require-full-coverage no
cluster-config-file nodes.conf
requirepass {password}
masterauth {password}
repl-diskless-sync-delay 0
appendonly no
save ""
"""


@dataclass(frozen=True, slots=True)
class PrivateCluster:
    ports: list[int]
    programs: list[Program]
    runner: Runner

    def ask(self, node: int, *command: Any) -> Any:
        with Redis(port=self.ports[node], password=PASSWORD, decode_responses=True) as redis:
            return redis.execute_command(*command)

    def node_of(self, key: str) -> int:
        """Which of the primaries has the key, as the cluster was made."""
        slot = self.ask(0, "CLUSTER KEYSLOT", key)
        return next(node for node, (first, last) in enumerate(SHARES) if first <= slot <= last)

    def kill(self, node: int) -> None:
        self.runner.kill(self.programs[node])

    def restart(self, node: int) -> None:
        self.runner.start(self.programs[node])
        self.runner.wait_ready(self.programs[node])


@contextmanager
def private_cluster() -> Iterator[PrivateCluster]:
    """A cluster with all slots covered; nothing of it is left afterwards."""
    root = Path(tempfile.mkdtemp(prefix="highscores-cluster-"))
    home = Home(root, process_user(REPOSITORY))
    home.create()
    ports = list(free_ports().by_name().values())
    cluster = PrivateCluster(
        ports[:NODES],
        [_program(home, ports[node], ports[NODES + node]) for node in range(NODES)],
        Runner(home),
    )
    try:
        for program in cluster.programs:
            cluster.runner.start(program)
        for program in cluster.programs:
            cluster.runner.wait_ready(program)
        _join(cluster, buses=ports[NODES : 2 * NODES])
        yield cluster
    finally:
        cluster.runner.kill_all(cluster.programs)
        belonging_to(home).kill_survivors(within_s=END_WITHIN_S)
        shutil.rmtree(root)


def _program(home: Home, port: int, bus: int) -> Program:
    name = f"redis-{port}"
    directory = home.data / name
    home.user.own(directory)
    settings = home.write(
        f"{name}.conf",
        SETTINGS.format(host=LOOPBACK, port=port, bus=bus, password=PASSWORD, timeout_ms=NODE_TIMEOUT_MS),
    )
    server = binaries.require(binaries.find("redis-server"), "redis-server")

    def check() -> str | None:
        return probe.conversation(port, f"AUTH {PASSWORD}\r\nPING\r\n".encode(), b"+OK\r\n+PONG\r\n")

    return Program(name=name, argv=(str(server), str(settings)), directory=directory, check=check)


def _join(cluster: PrivateCluster, buses: list[int]) -> None:
    for node, (first, last) in enumerate(SHARES):
        cluster.ask(node, "CLUSTER ADDSLOTSRANGE", first, last)
        cluster.ask(node, "CLUSTER SET-CONFIG-EPOCH", node + 1)
    for port, bus in list(zip(cluster.ports, buses, strict=True))[1:]:
        cluster.ask(0, "CLUSTER MEET", LOOPBACK, port, bus)
    primary = cluster.ask(REPLICATED, "CLUSTER MYID")
    probe.wait("cluster", lambda: _why_not_met(cluster, primary), READY_WITHIN_S)
    cluster.ask(NODES - 1, "CLUSTER REPLICATE", primary)
    probe.wait("cluster", lambda: _why_not_complete(cluster), READY_WITHIN_S)


def _why_not_met(cluster: PrivateCluster, primary: str) -> str | None:
    return (
        None if primary in str(cluster.ask(NODES - 1, "CLUSTER NODES")) else "the replica does not know its primary yet"
    )


def _why_not_complete(cluster: PrivateCluster) -> str | None:
    for node in range(NODES):
        slots = cluster.ask(node, "CLUSTER SLOTS")
        shares = sorted((int(first), int(last), len(nodes)) for first, last, *nodes in slots)
        expected = [(*share, 2 if node == REPLICATED else 1) for node, share in enumerate(SHARES)]
        if shares != expected:
            return f"node {node} sees {shares}"
    link = cluster.ask(NODES - 1, "INFO", "replication")["master_link_status"]
    return None if link == "up" else f"replication is {link}"
