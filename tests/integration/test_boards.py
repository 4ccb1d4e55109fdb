"""Defining, changing and deleting boards, on a real PostgreSQL: each command once, in any order of arrival."""

from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy.ext.asyncio import AsyncEngine
from tests import model
from tests.integration.scenario import (
    NOON,
    History,
    apply,
    by_player,
    counts,
    define,
    delete,
    histories,
    now,
    rows_of,
    rules,
    rules_of,
    scores_of,
    stored_standings,
    submission,
)

from highscores.domain.boards import Board
from highscores.domain.commands import DefineBoard, DeleteBoard
from highscores.ledger.engine import driver_connection
from highscores.ledger.reads import find_board, find_jobs
from worker import board_commands
from worker.board_commands import define_board, delete_board

pytestmark = pytest.mark.integration


async def test_a_board_is_there_as_defined(engine: AsyncEngine, board: str) -> None:
    rules = Board(title="Ä", order="asc", periods=("day", "all"), timezone="Asia/Tokyo", min=0, regions=True)

    state = await define(engine, board, rules)

    assert state is not None
    assert (state.command, state.status, state.result) == ("define-board", "done", {"board": board})
    record = await find_board(engine, board)
    assert record is not None
    assert (record.rules, record.defined_at, record.submissions, record.players) == (rules, NOON, 0, 0)


async def test_a_definition_that_comes_again_does_nothing(engine: AsyncEngine, board: str) -> None:
    first = DefineBoard(uuid4(), NOON, board, Board(title="first"))
    async with driver_connection(engine) as connection:
        state = await define_board(connection, first, now())
        await define_board(connection, DefineBoard(uuid4(), NOON, board, Board(title="second")), now())

        assert await define_board(connection, first, now()) is None

    record = await find_board(engine, board)
    assert record is not None
    assert record.rules.title == "second"
    assert state is not None
    assert await find_jobs(engine, [first.job]) == {str(first.job): state}


async def test_an_older_definition_that_comes_late_is_done_without_effect(engine: AsyncEngine, board: str) -> None:
    await define(engine, board, Board(title="newer"), at=NOON + 1)

    state = await define(engine, board, Board(title="older"), at=NOON)

    record = await find_board(engine, board)
    assert record is not None
    assert (record.rules.title, record.defined_at) == ("newer", NOON + 1)
    assert state is not None
    assert state.status == "done"


async def test_a_definition_sent_before_the_deletion_does_not_bring_the_board_back(
    engine: AsyncEngine, board: str
) -> None:
    await define(engine, board, Board(title="x"), at=NOON)
    await delete(engine, board, at=NOON + 2)

    state = await define(engine, board, Board(title="late"), at=NOON + 1)

    assert await find_board(engine, board) is None
    assert state is not None
    assert state.status == "done"


async def test_a_deletion_sent_before_the_definition_does_not_take_the_board_away(
    engine: AsyncEngine, board: str
) -> None:
    await define(engine, board, Board(title="x"), at=NOON + 1)
    await apply(engine, submission(board))

    state = await delete(engine, board, at=NOON)

    assert state is not None
    assert state.status == "done"
    assert await find_board(engine, board) is not None
    assert await counts(engine, board) == (1, 1)


async def test_an_unknown_board_cannot_be_deleted(engine: AsyncEngine, board: str) -> None:
    state = await delete(engine, board)

    assert state is not None
    assert (state.status, state.error and state.error.type) == ("rejected", "/problems/unknown-board")
    assert await find_jobs(engine, []) == {}


async def test_a_deletion_leaves_nothing_but_the_jobs(
    engine: AsyncEngine, board: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board_commands, "PURGE_ROWS", 2)  # several steps
    await define(engine, board, Board(title="x", periods=("day", "all")))
    scores = [submission(board, player, score) for player, score in (("a", 1), ("b", 2), ("a", 3), ("c", 4), ("a", 2))]
    await apply(engine, *scores)
    before = await find_jobs(engine, [score.job for score in scores])

    state = await delete(engine, board, at=NOON + 1)

    assert state is not None
    assert state.status == "done"
    assert await find_board(engine, board) is None
    async with driver_connection(engine) as connection:
        assert [await rows_of(connection, table, board) for table in ("submissions", "standings", "periods")] == [0] * 3
    after = await find_jobs(engine, [score.job for score in scores])
    assert len(after) == len(scores)
    for job, was in before.items():
        assert was.result is not None
        assert after[job].result == was.result | {"document": None}
        assert after[job].status == "done"
        assert (after[job].accepted_at, after[job].finished_at) == (was.accepted_at, was.finished_at)


async def test_a_purged_job_stays_final_on_the_next_board_of_that_name(engine: AsyncEngine, board: str) -> None:
    await define(engine, board, Board(title="x"))
    score = submission(board)
    await apply(engine, score)
    await delete(engine, board, at=NOON + 1)
    await define(engine, board, Board(title="again", order="asc"), at=NOON + 2)

    applied = await apply(engine, score)

    assert applied.jobs == []
    assert await stored_standings(engine, board) == {}
    assert await counts(engine, board) == (0, 0)


async def test_a_deletion_that_comes_again_spares_the_next_board_of_that_name(engine: AsyncEngine, board: str) -> None:
    await define(engine, board, Board(title="x"))
    deletion = DeleteBoard(uuid4(), NOON + 1, board)
    async with driver_connection(engine) as connection:
        await delete_board(connection, deletion, now())
        await define(engine, board, Board(title="again"), at=NOON + 2)
        await apply(engine, submission(board))

        assert await delete_board(connection, deletion, now()) is None

    assert await counts(engine, board) == (1, 1)


async def test_a_definition_finishes_a_deletion_that_was_cut_short(engine: AsyncEngine, board: str) -> None:
    await define(engine, board, Board(title="x"))
    score = submission(board)
    await apply(engine, score)
    async with driver_connection(engine) as connection:  # the mark, as after a kill before the purge
        await connection.execute("update boards set deleted_at = $2 where board = $1", board, NOON + 1)

    await define(engine, board, Board(title="again", order="asc"), at=NOON + 2)

    assert await stored_standings(engine, board) == {}
    assert await counts(engine, board) == (0, 0)
    assert (await find_jobs(engine, [score.job]))[str(score.job)].status == "done"


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
    new = Board(
        title="y", order=old.order, operator=old.operator, periods=other.periods, timezone=other.timezone, regions=True
    )
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
        before = await connection.fetch("select * from periods where board = $1 order by period", board)

        await define(engine, board, Board(title="y", periods=("day", "all"), min=0, unit="metres"), at=NOON + 1)

        assert await connection.fetch("select * from periods where board = $1 order by period", board) == before
