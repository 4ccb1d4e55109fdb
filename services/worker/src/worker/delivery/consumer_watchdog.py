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

_log = structlog.get_logger(__name__)


class ConsumerWatchdog:
    """`is_busy` says whether the worker holds deliveries: then more of them are not to be expected."""

    def __init__(self, broker: Broker, is_busy: Callable[[], bool]) -> None:
        self._broker = broker
        self._is_busy = is_busy
        self._silent_looks = 0

    def delivered(self) -> None:
        self._silent_looks = 0

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
            waiting = depths[topology.SCORES.name] + depths[topology.CONTROL.name]
        except ChannelNotFoundEntity:
            return "queue-deleted"
        except (AMQPConnectionError, OSError, RuntimeError, TimeoutError) as error:
            _log.warning("worker.queues_not_seen", error=type(error).__name__)
            waiting = 0
        self._silent_looks = self._silent_looks + 1 if waiting and not self._is_busy() else 0
        return "no-deliveries" if self._silent_looks > SILENT_LOOKS_MAX else None
