"""Documents that catch up: one operation, the same after a batch, after a crash and from nothing."""

import asyncio
import time
from collections.abc import Iterable

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from highscores import tracing
from highscores.documents.store import Documents
from highscores.domain.documents import DocumentId
from highscores.ledger.engine import Fault, driver_connection, fault_of
from highscores.redis.connection import RedisError
from worker import metrics
from worker.bucket_map import BucketMap
from worker.changes import START, Changes, Place, Source, changes, find_sources

PAGE_ROWS = 1_000  # one Redis call each: some milliseconds in which no other reader is served
REST_S = 0.05  # of one document between two times of catching up: under load one time covers several batches
CATCHING_UP_MAX = 2  # documents at a time
BUILDING_MAX = 2  # and these beside them: whoever reads a document waits for nobody else's to be built
ATTEMPTS = 10  # against other workers that bring the same document forward

_log = structlog.get_logger(__name__)


class Projector:
    """Keeps the documents that are alive current, each at its own pace. What it misses, the sweep marks again."""

    def __init__(self, engine: AsyncEngine, documents: Documents) -> None:
        self._engine = engine
        self._buckets = BucketMap(engine)
        self._documents = documents
        self._alive: set[DocumentId] = set()
        self._dirty: set[DocumentId] = set()
        self._busy: set[DocumentId] = set()
        self._causes: dict[DocumentId, tracing.Cause] = {}  # of those among the dirty ones that a trace is told of
        self._wake = asyncio.Event()
        self._catching_up = asyncio.Semaphore(CATCHING_UP_MAX)
        self._building = asyncio.Semaphore(BUILDING_MAX)

    @property
    def alive(self) -> frozenset[DocumentId]:
        return frozenset(self._alive)

    def learn(self, before: frozenset[DocumentId], now: set[DocumentId]) -> None:
        """Take over which documents are alive, as read by somebody who knew `before`.

        What this worker has built or dropped since then it knows better.
        """
        self._alive -= before - now
        self._alive |= now - before
        metrics.DOCUMENTS_ALIVE.set(len(self._alive))

    def touch(self, places: Iterable[tuple[str, str]]) -> None:
        """Say that rows of these (board, period) places have changed."""
        changed = set(places)
        self._mark_behind([document for document in self._alive if (document.board, document.period) in changed])

    def touch_board(self, board: str) -> None:
        self._mark_behind([document for document in self._alive if document.board == board])

    def _mark_behind(self, documents: Iterable[DocumentId]) -> None:
        """Mark them as the doing of what is being done now: the first of several that a document is behind with."""
        if (cause := tracing.active().cause()) is not None:
            for document in documents:
                self._causes.setdefault(document, cause)
        self.mark(documents)

    def mark(self, documents: Iterable[DocumentId]) -> None:
        self._dirty.update(documents)
        if self._dirty:
            self._wake.set()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            while True:
                await self._wake.wait()
                self._wake.clear()
                due, self._dirty = self._dirty - self._busy, self._dirty & self._busy
                self._busy |= due
                for document in due:
                    tasks.create_task(self._keep_current(document))

    async def _keep_current(self, document: DocumentId) -> None:
        await self._catch_up_quietly(document)
        await asyncio.sleep(REST_S)
        self._busy.discard(document)
        if document in self._dirty:  # again, meanwhile
            self._wake.set()

    async def _catch_up_quietly(self, document: DocumentId) -> None:
        try:
            with tracing.active().catching_up(str(document), self._causes.pop(document, None)):
                await self.catch_up(document, build_missing=False)
        except RedisError as error:
            metrics.REDIS_FAILURES.labels("document").inc()
            _log.warning("document not updated", document=str(document), reason=type(error).__name__)
        except Exception as error:
            if fault_of(error) is not Fault.UNAVAILABLE:
                raise
            _log.warning("document not updated", document=str(document), reason=type(error).__name__)

    async def catch_up(self, document: DocumentId, *, build_missing: bool) -> bool:
        """Bring one document up to date; return False, and drop it, if its board is gone.

        One that is not in the cache is built only if `build_missing`: somebody must have asked for it.

        Raises RedisError or the driver's error; what was done until then stays, and the next attempt goes on from it.
        """
        for _ in range(ATTEMPTS):
            async with self._catching_up:
                source = await self._source(document)
                if source is None:
                    self._alive.discard(document)
                    await self._documents.drop(document)
                    return False
                position = await self._documents.position(document)
                if position.version is None and not build_missing:
                    self._alive.discard(document)
                    return True
                is_current = position.version == (source.version or 0)
                can_advance = position.version is not None and source.holds(position.version)
                if is_current or (can_advance and await self._advance(document, source, position.place, new=False)):
                    self._alive.add(document)
                    return True
            if not can_advance:
                async with self._building:
                    if await self._build(document, source, over=position.version):
                        self._alive.add(document)  # from here on it hears of changes; those meanwhile are behind it
        _log.warning("document left to others", document=str(document))
        return True

    async def _source(self, document: DocumentId) -> Source | None:
        bucket = await self._buckets.of(document.board)
        async with driver_connection(self._engine) as connection:
            place = (document.board, document.period)
            return (await find_sources(connection, bucket, [place])).get(place)

    async def _build(self, document: DocumentId, source: Source, *, over: int | None) -> bool:
        """Build the document beside the old one, from where another builder stopped, and put it in its place."""
        at = (await self._documents.position(document, new=True)).place
        if at and not source.holds(Place.parse(at).version):
            await self._documents.discard_new(document)
            at = ""
        return await self._advance(document, source, at, new=True) and await self._documents.publish(
            document, over=over
        )

    async def _advance(self, document: DocumentId, source: Source, at: str, *, new: bool) -> bool:
        """Take over all rows behind the place `at`, the next page being read while one is written.

        Return False if others did it meanwhile.
        """
        began = time.monotonic()
        target = source.version or 0
        place = Place.parse(at) if at else START
        # A document that starts from nothing holds no row of another region that would have to go.
        with_removals = at != ""
        reading = asyncio.create_task(self._read(document, source, place, target, with_removals))
        try:
            while True:
                page = await reading
                complete = page is None or page.rows < PAGE_ROWS
                last = page.last if page else place
                if not complete:
                    reading = asyncio.create_task(self._read(document, source, last, target, with_removals))
                lines = page.lines if page else ""
                to, version = str(last), target if complete else None
                if await self._documents.apply(document, new=new, at=at, to=to, version=version, lines=lines) != to:
                    return False
                metrics.DOCUMENT_ROWS.inc(page.rows if page else 0)
                if complete:
                    metrics.DOCUMENT_SECONDS.observe(time.monotonic() - began)
                    return True
                at, place = to, last
        finally:
            reading.cancel()

    async def _read(
        self, document: DocumentId, source: Source, after: Place, until: int, with_removals: bool
    ) -> Changes | None:
        async with driver_connection(self._engine) as connection:
            return await changes(
                connection,
                document,
                source,
                after=after,
                until=until,
                with_removals=with_removals,
                limit=PAGE_ROWS,
            )
