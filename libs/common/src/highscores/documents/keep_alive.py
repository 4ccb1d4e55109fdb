"""What is read stays alive: it is on the list of live documents, and its time to live is extended.

Reads themselves write nothing, so that they are answered by a Redis that is full or read-only. What they find is noted
here, and written beside them, all of it together and once a second at most.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection

import structlog
from prometheus_client import Counter

from highscores.documents.keys import DocumentKey
from highscores.documents.live_documents import LiveDocuments
from highscores.redis.connection import RedisError

INTERVAL_S = 1.0
NOTED_MAX = 10_000  # documents between two times; those beyond are noted when they are read next

_failures = Counter("highscores_document_keep_alive_failures", "Failed attempts to keep alive what is read")
_log = structlog.get_logger(__name__)


class KeepAlive:
    """`extend` extends the lives of documents."""

    def __init__(
        self,
        live: LiveDocuments,
        extend: Callable[[Collection[DocumentKey]], Awaitable[None]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._live = live
        self._extend = extend
        self._read: set[DocumentKey] = set()
        self._expiring: set[DocumentKey] = set()
        self._due = float("-inf")
        self._writing: asyncio.Task[None] | None = None

    def note(self, document: DocumentKey, *, expires_soon: bool) -> None:
        """Take note that a document was read."""
        if len(self._read) < NOTED_MAX:
            self._read.add(document)
            if expires_soon:
                self._expiring.add(document)
        now = self._clock()
        if now >= self._due and (self._writing is None or self._writing.done()):
            self._due = now + INTERVAL_S
            self._writing = asyncio.create_task(self._write())

    async def _write(self) -> None:
        read, self._read = self._read, set()
        expiring, self._expiring = self._expiring, set()
        try:
            await self._live.add(read)
            if expiring:
                await self._extend(expiring)
        except RedisError as error:  # who is read again is noted again
            _failures.inc()
            _log.warning("documents.not_kept_alive", documents=len(read), reason=type(error).__name__)

    async def aclose(self) -> None:
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
