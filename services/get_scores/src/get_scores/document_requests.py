"""Documents that are not in the cache: asks the worker for each of them once, and waits a little for it."""

import asyncio
import random
import time

from highscores.documents.keys import DocumentKey
from highscores.documents.store import Documents
from highscores.domain.commands import BuildDocument
from highscores.domain.jobs import JobIds
from highscores.domain.periods import MICROSECONDS
from highscores.jobs.states import JobStates
from highscores.queue import topology
from highscores.queue.publisher import Broker, UnconfirmedError
from highscores.redis.connection import RedisError

WAITING_MAX = 512  # requests at once; further ones get their 202 without a wait
BUILDS_MAX = 1024  # documents at once
ASKED_ANEW_AFTER_S = 15.0
ENDS_AFTER_S = 0.1  # no job is looked for before it can have ended
POLL_FIRST_S, POLL_GROWTH, POLL_LAST_S = 0.02, 1.4, 0.1


class _Build:
    """One document that the worker was asked for. `watched_until` is when the last of those who wait gives up."""

    def __init__(self, job: str, published: "asyncio.Task[None]") -> None:
        self.job = job
        self.published = published
        self.asked_at = time.monotonic()
        self.watched_until = 0.0
        self.watch: asyncio.Task[bool] | None = None


class DocumentRequests:
    """However many readers miss a document, this process asks for it once and looks for it once at a time."""

    def __init__(self, documents: Documents, broker: Broker, job_ids: JobIds, job_states: JobStates) -> None:
        self._documents = documents
        self._job_states = job_states
        self._broker = broker
        self._job_ids = job_ids
        self._builds: dict[DocumentKey, _Build] = {}  # longest asked for first
        self._waiting = 0

    async def obtain(self, document: DocumentKey, wait_s: float) -> str | None:
        """Return None as soon as the document is in the cache; after `wait_s`, the job that builds it.

        Raise UnconfirmedError when it could not be asked for.
        """
        until = time.monotonic() + wait_s
        build = self._build_of(document)
        await asyncio.shield(build.published)
        if await self._has_ended(build):
            self._forget(document, build)
            build = self._build_of(document)
            await asyncio.shield(build.published)
        if self._waiting >= WAITING_MAX:
            return build.job
        self._waiting += 1
        try:
            return None if await self._is_built(document, build, until) else build.job
        finally:
            self._waiting -= 1

    async def _has_ended(self, build: _Build) -> bool:
        """Tell whether the job of a document that is not in the cache has ended: it was built, and is gone again."""
        if time.monotonic() - build.asked_at < ENDS_AFTER_S:
            return False
        try:
            found = (await self._job_states.find([build.job])).get(build.job)
        except RedisError:
            return False  # it is asked for again when it is old
        return found is not None and found.state.status != "queued"

    def _forget(self, document: DocumentKey, build: _Build) -> None:
        if self._builds.get(document) is build:
            del self._builds[document]

    def _build_of(self, document: DocumentKey) -> _Build:
        self._forget_old()
        build = self._builds.get(document)
        if build is None:
            if len(self._builds) >= BUILDS_MAX:
                raise UnconfirmedError("too many documents are asked for")
            job = self._job_ids.new("build-document")
            _, wanted = document
            command = BuildDocument(job, int(time.time() * MICROSECONDS), wanted.board, wanted.period, wanted.region)
            published = asyncio.create_task(self._broker.publish(topology.CONTROL, [command]))
            build = self._builds[document] = _Build(str(job), published)
            published.add_done_callback(lambda task: self._published(document, task))
        return build

    def _published(self, document: DocumentKey, task: "asyncio.Task[None]") -> None:
        if task.cancelled() or task.exception():
            self._builds.pop(document, None)

    def _forget_old(self) -> None:
        """A document that does not come is asked for again, by the next who wants it."""
        oldest = time.monotonic() - ASKED_ANEW_AFTER_S
        while self._builds:
            document, build = next(iter(self._builds.items()))
            if build.asked_at > oldest:
                return
            del self._builds[document]

    async def _is_built(self, document: DocumentKey, build: _Build, until: float) -> bool:
        wait_s = until - time.monotonic()
        if wait_s <= 0:
            return False
        build.watched_until = max(build.watched_until, until)
        if build.watch is None or build.watch.done():
            build.watch = asyncio.create_task(self._watch(document, build))
        try:
            return await asyncio.wait_for(asyncio.shield(build.watch), wait_s)
        except TimeoutError:
            return False

    async def _watch(self, document: DocumentKey, build: _Build) -> bool:
        pause_s = POLL_FIRST_S
        while time.monotonic() < build.watched_until:
            await asyncio.sleep(pause_s * random.uniform(0.8, 1.2))
            pause_s = min(pause_s * POLL_GROWTH, POLL_LAST_S)
            if await self._is_cached(document):
                self._forget(document, build)
                return True
        return False

    async def _is_cached(self, document: DocumentKey) -> bool:
        try:
            return await self._documents.page(document, 0) is not None
        except RedisError:
            return False  # it may be back before the wait is over
