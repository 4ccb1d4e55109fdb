"""Runs tasks: each worker takes one that nobody is at, and does it step by step, resting as long as it works."""

import asyncio
import random
import time

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from highscores.domain.periods import MICROSECONDS
from highscores.ledger.engine import Fault, driver_connection, fault_of, sqlstate
from worker import metrics
from worker.documents.projector import Projector
from worker.jobs.notifications import JobNotifications
from worker.tasks.steps import StepOutcome, run_step
from worker.tasks.store import TASK_KINDS

POLL_S = 1.0
JITTER_S = 0.2
LEASE_S = 10.0  # a worker that is gone leaves its task to the others after so long
FAILED_LEASE_S = 30.0  # what cannot be done now is left alone for so long
STEP_TARGET_S = 0.1  # a step has at most 200 ms; it aims at half
REST_MAX_S = 0.2  # a task rests as long as it worked, but not for what it waited
ROWS_MAX = 5_000
ROWS_FIRST = 500
ROWS_MIN = 50

# By the clock of PostgreSQL: that of a worker may be wrong, and leases would then last for hours.
_NOW = "(extract(epoch from clock_timestamp()) * 1000000)::bigint"

# A kind that only a newer worker knows is left to it.
_CLAIM_SQL = f"""
    update tasks set leased_until = {_NOW} + $1
    where task = (select task from tasks where leased_until <= {_NOW} and kind = any($2)
                  order by leased_until, task limit 1 for update skip locked)
    returning task
"""  # noqa: S608  # made of constants

_LEASE_SQL = f"update tasks set leased_until = {_NOW} + $2 where task = $1"  # noqa: S608

_log = structlog.get_logger(__name__)


class TaskRunner:
    def __init__(self, engine: AsyncEngine, notifications: JobNotifications, projector: Projector) -> None:
        self._engine = engine
        self._notifications = notifications
        self._projector = projector
        self._wake = asyncio.Event()
        self._rows = ROWS_FIRST

    def wake(self) -> None:
        """Say that there may be a new task."""
        self._wake.set()

    async def run(self) -> None:
        while True:
            try:
                while (task := await self._claim()) is not None:
                    await self._work_on(task)
            except Exception as error:
                if fault_of(error) is not Fault.UNAVAILABLE:
                    raise
                _log.warning("tasks.unavailable", reason=type(error).__name__, state=sqlstate(error))
            await self._rest_until_woken()

    async def _rest_until_woken(self) -> None:
        try:
            async with asyncio.timeout(POLL_S + random.uniform(0, JITTER_S)):
                await self._wake.wait()
        except TimeoutError:
            pass
        self._wake.clear()

    async def _claim(self) -> int | None:
        async with driver_connection(self._engine) as connection:
            task: int | None = await connection.fetchval(_CLAIM_SQL, int(LEASE_S * MICROSECONDS), TASK_KINDS)
        return task

    async def _work_on(self, task: int) -> None:
        """Do steps of the task until it is finished, or another worker is at it."""
        while True:
            began = time.monotonic()
            try:
                outcome = await self._step(task)
            except Exception as error:
                metrics.TASK_FAILURES.inc()
                _log.warning("task.step_failed", task=task, reason=type(error).__name__, state=sqlstate(error))
                await self._lease(task, FAILED_LEASE_S if fault_of(error) is not Fault.UNAVAILABLE else LEASE_S / 5)
                return
            elapsed = time.monotonic() - began
            if not outcome.is_taken:
                return
            metrics.TASK_STEP_SECONDS.observe(elapsed)
            if outcome.recomputed is not None:  # before its pages get the versions that do not say so any more
                await self._notifications.board_changed(outcome.recomputed)
            self._projector.touch(outcome.touched)
            await self._notifications.record(outcome.ended)
            if outcome.is_finished:
                return
            self._adapt(elapsed)
            await self._lease(task, LEASE_S)
            await asyncio.sleep(min(elapsed, REST_MAX_S))

    async def _step(self, task: int) -> StepOutcome:
        async with driver_connection(self._engine) as connection:
            return await run_step(connection, task, self._rows, _now())

    async def _lease(self, task: int, seconds: float) -> None:
        async with driver_connection(self._engine) as connection:
            await connection.execute(_LEASE_SQL, task, int(seconds * MICROSECONDS))

    def _adapt(self, elapsed: float) -> None:
        """Take as many rows next time as fit into the target, by what this step has taken."""
        factor = max(0.5, min(2.0, STEP_TARGET_S / max(elapsed, 0.001)))
        self._rows = int(max(ROWS_MIN, min(ROWS_MAX, self._rows * factor)))


def _now() -> int:
    return time.time_ns() // 1_000
