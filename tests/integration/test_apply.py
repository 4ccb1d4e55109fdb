"""Batches of submissions, on a real PostgreSQL, against a program that applies them one by one."""

import asyncio
import re
from collections.abc import Iterator
from importlib import resources
from random import Random
from uuid import UUID, uuid4

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine
from tests import model
from tests.eventually import eventually
from tests.integration.scenario import (
    BUCKET,
    DAY,
    NOON,
    OF_BOARD,
    History,
    apply,
    by_player,
    counts,
    define,
    delete,
    histories,
    now,
    outcome_of,
    rows_of,
    rules_of,
    scores_of,
    stored_standings,
    submission,
)
from tests.servers import PrivateStack

from highscores.domain import problems
from highscores.domain.boards import Board, Operator, SubScore
from highscores.domain.commands import BuildDocument
from highscores.domain.fields import SCORE_LIMIT
from highscores.domain.jobs import HORIZON
from highscores.ledger.engine import Connection, Fault, create_engine, driver_connection, fault_of
from highscores.ledger.reads import find_board, find_jobs
from highscores.process.settings import PostgresSettings
from highscores_local import postgres
from worker.commands.apply import APPLY_SESSION, BatchOutcome, UnendedError, apply_submissions
from worker.commands.board_locks import lock_name
from worker.commands.touched_periods import TouchedPeriod, TouchedPeriods
from worker.jobs.ends import JobEnd, record_ends_alone
from worker.migrate import migrate

MEANWHILE_S = 0.5  # for another worker to do all that it can without waiting

pytestmark = pytest.mark.integration

APPLY_SQL = resources.files("worker.commands").joinpath("apply.sql").read_text()

on_postgres = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


async def check_against_the_model(engine: AsyncEngine, history: History) -> None:
    for board, rules in history.boards.items():
        scores = scores_of(history.arrived_at(board))
        expected = by_player(model.standings(rules_of(rules), scores))
        assert await stored_standings(engine, board) == expected
        assert await counts(engine, board) == (len(scores), len({score.player for score in scores}))


@on_postgres
@given(histories())
async def test_standings_and_jobs_are_those_of_the_model(engine: AsyncEngine, history: History) -> None:
    for board, rules in history.boards.items():
        await define(engine, board, rules)

    ended = [state for batch in history.batches for state in (await apply(engine, *batch)).ended]

    await check_against_the_model(engine, history)
    remembered = await find_jobs(engine, [submission.job for submission in history.arrivals])
    assert len(ended) == len(remembered) == len({submission.job for submission in history.arrivals})
    for board, rules in history.boards.items():
        outcomes = model.outcomes(rules_of(rules), scores_of(history.arrived_at(board)))
        for told in (ended, remembered.values()):
            states = {state.job: state for state in told if state.job in outcomes}
            assert {job: outcome_of(state, board) for job, state in states.items()} == outcomes


@settings(on_postgres, max_examples=25)
@given(histories(max_submissions=20), st.integers(0, 2**32))
async def test_several_workers_that_repeat_each_other_change_nothing(
    engine: AsyncEngine, history: History, seed: int
) -> None:
    for board, rules in history.boards.items():
        await define(engine, board, rules)

    async def work(random: Random) -> None:
        for batch in random.sample(history.batches, len(history.batches)):
            await apply(engine, *random.sample(batch, len(batch)))

    await asyncio.gather(*(work(Random(seed + number)) for number in range(3)))

    await check_against_the_model(engine, history)


async def test_a_batch_tells_which_documents_it_touched(engine: AsyncEngine, board: str) -> None:
    await define(engine, board, Board(title="x", periods=("day",)))
    scores = [submission(board), submission(board, achieved_at=NOON + DAY), submission(board)]

    applied = await apply(engine, *scores)

    assert sorted(applied.touched) == [(board, "2026-11-01"), (board, "2026-11-02"), (board, "all")]
    assert await apply(engine, *scores) == BatchOutcome([], [], [])


async def test_the_version_grows_with_each_batch_that_changes_something(engine: AsyncEngine, board: str) -> None:
    await define(engine, board, Board(title="x"))
    versions: list[int] = []
    async with driver_connection(engine) as connection:
        for score in (5, 9, 8, 9, 10):  # the same score later, and a lower one, change nothing
            await apply(engine, submission(board, score=score, achieved_at=NOON + len(versions)))
            versions.append(await connection.fetchval(f"select version from periods where {OF_BOARD}", board))

    assert [versions.index(version) for version in versions] == [0, 1, 1, 1, 4]
    assert versions == sorted(versions)
    assert await counts(engine, board) == (5, 1)


