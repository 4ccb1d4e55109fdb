"""Upkeep of the ledger: partitions for the months to come, and an end to what nobody needs any more.

Every worker does it now and then; twice does no harm.
"""

import asyncio
import random
import time

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from highscores.domain.jobs import HORIZON
from highscores.domain.periods import MICROSECONDS
from highscores.ledger.engine import Connection, driver_connection, sqlstate
from worker import metrics

INTERVAL_S = 3_600.0
JITTER_S = 600.0
MONTHS_AHEAD = 2
GONE_KEPT_S = 2 * 86_400  # longer than any document lives unread: each has heard of the removal, or is built anew
GONE_ROWS_MAX = 5_000  # in one transaction, under the lock of one board
LOCK_TIMEOUT_MS = 250

_OLDEST_GONE_SQL = """
    select bucket, board_number from standings where state = 'gone' and version < $1 order by version limit 1
"""

# A document whose version is below that of a removal which is forgotten here has not heard of it: the lifted
# `first_version` has it built anew.
_FORGET_GONE_SQL = """
    with doomed as (
        select period, player, version from standings
        where bucket = $1 and board_number = $2 and state = 'gone' and version < $3
        limit $4
    ),
    deleted as (
        delete from standings s using doomed d
        where s.bucket = $1 and s.board_number = $2 and s.period = d.period and s.player = d.player
    )
    update periods p set first_version = greatest(p.first_version, d.version)
    from (select period, max(version) as version from doomed group by period) d
    where p.bucket = $1 and p.board_number = $2 and p.period = d.period
"""

_log = structlog.get_logger(__name__)


class Upkeep:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def run(self) -> None:
        """Do it now and then until cancelled. What cannot be done now ends nothing: an alert tells of it."""
        while True:
            try:
                await self.once(time.time_ns() // 1_000)
            except Exception as error:
                metrics.UPKEEP_FAILURES.inc()
                _log.warning("upkeep.postponed", reason=type(error).__name__, state=sqlstate(error))
            await asyncio.sleep(INTERVAL_S + random.uniform(0, JITTER_S))

    async def once(self, now: int) -> None:
        """Do all of it; `now` is in microseconds.

        Raises the first of the driver's errors once all was tried: what cannot be done keeps nothing else from it. Each
        part borrows a connection of its own, so that none goes on with one on which another was left unanswered.
        """

        async def forget_gone(connection: Connection) -> None:
            while await self._forget_gone(connection, now - GONE_KEPT_S * MICROSECONDS):
                pass

        errors = []
        for part in (self._ensure_partitions, self._drop_partitions, forget_gone):
            try:
                async with driver_connection(self._engine) as connection:
                    await part(connection)
            except Exception as error:
                errors.append(error)
        if errors:
            raise errors[0]

    async def _ensure_partitions(self, connection: Connection) -> None:
        async with connection.transaction():
            await connection.execute(f"set local lock_timeout = {LOCK_TIMEOUT_MS}")
            missing = await connection.fetchval("select ensure_partitions($1)", MONTHS_AHEAD)
        if missing:
            metrics.UPKEEP_FAILURES.inc()
            _log.warning("partitions.missing", partitions=missing)

    async def _drop_partitions(self, connection: Connection) -> None:
        async with connection.transaction():
            await connection.execute(f"set local lock_timeout = {LOCK_TIMEOUT_MS}")
            dropped = await connection.fetchval("select drop_partitions('jobs', $1)", 2 * HORIZON)
        if dropped:
            _log.info("partitions.dropped", table="jobs", partitions=dropped)

    async def _forget_gone(self, connection: Connection, before: int) -> bool:
        """Delete some rows of standings that vanished before the instant; return whether there were any."""
        async with connection.transaction():
            await connection.execute(f"set local lock_timeout = {LOCK_TIMEOUT_MS}")
            row = await connection.fetchrow(_OLDEST_GONE_SQL, before)
            if row is None:
                return False
            await connection.execute(
                "select from boards where bucket = $1 and number = $2 for no key update",
                row["bucket"],
                row["board_number"],
            )
            await connection.execute(_FORGET_GONE_SQL, row["bucket"], row["board_number"], before, GONE_ROWS_MAX)
            return True
