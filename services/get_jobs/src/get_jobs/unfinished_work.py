"""What was promised and is not done: dead letters, which wait for a person, and tasks, which wait for a worker.

The workers could tell, but workers may be scaled to none, and what they told goes with them. So it is told here, by the
service that answers for jobs and always runs.
"""

import asyncio
import random
import time

import structlog
from prometheus_client import Gauge
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from highscores.ledger.engine import is_outage
from highscores.ledger.tables import dead_letters, tasks

INTERVAL_S = 15.0
COUNTED_MAX = 10_000  # beyond, the figure says no more than that

_dead_letters = Gauge("highscores_dead_letters", "Dead letters that wait for a person, up to 10,000")
_tasks = Gauge("highscores_tasks", "Unfinished recomputations and purges, up to 10,000")
_oldest_task = Gauge("highscores_oldest_task_seconds", "Age of the oldest unfinished task")

_log = structlog.get_logger(__name__)


class UnfinishedWork:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def run(self) -> None:
        """While PostgreSQL cannot be asked, the figures stay as they were."""
        while True:
            try:
                await self.take()
            except Exception as error:
                if not is_outage(error):
                    raise
                _log.warning("unfinished_work.uncounted", reason=type(error).__name__)
            await asyncio.sleep(INTERVAL_S * random.uniform(0.9, 1.1))

    async def take(self) -> None:
        some_letters = select(dead_letters.c.id).limit(COUNTED_MAX).subquery()
        some_tasks = select(tasks.c.created_at).order_by(tasks.c.task).limit(COUNTED_MAX).subquery()
        counted_tasks = select(func.count(), func.min(some_tasks.c.created_at)).select_from(some_tasks)
        async with self._engine.connect() as connection:
            letters = (await connection.execute(select(func.count()).select_from(some_letters))).scalar_one()
            count, oldest = (await connection.execute(counted_tasks)).one()
        _dead_letters.set(letters)
        _tasks.set(count)
        _oldest_task.set(0 if oldest is None else max(0.0, time.time() - oldest / 1_000_000))
