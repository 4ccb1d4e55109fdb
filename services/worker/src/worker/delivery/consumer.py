"""What the queues deliver, handed on: scores to the batches, dead letters to their table, all else to control."""

from typing import cast

from faststream import AckPolicy
from faststream.rabbit import Channel, QueueType, RabbitBroker, RabbitQueue
from faststream.rabbit.message import RabbitMessage
from faststream.rabbit.schemas.queue import QuorumQueueArgs
from faststream.security import SASLPlaintext

from highscores.domain.commands import DecodedMessage, SubmitScore, UnreadableMessageError, decode
from highscores.process.settings import RabbitmqSettings
from highscores.process.tls import create_context
from highscores.queue import topology
from worker.delivery import acks
from worker.delivery.batches import Batches
from worker.delivery.buffer import Delivery
from worker.delivery.consumer_watchdog import ConsumerWatchdog
from worker.delivery.control import Control
from worker.delivery.dead_letters import DeadLetters
from worker.delivery.postponement import Postponement

# Messages on their way to this worker. A message is done when its last score is, and it may hold scores of boards of
# several transactions: with groups of some 20 commands, two transactions are full while the messages of two more wait
# for their last scores.
SCORES_PREFETCH = 128
CONTROL_PREFETCH = 8
DEAD_LETTERS_PREFETCH = 1  # they are rare, and in no hurry
CONNECT_TIMEOUT_S = 5.0
RECONNECT_INTERVAL_S = 1.0
HEARTBEAT_S = 10  # what a frozen worker holds goes to others after two or three of them


async def _as_it_is(message: RabbitMessage) -> RabbitMessage:
    """FastStream's decoder: the handlers want the message itself, to acknowledge it later."""
    return message


def create_broker(
    settings: RabbitmqSettings,
    batches: Batches,
    control: Control,
    dead_letters: DeadLetters,
    postponement: Postponement,
    watch: ConsumerWatchdog,
) -> RabbitBroker:
    """Return the consuming side; it connects and declares the queues when it is started."""
    tls = create_context(settings)
    broker = RabbitBroker(
        f"amqp://?heartbeat={HEARTBEAT_S}",
        host=settings.host,
        port=settings.port,
        virtualhost=settings.vhost,
        security=SASLPlaintext(
            settings.user, settings.password.get_secret_value(), ssl_context=tls, use_ssl=tls is not None
        ),
        timeout=CONNECT_TIMEOUT_S,
        reconnect_interval=RECONNECT_INTERVAL_S,
        decoder=_as_it_is,
        apply_types=False,
        logger=None,
    )

    @broker.subscriber(_queue(topology.SCORES), channel=Channel(SCORES_PREFETCH), ack_policy=AckPolicy.MANUAL)
    async def scores(message: RabbitMessage) -> None:
        watch.delivered(topology.SCORES)
        await batches.wait_for_room()
        if (decoded := await _read(message)) is None:
            return
        submissions = [command for command in decoded.commands if isinstance(command, SubmitScore)]
        if len(submissions) < len(decoded.commands):
            await acks.dead_letter([message], reason="wrong-queue")
        elif await _is_rest_safe(message, topology.SCORES, decoded):
            _release_body(message)
            batches.add(Delivery(message, submissions))

    @broker.subscriber(_queue(topology.CONTROL), channel=Channel(CONTROL_PREFETCH), ack_policy=AckPolicy.MANUAL)
    async def control_commands(message: RabbitMessage) -> None:
        watch.delivered(topology.CONTROL)
        if (decoded := await _read(message)) is None:
            return
        others = [command for command in decoded.commands if not isinstance(command, SubmitScore)]
        if len(others) < len(decoded.commands):
            await acks.dead_letter([message], reason="wrong-queue")
        elif await _is_rest_safe(message, topology.CONTROL, decoded):
            control.start(message, others)

    @broker.subscriber(
        _queue(topology.DEAD_LETTERS), channel=Channel(DEAD_LETTERS_PREFETCH), ack_policy=AckPolicy.MANUAL
    )
    async def given_up(message: RabbitMessage) -> None:
        watch.delivered(topology.DEAD_LETTERS)
        await dead_letters.keep(message)

    async def _is_rest_safe(message: RabbitMessage, queue: topology.Queue, decoded: DecodedMessage) -> bool:
        """Return whether this worker is to go on with the commands that it can read.

        Those for a newer one go first: were the message acknowledged before, they could be lost.
        """
        if decoded.for_newer is None:
            return True
        if not await postponement.postpone(message, queue, decoded.for_newer):
            return False
        if not decoded.commands:
            await acks.acknowledge([message])
        return bool(decoded.commands)

    return broker


async def _read(message: RabbitMessage) -> DecodedMessage | None:
    """Return the commands, or None after dead-lettering a message that no version of ours wrote."""
    try:
        return decode(message.body)
    except UnreadableMessageError:
        await acks.dead_letter([message], reason="unreadable")
        return None


def _release_body(message: RabbitMessage) -> None:
    """Let go of the bytes that were decoded: up to 1 MiB in each message that waits for its scores to be applied."""
    message.body = message.raw_message.body = b""


def _queue(queue: topology.Queue) -> RabbitQueue:
    arguments = cast("QuorumQueueArgs", queue.arguments)
    return RabbitQueue(queue.name, queue_type=QueueType.QUORUM, durable=True, arguments=arguments)
