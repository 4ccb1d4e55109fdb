"""Business numbers for people who watch: how many boards, players and submissions there are, counted now and then."""

import asyncio

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from highscores.ledger.engine import Fault, driver_connection, fault_of
from worker import metrics

INTERVAL_S = 30.0

# One row for each board, which holds its own counts: never a scan of what grows with the players.
_COUNT_SQL = """
    select count(*) as boards, coalesce(sum(players), 0)::bigint as players,
           coalesce(sum(submissions), 0)::bigint as submissions
    from boards where deleted_at is null
"""

_log = structlog.get_logger(__name__)


class BoardStatistics:
    """Each worker takes its own, so that its figures are right however many workers come and go."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def run(self) -> None:
        """While PostgreSQL cannot be asked, the figures stay as they were."""
        while True:
            try:
                await self.take()
            except Exception as error:
                if fault_of(error) is not Fault.UNAVAILABLE:
                    raise
                _log.warning("board_statistics.failed", reason=type(error).__name__)
            await asyncio.sleep(INTERVAL_S)

    async def take(self) -> None:
        async with driver_connection(self._engine) as connection:
            row = await connection.fetchrow(_COUNT_SQL)
        metrics.BOARDS.set(row["boards"])
        metrics.BOARD_PLAYERS.set(row["players"])
        metrics.BOARD_SUBMISSIONS.set(row["submissions"])
