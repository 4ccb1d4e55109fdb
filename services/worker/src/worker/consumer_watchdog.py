"""Notices that deliveries have stopped though there is work: a consumer that a reconnect did not bring back, a queue
that was deleted. The cure is a fresh start, so the worker ends; whatever runs it starts it again.
"""

import asyncio
import time
from collections.abc import Callable

import structlog
from aio_pika.exceptions import AMQPConnectionError, ChannelNotFoundEntity

from highscores.queue import topology
from highscores.queue.publisher import Broker

INTERVAL_S = 5.0
SILENCE_MAX_S = 30.0

_log = structlog.get_logger(__name__)


class ConsumerWatchdog:
    """`is_busy` says whether the worker holds deliveries: then more of them are not to be expected."""

    def __init__(self, broker: Broker, is_busy: Callable[[], bool]) -> None:
        self._broker = broker
        self._is_busy = is_busy
        self._last_sign = time.monotonic()

    def delivered(self) -> None:
        self._last_sign = time.monotonic()

    async def run(self) -> str:
        """Return why the worker should start afresh, when it should."""
        while True:
            await asyncio.sleep(INTERVAL_S)
            try:
                waiting = sum([await self._broker.depth(queue) for queue in (topology.SCORES, topology.CONTROL)])
            except ChannelNotFoundEntity:
                return "a queue has been deleted"
            except (AMQPConnectionError, OSError, RuntimeError, TimeoutError) as error:
                _log.warning("queues not seen", reason=type(error).__name__)
                waiting = 0
            if not waiting or self._is_busy():
                self.delivered()
            elif time.monotonic() - self._last_sign > SILENCE_MAX_S:
                return "messages wait and none is delivered"
