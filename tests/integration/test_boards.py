"""Defining, changing and deleting boards, on a real PostgreSQL: each command once, in any order of arrival."""

from random import Random
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine
from tests import model
from tests.integration.scenario import (
    BUCKET,
    DAY,
    HOUR,
    NOON,
    OF_BOARD,
    History,
    apply,
    by_player,
    command_number,
    counts,
    define,
    delete,
    histories,
    now,
    rules,
    rules_of,
    run_tasks,
    scores_of,
    stored_standings,
    submission,
)

from highscores.domain.boards import Board
from highscores.domain.commands import DefineBoard, DeleteBoard
from highscores.ledger.engine import driver_connection
from highscores.ledger.reads import find_board, find_jobs
from worker.commands.boards import define_board, delete_board
from worker.tasks.runner import TaskRunner
from worker.tasks.steps import run_step
from worker.tasks.store import UnreadableCursorError

pytestmark = pytest.mark.integration


async def test_a_board_is_there_as_defined(engine: AsyncEngine, board: str) -> None:
    rules = Board(title="Ä", order="asc", periods=("day", "all"), timezone="Asia/Tokyo", min=0, regions=True)

    state = await define(engine, board, rules)

    assert state is not None
    assert (state.command, state.status, state.result) == ("define-board", "done", {"board": board})
    record = await find_board(engine, board)
    assert record is not None
    assert (record.rules, record.created_at, record.submissions, record.players) == (rules, NOON, 0, 0)


async def test_a_definition_that_comes_again_does_nothing(engine: AsyncEngine, board: str) -> None:
    first = DefineBoard(uuid4(), NOON, board, Board(title="first"), number=command_number())
    async with driver_connection(engine) as connection:
        [state] = await define_board(connection, BUCKET, first, now())
        await define(engine, board, Board(title="second"))

        assert await define_board(connection, BUCKET, first, now()) == []

    record = await find_board(engine, board)
    assert record is not None
    assert record.rules.title == "second"
    assert await find_jobs(engine, [first.job]) == {str(first.job): state}


async def test_a_definition_with_a_lower_number_comes_too_late(engine: AsyncEngine, board: str) -> None:
    number = command_number()
    await define(engine, board, Board(title="newer"))

    state = await define(engine, board, Board(title="older"), number=number)

    record = await find_board(engine, board)
    assert record is not None
    assert record.rules.title == "newer"
    assert state is not None
    assert (state.status, state.error and state.error.type) == ("rejected", "/problems/superseded")


async def test_a_definition_from_before_the_deletion_does_not_bring_the_board_back(
    engine: AsyncEngine, board: str
) -> None:
    await define(engine, board, Board(title="x"))
    number = command_number()
    await delete(engine, board)

    state = await define(engine, board, Board(title="late"), number=number)

    assert await find_board(engine, board) is None
    assert state is not None
    assert (state.status, state.error and state.error.type) == ("rejected", "/problems/superseded")


async def test_a_deletion_from_before_the_definition_is_superseded_and_takes_nothing_away(
    engine: AsyncEngine, board: str
) -> None:
    await define(engine, board, Board(title="x"))
    number = command_number()
    await define(engine, board, Board(title="y"))
    await apply(engine, submission(board))

    state = await delete(engine, board, number=number)

    assert state is not None
    assert (state.status, state.error and state.error.type) == ("rejected", "/problems/superseded")
    assert await find_board(engine, board) is not None
    assert await counts(engine, board) == (1, 1)


@pytest.mark.parametrize("ahead", [-DAY, DAY])
async def test_commands_count_in_the_order_of_their_numbers_whatever_the_clocks_say(
    engine: AsyncEngine, board: str, ahead: int
) -> None:
    await define(engine, board, Board(title="first"), at=NOON)
    await delete(engine, board, at=NOON + ahead)
    await define(engine, board, Board(title="again"), at=NOON - ahead)

    record = await find_board(engine, board)

    assert record is not None
    assert record.rules.title == "again"


async def test_an_unknown_board_cannot_be_deleted(engine: AsyncEngine, board: str) -> None:
    state = await delete(engine, board)

    assert state is not None
    assert (state.status, state.error and state.error.type) == ("rejected", "/problems/unknown-board")
    assert state.error
    assert board in state.error.detail
    assert await find_jobs(engine, []) == {}