async def test_a_result_tells_by_which_version_each_listed_period_shows_it(engine: AsyncEngine, board: str) -> None:
    """Also where nothing changed, and where a batch holds other days and other boards."""
    daily, total = f"{board}-daily"[-63:], f"{board}-total"[-63:]
    await define(engine, daily, Board(title="x", periods=("day", "month")))
    await define(engine, total, Board(title="x", periods=("all", "week")))
    await apply(engine, submission(daily, score=9), submission(total))
    before = await _versions(engine, daily)
    batch = [
        submission(daily, score=3),  # changes nothing
        submission(total, "bob"),
        submission(daily, achieved_at=NOON + DAY),
        submission(daily, "bob", achieved_at=NOON + 2 * DAY),
    ]

    applied = await apply(engine, *batch)

    results = {state.job: (state.result or {})["versions"] for state in applied.ended}
    of_daily, of_total = [await _versions(engine, board) for board in (daily, total)]
    assert [results[str(each.job)] for each in batch] == [
        {"2026-11-01": of_daily["2026-11-01"], "2026-11": of_daily["2026-11"]},
        {"all": of_total["all"], "2026-W44": of_total["2026-W44"]},
        {"2026-11-02": of_daily["2026-11-02"], "2026-11": of_daily["2026-11"]},
        {"2026-11-03": of_daily["2026-11-03"], "2026-11": of_daily["2026-11"]},
    ]
    assert of_daily["2026-11-01"] == before["2026-11-01"]
    assert of_daily["2026-11"] > before["2026-11"]
    remembered = await find_jobs(engine, [each.job for each in batch])
    assert remembered == {state.job: state for state in applied.ended}


async def _versions(engine: AsyncEngine, board: str) -> dict[str, int]:
    async with driver_connection(engine) as connection:
        rows = await connection.fetch(f"select period, version from periods where {OF_BOARD}", board)
    return {row["period"]: row["version"] for row in rows}


@pytest.mark.parametrize("operator", ["best", "latest"])
async def test_two_scores_of_one_instant_are_told_apart_by_their_jobs(
    engine: AsyncEngine, board: str, operator: str
) -> None:
    """As in a batch request, whose scores all have the same time."""
    await define(engine, board, Board(title="x", operator=operator))  # type: ignore[arg-type]
    scores = [3, 9] if operator == "latest" else [5, 5]
    low, high = (
        submission(board, score=score, job=UUID(int=index << 120 | uuid4().int >> 8))
        for index, score in zip((1, 2), scores, strict=True)
    )

    first, second = [(await apply(engine, one)).ended[0] for one in (low, high)]

    expected = model.outcomes(model.Rules(operator=operator), scores_of([low, high]))
    assert outcome_of(first, board) == expected[str(low.job)]
    assert outcome_of(second, board) == expected[str(high.job)]
    assert expected[str(high.job)].improved is (operator == "latest")


async def test_days_do_not_mix_in_the_results_of_one_batch(engine: AsyncEngine, board: str) -> None:
    await define(engine, board, Board(title="x", operator="sum", periods=("day", "all")))
    scores = [submission(board, score=score, achieved_at=NOON + day * DAY) for day, score in ((0, 1), (1, 10), (0, 2))]

    applied = await apply(engine, *scores)

    results = {
        state.job: (outcome_of(state, board).previous, outcome_of(state, board).score) for state in applied.ended
    }
    assert [results[str(one.job)] for one in scores] == [(None, 1), (None, 10), (1, 3)]


REJECTIONS = [
    ("an unknown board", None, 1, "/problems/unknown-board"),
    ("below the minimum", Board(title="x", min=0, max=9), -1, "/problems/invalid-fields"),
    ("above the maximum", Board(title="x", min=0, max=9), 10, "/problems/invalid-fields"),
]


@pytest.mark.parametrize(
    ("rules", "score", "problem"), [case[1:] for case in REJECTIONS], ids=[c[0] for c in REJECTIONS]
)
async def test_what_the_rules_refuse_is_rejected_for_good(
    engine: AsyncEngine, board: str, rules: Board | None, score: int, problem: str
) -> None:
    if rules:
        await define(engine, board, rules)
    refused = submission(board, score=score)

    [state] = (await apply(engine, refused)).ended

    assert (state.status, state.result, state.error and state.error.type) == ("rejected", None, problem)
    await define(engine, board, Board(title="anything goes"), at=NOON + 1)
    assert await apply(engine, refused, refused) == BatchOutcome([], [], [])
    assert await find_jobs(engine, [refused.job]) == {state.job: state}
    assert await stored_standings(engine, board) == {}
    assert await counts(engine, board) == (0, 0)


