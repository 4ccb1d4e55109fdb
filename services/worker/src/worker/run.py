"""The worker's life: put together, connected, running until told to stop, drained."""

import asyncio
import random
import signal
import time

import structlog
from aio_pika.exceptions import AMQPError
from sqlalchemy.ext.asyncio import AsyncEngine

from highscores import tracing
from highscores.documents.store import Documents
from highscores.ledger.engine import create_engine
from highscores.ledger.pool import watch_pool
from highscores.ledger.readiness import postgres_probe
from highscores.process.health import HealthServer
from highscores.process.settings import (
    DocumentsRedisSettings,
    HealthSettings,
    JobsRedisSettings,
    PostgresSettings,
    RabbitmqSettings,
    TracingSettings,
)
from highscores.queue.publisher import Broker
from highscores.redis.connection import create_documents_redis, create_redis
from worker.apply import APPLY_SESSION
from worker.batches import Batches
from worker.board_statistics import BoardStatistics
from worker.consumer import create_broker
from worker.consumer_watchdog import ConsumerWatchdog
from worker.control import Control
from worker.job_notifications import JobNotifications
from worker.projector import Projector
from worker.retrying_writer import RetryingWriter
from worker.sweeper import Sweeper
from worker.task_runner import TaskRunner
from worker.upkeep import Upkeep

POOL_SIZE = (
    11  # two batches, control, sweep, statistics, a task, upkeep; two documents that catch up, two that are built
)
CONNECT_RETRY_S = 2.0
DRAIN_MAX_S = 20.0

_log = structlog.get_logger(__name__)


async def run() -> int:
    """Run until SIGTERM or SIGINT; return the exit code: 0, or 1 when only a fresh start can help."""
    with tracing.running(TracingSettings(), "worker"):
        return await _run()


async def _run() -> int:
    stop = _stop_on_signals()
    engine = create_engine(PostgresSettings(), pool_size=POOL_SIZE, session=APPLY_SESSION)
    watch_pool(engine)
    worker = Worker(engine)
    worker.health.start()
    try:
        if await worker.connect(stop):
            return await worker.work(stop)
        return 0
    finally:
        worker.health.stop()
        await worker.close()
        await engine.dispose()


class Worker:
    def __init__(self, engine: AsyncEngine) -> None:
        self._jobs_redis = create_redis(JobsRedisSettings())
        self._documents_redis = create_documents_redis(DocumentsRedisSettings())
        documents = Documents(self._documents_redis)
        self._persistence = RetryingWriter(engine)
        self._projector = Projector(engine, documents)
        outcomes = JobNotifications(self._jobs_redis)
        self._batches = Batches(self._persistence, outcomes, self._projector)
        self._upkeep = Upkeep(engine)
        self._tasks = TaskRunner(engine, outcomes, self._projector)
        self._control = Control(self._persistence, outcomes, self._projector, self._tasks)
        self._sweeper = Sweeper(engine, self._documents_redis, documents, self._projector)
        self._census = BoardStatistics(engine)
        self._publishing = Broker(RabbitmqSettings())
        self._watch = ConsumerWatchdog(
            self._publishing, is_busy=lambda: not (self._batches.is_empty and self._control.is_empty)
        )
        self._consuming = create_broker(RabbitmqSettings(), self._batches, self._control, self._watch)
        self._postgres = postgres_probe(engine)
        self._is_working = False
        self.health = HealthServer(HealthSettings(), live=lambda: None, ready=self._why_not_ready)

    def _why_not_ready(self) -> str | None:
        if not self._is_working:
            return "not consuming"
        if reason := self._postgres.why_not_ready():
            return reason
        if self._persistence.refused_since:
            return f"PostgreSQL refuses for {time.monotonic() - self._persistence.refused_since:.0f} s"
        return None

    async def connect(self, stop: asyncio.Event) -> bool:
        """Return True once it consumes, False if it was told to stop before."""
        while not stop.is_set():
            try:
                await self._publishing.connect()
                await self._consuming.start()
            except (AMQPError, OSError, TimeoutError) as error:
                _log.warning("RabbitMQ not reached", reason=type(error).__name__)
                await _wait(stop, CONNECT_RETRY_S * random.uniform(0.5, 1.0))
            else:
                return True
        return False

    async def work(self, stop: asyncio.Event) -> int:
        contacting = asyncio.create_task(self._postgres.make(), name="connecting to PostgreSQL")
        loops = [
            asyncio.create_task(loop, name=name)
            for name, loop in (
                ("batches", self._batches.run()),
                ("projector", self._projector.run()),
                ("sweeper", self._sweeper.run()),
                ("board statistics", self._census.run()),
                ("tasks", self._tasks.run()),
                ("upkeep", self._upkeep.run()),
                ("watch", self._watch.run()),
            )
        ]
        stopped = asyncio.create_task(stop.wait())
        self._is_working = True
        _log.info("working")
        ended, _ = await asyncio.wait([stopped, *loops], return_when=asyncio.FIRST_COMPLETED)
        self._is_working = False
        for task in ended - {stopped}:
            _log.error("to start afresh", loop=task.get_name(), reason=task.exception() or task.result())
        await self._drain()
        for task in (contacting, *loops):
            task.cancel()
        await asyncio.gather(contacting, *loops, return_exceptions=True)
        await self._consuming.stop()
        await self._publishing.close()
        _log.info("stopped")
        return 0 if stopped in ended else 1

    async def close(self) -> None:
        await self._jobs_redis.aclose()
        await self._documents_redis.aclose()

    async def _drain(self) -> None:
        """Finish what was delivered; what takes too long goes back to the queue when the connection closes."""
        for subscriber in self._consuming.subscribers:
            await subscriber.stop()
        try:
            async with asyncio.timeout(DRAIN_MAX_S):
                await self._batches.drained()
                await self._control.drained()
        except TimeoutError:
            _log.warning("deliveries given back")


def _stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