async def test_a_deletion_leaves_nothing_but_the_jobs(engine: AsyncEngine, board: str) -> None:
    await define(engine, board, Board(title="x", periods=("day", "all")))
    scores = [submission(board, player, score) for player, score in (("a", 1), ("b", 2), ("a", 3), ("c", 4), ("a", 2))]
    await apply(engine, *scores)
    before = await find_jobs(engine, [score.job for score in scores])
    record = await find_board(engine, board)
    assert record is not None

    state = await delete(engine, board)

    assert state is not None
    assert state.status == "done"
    assert await find_board(engine, board) is None
    async with driver_connection(engine) as connection:
        for table in ("submissions", "standings", "periods", "tasks"):
            assert not await connection.fetchval(
                f"select count(*) from {table} where board_number = $1", record.number
            ), table
        assert not await connection.fetchval("select count(*) from boards where number = $1", record.number)
    assert await find_jobs(engine, [score.job for score in scores]) == before


async def test_a_deletion_is_done_at_once_whatever_it_leaves_to_purge(engine: AsyncEngine, board: str) -> None:
    await define(engine, board, Board(title="x"))
    await apply(engine, submission(board))
    command = DeleteBoard(uuid4(), NOON, board, number=command_number())

    async with driver_connection(engine) as connection:
        [state] = await delete_board(connection, BUCKET, command, now())
        await define_board(
            connection, BUCKET, DefineBoard(uuid4(), NOON, board, Board(title="again"), number=command_number()), now()
        )
    await apply(engine, submission(board, "bob"))
    await run_tasks(engine, board)

    assert state.status == "done"
    assert (await stored_standings(engine, board))["all"].keys() == {"bob"}
    assert await counts(engine, board) == (1, 1)


async def test_a_job_stays_final_on_the_next_board_of_that_name(engine: AsyncEngine, board: str) -> None:
    await define(engine, board, Board(title="x"))
    score = submission(board)
    await apply(engine, score)
    await delete(engine, board)
    await define(engine, board, Board(title="again", order="asc"))

    outcome = await apply(engine, score)

    assert outcome.ended == []
    assert await stored_standings(engine, board) == {}
    assert await counts(engine, board) == (0, 0)


async def test_a_deletion_that_comes_again_spares_the_next_board_of_that_name(engine: AsyncEngine, board: str) -> None:
    await define(engine, board, Board(title="x"))
    deletion = DeleteBoard(uuid4(), NOON, board, number=command_number())
    async with driver_connection(engine) as connection:
        await delete_board(connection, BUCKET, deletion, now())
        await define(engine, board, Board(title="again"))
        await apply(engine, submission(board))

        assert await delete_board(connection, BUCKET, deletion, now()) == []

    assert await counts(engine, board) == (1, 1)


async def test_fixed_rules_cannot_change_once_there_is_a_submission(engine: AsyncEngine, board: str) -> None:
    await define(engine, board, Board(title="x"))
    await apply(engine, submission(board))

    state = await define(engine, board, Board(title="y", order="asc", operator="sum"), at=NOON + 1)

    assert state is not None
    assert state.status == "rejected"
    assert state.error is not None
    assert (state.error.type, state.error.status) == ("/problems/board-rule-fixed", 409)
    assert [error.pointer for error in state.error.errors] == ["#/order", "#/operator"]
    record = await find_board(engine, board)
    assert record is not None
    assert record.rules == Board(title="x")


async def test_fixed_rules_can_change_before_the_first_submission(engine: AsyncEngine, board: str) -> None:
    await define(engine, board, Board(title="x"))

    state = await define(engine, board, Board(title="x", order="asc", operator="sum"), at=NOON + 1)

    assert state is not None
    assert state.status == "done"


async def test_fixed_rules_can_change_after_a_deletion(engine: AsyncEngine, board: str) -> None:
    await define(engine, board, Board(title="x"))
    await apply(engine, submission(board))
    await delete(engine, board, at=NOON + 1)

    state = await define(engine, board, Board(title="x", order="asc"), at=NOON + 2)

    assert state is not None
    assert state.status == "done"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories(max_boards=1, max_submissions=20), histories(max_boards=1, max_submissions=10), rules)
async def test_other_periods_and_time_zones_are_recomputed(
    engine: AsyncEngine, before: History, after: History, other: Board
) -> None:
    [(board, old)] = before.boards.items()
    new = msgspec.structs.replace(old, title="y", periods=other.periods, timezone=other.timezone)
    await define(engine, board, old)
    for batch in before.batches:
        await apply(engine, *batch)

    await define(engine, board, new, at=NOON + 1)

    scores = scores_of(before.arrivals)
    assert await stored_standings(engine, board) == by_player(model.standings(rules_of(new), scores))
    # And what comes next is added to it as if the rules had never been others.
    moved = [submission(board, s.player, s.score, job=s.job, achieved_at=s.achieved_at) for s in after.arrivals]
    await apply(engine, *moved)
    scores += scores_of(moved)
    assert await stored_standings(engine, board) == by_player(model.standings(rules_of(new), scores))
    assert await counts(engine, board) == (len(scores), len({score.player for score in scores}))


