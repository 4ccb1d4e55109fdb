"""Straight access to the queue: filling it without post_score, and emptying it without a worker."""

import asyncio
from collections.abc import Sequence

import aio_pika
from tests.servers import PrivateStack

from highscores.domain.commands import SubmitScore
from highscores.process.settings import RabbitmqSettings
from highscores.queue import topology
from highscores.queue.publisher import Broker
from highscores_local import rabbitmq
from highscores_local.ports import LOOPBACK

PUBLISHES_AT_ONCE = 50


def settings(stack: PrivateStack) -> RabbitmqSettings:
    return RabbitmqSettings(
        host=LOOPBACK,
        port=stack.ports.rabbitmq,
        vhost=rabbitmq.VHOST,
        user=rabbitmq.USER,
        password=stack.secrets.rabbitmq,  # type: ignore[arg-type]  # pydantic makes it a secret
    )


def publish(stack: PrivateStack, commands: Sequence[SubmitScore], *, group: int) -> None:
    """Put the commands into the queue, `group` to a message, confirmed, as post_score would."""
    asyncio.run(_publish(settings(stack), [commands[i : i + group] for i in range(0, len(commands), group)]))


def purge(stack: PrivateStack) -> None:
    """Throw away what waits."""
    asyncio.run(_purge(settings(stack)))


async def _publish(broker_settings: RabbitmqSettings, groups: Sequence[Sequence[SubmitScore]]) -> None:
    broker = Broker(broker_settings)
    await broker.connect()
    try:
        for first in range(0, len(groups), PUBLISHES_AT_ONCE):
            some = groups[first : first + PUBLISHES_AT_ONCE]
            await asyncio.gather(*(broker.publish(topology.SCORES, each) for each in some))
    finally:
        await broker.close()


async def _purge(broker_settings: RabbitmqSettings) -> None:
    connection = await aio_pika.connect(
        host=broker_settings.host,
        port=broker_settings.port,
        virtualhost=broker_settings.vhost,
        login=broker_settings.user,
        password=broker_settings.password.get_secret_value(),
    )
    async with connection, connection.channel() as channel:
        queue = await channel.get_queue(topology.SCORES.name)
        await queue.purge()
