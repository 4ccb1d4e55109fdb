"""From deliveries to transactions: applies what the buffer holds, and acknowledges only then."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

import structlog

from highscores import tracing
from highscores.domain import problems
from highscores.domain.commands import SubmitScore, encode
from highscores.domain.jobs import JobState, StandingReference
from highscores.ledger.engine import Connection, Fault, fault_of
from highscores.queue import topology
from highscores.tracing.traceparent import log_names
from worker import metrics
from worker.commands.apply import BatchOutcome, apply_submissions
from worker.commands.board_locks import lock_boards
from worker.delivery import acks
from worker.delivery.buffer import BATCH_COMMANDS, Batch, Buffer, Delivery
from worker.delivery.postponement import Postponement
from worker.documents.projector import Projector
from worker.jobs.ends import JobEnd, record_ends_alone
from worker.jobs.notifications import JobNotifications
from worker.ledger.retrying_writer import RetryingWriter

TRANSACTIONS_MAX = 2  # beside each other, of different boards
# Beyond so many scores, messages wait as they came: a decoded score takes up to four times the memory of its bytes.
BUFFERED_SUBMISSIONS_MAX = 32 * BATCH_COMMANDS
FINISHING_MAX = 4  # batches committed whose outcomes are still on their way to Redis

_log = structlog.get_logger(__name__)


class _Result(NamedTuple):
    """What became of a batch; `failed` are the jobs that neither ended nor can be tried again."""

    outcome: BatchOutcome
    failed: frozenset[UUID]

    def with_other(self, other: "_Result") -> "_Result":
        mine, its = self.outcome, other.outcome
        merged = BatchOutcome(
            mine.ended + its.ended,
            mine.touched + its.touched,
            mine.skipped + its.skipped,
            mine.for_newer + its.for_newer,
            {**mine.standings, **its.standings},
        )
        return _Result(merged, self.failed | other.failed)


class Batches:
    """A board's changes are serial; transactions of different boards run beside each other."""

    def __init__(
        self,
        writer: RetryingWriter,
        notifications: JobNotifications,
        projector: Projector,
        postponement: Postponement,
    ) -> None:
        self._writer = writer
        self._notifications = notifications
        self._projector = projector
        self._postponement = postponement
        self._buffer = Buffer()
        self._wake = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._idle = asyncio.Event()
        self._idle.set()
        self._applying: set[asyncio.Task[None]] = set()
        self._finishing: set[asyncio.Task[None]] = set()
        metrics.OLDEST_COMMAND_SECONDS.set_function(self._oldest_s)

    async def wait_for_room(self) -> None:
        """Return once there is room for another message, of whatever size: `add` follows, with no wait in between."""
        while not self._room.is_set():
            await self._room.wait()

    def add(self, delivery: Delivery) -> None:
        self._buffer.add(delivery)
        self._note_room()
        metrics.BUFFERED.inc()
        self._idle.clear()
        self._wake.set()

    def _note_room(self) -> None:
        if self._buffer.submissions < BUFFERED_SUBMISSIONS_MAX:
            self._room.set()
        else:
            self._room.clear()

    @property
    def is_empty(self) -> bool:
        return self._idle.is_set()

    async def drained(self) -> None:
        """Return when everything that was delivered has been applied and acknowledged."""
        await self._idle.wait()
        while self._finishing:
            await asyncio.wait(self._finishing)

    async def run(self) -> None:
        buckets = await self._writer.buckets()
        try:
            while True:
                self._wake.clear()
                while len(self._applying) < TRANSACTIONS_MAX and (batch := self._buffer.take(buckets)) is not None:
                    self._start(batch)
                await self._rest()
                for task in [task for task in self._applying if task.done()]:
                    self._applying.discard(task)
                    task.result()
        finally:
            for task in self._applying:
                task.cancel()

    def _start(self, batch: Batch) -> None:
        task = asyncio.create_task(self._apply_batch(batch))
        self._applying.add(task)
        task.add_done_callback(lambda _: self._wake.set())

    async def _rest(self) -> None:
        """Wait for a delivery, the end of a transaction, or the time to try a board that was locked."""
        try:
            async with asyncio.timeout(self._buffer.next_try_s() if len(self._applying) < TRANSACTIONS_MAX else None):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def _apply_batch(self, batch: Batch) -> None:
        submissions = [part.submission for part in batch.parts]
        with tracing.active().applying(topology.SCORES.name, submissions):
            result = await self._apply(batch.bucket, submissions, wait=batch.wait)
            self._projector.touch(result.outcome.touched)
        ended, _, skipped, for_newer, standings = result.outcome
        metrics.BOARDS_SKIPPED.inc(len({submission.board for submission in skipped}))
        metrics.COMMANDS_REPEATED.inc(
            len(submissions) - len(ended) - len(skipped) - len(for_newer) - len(result.failed)
        )
        jobs_for_newer = {submission.job for submission in for_newer}
        for part in batch.parts:
            if part.submission.job in jobs_for_newer:
                part.delivery.for_newer.append(part.submission)
            if part.submission.job in result.failed:
                part.delivery.has_failed = True
        finished = self._buffer.done(batch, skipped)
        self._note_room()
        if self._buffer.is_empty:
            self._idle.set()
        for delivery in finished:
            metrics.observe_age(topology.SCORES.name, delivery.submissions[0].accepted_at)
        while len(self._finishing) >= FINISHING_MAX:
            await asyncio.wait(self._finishing, return_when=asyncio.FIRST_COMPLETED)
        task = asyncio.create_task(self._finish(finished, ended, standings))
        self._finishing.add(task)
        task.add_done_callback(self._finishing.discard)

    async def _finish(
        self, finished: Sequence[Delivery], ended: Sequence[JobState], standings: Mapping[str, StandingReference]
    ) -> None:
        await acks.dead_letter([each.message for each in finished if each.has_failed], reason="failed")
        for each in finished:
            if not each.has_failed and await self._is_rest_safe(each):
                await acks.acknowledge([each.message])
        metrics.BUFFERED.dec(len(finished))
        await self._notifications.record(ended, standings)

    async def _is_rest_safe(self, delivery: Delivery) -> bool:
        """Send what only a newer worker can carry out to wait for one; return whether the message may go."""
        if not delivery.for_newer:
            return True
        return await self._postponement.postpone(delivery.message, topology.SCORES, encode([*delivery.for_newer]))

    async def _apply(self, bucket: int, submissions: Sequence[SubmitScore], *, wait: bool) -> _Result:
        """Apply all. A poison command is found by halving and rejected alone; its neighbours lose nothing."""

        async def operation(connection: Connection, now: int) -> BatchOutcome:
            return await apply_submissions(connection, bucket, submissions, now, wait=wait)

        try:
            with metrics.BATCH_SECONDS.time():
                outcome = await self._writer.write(tracing.active().transaction("apply submissions", operation))
        except Exception as error:
            if len(submissions) == 1:
                return await self._give_up(bucket, submissions[0], error)
        else:
            metrics.BATCH_COMMANDS.observe(len(submissions))
            return _Result(outcome, frozenset())
        middle = len(submissions) // 2
        first = await self._apply(bucket, submissions[:middle], wait=wait)
        return first.with_other(await self._apply(bucket, submissions[middle:], wait=wait))

    async def _give_up(self, bucket: int, submission: SubmitScore, error: Exception) -> _Result:
        _log.error(
            "command.refused",
            job=str(submission.job),
            board=submission.board,
            reason=type(error).__name__,
            exc_info=error,
            **log_names(submission.trace),
        )
        if fault_of(error) is not Fault.POISON:  # a bug of ours, not of the command: kept among the dead letters
            return _Result(BatchOutcome([], [], []), frozenset({submission.job}))
        end = JobEnd(submission, error=problems.invalid_field("score", "the standing cannot be computed with it"))

        async def record(connection: Connection, now: int) -> list[JobState]:
            async with connection.transaction():
                await lock_boards(connection, bucket, [submission.board], wait=True)
                return await record_ends_alone(connection, bucket, [end], now)

        ended = await self._writer.write(tracing.active().transaction("record jobs", record))
        return _Result(BatchOutcome(ended, [], []), frozenset())

    def _oldest_s(self) -> float:
        """Called from another thread: a buffer that changes meanwhile gives no age this time."""
        try:
            oldest = self._buffer.oldest()
        except RuntimeError:
            oldest = None
        return metrics.age_s(oldest.accepted_at) if oldest is not None else 0.0
