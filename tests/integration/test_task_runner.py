"""The task runner on a board of realistic size: a step holds the board's lock for a moment only."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from statistics import quantiles
from uuid import uuid4

import pytest
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.big_board import BigBoard, queries
from tests.eventually import eventually
from tests.integration.scenario import BUCKET, HOUR, NOON, apply, command_number, define, now, run_tasks, submission
from tests.servers import PrivateStack

from highscores.documents.store import Documents
from highscores.domain.boards import Board
from highscores.domain.commands import DefineBoard
from highscores.domain.jobs import JobState, StandingReference
from highscores.domain.periods import PERIOD_KINDS
from highscores.ledger.engine import Connection, driver_connection
from worker.commands.boards import define_board
from worker.documents.projector import Projector
from worker.jobs.notifications import JobNotifications
from worker.tasks import runner as task_runner
from worker.tasks.runner import FAILED_LEASE_S, LEASE_S, ROWS_MAX, TaskRunner
from worker.tasks.steps import StepOutcome, run_step

pytestmark = pytest.mark.integration

NEW_ZONE = "America/New_York"
LOCK_MAX_S = 0.25
OF_STEPS = 0.9  # so many of the steps keep it: the machine may be doing other things
RECOMPUTED_WITHIN_S = 120.0


@pytest.mark.parametrize(("submissions", "players"), [(30_000, None), (20_000, 1)])
async def test_a_step_holds_the_lock_of_a_board_for_a_moment(
    stack: PrivateStack,
    engine: AsyncEngine,
    documents_redis: Redis,
    jobs_redis: Redis,
    board: str,
    monkeypatch: pytest.MonkeyPatch,
    submissions: int,
    players: int | None,
) -> None:
    steps: list[tuple[int, float]] = []

    async def timed_step(connection: Connection, task: int, limit_rows: int, at: int) -> StepOutcome:
        began = time.monotonic()
        try:
            return await run_step(connection, task, limit_rows, at)
        finally:
            steps.append((limit_rows, time.monotonic() - began))

    monkeypatch.setattr(task_runner, "run_step", timed_step)
    await define(engine, board, Board(title="x", operator="sum", periods=PERIOD_KINDS))
    await asyncio.to_thread(_fill, stack, board, submissions, players)
    change = Board(title="x", operator="sum", periods=PERIOD_KINDS, timezone=NEW_ZONE)
    command = DefineBoard(uuid4(), NOON, board, change, number=command_number())
    async with driver_connection(engine) as connection:
        await define_board(connection, BUCKET, command, now())
    runner = TaskRunner(engine, JobNotifications(jobs_redis), Projector(engine, Documents(documents_redis)))

    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(runner.run())
        await eventually(lambda: _is_recomputed(engine, board), within_s=RECOMPUTED_WITHIN_S)
        running.cancel()

    await asyncio.to_thread(_check, stack, board)
    rows, seconds = zip(*steps, strict=True)
    print(f"{len(steps)} steps of {max(rows)} rows at most; deciles of their seconds {quantiles(seconds, n=10)}")
    assert max(rows) <= ROWS_MAX
    assert len(steps) >= submissions // ROWS_MAX
    assert sum(each <= LOCK_MAX_S for each in seconds) >= OF_STEPS * len(steps)


class RecordingNotifications(JobNotifications):
    """Which also notes what was told, in order."""

    def __init__(self, redis: Redis) -> None:
        super().__init__(redis)
        self.told: list[str] = []

    async def board_changed(self, board: str) -> None:
        self.told.append(f"changed {board}")
        await super().board_changed(board)

    async def record(self, ended: Sequence[JobState], standings: Mapping[str, StandingReference] | None = None) -> None:
        self.told += [f"ended {state.job}" for state in ended]
        await super().record(ended, standings or {})


async def test_the_end_of_a_recomputation_is_announced_before_its_job_ends(
    engine: AsyncEngine, documents_redis: Redis, jobs_redis: Redis, board: str
) -> None:
    """Whoever has seen the job end reads no page that still says `recomputing`."""
    await define(engine, board, Board(title="x"))
    await apply(engine, submission(board))
    change = Board(title="x", periods=("all", "day"))
    command = DefineBoard(uuid4(), NOON, board, change, number=command_number())
    async with driver_connection(engine) as connection:
        await define_board(connection, BUCKET, command, now())
    notifications = RecordingNotifications(jobs_redis)
    runner = TaskRunner(engine, notifications, Projector(engine, Documents(documents_redis)))

    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(runner.run())
        await eventually(lambda: _has_ended(notifications, command))
        running.cancel()

    of_this = [told for told in notifications.told if told in {f"changed {board}", f"ended {command.job}"}]
    assert of_this == [f"changed {board}", f"ended {command.job}"]


async def test_a_lease_goes_by_the_clock_of_postgresql(
    engine: AsyncEngine, documents_redis: Redis, jobs_redis: Redis, board: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker whose clock is ahead, and that is gone, leaves its task to the others as soon as any other."""
    await define(engine, board, Board(title="x"))
    await apply(engine, submission(board))
    change = Board(title="x", periods=("all", "day"))
    async with driver_connection(engine) as connection:
        await define_board(
            connection, BUCKET, DefineBoard(uuid4(), NOON, board, change, number=command_number()), now()
        )
    runner = TaskRunner(engine, JobNotifications(jobs_redis), Projector(engine, Documents(documents_redis)))
    ahead = time.time_ns() + HOUR * 1_000

    with monkeypatch.context() as clock:
        clock.setattr(time, "time_ns", lambda: ahead)
        claimed = await runner._claim()
        assert claimed is not None
        assert 0 < await _left_s(engine, claimed) <= LEASE_S
        await runner._lease(claimed, FAILED_LEASE_S)
        assert 0 < await _left_s(engine, claimed) <= FAILED_LEASE_S

    assert await run_tasks(engine, board)


async def _left_s(engine: AsyncEngine, task: int) -> float:
    """For how long the task is leased, by the clock of PostgreSQL."""
    async with driver_connection(engine) as connection:
        left: float = await connection.fetchval(
            "select leased_until / 1e6 - extract(epoch from clock_timestamp()) from tasks where task = $1", task
        )
    return left


async def _has_ended(notifications: RecordingNotifications, command: DefineBoard) -> bool:
    return f"ended {command.job}" in notifications.told


def _fill(stack: PrivateStack, board: str, submissions: int, players: int | None) -> None:
    with queries(stack) as database:
        BigBoard(database, board, "sum").fill(submissions, players)


def _check(stack: PrivateStack, board: str) -> None:
    with queries(stack) as database:
        BigBoard(database, board, "sum").check(NEW_ZONE)


async def _is_recomputed(engine: AsyncEngine, board: str) -> bool:
    async with driver_connection(engine) as connection:
        return not await connection.fetchval("select exists (select from tasks where board = $1)", board)
