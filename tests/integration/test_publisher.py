"""Publishing to a real RabbitMQ: confirmed, or an error."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import aio_pika
import httpx
import pytest
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from prometheus_client import REGISTRY
from tests.eventually import eventually
from tests.integration.scenario import submission
from tests.servers import PrivateStack

from highscores.domain.commands import decode
from highscores.process.settings import RabbitmqSettings
from highscores.queue import topology
from highscores.queue.publisher import Broker, UnconfirmedError
from highscores.queue.topology import Queue
from highscores_local.ports import LOOPBACK
from highscores_local.rabbitmq import USER

pytestmark = pytest.mark.integration

QUORUM = {"x-queue-type": "quorum"}
SHORT = QUORUM | {"x-max-length": 1, "x-overflow": "reject-publish"}
SOON_FULL = 20  # a quorum queue's bound is soft: a few more get in


@pytest.fixture
async def channel(rabbitmq_settings: RabbitmqSettings) -> AsyncIterator[AbstractChannel]:
    connection = await aio_pika.connect(
        host=rabbitmq_settings.host,
        port=rabbitmq_settings.port,
        login=rabbitmq_settings.user,
        password=rabbitmq_settings.password.get_secret_value(),
    )
    async with connection:
        yield await connection.channel()


@pytest.fixture
async def broker(rabbitmq_settings: RabbitmqSettings) -> AsyncIterator[Broker]:
    broker = Broker(rabbitmq_settings)
    await broker.connect()
    yield broker
    await broker.close()


async def declare(channel: AbstractChannel, arguments: dict[str, Any]) -> Queue:
    queue = Queue(f"test-{uuid4().hex}", arguments)
    await channel.declare_queue(queue.name, durable=True, arguments=queue.arguments)
    return queue


async def test_commands_arrive_as_one_persistent_message(broker: Broker, channel: AbstractChannel) -> None:
    queue = await declare(channel, QUORUM)
    commands = [submission("arcade", player) for player in "abc"]

    await broker.publish(queue, commands)

    message = await (await channel.get_queue(queue.name)).get()
    assert message is not None
    assert decode(message.body) == (commands, None)
    assert message.delivery_mode == aio_pika.DeliveryMode.PERSISTENT
    await message.ack()
    await channel.queue_delete(queue.name)


async def test_the_queues_are_declared_and_their_depth_is_known(broker: Broker) -> None:
    assert [await broker.depth(queue) >= 0 for queue in topology.ALL] == [True] * len(topology.ALL)


async def test_the_limits_of_the_queues_are_those_of_the_policy(broker: Broker, servers: PrivateStack) -> None:
    url = f"http://{LOOPBACK}:{servers.ports.rabbitmq_management}/api/queues/%2F"

    async def policies() -> dict[str, str | None] | None:
        """Of each queue, once RabbitMQ's statistics have them all."""
        async with httpx.AsyncClient(auth=(USER, servers.secrets.rabbitmq)) as client:
            found = {queue["name"]: queue.get("policy") for queue in (await client.get(url)).json()}
        ours = {queue.name: found.get(queue.name) for queue in topology.ALL}
        return ours if ours.pop("dead-letters") is None and all(ours.values()) else None

    assert set((await eventually(policies) or {}).values()) == {topology.LIMITS.name}


@pytest.mark.parametrize("queue", [topology.SCORES, topology.CONTROL])
async def test_what_waits_for_a_newer_worker_comes_back(broker: Broker, channel: AbstractChannel, queue: Queue) -> None:
    """To the queue that it was in. No worker runs here, which would take it."""
    body = uuid4().bytes
    await broker.publish_body(topology.LATER[queue.name], body, headers={"highscores-returns": 1}, expires_s=0.1)
    declared = await channel.get_queue(queue.name)

    async def next_one() -> AbstractIncomingMessage | None:
        return await declared.get(fail=False)

    message = await eventually(next_one)

    assert message is not None
    assert (message.body, message.headers["highscores-returns"]) == (body, 1)
    await message.ack()


async def test_a_deleted_queue_confirms_nothing(broker: Broker, channel: AbstractChannel) -> None:
    queue = await declare(channel, QUORUM)
    await broker.publish(queue, [submission("arcade")])
    await channel.queue_delete(queue.name)

    with pytest.raises(UnconfirmedError):
        await broker.publish(queue, [submission("arcade")])


async def test_after_a_refusal_the_next_is_confirmed(broker: Broker, channel: AbstractChannel) -> None:
    with pytest.raises(UnconfirmedError):
        await broker.publish(Queue("test-never-declared", {}), [submission("arcade")])
    queue = await declare(channel, QUORUM)

    await broker.publish(queue, [submission("arcade")])

    assert await broker.depth(queue) == 1
    await channel.queue_delete(queue.name)


async def test_a_full_queue_refuses_and_keeps_what_it_has(broker: Broker, channel: AbstractChannel) -> None:
    queue = await declare(channel, SHORT)

    refused = [await is_refused(broker, queue) for _ in range(SOON_FULL)]

    assert refused == sorted(refused), "it took some more after it was full"
    assert refused[0] is False
    assert refused[-1] is True
    assert await broker.depth(queue) == refused.count(False)
    await channel.queue_delete(queue.name)


async def is_refused(broker: Broker, queue: Queue) -> bool:
    try:
        await broker.publish(queue, [submission("arcade")])
    except UnconfirmedError:
        return True
    return False


def connected_gauge() -> float | None:
    return REGISTRY.get_sample_value("highscores_rabbitmq_connected", {"use": "publishing"})


async def test_nothing_is_confirmed_before_the_connection_and_after_it(rabbitmq_settings: RabbitmqSettings) -> None:
    broker = Broker(rabbitmq_settings)
    assert (broker.is_ready, connected_gauge()) == (False, 0)
    with pytest.raises(UnconfirmedError):
        await broker.publish(topology.SCORES, [submission("arcade")])
    with pytest.raises(UnconfirmedError):
        await broker.depth(topology.SCORES)

    await broker.connect()
    assert (broker.is_ready, connected_gauge()) == (True, 1)
    await broker.close()

    assert (broker.is_ready, connected_gauge()) == (False, 0)
    with pytest.raises(UnconfirmedError):
        await broker.publish(topology.SCORES, [submission("arcade")])
