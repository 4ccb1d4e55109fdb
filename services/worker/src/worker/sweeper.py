"""The clockwork: each second, find the documents that have fallen behind, whatever the reason."""

import asyncio
import random
import time

import structlog
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from highscores.documents.connection import RedisError
from highscores.documents.store import Documents
from highscores.domain.documents import DocumentId
from highscores.ledger.changes import find_sources
from highscores.ledger.engine import Fault, driver_connection, fault_of
from worker import metrics
from worker.projector import Projector

INTERVAL_S = 1.0
JITTER_S = 0.1
_LEASE = "sweep-lease"
_LEASE_MS = 900

_log = structlog.get_logger(__name__)


class Sweeper:
    """Every worker learns which documents are alive; one of them, by a short lease, compares their versions."""

    def __init__(self, engine: AsyncEngine, redis: Redis, documents: Documents, projector: Projector) -> None:
        self._engine = engine
        self._redis = redis
        self._documents = documents
        self._projector = projector
        self._behind_since: dict[DocumentId, float] = {}

    async def run(self) -> None:
        while True:
            try:
                await self.sweep()
            except RedisError as error:
                metrics.REDIS_FAILURES.labels("sweep").inc()
                _log.warning("sweep failed", reason=type(error).__name__)
            except Exception as error:
                if fault_of(error) is not Fault.UNAVAILABLE:
                    raise
                _log.warning("sweep failed", reason=type(error).__name__)
            await asyncio.sleep(INTERVAL_S + random.uniform(0, JITTER_S))

    async def sweep(self) -> None:
        known = self._projector.alive
        alive = await self._documents.alive()
        self._projector.learn(known, alive)
        if alive and await self._redis.set(_LEASE, "1", nx=True, px=_LEASE_MS):
            await self._compare(sorted(alive, key=str))

    async def _compare(self, alive: list[DocumentId]) -> None:
        versions = await self._documents.versions(alive)
        async with driver_connection(self._engine) as connection:
            sources = await find_sources(connection, [(document.board, document.period) for document in alive])
        behind = set()
        for document, version in zip(alive, versions, strict=True):
            source = sources.get((document.board, document.period))
            if version is None:
                await self._documents.forget(document)  # expired, evicted or lost: the next reader has it built again
            elif source is None or version != (source.version or 0):
                behind.add(document)
        self._measure_lag(behind)
        self._projector.mark(behind)

    def _measure_lag(self, behind: set[DocumentId]) -> None:
        now = time.monotonic()
        self._behind_since = {document: self._behind_since.get(document, now) for document in behind}
        oldest = min(self._behind_since.values(), default=now)
        metrics.DOCUMENT_LAG_SECONDS.set(now - oldest)
