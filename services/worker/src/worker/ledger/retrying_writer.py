"""Writing to PostgreSQL for as long as it takes."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from highscores.ledger.engine import Connection, Fault, driver_connection, fault_of, sqlstate
from worker import metrics
from worker.ledger.bucket_map import BucketMap

RETRY_FIRST_S = 0.05
RETRY_MAX_S = 5.0

Result = TypeVar("Result")

_log = structlog.get_logger(__name__)


class RetryingWriter:
    """Repeats a write until PostgreSQL has answered it.

    The deliveries behind it are kept meanwhile: giving them back would only count against the queue's delivery limit.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._buckets = BucketMap(engine)
        self.refused_since: float | None = None  # monotonic seconds; None while PostgreSQL answers

    async def write(self, operation: Callable[[Connection, int], Awaitable[Result]]) -> Result:
        """Run `operation(connection, now)`, safe to repeat, now in microseconds; raise when the fault is its own."""

        async def attempt() -> Result:
            async with driver_connection(self._engine) as connection:
                return await operation(connection, time.time_ns() // 1_000)

        return await self._repeat(attempt, is_write=True)

    async def buckets(self) -> int:
        """Return into how many buckets the ledger is divided.

        Before the first migration nobody knows, and no write is refused: whoever installs may wait for ready workers
        before they migrate.
        """
        return await self._repeat(self._buckets.buckets, is_write=False)

    async def _repeat(self, attempt: Callable[[], Awaitable[Result]], *, is_write: bool) -> Result:
        retry_s = RETRY_FIRST_S
        while True:
            try:
                result = await attempt()
            except Exception as error:
                if fault_of(error) is not Fault.UNAVAILABLE:
                    raise
                if is_write:
                    self.refused_since = self.refused_since or time.monotonic()
                metrics.RETRIES.labels(type(error).__name__).inc()
                _log.warning("write.postponed", reason=type(error).__name__, state=sqlstate(error))
                await asyncio.sleep(retry_s * random.uniform(0.5, 1.0))
                retry_s = min(retry_s * 2, RETRY_MAX_S)
            else:
                if is_write:
                    self.refused_since = None
                return result
