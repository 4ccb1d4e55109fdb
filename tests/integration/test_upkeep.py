"""Partitions for the months to come, and an end to jobs and removals that nobody asks for any more."""

import asyncio
from datetime import UTC
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.eventually import eventually
from tests.integration.scenario import BUCKET, DAY, NOON, OF_BOARD, apply, define, now, stored_standings, submission
from tests.integration.waiting import is_waited_for
from tests.servers import PrivateStack

from highscores.domain.boards import Board
from highscores.domain.periods import MICROSECONDS
from highscores.ledger.engine import driver_connection
from highscores.ledger.reads import find_board, find_jobs
from highscores_local import postgres
from worker.commands.apply import apply_submissions
from worker.ledger.upkeep import GONE_KEPT_S, Upkeep

pytestmark = pytest.mark.integration

TRIED_WITHIN_S = 10.0


async def test_the_months_to_come_have_partitions(engine: AsyncEngine) -> None:
    async with driver_connection(engine) as connection:
        await Upkeep(engine).once(now())

        names = [
            row["name"]
            for row in await connection.fetch(
                """select inhrelid::regclass::text as name from pg_inherits
                   where inhparent in ('jobs'::regclass, 'submissions'::regclass) order by name"""
            )
        ]
    assert [name.split("_")[0] for name in names] == ["jobs"] * 4 + ["submissions"] * 4
    assert {"jobs_other", "submissions_other"} < set(names)


async def test_a_score_of_this_month_is_in_the_partition_of_this_month(engine: AsyncEngine, board: str) -> None:
    await define(engine, board, Board(title="x"))
    await apply(engine, submission(board, achieved_at=now()))

    async with driver_connection(engine) as connection:
        found = await connection.fetchval(f"select tableoid::regclass::text from submissions where {OF_BOARD}", board)
        month = await connection.fetchval("select to_char(now() at time zone 'utc', '_YYYY_MM')")
    assert found == f"submissions{month}"


async def test_jobs_of_months_beyond_the_horizon_are_dropped_and_their_scores_stay(
    engine: AsyncEngine, servers: PrivateStack, board: str
) -> None:
    january_2020 = 1_577_836_800_000_000
    for table in ("jobs", "submissions"):
        servers.servers.postgres.query(
            f"""create table {table}_2020_01 partition of {table}
                for values from ({january_2020}) to ({january_2020 + 31 * DAY});
                alter table {table}_2020_01 owner to {postgres.OWNER}""",
            postgres.DATABASE,
        )
    await define(engine, board, Board(title="x"))
    old = submission(board, accepted_at=january_2020, achieved_at=january_2020, job=uuid4())
    await apply(engine, old)
    before = await stored_standings(engine, board)

    await Upkeep(engine).once(now())

    assert await find_jobs(engine, [old.job]) == {}
    assert await stored_standings(engine, board) == before
    servers.servers.postgres.query("drop table submissions_2020_01", postgres.DATABASE)


async def test_a_score_whose_jobs_end_was_dropped_has_no_second_effect(
    engine: AsyncEngine, servers: PrivateStack, board: str
) -> None:
    """As when a dead letter is replayed whose other commands were applied long ago."""
    january_2021 = 1_609_459_200_000_000
    servers.servers.postgres.query(
        f"""create table jobs_2021_01 partition of jobs
            for values from ({january_2021}) to ({january_2021 + 31 * DAY});
            alter table jobs_2021_01 owner to {postgres.OWNER}""",
        postgres.DATABASE,
    )
    await define(engine, board, Board(title="x", operator="sum"))
    old = submission(board, score=5, accepted_at=january_2021, achieved_at=january_2021)
    await apply(engine, old)
    await Upkeep(engine).once(now())

    await apply(engine, old)

    assert [row.score for row in (await stored_standings(engine, board))["all"].values()] == [5]


async def test_a_clock_that_is_ahead_drops_no_jobs(engine: AsyncEngine, board: str) -> None:
    await define(engine, board, Board(title="x", operator="sum"))
    score = submission(board, accepted_at=now(), achieved_at=now(), score=5)
    await apply(engine, score)

    await Upkeep(engine).once(now() + 100 * DAY)

    assert set(await find_jobs(engine, [score.job])) == {str(score.job)}


async def test_rows_that_came_before_their_partition_move_into_it(
    engine: AsyncEngine, servers: PrivateStack, board: str
) -> None:
    """As after months without upkeep, or after a message of a clock that was far ahead."""
    month, starts_at = await last_month(engine)
    for table in ("jobs", "submissions"):
        servers.servers.postgres.query(f"drop table if exists {table}_{month}", postgres.DATABASE)
    await define(engine, board, Board(title="x"))
    await apply(engine, submission(board, accepted_at=starts_at + DAY, achieved_at=now()))

    async with driver_connection(engine) as connection:
        await Upkeep(engine).once(now())

        found = await connection.fetchval(f"select tableoid::regclass::text from submissions where {OF_BOARD}", board)
    assert found == f"submissions_{month}"


