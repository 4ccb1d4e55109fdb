"""Waiting for jobs."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import cast

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from get_jobs import waiting
from get_jobs.lookup import JobLookup
from get_jobs.waiting import JobWaiting
from highscores.domain.jobs import JobIds, JobState
from highscores.domain.unavailable import UnavailableError
from highscores.jobs.states import JobStates, RememberedJob


class Stores(JobLookup):
    """Both stores, as the test fills them."""

    def __init__(self) -> None:
        super().__init__(JobIds("s" * 32), cast(JobStates, None), cast(AsyncEngine, None))
        self.redis: dict[str, RememberedJob] = {}
        self.postgres: dict[str, RememberedJob] = {}
        self.asked: list[list[str]] = []
        self.is_redis_down = False

    async def ended_lately(self, jobs: Sequence[str]) -> dict[str, RememberedJob]:
        self.asked.append(list(jobs))
        if self.is_redis_down:
            raise UnavailableError
        return {job: self.redis[job] for job in jobs if job in self.redis}

    async def ended_ever(self, jobs: Sequence[str]) -> dict[str, RememberedJob]:
        return {job: self.postgres[job] for job in jobs if job in self.postgres}


def done(job: str) -> RememberedJob:
    return RememberedJob(JobState(job=job, command="submit-score", status="done"), None)


@pytest.fixture
def stores() -> Stores:
    return Stores()


@pytest.fixture
async def under_test(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[JobWaiting]:
    monkeypatch.setattr(waiting, "POSTGRES_INTERVAL_S", 0.1)
    under_test = JobWaiting(stores)
    running = asyncio.create_task(under_test.run())
    yield under_test
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_the_answer_comes_as_the_job_ends(stores: Stores, under_test: JobWaiting) -> None:
    asking = [asyncio.create_task(under_test.wait_for("a", 5)) for _ in range(3)]
    await asyncio.sleep(0.05)
    assert not any(task.done() for task in asking)
    stores.redis["a"] = done("a")
    async with asyncio.timeout(1):
        assert await asyncio.gather(*asking) == [done("a")] * 3


async def test_the_wait_ends_with_its_time(under_test: JobWaiting) -> None:
    assert await under_test.wait_for("a", 0.05) is None


async def test_all_who_wait_are_asked_for_together(stores: Stores, under_test: JobWaiting) -> None:
    jobs = {str(job) for job in range(100)}
    await asyncio.gather(*(under_test.wait_for(job, 0.1) for job in jobs))
    assert {job for question in stores.asked for job in question} == jobs
    assert len(stores.asked) < 20  # no more than the poller has turns in that time; alone, each would ask thrice


async def test_what_redis_was_not_told_is_learnt_from_postgresql(stores: Stores, under_test: JobWaiting) -> None:
    stores.is_redis_down = True
    stores.postgres["a"] = done("a")
    assert await under_test.wait_for("a", 2) == done("a")


async def test_too_many_do_not_wait(under_test: JobWaiting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "MAX_WAITING", 1)
    first = asyncio.create_task(under_test.wait_for("a", 0.2))
    await asyncio.sleep(0)
    async with asyncio.timeout(0.1):
        assert await under_test.wait_for("b", 5) is None
    assert await first is None


async def test_nobody_waits_for_a_service_that_ends(under_test: JobWaiting) -> None:
    asking = asyncio.create_task(under_test.wait_for("a", 5))
    await asyncio.sleep(0.01)
    under_test.close()
    async with asyncio.timeout(0.5):
        assert await asking is None
        assert await under_test.wait_for("b", 5) is None


async def test_it_keeps_nothing_of_those_who_have_gone(stores: Stores, under_test: JobWaiting) -> None:
    await asyncio.gather(*(under_test.wait_for(str(job), 0.03) for job in range(10)))
    await asyncio.sleep(0.3)
    stores.asked.clear()
    await asyncio.sleep(0.3)
    assert not stores.asked
