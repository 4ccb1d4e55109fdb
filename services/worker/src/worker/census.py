"""Business numbers for people who watch: how many boards, players and submissions there are, counted now and then."""

import time

from sqlalchemy.ext.asyncio import AsyncEngine

from highscores.ledger.engine import driver_connection
from worker import metrics

INTERVAL_S = 30.0

# One row for each board, which holds its own counts: never a scan of what grows with the players.
_COUNT_SQL = """
    select count(*) as boards, coalesce(sum(players), 0)::bigint as players,
           coalesce(sum(submissions), 0)::bigint as submissions
    from boards where deleted_at is null
"""


class Census:
    """Each worker takes its own, so that its figures are right however many workers come and go."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._due_at = 0.0

    async def take_if_due(self) -> None:
        """Raise the driver's error when PostgreSQL cannot be asked; the figures stay as they were, until next time."""
        if time.monotonic() < self._due_at:
            return
        self._due_at = time.monotonic() + INTERVAL_S
        async with driver_connection(self._engine) as connection:
            row = await connection.fetchrow(_COUNT_SQL)
        metrics.BOARDS.set(row["boards"])
        metrics.BOARD_PLAYERS.set(row["players"])
        metrics.BOARD_SUBMISSIONS.set(row["submissions"])
