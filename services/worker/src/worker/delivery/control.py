"""Control commands: boards one by one, documents beside them."""

import asyncio
import random
from collections.abc import Sequence

import structlog
from faststream.rabbit.message import RabbitMessage

from highscores import tracing
from highscores.domain import problems
from highscores.domain.board_forms import UnreadableRulesError
from highscores.domain.buckets import bucket_of
from highscores.domain.commands import BuildDocument, Command, ControlCommand, DefineBoard, DeleteBoard, encode
from highscores.domain.documents import DocumentId
from highscores.domain.jobs import JobState
from highscores.domain.problems import Problem
from highscores.ledger.engine import Connection, Fault, fault_of
from highscores.queue import topology
from highscores.redis.connection import RedisError
from highscores.tracing.traceparent import log_names
from worker import metrics
from worker.commands.boards import define_board, delete_board
from worker.delivery import acks
from worker.delivery.postponement import Postponement
from worker.documents.projector import Projector
from worker.jobs.ends import JobEnd, record_ends_alone
from worker.jobs.notifications import JobNotifications
from worker.ledger.retrying_writer import RetryingWriter
from worker.tasks.runner import TaskRunner
from worker.tasks.store import UnreadableCursorError

CATCH_UP_ATTEMPTS = 10
RETRY_S = 0.5
FOR_NEWER = (UnreadableRulesError, UnreadableCursorError)  # what only a newer worker can carry out

_log = structlog.get_logger(__name__)


class Control:
    def __init__(
        self,
        writer: RetryingWriter,
        notifications: JobNotifications,
        projector: Projector,
        tasks: TaskRunner,
        postponement: Postponement,
    ) -> None:
        self._writer = writer
        self._notifications = notifications
        self._projector = projector
        self._tasks = tasks
        self._postponement = postponement
        self._boards = asyncio.Lock()
        self._running: set[asyncio.Task[None]] = set()

    def start(self, message: RabbitMessage, commands: Sequence[ControlCommand]) -> None:
        task = asyncio.create_task(self._handle(message, commands))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    @property
    def is_empty(self) -> bool:
        return not self._running

    async def drained(self) -> None:
        while self._running:
            await asyncio.wait(self._running)

    async def _handle(self, message: RabbitMessage, commands: Sequence[ControlCommand]) -> None:
        for_newer: list[Command] = []
        try:
            with tracing.active().processing(topology.CONTROL.name, commands):
                for command in commands:
                    try:
                        await self._carry_out(command)
                    except FOR_NEWER:
                        for_newer.append(command)
        except Exception:  # logged where it is known which command it was
            await acks.dead_letter([message], reason="failed")
            return
        if for_newer and not await self._postponement.postpone(message, topology.CONTROL, encode(for_newer)):
            return
        await acks.acknowledge([message])
        metrics.observe_age(topology.CONTROL.name, commands[0].accepted_at)

    async def _carry_out(self, command: ControlCommand) -> None:
        try:
            if isinstance(command, BuildDocument):
                await self._build(command)
            else:
                async with self._boards:
                    await self._change(command)
        except FOR_NEWER:
            raise
        except Exception as error:
            _log.error(
                "control_command.failed",
                job=str(command.job),
                board=command.board,
                reason=type(error).__name__,
                exc_info=error,
                **log_names(command.trace),
            )
            raise

    async def _change(self, command: DefineBoard | DeleteBoard) -> None:
        bucket = bucket_of(command.board, await self._writer.buckets())

        async def change(connection: Connection, now: int) -> list[JobState]:
            if isinstance(command, DefineBoard):
                return await define_board(connection, bucket, command, now)
            return await delete_board(connection, bucket, command, now)

        ended = await self._writer.write(tracing.active().transaction(command.command, change))
        await self._notifications.board_changed(command.board)
        await self._notifications.record(ended)
        self._projector.touch_board(command.board)
        self._tasks.wake()

    async def _build(self, command: BuildDocument) -> None:
        document = DocumentId(command.board, command.period, command.region)
        with tracing.active().catching_up(str(document), None):
            problem = await self._catch_up(document)
        result = None if problem else {"document": str(document)}
        end = JobEnd(command, result=result, error=problem)
        bucket = bucket_of(command.board, await self._writer.buckets())

        async def record(connection: Connection, now: int) -> list[JobState]:
            return await record_ends_alone(connection, bucket, [end], now)

        ended = await self._writer.write(tracing.active().transaction("record jobs", record))
        await self._notifications.record(ended)

    async def _catch_up(self, document: DocumentId) -> Problem | None:
        for _ in range(CATCH_UP_ATTEMPTS):
            try:
                key = await self._projector.find_key(document)
                is_known = key is not None and await self._projector.catch_up(key, build_missing=True)
                return None if is_known else problems.unknown_board(document.board)
            except Exception as error:
                if not isinstance(error, RedisError) and fault_of(error) is not Fault.UNAVAILABLE:
                    raise
                _log.warning("document.not_built", document=str(document), reason=type(error).__name__)
                await asyncio.sleep(RETRY_S * random.uniform(0.5, 1.0))
        return problems.unavailable("the document could not be built; ask again")
