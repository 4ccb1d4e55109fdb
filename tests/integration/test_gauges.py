"""What the services tell of PostgreSQL: how many boards and scores it holds, how much of a pool is lent."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.integration.scenario import NOON, apply, define, delete, submission

from get_jobs.unfinished_work import UnfinishedWork
from highscores.domain.boards import Board
from highscores.ledger.engine import create_engine, driver_connection
from highscores.ledger.pool import watch_pool
from highscores.process.settings import PostgresSettings
from worker.ledger.board_statistics import BoardStatistics

pytestmark = pytest.mark.integration

FIGURES = ("highscores_boards", "highscores_board_players", "highscores_board_submissions")
TASKS = ("highscores_tasks", "highscores_oldest_task_seconds")
POOL = ("highscores_postgres_connections_in_use", "highscores_postgres_connections_max")


def shown(names: tuple[str, ...]) -> list[float]:
    return [REGISTRY.get_sample_value(name) or 0.0 for name in names]


async def test_board_statistics_count_boards_players_and_submissions_and_no_deleted_boards(
    engine: AsyncEngine, board: str
) -> None:
    statistics, deleted = BoardStatistics(engine), f"{board}-2"
    await statistics.take()
    before = shown(FIGURES)
    for each in (board, deleted):
        await define(engine, each, Board(title="x"))
        await apply(engine, *[submission(each, player) for player in ("alice", "alice", "bob")])
    await delete(engine, deleted, at=NOON + 1)

    await statistics.take()

    assert [now - then for now, then in zip(shown(FIGURES), before, strict=True)] == [1, 2, 3]


@pytest.fixture
async def pool(postgres_settings: PostgresSettings) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(postgres_settings, pool_size=2)
    watch_pool(engine)
    yield engine
    await engine.dispose()


async def test_a_pool_tells_how_much_of_it_is_lent(pool: AsyncEngine) -> None:
    assert shown(POOL) == [0, 2]
    async with pool.connect():
        assert shown(POOL) == [1, 2]
        async with pool.connect():
            assert shown(POOL) == [2, 2]
    assert shown(POOL) == [0, 2]


async def test_a_pool_that_is_made_anew_is_watched_on(pool: AsyncEngine) -> None:
    async with pool.connect():
        pass
    await pool.dispose()

    async with pool.connect():
        assert shown(POOL) == [1, 2]


async def test_dead_letters_are_counted(engine: AsyncEngine) -> None:
    count = UnfinishedWork(engine)
    await count.take()
    [before] = shown(("highscores_dead_letters",))
    async with driver_connection(engine) as connection:
        await connection.execute(
            """insert into dead_letters (id, queue, reason, first_death_at, moved_at, jobs, boards, commands, message)
               values ($1, 'scores', 'failed', 1, 2, '{}', '{}', '{}', '')""",
            uuid4(),
        )

    await count.take()

    assert shown(("highscores_dead_letters",)) == [before + 1]


async def test_unfinished_tasks_are_counted_with_the_age_of_the_oldest(engine: AsyncEngine, board: str) -> None:
    count = UnfinishedWork(engine)
    await count.take()
    [before, _] = shown(TASKS)
    async with driver_connection(engine) as connection:
        await connection.execute(
            """insert into tasks (kind, bucket, board_number, board, revision, cursor, created_at)
               values ('purge', 0, 0, $1, 1, '{}', (extract(epoch from now() - interval '1 hour') * 1e6)::bigint)""",
            board,
        )

    await count.take()

    [now, oldest_s] = shown(TASKS)
    assert now == before + 1
    assert oldest_s >= 3600
    async with driver_connection(engine) as connection:
        await connection.execute("delete from tasks where board = $1", board)
    await count.take()
    assert shown(TASKS)[0] == before
