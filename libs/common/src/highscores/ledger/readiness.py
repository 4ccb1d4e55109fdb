"""Whether PostgreSQL has been reached."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from highscores.ledger.engine import advice_on
from highscores.process.readiness import ReadinessProbe


def postgres_probe(engine: AsyncEngine) -> ReadinessProbe:
    async def attempt() -> None:
        async with engine.connect() as connection:
            await connection.execute(text("select 1"))

    return ReadinessProbe("PostgreSQL", attempt, advice_on)
