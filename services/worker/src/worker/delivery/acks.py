"""Ends of deliveries: acknowledged once what they asked for is safe, given back, or dead-lettered."""

from collections.abc import Sequence

import structlog
from aio_pika.exceptions import AMQPError, ChannelInvalidStateError
from faststream.rabbit.message import RabbitMessage

from highscores.queue.lost_connection import lost_connection_is_an_error
from worker import metrics

# The faults of a channel that has gone: the queue delivers the message again, wherever that was meant to end.
_GONE = (AMQPError, ChannelInvalidStateError, OSError, RuntimeError)

_log = structlog.get_logger(__name__)


async def acknowledge(messages: Sequence[RabbitMessage]) -> None:
    """Acknowledge each; an acknowledgement that is lost only means that the message comes again, and does nothing."""
    for message in messages:
        try:
            with lost_connection_is_an_error():
                await message.ack()
        except _GONE as error:
            _log.warning("delivery.acknowledgement_lost", reason=type(error).__name__)


async def give_back(message: RabbitMessage) -> None:
    """Have the message delivered again, to whichever worker is free."""
    try:
        with lost_connection_is_an_error():
            await message.nack(requeue=True)
    except _GONE as error:
        _log.warning("delivery.give_back_lost", reason=type(error).__name__)


async def dead_letter(messages: Sequence[RabbitMessage], *, reason: str) -> None:
    """Hand the messages to the dead-letter queue, and by it to the table where people see them and can replay them."""
    for message in messages:
        metrics.DEAD_LETTERED.labels(reason).inc()
        try:
            with lost_connection_is_an_error():
                await message.reject(requeue=False)
        except _GONE as error:
            _log.warning("delivery.dead_letter_lost", reason=type(error).__name__)
