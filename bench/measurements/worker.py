"""The worker with everything around its transactions, against the bare transactions with the same rows."""

import asyncio
import random
import time
from collections.abc import Sequence

from tests.servers import PrivateStack

from bench import queue_access
from bench.context import Bench
from bench.rounds import interleaved
from bench.settings import ROUNDS
from bench.table import Row, at_least
from highscores.domain.commands import SubmitScore
from highscores.domain.jobs import JobIds
from highscores.ledger.engine import create_engine, driver_connection
from highscores.process.settings import PostgresSettings
from highscores_local import postgres
from highscores_local.ports import LOOPBACK
from worker.apply import APPLY_SESSION, apply_submissions
from worker.buffer import BATCH_COMMANDS

GOAL = 0.85
PLAYERS = 10_000
HIGHEST_SCORE = 1_000_000_000
COMMANDS_PER_S = 8_000  # for each second of a round: less than either side does, so that no round is longer
GROUP = 20  # commands in one message, as group commit makes them under load
BUCKET = 0  # there is one
WITHIN_S = 120.0


def run(bench: Bench) -> list[Row]:
    for number in range(ROUNDS):
        bench.define_board(_bare_board(number))
        bench.build_document(bench.define_board(_board(number)))  # alive, so it is kept current
    found = interleaved(
        ROUNDS,
        {"worker": lambda number: _worker(bench, number), "bare": lambda number: _bare(bench, number)},
    )
    return [
        Row(
            measurement=f"worker, messages of {GROUP}, document alive ÷ bare transactions of {BATCH_COMMANDS}",
            value=bench.record("worker: worker, commands per s", found["worker"]),
            unit="commands/s",
            reference=bench.record("worker: bare transaction, commands per s", found["bare"]),
            goal=at_least(GOAL),
        )
    ]


def _worker(bench: Bench, number: int) -> float:
    """Fill the queue, start the worker, and return the commands per second from its first batch to its last."""
    commands = _commands(bench, _board(number), number)
    with bench.stack.without("worker"):
        queue_access.publish(bench.stack.private, commands, group=GROUP)
    with bench.meter.window("worker: worker"):
        bench.ledger.wait_applied(_board(number), len(commands), WITHIN_S)
    return bench.ledger.progress(_board(number)).in_batches_per_s


def _bare(bench: Bench, number: int) -> float:
    commands = _commands(bench, _bare_board(number), number)
    with bench.meter.window("worker: bare transaction"):
        asyncio.run(_apply_all(bench.stack.private, commands))
    return bench.ledger.progress(_bare_board(number)).in_batches_per_s


async def _apply_all(stack: PrivateStack, commands: Sequence[SubmitScore]) -> None:
    """What is left of the worker without queue, buffer, document and job states: one connection, batch after batch."""
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


def _commands(bench: Bench, board: str, seed: int) -> list[SubmitScore]:
    """The same plays for the same seed, whichever the board; the jobs are new ones."""
    chance = random.Random(seed)
    ids = JobIds(bench.stack.private.secrets.job_secret)
    began = time.time_ns() // 1_000
    plays = ((chance.randrange(PLAYERS), chance.randrange(HIGHEST_SCORE)) for _ in range(_count(bench)))
    return [
        SubmitScore(
            ids.new(SubmitScore.command), began + i, board, f"p{player:08}", score, began + i, f"Player {player}"
        )
        for i, (player, score) in enumerate(plays)
    ]


def _count(bench: Bench) -> int:
    return round(COMMANDS_PER_S * bench.settings.seconds)


def _board(number: int) -> str:
    return f"worker-{number}"


def _bare_board(number: int) -> str:
    return f"bare-{number}"