class _WithoutDefault(TouchedPeriods):
    def __iter__(self) -> Iterator[TouchedPeriod]:
        return (each for each in super().__iter__() if not each.is_default)


@pytest.mark.parametrize("operator", ["best", "sum"])
async def test_nothing_is_kept_of_a_submission_whose_job_would_not_end(
    engine: AsyncEngine, board: str, monkeypatch: pytest.MonkeyPatch, operator: Operator
) -> None:
    await define(engine, board, Board(title="x", operator=operator, periods=("day", "all")))
    monkeypatch.setattr("worker.commands.apply.TouchedPeriods", _WithoutDefault)

    with pytest.raises(UnendedError):
        await apply(engine, submission(board))

    assert await stored_standings(engine, board) == {}
    assert await counts(engine, board) == (0, 0)


async def test_sub_scores_of_a_new_player_are_kept_within_the_limits_too(engine: AsyncEngine, board: str) -> None:
    """The first submission gives none: those behind it add to its zeros."""
    await define(engine, board, Board(title="x", operator="sum", subscores=(SubScore("coins", "desc"),)))
    scores = [submission(board, score=1), *(submission(board, score=1, subscores=(SCORE_LIMIT,)) for _ in range(2))]

    ended = {state.job: state for state in (await apply(engine, *scores)).ended}

    states = [ended[str(score.job)] for score in scores]
    assert [state.status for state in states] == ["done", "done", "rejected"]
    assert states[2].error
    assert [error.pointer for error in states[2].error.errors] == ["#/subscores/0"]
    (standing,) = (await stored_standings(engine, board))["all"].values()
    assert (standing.score, standing.subscores) == (2, (SCORE_LIMIT,))


async def test_a_deleted_board_takes_nothing_more(engine: AsyncEngine, board: str) -> None:
    await define(engine, board, Board(title="x"))
    await delete(engine, board, at=NOON + 1)

    [state] = (await apply(engine, submission(board))).ended

    assert (state.status, state.error and state.error.type) == ("rejected", "/problems/unknown-board")


async def test_a_rejected_neighbour_costs_nobody_anything(engine: AsyncEngine, board: str) -> None:
    await define(engine, board, Board(title="x", max=9))
    good, bad, lost = submission(board), submission(board, score=10), submission(f"{board}x")

    states = {state.job: state.status for state in (await apply(engine, good, bad, lost)).ended}

    assert states == {str(good.job): "done", str(bad.job): "rejected", str(lost.job): "rejected"}


async def test_an_applied_job_stays_applied_when_the_rules_tighten(engine: AsyncEngine, board: str) -> None:
    await define(engine, board, Board(title="x"))
    applied = submission(board, score=100)
    await apply(engine, applied)
    await define(engine, board, Board(title="x", max=9), at=NOON + 1)

    assert (await apply(engine, applied)).ended == []
    assert (await find_jobs(engine, [applied.job]))[str(applied.job)].status == "done"


@pytest.mark.parametrize("sign", [1, -1])
async def test_scores_at_the_limit_are_exact(engine: AsyncEngine, board: str, sign: int) -> None:
    await define(engine, board, Board(title="x"))
    await apply(engine, submission(board, score=sign * SCORE_LIMIT))
    assert (await stored_standings(engine, board))["all"]["alice"].score == sign * SCORE_LIMIT


@pytest.mark.parametrize("sign", [1, -1])
async def test_an_addition_beyond_the_limit_of_a_sum_is_rejected_alone(
    engine: AsyncEngine, board: str, sign: int
) -> None:
    await define(engine, board, Board(title="x", operator="sum", periods=("day", "all")))
    await apply(engine, submission(board, score=sign * SCORE_LIMIT))
    too_much, neighbour = submission(board, score=sign), submission(board, "bob", score=7)
    back, fits_again = submission(board, score=-5 * sign), submission(board, score=5 * sign)

    ended = (await apply(engine, too_much, neighbour, back, fits_again)).ended

    states = {state.job: state for state in ended}
    assert [states[str(each.job)].status for each in (too_much, neighbour, back, fits_again)] == [
        "rejected",
        "done",
        "done",
        "done",
    ]
    problem = states[str(too_much.job)].error
    assert problem is not None
    assert [error.pointer for error in problem.errors] == ["#/score"]
    stored = await stored_standings(engine, board)
    assert {player: row.score for player, row in stored["all"].items()} == {"alice": sign * SCORE_LIMIT, "bob": 7}
    assert await counts(engine, board) == (4, 2)