async def test_a_row_that_comes_while_its_partition_is_made_moves_too(
    engine: AsyncEngine, servers: PrivateStack, board: str
) -> None:
    """Else no round would succeed while rows of this month come all the time."""
    month, starts_at = await last_month(engine)
    for table in ("jobs", "submissions"):
        servers.servers.postgres.query(f"drop table if exists {table}_{month}", postgres.DATABASE)
    await define(engine, board, Board(title="x"))
    late = submission(board, accepted_at=starts_at + DAY, achieved_at=now())
    async with driver_connection(engine) as writing, driver_connection(engine) as keeping:
        transaction = writing.transaction()
        await transaction.start()
        await apply_submissions(writing, BUCKET, [late], now())
        ensuring = asyncio.create_task(keeping.execute("select ensure_partitions(2)"))
        try:
            await eventually(lambda: is_waited_for(writing), within_s=TRIED_WITHIN_S)
        finally:
            await transaction.commit()
        await ensuring

        found = await keeping.fetchval("select tableoid::regclass::text from jobs where job = $1", late.job)
    assert found == f"jobs_{month}"


async def test_a_month_with_very_many_rows_stays_where_it_is(
    engine: AsyncEngine, servers: PrivateStack, board: str
) -> None:
    """Moving them would stop all writes for long; the other months have their partitions all the same."""
    month, starts_at = await last_month(engine)
    for table in ("jobs", "submissions"):
        servers.servers.postgres.query(f"drop table if exists {table}_{month}", postgres.DATABASE)
    await define(engine, board, Board(title="x"))
    early = [submission(board, accepted_at=starts_at + DAY, achieved_at=now()) for _ in range(3)]
    await apply(engine, *early)
    where = "select distinct tableoid::regclass::text from jobs where job = any($1::uuid[])"
    async with driver_connection(engine) as connection:
        missing = await connection.fetchval("select ensure_partitions(2, 2)")
        left = await connection.fetchval(where, [each.job for each in early])
        assert await connection.fetchval("select ensure_partitions(2, 3)") == 0
        moved = await connection.fetchval(where, [each.job for each in early])

    assert (missing, left, moved) == (2, "jobs_other", f"jobs_{month}")


async def test_removals_are_forgotten_though_no_partition_can_be_made(
    engine: AsyncEngine, servers: PrivateStack, board: str
) -> None:
    """A long transaction, as of a backup, has read the default partition."""
    month, _ = await last_month(engine)
    await define(engine, board, Board(title="x", periods=("day", "all"), timezone="UTC"))
    await apply(engine, submission(board, achieved_at=NOON - DAY // 2))
    await define(engine, board, Board(title="x", periods=("day", "all"), timezone="America/New_York"))
    servers.servers.postgres.query(f"drop table if exists jobs_{month}", postgres.DATABASE)
    gone = f"select count(*) from standings where state = 'gone' and {OF_BOARD}"
    async with driver_connection(engine) as reading, driver_connection(engine) as connection:
        assert await connection.fetchval(gone, board) > 0
        async with reading.transaction():
            await reading.execute("select from jobs_other")
            with pytest.raises(asyncpg.LockNotAvailableError):
                await Upkeep(engine).once(now() + (GONE_KEPT_S + 60) * 1_000_000)
        left = await connection.fetchval(gone, board)
        await connection.execute("select ensure_partitions(2)")
    assert left == 0


async def last_month(engine: AsyncEngine) -> tuple[str, int]:
    """The last month that has partitions: the end of their names, and its first instant."""
    async with driver_connection(engine) as connection:
        last = await connection.fetchval("select (date_trunc('month', now() at time zone 'utc') + interval '2 months')")
    return f"{last:%Y_%m}", int(last.replace(tzinfo=UTC).timestamp()) * MICROSECONDS


async def test_what_upkeep_cannot_do_ends_nothing(engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = asyncio.Event()

    async def fail(*_: object) -> None:
        tried.set()
        raise asyncpg.CheckViolationError

    upkeep = Upkeep(engine)
    monkeypatch.setattr(upkeep, "once", fail)
    running = asyncio.create_task(upkeep.run())
    await asyncio.wait_for(tried.wait(), timeout=TRIED_WITHIN_S)
    await asyncio.sleep(0)

    assert not running.done()
    running.cancel()


async def test_removals_are_forgotten_once_no_document_can_lack_them(engine: AsyncEngine, board: str) -> None:
    await define(engine, board, Board(title="x", periods=("day", "all"), timezone="UTC"))
    await apply(engine, submission(board, achieved_at=NOON - DAY // 2))
    await define(engine, board, Board(title="x", periods=("day", "all"), timezone="America/New_York"))
    record = await find_board(engine, board)
    assert record is not None
    async with driver_connection(engine) as connection:
        gone = await connection.fetchrow(
            "select period, version from standings where bucket = $1 and board_number = $2 and state = 'gone'",
            BUCKET,
            record.number,
        )
        assert gone is not None

        await Upkeep(engine).once(now())
        kept = await connection.fetchval("select count(*) from standings where board_number = $1", record.number)
        await Upkeep(engine).once(now() + (GONE_KEPT_S + 60) * 1_000_000)
        left = await connection.fetchval("select count(*) from standings where board_number = $1", record.number)
        first = await connection.fetchval(
            "select first_version from periods where board_number = $1 and period = $2", record.number, gone["period"]
        )

    assert (kept, left) == (3, 2)
    assert first == gone["version"]
