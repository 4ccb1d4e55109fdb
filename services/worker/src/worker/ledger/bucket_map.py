"""Which bucket a board's rows are in: asked of the ledger once, since it never changes."""

from sqlalchemy.ext.asyncio import AsyncEngine

from highscores.domain.buckets import bucket_of
from highscores.ledger.engine import driver_connection


class BucketMap:
    """Every method raises the driver's error while PostgreSQL has not been asked and cannot be."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._buckets: int | None = None

    async def buckets(self) -> int:
        """Return into how many buckets the ledger is divided."""
        if self._buckets is None:
            async with driver_connection(self._engine) as connection:
                self._buckets = await connection.fetchval("select buckets from ledger")
        assert self._buckets is not None
        return self._buckets

    async def of(self, subject: str) -> int:
        return bucket_of(subject, await self.buckets())
