"""Publishing commands: persistent, routed and confirmed, or an error."""

import asyncio
from collections.abc import Mapping, Sequence

import aio_pika
import structlog
from aio_pika.abc import AbstractRobustChannel, AbstractRobustConnection
from aio_pika.exceptions import AMQPError, DeliveryError
from prometheus_client import Counter, Gauge, Histogram

from highscores import tracing
from highscores.domain.commands import Command, encode
from highscores.domain.unavailable import UnavailableError
from highscores.process.settings import RabbitmqSettings
from highscores.process.tls import create_context
from highscores.queue import topology
from highscores.queue.lost_connection import lost_connection_is_an_error
from highscores.queue.topology import Queue

CONNECT_TIMEOUT_S = 5.0
CONFIRM_TIMEOUT_S = 1.2  # a caller waits for at most two: the group before its own, and its own
DEPTH_TIMEOUT_S = 3.0
RECONNECT_INTERVAL_S = 1.0
HEARTBEAT_S = 10

_PERSISTENT = aio_pika.DeliveryMode.PERSISTENT

_groups = Histogram(
    "highscores_publish_group_commands",
    "Commands in one message",
    ["queue"],
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 1000),
)
_seconds = Histogram(
    "highscores_publish_confirm_seconds",
    "From publishing a message to its confirm",
    ["queue"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2),
)
_failures = Counter("highscores_publish_failures", "Messages that were not confirmed", ["queue", "reason"])
# By its label a process that has no Broker is not counted among the unconnected.
_connected = Gauge("highscores_rabbitmq_connected", "1 while the connection is there, 0 while it is not", ["use"])

_log = structlog.get_logger(__name__)


class UnconfirmedError(UnavailableError):
    """The queue did not confirm. The commands may have got in all the same: only the same job ids are safe to retry."""


class Broker:
    """A process's one connection for publishing, kept alive; `publish` raises UnconfirmedError while it is down."""

    def __init__(self, settings: RabbitmqSettings) -> None:
        self._settings = settings
        self._connection: AbstractRobustConnection | None = None
        self._channel: AbstractRobustChannel | None = None
        _connected.labels("publishing").set_function(lambda: self.is_ready)

    async def connect(self) -> None:
        """Connect and declare the queues; raise AMQPError or OSError when RabbitMQ cannot be reached."""
        try:
            with lost_connection_is_an_error():
                await self._connect()
        except BaseException:
            await self.close()  # what was opened before it failed
            raise

    async def _connect(self) -> None:
        tls = create_context(self._settings)
        self._connection = await aio_pika.connect_robust(
            host=self._settings.host,
            port=self._settings.port,
            virtualhost=self._settings.vhost,
            login=self._settings.user,
            password=self._settings.password.get_secret_value(),
            ssl=tls is not None,
            ssl_context=tls,
            timeout=CONNECT_TIMEOUT_S,
            reconnect_interval=RECONNECT_INTERVAL_S,
            heartbeat=HEARTBEAT_S,
        )
        # on_return_raises: without it a message that no queue took would count as confirmed.
        channel = await self._connection.channel(publisher_confirms=True, on_return_raises=True)
        assert isinstance(channel, AbstractRobustChannel)
        for queue in topology.ALL:
            await channel.declare_queue(queue.name, durable=True, arguments=queue.arguments)
        self._channel = channel

    async def close(self) -> None:
        if self._connection:
            await self._connection.close()

    @property
    def is_ready(self) -> bool:
        return self._connection is not None and self._connection.connected.is_set() and not self._connection.is_closed

    async def depth(self, queue: Queue) -> int:
        """Return how many messages wait; raise ChannelNotFoundEntity when there is no such queue."""
        if self._connection is None:
            raise UnconfirmedError("not connected")
        with lost_connection_is_an_error():
            async with asyncio.timeout(DEPTH_TIMEOUT_S), self._connection.channel() as channel:
                found = await channel.get_queue(queue.name)
                return found.declaration_result.message_count or 0

    async def publish(self, queue: Queue, commands: Sequence[Command]) -> None:
        """Return when the queue has confirmed all of the commands, as one message; else raise UnconfirmedError."""
        if self._channel is None or not self.is_ready:
            raise UnconfirmedError("not connected")
        with tracing.active().sending(queue.name, commands) as to_send:
            _groups.labels(queue.name).observe(len(commands))
            await self.publish_body(queue, encode(list(to_send)))

    async def publish_body(
        self,
        queue: Queue,
        body: bytes,
        *,
        headers: Mapping[str, str | int] | None = None,
        expires_s: float | None = None,
    ) -> None:
        """Return when the queue has confirmed a message that is encoded already; else raise UnconfirmedError."""
        if self._channel is None or not self.is_ready:
            raise UnconfirmedError("not connected")
        exchange = self._channel.default_exchange
        message = aio_pika.Message(
            body,
            delivery_mode=_PERSISTENT,
            content_type="application/msgpack",
            headers=dict(headers or {}),
            expiration=expires_s,
        )
        try:
            with _seconds.labels(queue.name).time(), lost_connection_is_an_error():
                await exchange.publish(message, queue.name, mandatory=True, timeout=CONFIRM_TIMEOUT_S)
        except (AMQPError, DeliveryError, OSError, TimeoutError, RuntimeError) as error:
            _failures.labels(queue.name, type(error).__name__).inc()
            _log.warning("message.unconfirmed", queue=queue.name, reason=type(error).__name__)
            raise UnconfirmedError(type(error).__name__) from error