async def test_what_overflows_in_one_period_counts_in_none(engine: AsyncEngine, board: str) -> None:
    await define(engine, board, Board(title="x", operator="sum", periods=("day", "all")))
    await apply(engine, submission(board, score=-SCORE_LIMIT, achieved_at=NOON - DAY))
    today = [submission(board, score=SCORE_LIMIT), submission(board, score=1)]

    first, second = (await apply(engine, *today)).ended

    assert (first.status, second.status) == ("done", "rejected")
    stored = await stored_standings(engine, board)
    assert {period: rows["alice"].score for period, rows in stored.items()} == {
        "all": 0,
        "2026-10-31": -SCORE_LIMIT,
        "2026-11-01": SCORE_LIMIT,
    }


async def test_a_thousand_overflows_are_no_failed_transaction(engine: AsyncEngine, board: str) -> None:
    await define(engine, board, Board(title="x", operator="sum"))
    await apply(engine, submission(board, score=SCORE_LIMIT))

    ended = (await apply(engine, *(submission(board, score=n) for n in range(1, 1_001)))).ended

    assert {state.status for state in ended} == {"rejected"}
    assert len(ended) == 1_000
    assert await counts(engine, board) == (1, 1)


async def test_a_batch_of_full_size_is_one_version(engine: AsyncEngine, board: str) -> None:
    await define(engine, board, Board(title="x"))
    scores = [submission(board, f"p{n}", n % 7, achieved_at=NOON + n % 3) for n in range(500)]

    await apply(engine, *scores)

    assert await stored_standings(engine, board) == by_player(model.standings(model.Rules(), scores_of(scores)))
    async with driver_connection(engine) as connection:
        assert await connection.fetchval(f"select count(distinct version) from standings where {OF_BOARD}", board) == 1


async def test_a_plan_made_on_empty_tables_finds_each_standing_by_its_key(
    stack: PrivateStack, postgres_settings: PostgresSettings
) -> None:
    """It is kept while the tables grow, for a minute or so, until they are analyzed."""
    superuser = {"user": postgres.SUPERUSER, "password": SecretStr(stack.secrets.postgres_superuser)}
    fresh = postgres_settings.model_copy(update=superuser | {"database": f"fresh_{uuid4().hex}"})
    template = create_engine(fresh.model_copy(update={"database": "template1"}), pool_size=1)
    async with driver_connection(template) as connection:
        await connection.execute(f"create database {fresh.database}")
    await template.dispose()
    await asyncio.to_thread(migrate, fresh)

    engine = create_engine(fresh, pool_size=1, session=APPLY_SESSION)
    async with driver_connection(engine) as connection:
        await connection.execute(f"prepare applying as {APPLY_SQL}")
        lines = await connection.fetch(f"explain execute applying ({', '.join(['null'] * 28)})")
    await engine.dispose()

    plan = " ".join(line[0].strip() for line in lines)
    columns = ("board_number", "period", "player")
    key = "".join(rf"{column} = \w+\.{column}\) AND \(" for column in columns) + r"bucket = \$1"
    assert re.search(rf"using standings_pkey on standings [^-]*Index Cond: \(\({key}\)\)", plan)
    assert re.search(r"using boards_pkey on boards [^-]*Index Cond: \(\(number = \w+\.board_number\) AND", plan)


# --- What a failure means, from the real server ----------------------------------------------------------------------


async def test_a_rolled_back_batch_leaves_nothing(engine: AsyncEngine, board: str) -> None:
    await define(engine, board, Board(title="x"))
    async with driver_connection(engine) as connection:
        outer = connection.transaction()
        await outer.start()
        await apply_submissions(connection, BUCKET, [submission(board)], NOON)
        await outer.rollback()

        assert [await rows_of(connection, table, board) for table in ("submissions", "standings", "periods")] == [0] * 3
    assert await counts(engine, board) == (0, 0)


