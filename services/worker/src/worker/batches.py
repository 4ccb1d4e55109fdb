"""From deliveries to transactions: gathers what the queue delivers, applies it, and acknowledges only then."""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

import structlog
from faststream.rabbit.message import RabbitMessage

from highscores import tracing
from highscores.domain import problems
from highscores.domain.commands import SubmitScore
from highscores.domain.jobs import JobState
from highscores.ledger.engine import Fault, fault_of
from highscores.queue import topology
from highscores.tracing.traceparent import log_names
from worker import acks, metrics
from worker.apply import JobEnd, apply_submissions, record_jobs
from worker.job_notifications import JobNotifications
from worker.projector import Projector
from worker.retrying_writer import RetryingWriter

BATCH_COMMANDS = 500  # a transaction takes whole messages until it has so many
FINISHING_MAX = 4  # batches committed whose outcomes are still on their way to Redis

_log = structlog.get_logger(__name__)


class Delivery(NamedTuple):
    message: RabbitMessage
    submissions: Sequence[SubmitScore]


class Done(NamedTuple):
    """What became of a batch; `failed` are the jobs that neither ended nor can be tried again."""

    ended: list[JobState]
    touched: list[tuple[str, str]]
    failed: set[UUID]


class Batches:
    """One transaction at a time: a board's changes are serial anyway, and more workers are the way to more."""

    def __init__(self, persistence: RetryingWriter, outcomes: JobNotifications, projector: Projector) -> None:
        self._persistence = persistence
        self._outcomes = outcomes
        self._projector = projector
        self._deliveries: deque[Delivery] = deque()
        self._wake = asyncio.Event()
        self._finishing: set[asyncio.Task[None]] = set()
        self._applying: Delivery | None = None
        metrics.OLDEST_COMMAND_SECONDS.set_function(self._oldest_s)
        self._idle = asyncio.Event()
        self._idle.set()

    def add(self, delivery: Delivery) -> None:
        self._deliveries.append(delivery)
        metrics.BUFFERED.inc()
        self._idle.clear()
        self._wake.set()

    def _oldest_s(self) -> float:
        """The queue delivers in order, so the first delivery holds the oldest score; called from another thread."""
        try:
            delivery = self._applying or self._deliveries[0]
        except IndexError:
            return 0.0
        return metrics.age_s(delivery.submissions[0].accepted_at)

    @property
    def is_empty(self) -> bool:
        return self._idle.is_set()

    async def drained(self) -> None:
        """Return when everything that was delivered has been applied and acknowledged."""
        await self._idle.wait()
        while self._finishing:
            await asyncio.wait(self._finishing)

    async def run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._deliveries:
                await self._apply_next()
            self._idle.set()

    async def _apply_next(self) -> None:
        batch: list[Delivery] = []
        commands = 0
        while self._deliveries and (not batch or commands + len(self._deliveries[0].submissions) <= BATCH_COMMANDS):
            batch.append(self._deliveries.popleft())
            commands += len(batch[-1].submissions)
        self._applying = batch[0]
        submissions = [submission for delivery in batch for submission in delivery.submissions]
        with tracing.active().applying(topology.SCORES.name, submissions):
            done = await self._apply(submissions)
            self._projector.touch(done.touched)
        self._applying = None
        for delivery in batch:
            metrics.observe_age(topology.SCORES.name, delivery.submissions[0].accepted_at)
        metrics.COMMANDS_REPEATED.inc(commands - len(done.ended) - len(done.failed))
        while len(self._finishing) >= FINISHING_MAX:
            await asyncio.wait(self._finishing, return_when=asyncio.FIRST_COMPLETED)
        task = asyncio.create_task(self._finish(batch, done))
        self._finishing.add(task)
        task.add_done_callback(self._finishing.discard)

    async def _finish(self, batch: Sequence[Delivery], done: Done) -> None:
        failed = [d.message for d in batch if any(s.job in done.failed for s in d.submissions)]
        await acks.dead_letter(failed, reason="failed")
        await acks.acknowledge([d.message for d in batch if d.message not in failed])
        metrics.BUFFERED.dec(len(batch))
        await self._outcomes.record(done.ended)

    async def _apply(self, submissions: Sequence[SubmitScore]) -> Done:
        """Apply all. A poison command is found by halving and rejected alone; its neighbours lose nothing."""
        try:
            with metrics.BATCH_SECONDS.time():
                applied = await self._persistence.write(
                    tracing.active().transaction(
                        "apply submissions", lambda c, now: apply_submissions(c, submissions, now)
                    )
                )
        except Exception as error:
            if len(submissions) == 1:
                return await self._give_up(submissions[0], error)
        else:
            metrics.BATCH_COMMANDS.observe(len(submissions))
            return Done(applied.jobs, applied.touched, set())
        middle = len(submissions) // 2
        first, second = await self._apply(submissions[:middle]), await self._apply(submissions[middle:])
        return Done(first.ended + second.ended, first.touched + second.touched, first.failed | second.failed)

    async def _give_up(self, submission: SubmitScore, error: Exception) -> Done:
        _log.error(
            "command refused by the ledger",
            job=str(submission.job),
            board=submission.board,
            reason=type(error).__name__,
            exc_info=error,
            **log_names(submission.trace),
        )
        if fault_of(error) is Fault.POISON:
            ended = JobEnd(
                submission, error=problems.invalid_field("score", "the standing would leave the score range")
            )
            record = tracing.active().transaction("record jobs", lambda c, now: record_jobs(c, [ended], now))
            return Done(await self._persistence.write(record), [], set())
        return Done([], [], {submission.job})  # a bug of ours, not of the command: kept among the dead letters
