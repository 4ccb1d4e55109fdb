"""How many dead letters wait for a person: jobs that were promised and will not end by themselves.

The workers move them into their table, but workers may be scaled to none, and what they told goes with them. So the
count is told here, by the service that answers for jobs and always runs.
"""

import asyncio
import random

import structlog
from prometheus_client import Gauge
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from highscores.ledger.engine import is_outage
from highscores.ledger.tables import dead_letters

INTERVAL_S = 15.0
COUNTED_MAX = 10_000  # beyond, the figure says no more than that

_waiting = Gauge("highscores_dead_letters", "Dead letters that wait for a person, up to 10,000")

_log = structlog.get_logger(__name__)


class DeadLetterCount:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def run(self) -> None:
        """While PostgreSQL cannot be asked, the figure stays as it was."""
        while True:
            try:
                await self.take()
            except Exception as error:
                if not is_outage(error):
                    raise
                _log.warning("dead_letters.uncounted", reason=type(error).__name__)
            await asyncio.sleep(INTERVAL_S * random.uniform(0.9, 1.1))

    async def take(self) -> None:
        some = select(dead_letters.c.id).limit(COUNTED_MAX).subquery()
        async with self._engine.connect() as connection:
            _waiting.set((await connection.execute(select(func.count()).select_from(some))).scalar_one())
