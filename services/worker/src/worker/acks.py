"""Acknowledging deliveries, once what they asked for is safe."""

from collections.abc import Sequence

import structlog
from aio_pika.exceptions import AMQPError, ChannelInvalidStateError
from faststream.rabbit.message import RabbitMessage

from highscores.queue.lost_connection import lost_connection_is_an_error
from worker import metrics

_log = structlog.get_logger(__name__)


async def acknowledge(messages: Sequence[RabbitMessage]) -> None:
    """Acknowledge each; an acknowledgement that is lost only means that the message comes again, and does nothing."""
    for message in messages:
        try:
            with lost_connection_is_an_error():
                await message.ack()
        except (AMQPError, ChannelInvalidStateError, OSError, RuntimeError) as error:
            _log.warning("acknowledgement lost", reason=type(error).__name__)


async def dead_letter(messages: Sequence[RabbitMessage], *, reason: str) -> None:
    """Hand the messages to the dead-letter queue, where people see them and can replay them."""
    for message in messages:
        metrics.DEAD_LETTERED.labels(reason).inc()
        try:
            with lost_connection_is_an_error():
                await message.reject(requeue=False)
        except (AMQPError, ChannelInvalidStateError, OSError, RuntimeError) as error:
            _log.warning("dead letter not accepted", reason=type(error).__name__)