async def test_a_change_of_words_alone_moves_no_version(engine: AsyncEngine, board: str) -> None:
    await define(engine, board, Board(title="x", periods=("all", "day")))
    await apply(engine, submission(board))
    async with driver_connection(engine) as connection:
        before = await connection.fetch(f"select * from periods where {OF_BOARD} order by period", board)

        await define(engine, board, Board(title="y", periods=("day", "all"), min=0, unit="metres"), at=NOON + 1)

        assert await connection.fetch(f"select * from periods where {OF_BOARD} order by period", board) == before


# --- While it is recomputed -------------------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories(max_boards=1, max_submissions=20), rules, rules, st.integers(0, 2**32))
async def test_scores_and_further_changes_during_a_recomputation_end_in_the_same_standings(
    engine: AsyncEngine, history: History, second: Board, third: Board, seed: int
) -> None:
    [(board, first)] = history.boards.items()
    chance = Random(seed)
    await define(engine, board, first)
    queue = list(history.batches)
    for batch in queue[: len(queue) // 2]:
        await apply(engine, *batch)
    last = first
    for other in (second, third):
        last = msgspec.structs.replace(first, title="y", periods=other.periods, timezone=other.timezone)
        async with driver_connection(engine) as connection:
            command = DefineBoard(uuid4(), NOON, board, last, number=command_number())
            await define_board(connection, BUCKET, command, now())
            for _ in range(chance.randrange(4)):
                task = await connection.fetchval("select task from tasks where board = $1", board)
                if task is not None:
                    await run_step(connection, task, 2, now())
    for batch in queue[len(queue) // 2 :]:
        await apply(engine, *batch)

    await run_tasks(engine, board)

    scores = scores_of(history.arrivals)
    assert await stored_standings(engine, board) == by_player(model.standings(rules_of(last), scores))
    assert await counts(engine, board) == (len(scores), len({score.player for score in scores}))


async def test_a_board_says_that_it_is_recomputed_and_the_job_how_far(engine: AsyncEngine, board: str) -> None:
    await define(engine, board, Board(title="x"))
    await apply(engine, *(submission(board, f"p{n}") for n in range(4)))
    command = DefineBoard(uuid4(), NOON, board, Board(title="x", periods=("all", "day")), number=command_number())
    async with driver_connection(engine) as connection:
        assert await define_board(connection, BUCKET, command, now()) == []
        task = await connection.fetchval("select task from tasks where board = $1", board)
        await run_step(connection, task, 3, now())  # the third may have more behind it

        during = await find_board(engine, board)
        job = (await find_jobs(engine, [command.job]))[str(command.job)]

    assert during is not None
    assert during.recomputing == {"day"}
    assert (job.status, job.progress) == ("queued", 0.5)
    [ended] = await run_tasks(engine, board)
    assert (ended.job, ended.status) == (str(command.job), "done")
    after = await find_board(engine, board)
    assert after is not None
    assert not after.recomputing


async def test_pages_of_other_spans_and_after_a_recomputation_have_other_versions(
    engine: AsyncEngine, board: str
) -> None:
    """Noon is of the same day in both zones, so no standing changes; but the page shows when the day begins."""
    await define(engine, board, Board(title="x", periods=("day",)))
    await apply(engine, submission(board))
    command = DefineBoard(
        uuid4(), NOON, board, Board(title="x", periods=("day",), timezone="Europe/Paris"), number=command_number()
    )
    day_sql = f"select version, starts_at from periods where period = '2026-11-01' and {OF_BOARD}"
    async with driver_connection(engine) as connection:
        before = await connection.fetchrow(day_sql, board)
        await define_board(connection, BUCKET, command, now())

        during = await connection.fetchrow(day_sql, board)
        await run_tasks(engine, board)
        after = await connection.fetchrow(day_sql, board)

    assert before["starts_at"] - during["starts_at"] == HOUR
    assert before["version"] < during["version"] < after["version"]


async def test_exactly_the_pages_that_say_so_have_other_versions_while_a_board_is_recomputed(
    engine: AsyncEngine, board: str
) -> None:
    """The version is the entity tag: it tells a page that says `recomputing` from the same one that does not."""
    await define(engine, board, Board(title="x", periods=("all", "day", "week")))
    await apply(engine, submission(board))
    new_york = Board(title="x", periods=("all", "day", "week"), timezone="America/New_York")
    command = DefineBoard(uuid4(), NOON, board, new_york, number=command_number())
    versions_sql = f"select kind, version from periods where {OF_BOARD}"
    async with driver_connection(engine) as connection:
        before = dict(await connection.fetch(versions_sql, board))
        await define_board(connection, BUCKET, command, now())

        record = await find_board(engine, board)
        during = dict(await connection.fetch(versions_sql, board))
        await run_tasks(engine, board)
        after = dict(await connection.fetch(versions_sql, board))

    assert record is not None
    assert record.recomputing == {"day", "week"}
    assert {kind for kind in before if before[kind] < during[kind]} == record.recomputing
    assert {kind for kind in before if during[kind] < after[kind]} == record.recomputing


async def test_a_newer_change_ends_the_job_of_the_one_that_it_overtakes(engine: AsyncEngine, board: str) -> None:
    await define(engine, board, Board(title="x"))
    await apply(engine, submission(board))
    first, second = (
        DefineBoard(uuid4(), NOON, board, Board(title="x", periods=("all", kind)), number=command_number())
        for kind in ("day", "week")
    )
    async with driver_connection(engine) as connection:
        await define_board(connection, BUCKET, first, now())

        [overtaken] = await define_board(connection, BUCKET, second, now())

    assert (overtaken.job, overtaken.status) == (str(first.job), "done")
    assert [state.job for state in await run_tasks(engine, board)] == [str(second.job)]
    assert set(await stored_standings(engine, board)) == {"all", "2026-W44"}


async def test_a_cursor_that_a_newer_worker_wrote_is_left_to_it(engine: AsyncEngine, board: str) -> None:
    await define(engine, board, Board(title="x"))
    await apply(engine, submission(board))
    with_days = DefineBoard(uuid4(), NOON, board, Board(title="x", periods=("all", "day")), number=command_number())
    with_weeks = DefineBoard(uuid4(), NOON, board, Board(title="x", periods=("all", "week")), number=command_number())
    async with driver_connection(engine) as connection:
        await define_board(connection, BUCKET, with_days, now())
        task = await connection.fetchval(
            "update tasks set cursor = cursor || '{\"hours\": 3}' where board = $1 returning task", board
        )

        assert not (await run_step(connection, task, 2, now())).is_taken
        with pytest.raises(UnreadableCursorError):
            await define_board(connection, BUCKET, with_weeks, now())

        assert await connection.fetchval("select cursor ->> 'hours' from tasks where task = $1", task) == "3"
        assert await _claimed(engine) == task  # whoever takes it next may be newer
        await connection.execute("update tasks set kind = 'of-tomorrow', leased_until = 0 where task = $1", task)
        assert await _claimed(engine) is None
        await connection.execute("delete from tasks where task = $1", task)
    record = await find_board(engine, board)
    assert record is not None
    assert record.rules == with_days.definition


async def _claimed(engine: AsyncEngine) -> int | None:
    nobody: Any = None
    return await TaskRunner(engine, nobody, nobody)._claim()


async def test_one_task_is_one_worker_s_at_a_time(engine: AsyncEngine, board: str) -> None:
    await define(engine, board, Board(title="x"))
    await apply(engine, submission(board))
    command = DefineBoard(uuid4(), NOON, board, Board(title="x", periods=("all", "day")), number=command_number())
    async with driver_connection(engine) as connection, driver_connection(engine) as other:
        await define_board(connection, BUCKET, command, now())
        task = await connection.fetchval("select task from tasks where board = $1", board)
        async with other.transaction():
            await other.execute("select from tasks where task = $1 for update", task)

            outcome = await run_step(connection, task, 2, now())

    assert not outcome.is_taken
    assert len(await run_tasks(engine, board)) == 1


async def test_a_deletion_that_overtakes_the_definition_before_it_holds(engine: AsyncEngine, board: str) -> None:
    """Accepted in this order: delete, define, delete. The worker that holds the definition is killed."""
    await define(engine, board, Board(title="x"))
    await delete(engine, board)
    defined, deleted = command_number(), command_number()
    rejected = await delete(engine, board, number=deleted)
    superseded = await define(engine, board, Board(title="x"), number=defined)
    assert await find_board(engine, board) is None
    assert [state and state.status for state in (rejected, superseded)] == ["rejected", "rejected"]
