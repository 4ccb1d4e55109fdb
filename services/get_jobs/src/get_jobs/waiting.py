"""Waiting for jobs to end: one poller asks for all who wait, so that a thousand waiting cost little more than one."""

import asyncio
import heapq
import random
from typing import NamedTuple

from prometheus_client import Gauge

from get_jobs.lookup import JobLookup
from highscores.domain.unavailable import UnavailableError
from highscores.jobs.states import RememberedJob

MAX_WAITING = 2_000
FIRST_INTERVAL_S = 0.02
LAST_INTERVAL_S = 0.2
GROWTH = 1.5
JITTER = 0.2
POSTGRES_INTERVAL_S = 1.0  # what Redis was not told of, it learns from there
MAX_ASKED_AT_ONCE = 500

_waiting = Gauge("highscores_jobs_waiting", "Requests that wait for a job to end")


class _Turn(NamedTuple):
    """When to ask for a job next, and how long after the time before."""

    at: float
    interval_s: float
    job: str


class JobWaiting:
    """`run` must run beside it."""

    def __init__(self, lookup: JobLookup) -> None:
        self._lookup = lookup
        self._futures: dict[str, set[asyncio.Future[RememberedJob | None]]] = {}
        self._turns: list[_Turn] = []
        self._somebody = asyncio.Event()
        self._is_closed = False
        self._count = 0
        _waiting.set_function(lambda: self._count)

    async def wait_for(self, job: str, seconds: float) -> RememberedJob | None:
        """Return how the job ended, as soon as it has; None when the time is over, or when too many wait already."""
        if self._count >= MAX_WAITING or self._is_closed:
            return None
        loop = asyncio.get_running_loop()
        future: asyncio.Future[RememberedJob | None] = loop.create_future()
        waiting = self._futures.setdefault(job, set())
        waiting.add(future)
        heapq.heappush(self._turns, _Turn(loop.time() + FIRST_INTERVAL_S, FIRST_INTERVAL_S, job))
        self._count += 1
        self._somebody.set()
        try:
            async with asyncio.timeout(seconds):
                return await future
        except TimeoutError:
            return None
        finally:
            self._count -= 1
            waiting.discard(future)
            if not waiting and self._futures.get(job) is waiting:
                del self._futures[job]

    def close(self) -> None:
        """Let everybody go who waits, and nobody wait any more."""
        self._is_closed = True
        for job in list(self._futures):
            self._settle(job, None)

    async def run(self) -> None:
        """Ask for those who wait, until cancelled."""
        loop = asyncio.get_running_loop()
        postgres_at = loop.time()
        while True:
            await self._somebody.wait()
            jobs = self._due(loop.time())
            if jobs:
                await self._ask(jobs)
            if self._futures and loop.time() >= postgres_at:
                await self._ask_postgres()
                postgres_at = loop.time() + POSTGRES_INTERVAL_S
            if self._turns:
                await asyncio.sleep(max(self._turns[0].at - loop.time(), FIRST_INTERVAL_S / 4))
            else:
                self._somebody.clear()

    def _due(self, now: float) -> list[str]:
        """Return whose turn it is, and give each a next turn."""
        jobs: dict[str, None] = {}
        while self._turns and self._turns[0].at <= now and len(jobs) < MAX_ASKED_AT_ONCE:
            turn = heapq.heappop(self._turns)
            if turn.job in jobs or turn.job not in self._futures:
                continue  # asked for already, or nobody waits any more
            jobs[turn.job] = None
            interval = min(turn.interval_s * GROWTH, LAST_INTERVAL_S)
            at = now + interval * random.uniform(1 - JITTER, 1 + JITTER)
            heapq.heappush(self._turns, _Turn(at, interval, turn.job))
        return list(jobs)

    async def _ask(self, jobs: list[str]) -> None:
        try:
            found = await self._lookup.ended_lately(jobs)
        except UnavailableError:
            return
        for job, ended in found.items():
            self._settle(job, ended)

    async def _ask_postgres(self) -> None:
        jobs = random.sample(list(self._futures), min(len(self._futures), MAX_ASKED_AT_ONCE))
        try:
            found = await self._lookup.ended_ever(jobs)
        except UnavailableError:
            return
        for job, ended in found.items():
            self._settle(job, ended)

    def _settle(self, job: str, ended: RememberedJob | None) -> None:
        for future in self._futures.pop(job, ()):
            if not future.done():
                future.set_result(ended)
