"""Notices that deliveries have stopped though there is work: a consumer that a reconnect did not bring back, a queue
that was deleted. The cure is a fresh start, so the worker ends; whatever runs it starts it again.
"""

import asyncio
from collections.abc import Callable

import structlog
from aio_pika.exceptions import AMQPConnectionError, ChannelNotFoundEntity

from highscores.queue import topology
from highscores.queue.publisher import Broker

INTERVAL_S = 5.0
# Looks, not seconds: a process that was frozen, or whose machine slept, has had no chance to be delivered anything.
SILENT_LOOKS_MAX = 6
CONSUMED = (topology.SCORES, topology.CONTROL, topology.DEAD_LETTERS)

_log = structlog.get_logger(__name__)


class ConsumerWatchdog:
    """Each queue is watched by itself: the deliveries of one say nothing about the consumer of another.

    `is_busy` says whether the worker holds deliveries of a queue: then more of them are not to be expected.
    """

    def __init__(self, broker: Broker, is_busy: Callable[[topology.Queue], bool]) -> None:
        self._broker = broker
        self._is_busy = is_busy
        self._silent_looks = dict.fromkeys((queue.name for queue in CONSUMED), 0)

    def delivered(self, queue: topology.Queue) -> None:
        self._silent_looks[queue.name] = 0

    async def run(self) -> str:
        """Return why the worker should start afresh, when it should."""
        while True:
            await asyncio.sleep(INTERVAL_S)
            if (reason := await self.look()) is not None:
                return reason

    async def look(self) -> str | None:
        """Return why the worker should start afresh, or None."""
        try:
            depths = {queue.name: await self._broker.depth(queue) for queue in topology.ALL}
        except ChannelNotFoundEntity:
            return "queue-deleted"
        except (AMQPConnectionError, OSError, RuntimeError, TimeoutError) as error:
            _log.warning("worker.queues_not_seen", error=type(error).__name__)
            depths = {}
        for queue in CONSUMED:
            is_silent = depths.get(queue.name, 0) > 0 and not self._is_busy(queue)
            self._silent_looks[queue.name] = self._silent_looks[queue.name] + 1 if is_silent else 0
        return "no-deliveries" if max(self._silent_looks.values()) > SILENT_LOOKS_MAX else None
