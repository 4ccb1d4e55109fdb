"""The clockwork: more than once a second, find the documents that have fallen behind, whatever the reason."""

import asyncio
import random
import secrets
from collections import defaultdict

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from highscores.documents.keys import SWEEP_LEASE, DocumentKey
from highscores.documents.store import Documents
from highscores.ledger.engine import Fault, driver_connection, fault_of
from highscores.redis.connection import DocumentsRedis, RedisError, is_wrong_type
from worker import metrics
from worker.documents.changes import Source, find_sources
from worker.documents.lag import Lag, Versions
from worker.documents.projector import Projector
from worker.ledger.bucket_map import BucketMap

INTERVAL_S = 0.7
JITTER_S = 0.05
_LEASE_MS = 1_200  # its holder renews it in time; another sweep takes over within 2 s of its end
_WITHOUT_END = -1  # Redis' word for the time to live of such a key

_log = structlog.get_logger(__name__)


class Sweeper:
    """Every worker learns which documents are alive; one of them, by a short lease, compares their versions."""

    def __init__(self, engine: AsyncEngine, redis: DocumentsRedis, documents: Documents, projector: Projector) -> None:
        self._engine = engine
        self._buckets = BucketMap(engine)
        self._redis = redis
        self._documents = documents
        self._projector = projector
        self._lease = secrets.token_bytes(8)
        self._lag = Lag()

    async def run(self) -> None:
        while True:
            try:
                await self.sweep()
            except RedisError as error:
                metrics.REDIS_FAILURES.labels("sweep").inc()
                _log.warning("sweep.failed", reason=type(error).__name__)
            except Exception as error:
                if fault_of(error) is not Fault.UNAVAILABLE:
                    raise
                _log.warning("sweep.failed", reason=type(error).__name__)
            await asyncio.sleep(INTERVAL_S + random.uniform(0, JITTER_S))

    async def sweep(self) -> None:
        known = self._projector.alive
        alive = await self._documents.alive()
        if unlisted := known - alive:  # dropped by another worker; or Redis has lost the list
            alive |= await self._documents.relist(unlisted)
        self._projector.learn(known, alive)
        if alive and await self._holds_lease():
            await self._compare(sorted(alive, key=str))
        else:
            # For whoever compares to tell. What this one has seen lacking stays noted, in case it compares again.
            metrics.DOCUMENT_LAG_SECONDS.set(0)

    async def _holds_lease(self) -> bool:
        """Whoever holds the lease goes on holding it: only so can one tell for how long a document has been behind."""
        try:
            holder = await self._redis.set(SWEEP_LEASE, self._lease, nx=True, get=True, px=_LEASE_MS)
            if holder is None:
                return True
            if holder == self._lease:
                return bool(await self._redis.pexpire(SWEEP_LEASE, _LEASE_MS))
            if await self._redis.pttl(SWEEP_LEASE) != _WITHOUT_END:
                return False
        except RedisError as error:
            if not is_wrong_type(error):
                raise
        await self._redis.unlink(SWEEP_LEASE)  # no sweep has left it like that, and it would stay for ever
        return False

    async def _compare(self, alive: list[DocumentKey]) -> None:
        known = await self._documents.known_progress(alive)
        sources = await self._sources(alive)
        behind: dict[DocumentKey, Versions] = {}
        for document, progress in known.items():
            source = sources.get((document.board_number, document.document.period))
            if progress is None:
                await self._documents.forget(document)  # expired, evicted or lost: the next reader has it built again
            elif source is None or progress.version != source.version or progress.is_between:
                behind[document] = Versions(progress.version, source.version if source else 0)
        metrics.DOCUMENT_LAG_SECONDS.set(self._lag.observe(behind))
        self._projector.mark(behind)

    async def _sources(self, alive: list[DocumentKey]) -> dict[tuple[int, str], Source]:
        wanted: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
        for document in alive:
            bucket = await self._buckets.of(document.document.board)
            wanted[bucket].append((document.board_number, document.document.period))
        found: dict[tuple[int, str], Source] = {}
        async with driver_connection(self._engine) as connection:
            for bucket, periods in wanted.items():
                found |= await find_sources(connection, bucket, periods)
        return found
