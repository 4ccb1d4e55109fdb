"""The whole service under a supervisor, as it runs in earnest: a service that ends is started again at once."""

import asyncio
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import aio_pika
import httpx
from redis import Redis
from tests.api import eventually
from tests.servers import SERVERS
from tests.stack import Stack, running_stack

from highscores_local import binaries
from highscores_local.ports import LOOPBACK
from highscores_local.rabbitmq import USER

INTERVAL_S = 0.1
MANAGEMENT_TIMEOUT_S = 5.0  # also of the health ports
CONTROL_TIMEOUT_S = 30
RECONNECTED_WITHIN_S = 10.0
CONNECTED = 'highscores_rabbitmq_connected{use="publishing"} 1.0'
PUBLISHERS = ("post_score", "get_scores")  # and the workers, who ask on the same connection what waits
STATISTICS = "-rabbit quorum_tick_interval 500 -rabbit collect_statistics_interval 500"


class Supervised:
    """The servers (rabbitmq, postgres, redis-jobs, redis-documents) stay down until `start`; the services do not.

    There are one or more workers.
    """

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.workers = stack.workers
        self.services = stack.services
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._supervise, daemon=True)

    def each(self, program: str) -> tuple[str, ...]:
        """All processes of one program."""
        return self.workers if program == "worker" else (program,)

    def kill(self, *names: str) -> None:
        """kill -9."""
        with self._lock:
            for name in names:
                if self.stack.is_running(name):
                    self.stack.kill(name)

    def start(self, *names: str) -> None:
        """Start servers and wait until they are ready."""
        self.stack.start(*names)

    def freeze(self, *names: str) -> None:
        """SIGSTOP."""
        for name in names:
            self.stack.stop(name)

    def thaw(self, *names: str) -> None:
        for name in names:
            self.stack.go_on(name)

    def heal(self) -> None:
        """Whatever a test has left stopped or dead goes on, and the services follow."""
        for name in SERVERS:
            if not self.stack.is_running(name):
                self.start(name)
        for name in (*SERVERS, *self.services):
            if self.stack.is_running(name):
                self.thaw(name)
        self.wait_ready()

    def restart(self, *names: str) -> None:
        """An orderly stop; the supervisor starts it again."""
        with self._lock:
            for name in names:
                self.stack.private.stop(name)

    def redis(self, role: str, *command: str) -> object:
        """Send a command to redis-jobs or redis-documents."""
        ports, secrets = self.stack.private.ports, self.stack.private.secrets
        attribute = role.replace("-", "_")
        with Redis(host=LOOPBACK, port=getattr(ports, attribute), password=getattr(secrets, attribute)) as client:
            answer: object = client.execute_command(*command)
            return answer

    def flush(self, role: str) -> None:
        self.redis(role, "FLUSHALL")

    def wait_ready(self) -> None:
        """Wait until all answer, and those that publish can: who has lost RabbitMQ stays ready and answers 503."""
        for name in self.services:
            program = self.stack.private.programs[name]
            while not self.stack.is_running(name):
                self._ending.wait(INTERVAL_S)
            self.stack.private.runner.wait_ready(program)
        for name in (*self.workers, *PUBLISHERS):
            eventually(partial(self.metrics, name), lambda text: CONNECTED in text, within_s=RECONNECTED_WITHIN_S)

    def metrics(self, name: str) -> str:
        """What a service counts, in Prometheus' text format; empty when it does not answer."""
        try:
            return httpx.get(
                f"http://{LOOPBACK}:{self.stack.health_port(name)}/metrics", timeout=MANAGEMENT_TIMEOUT_S
            ).text
        except httpx.TransportError:
            return ""

    def queues(self) -> dict[str, dict[str, int]]:
        """Messages (waiting and with a worker) and consumers of each queue, as RabbitMQ sees them; some seconds old."""
        return {
            queue["name"]: {"messages": queue.get("messages", -1), "consumers": queue.get("consumers", -1)}
            for queue in self.management("GET", "queues/%2F").json()
        }

    def management(self, method: str, path: str, body: object = None) -> httpx.Response:
        """Ask RabbitMQ's management."""
        ports, secrets = self.stack.private.ports, self.stack.private.secrets
        answer = httpx.request(
            method,
            f"http://{LOOPBACK}:{ports.rabbitmq_management}/api/{path}",
            json=body,
            auth=(USER, secrets.rabbitmq),
            timeout=MANAGEMENT_TIMEOUT_S,
        )
        answer.raise_for_status()
        return answer

    def rabbitmqctl(self, *arguments: str) -> None:
        private = self.stack.private
        subprocess.run(
            private.home.user.wrap(
                [str(binaries.require(binaries.find_rabbitmq("rabbitmqctl"), "rabbitmqctl")), *arguments]
            ),
            cwd=private.home.run,
            env=private.servers.rabbitmq.environment(),
            check=True,
            capture_output=True,
            timeout=CONTROL_TIMEOUT_S,
        )

    def publish(self, bodies: Sequence[bytes], queue: str = "scores") -> None:
        """Put messages into a queue past every service; return when all are confirmed."""
        asyncio.run(self._publish(bodies, queue))

    async def _publish(self, bodies: Sequence[bytes], queue: str) -> None:
        ports, secrets = self.stack.private.ports, self.stack.private.secrets
        connection = await aio_pika.connect(host=LOOPBACK, port=ports.rabbitmq, login=USER, password=secrets.rabbitmq)
        async with connection, connection.channel(publisher_confirms=True, on_return_raises=True) as channel:
            for body in bodies:
                message = aio_pika.Message(body, delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
                await channel.default_exchange.publish(message, queue)

    def _supervise(self) -> None:
        while not self._ending.wait(INTERVAL_S):
            with self._lock:
                for name in self.services:
                    if not self.stack.is_running(name) and not self._ending.is_set():
                        self.stack.private.runner.start(self.stack.private.programs[name])

    @contextmanager
    def supervising(self) -> Iterator[None]:
        self._thread.start()
        try:
            yield
        finally:
            self._ending.set()
            self._thread.join()


@contextmanager
def supervised_stack(*, workers: int) -> Iterator[Supervised]:
    with running_stack(workers=workers) as stack:
        _count_often(stack)
        supervised = Supervised(stack)
        with supervised.supervising():
            supervised.wait_ready()
            yield supervised


def _count_often(stack: Stack) -> None:
    """RabbitMQ counts its messages each five seconds if not told otherwise; every verdict would wait for that."""
    name = "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"
    arguments = stack.private.programs["rabbitmq"].environment[name]
    stack.set("rabbitmq", {name: f"{arguments} {STATISTICS}"})
    stack.restart("rabbitmq")
