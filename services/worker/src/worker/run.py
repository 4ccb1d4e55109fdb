"""The worker's life: put together, connected, working until it stops, drained."""

import asyncio
import random
import time

import structlog
from aio_pika.exceptions import AMQPError
from sqlalchemy.ext.asyncio import AsyncEngine

from highscores.documents.store import Documents
from highscores.ledger.engine import create_engine
from highscores.ledger.pool import watch_pool
from highscores.ledger.readiness import postgres_probe
from highscores.process.lifecycle import Lifecycle
from highscores.process.settings import (
    DocumentsRedisSettings,
    JobsRedisSettings,
    PostgresSettings,
    RabbitmqSettings,
)
from highscores.queue import topology
from highscores.queue.lost_connection import lost_connection_is_an_error
from highscores.queue.publisher import Broker
from highscores.redis.connection import create_documents_redis, create_redis
from worker.commands.apply import APPLY_SESSION
from worker.delivery.batches import Batches
from worker.delivery.consumer import create_broker
from worker.delivery.consumer_watchdog import ConsumerWatchdog
from worker.delivery.control import Control
from worker.delivery.dead_letters import DeadLetters
from worker.delivery.postponement import Postponement
from worker.documents.projector import Projector
from worker.documents.sweeper import Sweeper
from worker.jobs.notifications import JobNotifications
from worker.ledger.board_statistics import BoardStatistics
from worker.ledger.retrying_writer import RetryingWriter
from worker.ledger.upkeep import Upkeep
from worker.tasks.runner import TaskRunner

# Two batches, control, dead letters, sweep, statistics, a task, upkeep; two documents catch up, two are built.
POOL_SIZE = 12
CONNECT_RETRY_S = 2.0
DRAIN_LIMIT_S = 20.0
CANCEL_LIMIT_S = 3.0  # of that, for RabbitMQ to deliver no more

_log = structlog.get_logger(__name__)


async def run(lifecycle: Lifecycle) -> None:
    """Work until the process stops."""
    engine = create_engine(PostgresSettings(), pool_size=POOL_SIZE, session=APPLY_SESSION)
    watch_pool(engine)
    worker = Worker(engine, lifecycle)
    try:
        if await worker.connect():
            await worker.work()
    finally:
        await worker.close()
        await engine.dispose()


class Worker:
    def __init__(self, engine: AsyncEngine, lifecycle: Lifecycle) -> None:
        self._lifecycle = lifecycle
        self._jobs_redis = create_redis(JobsRedisSettings())
        self._documents_redis = create_documents_redis(DocumentsRedisSettings())
        documents = Documents(self._documents_redis)
        self._writer = RetryingWriter(engine)
        self._projector = Projector(engine, documents)
        notifications = JobNotifications(self._jobs_redis)
        self._publishing = Broker(RabbitmqSettings())
        postponement = Postponement(self._publishing)
        self._batches = Batches(self._writer, notifications, self._projector, postponement)
        self._upkeep = Upkeep(engine)
        self._tasks = TaskRunner(engine, notifications, self._projector)
        self._control = Control(self._writer, notifications, self._projector, self._tasks, postponement)
        self._sweeper = Sweeper(engine, self._documents_redis, documents, self._projector)
        self._statistics = BoardStatistics(engine)
        self._dead_letters = DeadLetters(self._writer)
        self._watch = ConsumerWatchdog(self._publishing, self._is_busy)
        self._consuming = create_broker(
            RabbitmqSettings(), self._batches, self._control, self._dead_letters, postponement, self._watch
        )
        self._postgres = postgres_probe(engine)

    def _is_busy(self, queue: topology.Queue) -> bool:
        """Return whether deliveries of this queue are held."""
        holders: dict[str, Batches | Control | DeadLetters] = {
            topology.SCORES.name: self._batches,
            topology.CONTROL.name: self._control,
            topology.DEAD_LETTERS.name: self._dead_letters,
        }
        return not holders[queue.name].is_empty

    def _why_not_ready(self) -> str | None:
        if reason := self._postgres.why_not_ready():
            return reason
        if self._writer.refused_since:
            return f"PostgreSQL refuses for {time.monotonic() - self._writer.refused_since:.0f} s"
        return None

    async def connect(self) -> bool:
        """Return True once it consumes, False if it was told to stop before."""
        is_publishing = False
        while not self._lifecycle.stopping.is_set():
            try:
                with lost_connection_is_an_error():
                    if not is_publishing:
                        await self._publishing.connect()
                        is_publishing = True  # from the first contact on, the connection restores itself
                    await self._consuming.start()
            except (AMQPError, OSError, TimeoutError) as error:
                _log.warning("dependency.unreached", dependency="RabbitMQ", reason=type(error).__name__)
                await _wait(self._lifecycle.stopping, CONNECT_RETRY_S * random.uniform(0.5, 1.0))
            else:
                return True
        return False

    async def work(self) -> None:
        for name, loop in (
            ("postgres-probe", self._postgres.make()),
            ("batches", self._batches.run()),
            ("projector", self._projector.run()),
            ("sweeper", self._sweeper.run()),
            ("board-statistics", self._statistics.run()),
            ("tasks", self._tasks.run()),
            ("upkeep", self._upkeep.run()),
            ("consumer-watchdog", self._watch.run()),
        ):
            self._lifecycle.run_beside(loop, name)
        self._lifecycle.ready_when(self._why_not_ready)
        _log.info("worker.consuming")
        await self._lifecycle.stopping.wait()
        await self._drain()

    async def close(self) -> None:
        """Close what is open, in so far as it can be: what is not acknowledged goes back to the queue."""
        self._lifecycle.drained()
        await self._lifecycle.end_background()
        await self._close_rabbitmq()
        await self._jobs_redis.aclose()
        await self._documents_redis.aclose()

    async def _close_rabbitmq(self) -> None:
        try:
            with lost_connection_is_an_error():
                await self._consuming.stop()
                await self._publishing.close()
        except (AMQPError, OSError, RuntimeError, TimeoutError) as error:
            _log.warning("worker.rabbitmq_not_closed", error=type(error).__name__)

    async def _drain(self) -> None:
        """Finish what was delivered; what takes too long goes back to the queue when the connection closes."""
        try:
            async with asyncio.timeout(DRAIN_LIMIT_S):
                await self._stop_deliveries()
                await self._batches.drained()
                await self._control.drained()
        except TimeoutError:
            _log.warning("worker.deliveries_given_back")

    async def _stop_deliveries(self) -> None:
        """Without an answer of RabbitMQ too, what has been delivered is finished."""
        try:
            async with asyncio.timeout(CANCEL_LIMIT_S):
                with lost_connection_is_an_error():
                    for subscriber in self._consuming.subscribers:
                        await subscriber.stop()
        except (AMQPError, OSError, RuntimeError, TimeoutError) as error:
            _log.warning("worker.consumers_not_cancelled", error=type(error).__name__)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
