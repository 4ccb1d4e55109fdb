"""Whether RabbitMQ has been reached."""

import asyncio

from highscores.process.readiness import ReadinessProbe
from highscores.queue.publisher import Broker


def rabbitmq_probe(broker: Broker) -> ReadinessProbe:
    """From the first contact on, the connection restores itself."""

    async def attempt() -> None:
        # aio_pika goes on for ever with a first attempt that is cancelled, and then the process cannot end: so it is
        # left to finish, within its own timeout.
        connecting = asyncio.create_task(broker.connect())
        try:
            await asyncio.shield(connecting)
        except BaseException:
            await asyncio.gather(connecting, return_exceptions=True)
            raise

    return ReadinessProbe("RabbitMQ", attempt)
