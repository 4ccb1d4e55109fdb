"""What became of jobs: Redis remembers the recent ones, PostgreSQL knows them all, and nobody knows of a queued one."""

import asyncio
from collections.abc import Iterable, Sequence
from uuid import UUID

import structlog
from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncEngine

from highscores.domain import problems
from highscores.domain.jobs import HORIZON_S, JobIds, JobState, UnknownKindError
from highscores.domain.problems import ProblemError
from highscores.domain.unavailable import UnavailableError
from highscores.jobs.states import JobStates, RememberedJob
from highscores.ledger import reads
from highscores.ledger.query_deadline import ask
from highscores.redis.connection import RedisError

REDIS_TIMEOUT_S = 0.4
MAX_NAMED_CHARACTERS = 64

_swallowed = Counter("highscores_jobs_lookup_failures", "Look-ups that went on without this store", ["store"])
for store in ("redis", "postgresql"):
    _swallowed.labels(store)  # there from the start: a series that appears with its first event shows no rise

_log = structlog.get_logger(__name__)


class JobLookup:
    def __init__(self, ids: JobIds, states: JobStates, engine: AsyncEngine) -> None:
        self._ids = ids
        self._states = states
        self._engine = engine

    def queued(self, job: str) -> RememberedJob:
        """Return the state of a job that nobody has written down; raise the 404 problem when the id is not ours, and
        UnavailableError when only a newer version knows its kind."""
        try:
            command = self._ids.command_of(job)
        except UnknownKindError as error:
            raise UnavailableError from error
        if command is None:
            raise ProblemError(problems.unknown_job(f"{job[:MAX_NAMED_CHARACTERS]} is not the id of a job."))
        return RememberedJob(JobState(job=job, command=command), None)

    async def known(self, jobs: Sequence[str]) -> dict[str, RememberedJob]:
        """Return those of the jobs that have ended or that long work is being done for, by id.

        Raise UnavailableError when that cannot be told of all of them: a job that has ended must never look
        queued again. Raise the 404 problem when one of the others is older than the horizon by its own time.
        """
        try:
            found = await self.ended_lately(jobs)
        except UnavailableError:
            found = {}
        missing = [job for job in jobs if job not in found]
        if missing:
            found |= await self._ask_postgres(missing)
            self._refuse_forgotten(job for job in missing if job not in found)
        return found

    def _refuse_forgotten(self, unknown: Iterable[str]) -> None:
        for job in unknown:
            age_s = self._ids.age_s(job)
            if age_s is not None and age_s > HORIZON_S:
                raise ProblemError(problems.unknown_job(f"{job} is too old: what became of it is no longer known."))

    async def ended_lately(self, jobs: Sequence[str]) -> dict[str, RememberedJob]:
        """Ask Redis alone; raise UnavailableError."""
        try:
            async with asyncio.timeout(REDIS_TIMEOUT_S):
                return await self._states.find(jobs)
        except (RedisError, OSError, TimeoutError) as error:
            raise _unavailable("redis", error) from error

    async def ended_ever(self, jobs: Sequence[str]) -> dict[str, RememberedJob]:
        """Ask PostgreSQL alone; raise UnavailableError."""
        found = await self._ask_postgres(jobs)
        return {job: each for job, each in found.items() if each.state.status != "queued"}

    async def _ask_postgres(self, jobs: Sequence[str]) -> dict[str, RememberedJob]:
        try:
            found = await ask(reads.find_jobs(self._engine, [UUID(job) for job in jobs]))
        except UnavailableError as error:
            raise _unavailable("postgresql", error.__cause__ or error) from error
        return {job: RememberedJob(state, None) for job, state in found.items()}


def _unavailable(store: str, error: BaseException) -> UnavailableError:
    _swallowed.labels(store).inc()
    _log.warning("job_lookup.failed", store=store, reason=type(error).__name__)
    return UnavailableError(store)