@pytest.mark.parametrize(
    ("setting", "statement"),
    [
        ("statement_timeout = '20ms'", "select pg_sleep(1)"),
        ("default_transaction_read_only = on", "create table never (x int)"),
    ],
)
async def test_what_the_server_refuses_for_now_is_for_later(engine: AsyncEngine, setting: str, statement: str) -> None:
    async with driver_connection(engine) as connection:
        await connection.execute(f"set {setting}")
        with pytest.raises(asyncpg.PostgresError) as caught:
            await connection.execute(statement)
        await connection.execute("reset all")
    assert fault_of(caught.value) is Fault.UNAVAILABLE


async def test_a_worker_that_was_stopped_in_a_transaction_tries_again(engine: AsyncEngine) -> None:
    async with driver_connection(engine) as connection, driver_connection(engine) as other:
        process = await connection.fetchval("select pg_backend_pid()")
        await connection.execute("set idle_in_transaction_session_timeout = '20ms'")
        await connection.execute("begin")
        # Nothing is read from the connection meanwhile: it looks as it does after SIGSTOP and SIGCONT.
        connection._transport.pause_reading()
        await eventually(
            lambda: other.fetchval("select not exists (select from pg_stat_activity where pid = $1)", process)
        )
        connection._transport.resume_reading()

        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)) as caught:
            await connection.execute("select 1")
    assert fault_of(caught.value) is Fault.UNAVAILABLE


async def test_connections_that_died_are_replaced(engine: AsyncEngine) -> None:
    """Two in use, so that two dead ones wait in the pool. A goodbye that is still on its way fails a try or two."""

    async def processes() -> list[int]:
        async with driver_connection(engine) as one, driver_connection(engine) as two:
            return [await each.fetchval("select pg_backend_pid()") for each in (one, two)]

    async def processes_if_any() -> list[int]:
        try:
            return await processes()
        except Exception as error:
            if fault_of(error) is not Fault.UNAVAILABLE:
                raise
            return []

    async with driver_connection(engine) as killer:
        dead = await processes()
        await killer.execute("select pg_terminate_backend(pid) from unnest($1::int[]) as pid", dead)

    alive = await eventually(processes_if_any)

    assert not set(dead) & set(alive)


async def test_a_statement_between_the_server_s_goodbye_and_its_hanging_up_is_tried_again(engine: AsyncEngine) -> None:
    goodbye = b"SFATAL\0C57P01\0Mterminating connection due to administrator command\0\0"

    async def ask(*, after: bytes = b"") -> int:
        async with driver_connection(engine) as connection:
            if after:
                connection._protocol.data_received(b"E" + (len(after) + 4).to_bytes(4, "big") + after)
            process: int = await connection.fetchval("select pg_backend_pid()")
            return process

    process = await ask()
    with pytest.raises(asyncpg.InternalClientError) as caught:
        await ask(after=goodbye)

    assert fault_of(caught.value) is Fault.UNAVAILABLE
    assert await ask() != process


async def test_a_board_that_somebody_holds_is_skipped_and_costs_its_neighbours_nothing(
    engine: AsyncEngine, board: str
) -> None:
    free = f"{board}-free"
    for each in (board, free):
        await define(engine, each, Board(title="x"))
    held, other = submission(board), submission(free)
    async with driver_connection(engine) as holder, driver_connection(engine) as connection:
        async with holder.transaction():
            await holder.execute("select from boards where board = $1 for update", board)

            outcome = await apply_submissions(connection, BUCKET, [held, other], NOON)

        assert [state.job for state in outcome.ended] == [str(other.job)]
        assert outcome.skipped == [held]
        assert await counts(engine, board) == (0, 0)
        assert [state.job for state in (await apply(engine, held)).ended] == [str(held.job)]


async def test_a_board_that_somebody_holds_for_long_is_given_back_after_a_wait(engine: AsyncEngine, board: str) -> None:
    await define(engine, board, Board(title="x"))
    held = submission(board)
    async with driver_connection(engine) as holder, driver_connection(engine) as connection:
        async with holder.transaction():
            await holder.execute("select from boards where board = $1 for update", board)
            await connection.execute("set lock_timeout = '20ms'")

            outcome = await apply_submissions(connection, BUCKET, [held], NOON, wait=True)

        await connection.execute("set lock_timeout = '2s'")
    assert outcome == BatchOutcome([], [], [held])


async def test_a_score_that_was_sent_to_another_board_of_that_name_is_rejected(engine: AsyncEngine, board: str) -> None:
    await define(engine, board, Board(title="x"))
    before = await find_board(engine, board)
    await delete(engine, board)
    await define(engine, board, Board(title="again"))
    assert before is not None

    [state] = (await apply(engine, submission(board, board_number=before.number))).ended

    assert (state.status, state.error and state.error.type) == ("rejected", "/problems/board-replaced")
    assert await counts(engine, board) == (0, 0)


