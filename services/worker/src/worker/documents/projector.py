"""Documents that catch up: one operation, the same after a batch, after a crash and from nothing."""

import asyncio
import secrets
import time
from collections.abc import Iterable

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from highscores import tracing
from highscores.documents.checkpoint import START, Checkpoint
from highscores.documents.keys import DocumentKey
from highscores.documents.store import Documents, Position
from highscores.domain.documents import DocumentId
from highscores.ledger.engine import Fault, driver_connection, fault_of
from highscores.redis.connection import RedisError
from worker import metrics
from worker.documents.changes import Changes, Source, changes, find_board_number, find_sources, is_empty
from worker.ledger.bucket_map import BucketMap

PAGE_ROWS = 1_000  # one Redis call each: some milliseconds in which no other reader is served
REST_S = 0.05  # of one document between two times of catching up: under load one time covers several batches
CATCHING_UP_MAX = 2  # documents at a time
BUILDING_MAX = 2  # and these beside them: whoever reads a document waits for nobody else's to be built
ATTEMPTS = 10  # against other workers that bring the same document forward
GENERATION_BYTES = 8
_VERSION_HEX_DIGITS = 16  # of a 64-bit integer

_log = structlog.get_logger(__name__)


class Projector:
    """Keeps the documents that are alive current, each at its own pace. What it misses, the sweep marks again."""

    def __init__(self, engine: AsyncEngine, documents: Documents) -> None:
        self._engine = engine
        self._buckets = BucketMap(engine)
        self._documents = documents
        self._alive: set[DocumentKey] = set()
        self._dirty: set[DocumentKey] = set()
        self._busy: set[DocumentKey] = set()
        self._causes: dict[DocumentKey, tracing.Cause] = {}  # of those among the dirty ones that a trace is told of
        self._wake = asyncio.Event()
        self._catching_up = asyncio.Semaphore(CATCHING_UP_MAX)
        self._building = asyncio.Semaphore(BUILDING_MAX)

    @property
    def alive(self) -> frozenset[DocumentKey]:
        return frozenset(self._alive)

    def learn(self, before: frozenset[DocumentKey], now: set[DocumentKey]) -> None:
        """Take over which documents are alive, as read by somebody who knew `before`.

        What this worker has built or dropped since then it knows better.
        """
        self._alive -= before - now
        self._alive |= now - before
        metrics.DOCUMENTS_ALIVE.set(len(self._alive))

    def touch(self, periods: Iterable[tuple[str, str]]) -> None:
        """Say that rows of these (board, period) pairs have changed."""
        changed = set(periods)
        self._mark_behind([key for key in self._alive if (key.document.board, key.document.period) in changed])

    def touch_board(self, board: str) -> None:
        self._mark_behind([key for key in self._alive if key.document.board == board])

    def _mark_behind(self, documents: Iterable[DocumentKey]) -> None:
        """Mark them as the doing of what is being done now: the first of several that a document is behind with."""
        if (cause := tracing.active().cause()) is not None:
            for document in documents:
                self._causes.setdefault(document, cause)
        self.mark(documents)

    def mark(self, documents: Iterable[DocumentKey]) -> None:
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

    async def _keep_current(self, document: DocumentKey) -> None:
        await self._catch_up_quietly(document)
        await asyncio.sleep(REST_S)
        self._busy.discard(document)
        if document in self._dirty:  # again, meanwhile
            self._wake.set()

    async def _catch_up_quietly(self, document: DocumentKey) -> None:
        try:
            with tracing.active().catching_up(str(document.document), self._causes.pop(document, None)):
                await self.catch_up(document, build_missing=False)
        except RedisError as error:
            metrics.REDIS_FAILURES.labels("document").inc()
            _log.warning("document.not_updated", document=str(document.document), reason=type(error).__name__)
        except Exception as error:
            if fault_of(error) is Fault.UNAVAILABLE:
                _log.warning("document.not_updated", document=str(document.document), reason=type(error).__name__)
            else:
                metrics.DOCUMENTS_DROPPED.inc()
                _log.error("document.dropped", document=str(document.document), reason=type(error).__name__)
                await self._drop_quietly(document)

    async def _drop_quietly(self, document: DocumentKey) -> None:
        """Leave the document to the next reader, who has it built from the ledger: nothing else is worth an end."""
        self._alive.discard(document)
        try:
            await self._documents.drop(document)
        except RedisError as error:
            metrics.REDIS_FAILURES.labels("document").inc()
            _log.warning("document.not_dropped", document=str(document.document), reason=type(error).__name__)

    async def find_key(self, document: DocumentId) -> DocumentKey | None:
        """Return the key of a document of the board that has its name now; None when there is no such board."""
        bucket = await self._buckets.of(document.board)
        async with driver_connection(self._engine) as connection:
            number = await find_board_number(connection, bucket, document.board)
        return None if number is None else DocumentKey(number, document)

    async def catch_up(self, document: DocumentKey, *, build_missing: bool) -> bool:
        """Bring one document up to date; return False, and drop it, if its board is gone.

        One that is not in the cache is built only if `build_missing`: somebody must have asked for it; and only if it
        has a standing. Readers answer for the others from the ledger, lest made-up regions and periods fill the cache.

        Raises RedisError or the driver's error; what was done until then stays, and the next attempt goes on from it.
        """
        for _ in range(ATTEMPTS):
            async with self._catching_up:
                # The position first: then a document that is ahead of its source is so because the source went back
                # (a restore of PostgreSQL), not because others have brought it forward in between.
                position = await self._documents.position(document)
                source = await self._source(document)
                if source is None:
                    self._alive.discard(document)
                    await self._documents.drop(document)
                    return False
                if position is None and (not build_missing or await self._is_empty(document, source)):
                    self._alive.discard(document)
                    return True
                can_advance = _can_advance(position, source)
                is_current = can_advance and position is not None and _is_at(position, source)
                if is_current or (can_advance and await self._advance(document, source, position, new=False)):
                    self._alive.add(document)
                    return True
            if not can_advance:
                async with self._building:
                    if await self._build(document, over=position.generation if position else None):
                        self._alive.add(document)  # from here on it hears of changes; those meanwhile are behind it
        _log.warning("document.left_to_others", document=str(document.document))
        return True

    async def _source(self, document: DocumentKey) -> Source | None:
        bucket = await self._buckets.of(document.document.board)
        async with driver_connection(self._engine) as connection:
            period = (document.board_number, document.document.period)
            return (await find_sources(connection, bucket, [period])).get(period)

    async def _is_empty(self, document: DocumentKey, source: Source) -> bool:
        async with driver_connection(self._engine) as connection:
            return await is_empty(connection, document, source)

    async def _build(self, document: DocumentKey, *, over: str | None) -> bool:
        """Build the document beside the old one, from where another builder stopped, and put it in its place."""
        position = await self._documents.position(document, new=True)
        source = await self._source(document)
        if source is None:
            return False
        if position is not None and not _holds(source, position):
            await self._documents.discard_new(document)
            position = None
        return await self._advance(document, source, position, new=True) and await self._documents.publish(
            document, over=over
        )

    async def _advance(self, document: DocumentKey, source: Source, position: Position | None, *, new: bool) -> bool:
        """Take over all rows behind the position, the next page being read while one is written.

        The document is then at the newest version that there is. Return False if others did it meanwhile, or the rows
        are not those of `source` any more.
        """
        began = time.monotonic()
        generation = position.generation if position else _new_generation(source)
        at = position.checkpoint if position else None
        # No row that was there when the building began has to go from the document, but those that it has taken and
        # that have changed since.
        begun_at = _begun_at(generation, source)
        reading = asyncio.create_task(self._read(document, source, at or START, begun_at))
        try:
            while True:
                page = await reading
                if at is not None and not page.source.holds(at.version, begun_at):
                    return False
                is_last = page.rows < PAGE_ROWS
                to = Checkpoint(page.source.version) if is_last or page.last is None else page.last
                if not is_last:
                    reading = asyncio.create_task(self._read(document, source, to, begun_at))
                version = page.source.version if is_last else None
                if not await self._documents.apply(
                    document, new=new, generation=generation, at=at, to=to, version=version, lines=page.lines
                ):
                    return False
                metrics.DOCUMENT_ROWS.inc(page.rows)
                if is_last:
                    metrics.DOCUMENT_SECONDS.observe(time.monotonic() - began)
                    return True
                at = to
        finally:
            reading.cancel()

    async def _read(self, document: DocumentKey, source: Source, after: Checkpoint, removals_after: int) -> Changes:
        async with driver_connection(self._engine) as connection:
            return await changes(
                connection, document, source, after=after, removals_after=removals_after, limit=PAGE_ROWS
            )


def _can_advance(position: Position | None, source: Source) -> bool:
    """Tell whether the ledger knows the version of the document, and how far it has come on its way to the next.

    It may not, after a restore of PostgreSQL: rows that the backup lacks may then be in the document.
    """
    if position is None or position.version is None:
        return False
    return source.holds(position.version) and _holds(source, position)


def _is_at(position: Position, source: Source) -> bool:
    return position.version == source.version and position.checkpoint == Checkpoint(source.version)


def _holds(source: Source, position: Position) -> bool:
    return source.holds(position.checkpoint.version, _begun_at(position.generation, source))


def _new_generation(source: Source) -> str:
    """Return a name for the building of a document, which tells the source's version at its beginning."""
    return f"{source.version:0{_VERSION_HEX_DIGITS}x}{secrets.token_hex(GENERATION_BYTES)}"


def _begun_at(generation: str, source: Source) -> int:
    """Return the source's version when this building began; 0 when the name does not tell, or tells what cannot be."""
    if len(generation) != _VERSION_HEX_DIGITS + 2 * GENERATION_BYTES:
        return 0
    version = int(generation[:_VERSION_HEX_DIGITS], 16)
    return version if version <= source.version else 0
