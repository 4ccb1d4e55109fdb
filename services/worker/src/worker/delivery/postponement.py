"""Commands that only a newer worker can carry out: they go back to wait for one.

During a rolling upgrade, and after a rollback, workers of two versions read the same queues. What the older one cannot
read is no fault of anybody, so it is not dead-lettered at once: it is sent to a queue in which each message lives for
a while and then returns to where it came from. When it has come often enough in vain, it becomes a dead letter, and
people decide.
"""

import asyncio

import structlog
from faststream.rabbit.message import RabbitMessage

from highscores.queue import topology
from highscores.queue.publisher import Broker, UnconfirmedError
from highscores.queue.topology import Queue
from worker import metrics
from worker.delivery import acks
from worker.delivery.dead_letters import origin_headers

RETURN_AFTER_S = 15.0
MAX_RETURNS = 240  # an hour: no upgrade goes on for longer
GIVE_BACK_AFTER_S = 1.0

RETURNS_HEADER = "highscores-returns"  # how often the message has come back

_log = structlog.get_logger(__name__)


class Postponement:
    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    async def postpone(self, message: RabbitMessage, queue: Queue, body: bytes) -> bool:
        """Send `body`, what is left of the message, to wait; return whether it is safe, so that the message may go.

        If it is not, the message has been given back. What in it has been carried out does nothing when it comes again.
        """
        returns = _returns(message)
        may_return = returns < MAX_RETURNS
        try:
            if may_return:
                await self._broker.publish_body(
                    topology.LATER[queue.name], body, headers={RETURNS_HEADER: returns + 1}, expires_s=RETURN_AFTER_S
                )
            else:
                headers = origin_headers(queue, "newer-version")
                await self._broker.publish_body(topology.DEAD_LETTERS, body, headers=headers)
        except UnconfirmedError as error:
            _log.warning("postponement.unconfirmed", queue=queue.name, reason=type(error).__name__)
            await asyncio.sleep(GIVE_BACK_AFTER_S)
            await acks.give_back(message)
            return False
        if may_return:
            metrics.POSTPONED.labels(queue.name).inc()
        else:
            metrics.DEAD_LETTERED.labels("newer-version").inc()
        _log.warning("message.for_newer_worker", queue=queue.name, returns=returns, is_given_up=not may_return)
        return True


def _returns(message: RabbitMessage) -> int:
    returns = message.headers.get(RETURNS_HEADER, 0)
    return returns if isinstance(returns, int) and returns >= 0 else 0