async def test_of_two_bodies_with_one_key_the_first_takes_effect(engine: AsyncEngine, board: str) -> None:
    await define(engine, board, Board(title="x", operator="sum"))
    job = uuid4()
    await apply(engine, submission(board, score=1, job=job), submission(board, score=100, job=job))
    assert (await stored_standings(engine, board))["all"]["alice"].score == 1


async def test_what_a_neighbour_in_the_batch_was_accepted_at_does_not_matter(engine: AsyncEngine, board: str) -> None:
    """A key used again beyond the horizon has an effect, also beside an old message of another player."""
    await define(engine, board, Board(title="x", operator="sum"))
    old = submission(board, score=1, accepted_at=NOON)
    await apply(engine, old)
    again = submission(board, score=1, accepted_at=NOON + HORIZON + DAY, job=old.job)
    late_neighbour = submission(board, player="bob", accepted_at=NOON)

    assert {state.job for state in (await apply(engine, again, late_neighbour)).ended} == {
        str(again.job),
        str(late_neighbour.job),
    }


async def test_a_job_has_one_end_though_two_workers_end_it(engine: AsyncEngine, board: str) -> None:
    """A document is asked for twice with one key; Redis fails one of the two workers."""
    job = uuid4()
    first, second = (BuildDocument(job, NOON + n, board, "all") for n in (0, 1))
    async with driver_connection(engine) as one, driver_connection(engine) as other:
        async with one.transaction():
            await record_ends_alone(one, BUCKET, [JobEnd(first, result={"document": f"{board}:all"})], now())
            end = JobEnd(second, error=problems.unavailable("ask again"))
            waiting = asyncio.create_task(record_ends_alone(other, BUCKET, [end], now()))
            await asyncio.wait([waiting], timeout=MEANWHILE_S)
        await waiting
        assert await statuses(one, job) == ["done"]


@pytest.mark.parametrize("is_board_made", [True, False])
async def test_a_job_has_one_end_though_its_board_is_made_meanwhile(
    engine: AsyncEngine, board: str, is_board_made: bool
) -> None:
    """One key twice. One worker rejects since there is no board; before it commits, the board may be made."""
    job = uuid4()
    first, second = (submission(board, accepted_at=NOON + n, job=job) for n in (0, 1))

    async def go_on() -> None:
        if is_board_made:
            await define(engine, board, Board(title="x"))
        await apply(engine, second)

    async with driver_connection(engine) as one:
        async with one.transaction():
            await apply_submissions(one, BUCKET, [first], now())
            going_on = asyncio.create_task(go_on())
            await asyncio.wait([going_on], timeout=MEANWHILE_S)
        await going_on
        assert await statuses(one, job) == ["rejected"]


async def test_a_board_that_is_being_made_is_skipped(engine: AsyncEngine, board: str) -> None:
    one = submission(board)
    async with driver_connection(engine) as maker, driver_connection(engine) as worker, maker.transaction():
        await lock_name(maker, BUCKET, board)
        assert await apply_submissions(worker, BUCKET, [one], now()) == BatchOutcome([], [], [one])


async def statuses(connection: Connection, job: UUID) -> list[str]:
    return [row["status"] for row in await connection.fetch("select status from jobs where job = $1", job)]


async def test_a_key_used_again_beyond_the_horizon_shows_its_own_end(engine: AsyncEngine, board: str) -> None:
    await define(engine, board, Board(title="x", operator="sum"))
    again = submission(board, score=1, accepted_at=NOON + HORIZON + DAY)
    [new] = (await apply(engine, again)).ended
    await apply(engine, submission(board, score=1, accepted_at=NOON, job=again.job))

    assert await find_jobs(engine, [again.job]) == {new.job: new}


async def test_an_end_from_before_the_horizon_is_told_of_no_more(engine: AsyncEngine, board: str) -> None:
    """The key is used again: until that job has ended, it is queued."""
    await define(engine, board, Board(title="x"))
    old, young = submission(board), submission(board)
    async with driver_connection(engine) as connection:
        await apply_submissions(connection, BUCKET, [old], now() - HORIZON - DAY)
        await apply_submissions(connection, BUCKET, [young], now() - HORIZON + DAY)
    assert set(await find_jobs(engine, [old.job, young.job])) == {str(young.job)}
