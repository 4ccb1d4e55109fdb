"""Batches straight into PostgreSQL: what is left of the worker without queue, buffer, documents and job states."""

import random
import time
from collections.abc import Sequence

from tests.servers import PrivateStack

from highscores.domain.commands import SubmitScore
from highscores.domain.jobs import JobIds
from highscores.ledger.engine import create_engine, driver_connection
from highscores.process.settings import PostgresSettings
from highscores_local import postgres
from highscores_local.ports import LOOPBACK
from worker.commands.apply import APPLY_SESSION, apply_submissions
from worker.delivery.buffer import BATCH_COMMANDS

PLAYERS = 10_000
HIGHEST_SCORE = 1_000_000_000
BUCKET = 0  # there is one


def submissions(stack: PrivateStack, boards: Sequence[str], count: int, seed: int) -> list[SubmitScore]:
    """The same plays for the same seed, to each board in turn; the jobs are new ones."""
    chance = random.Random(seed)
    ids = JobIds(stack.secrets.job_secret)
    began = time.time_ns() // 1_000
    plays = ((chance.randrange(PLAYERS), chance.randrange(HIGHEST_SCORE)) for _ in range(count))
    return [
        SubmitScore(
            ids.new(SubmitScore.command),
            began + i,
            boards[i % len(boards)],
            f"p{player:08}",
            score,
            began + i,
            f"Player {player}",
        )
        for i, (player, score) in enumerate(plays)
    ]


async def apply_all(stack: PrivateStack, commands: Sequence[SubmitScore]) -> None:
    """Apply them on one connection, batch after batch."""
    settings = PostgresSettings(
        host=LOOPBACK,
        port=stack.ports.postgres,
        database=postgres.DATABASE,
        user=postgres.WRITER,
        password=stack.secrets.postgres_writer,  # type: ignore[arg-type]  # pydantic makes it a secret
    )
    engine = create_engine(settings, pool_size=1, session=APPLY_SESSION)
    async with driver_connection(engine) as connection:
        for first in range(0, len(commands), BATCH_COMMANDS):
            batch = commands[first : first + BATCH_COMMANDS]
            await apply_submissions(connection, BUCKET, batch, time.time_ns() // 1_000)
    await engine.dispose()
