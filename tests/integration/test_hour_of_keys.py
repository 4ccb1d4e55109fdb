"""A thousand keyed scores a second, for ever: an hour of keys and five minutes of states fit into the jobs' Redis."""

import asyncio
import time
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY
from redis.asyncio import Redis
from tests.integration.full_redis import private_jobs_redis

from highscores.domain.jobs import JobState
from highscores.jobs.states import TTL_S, JobStates
from post_score.admission import Admission, Ask, Limit, digest

pytestmark = [pytest.mark.integration, pytest.mark.long]

RATE_PER_S = 1_000
REMEMBER_S = 3_600
GROUP = 20
LARGE_GROUP = 250
CALLERS = 100
LOAD_FOR_S = 20
MEMORY_BYTES = 512 * 2**20 * 60 // 100  # maxmemory of the chart with its 512Mi
PATIENCE_S = 10.0
PLENTY = Limit(1e9, 10**9)


def keyed(number: int, content: bytes = b"1") -> Ask:
    """Of a hundred callers in turn, as studios have them: what they remember shares the same hashes."""
    return Ask(f"key-{number // LARGE_GROUP % CALLERS}", PLENTY, 1, digest(b"%d" % number), digest(content))


def state() -> JobState:
    result = {"document": "tetris:all", "versions": {"all": 1795604001321267}, "improved": True, "score": 123_456}
    at = "2026-11-25T10:00:00.123456Z"
    return JobState(
        job=str(uuid4()), command="submit-score", status="done", accepted_at=at, finished_at=at, result=result
    )


async def test_an_hour_of_keys_fits_and_the_load_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    # A busy machine lets in nobody unasked: what times out is asked again.
    monkeypatch.setattr("post_score.admission.TIMEOUT_S", PATIENCE_S)
    monkeypatch.setattr("post_score.admission.SKIP_AFTER_FAILURE_S", 0.0)
    async with private_jobs_redis(MEMORY_BYTES) as redis:
        admission, states = Admission(redis, REMEMBER_S), JobStates(redis)
        hour = RATE_PER_S * REMEMBER_S
        empty = await used_memory(redis)
        for first in range(0, hour, LARGE_GROUP):
            await remember(admission, [keyed(number) for number in range(first, first + LARGE_GROUP)])
        keys = await used_memory(redis)
        for _ in range(RATE_PER_S * TTL_S // LARGE_GROUP):
            await states.record([state() for _ in range(LARGE_GROUP)])
        both = await used_memory(redis)
        print(f"{(keys - empty) / hour:.1f} bytes a key, {(both - keys) / (RATE_PER_S * TTL_S):.0f} bytes a state")
        print(f"{both / 2**20:.0f} MiB of {MEMORY_BYTES / 2**20:.0f}")
        waited = await go_on(admission, states, hour)
        print(f"admission of {GROUP}: median {waited[len(waited) // 2] * 1e6:.0f} us at {RATE_PER_S}/s")
        assert await used_memory(redis) < MEMORY_BYTES
        for first in range(0, hour, hour // 100):
            reused = await admission.admit([keyed(number, b"2") for number in range(first, first + 100)])
            assert None not in reused


async def remember(admission: Admission, asks: list[Ask]) -> None:
    unasked = REGISTRY.get_sample_value("highscores_admission_unasked_total")
    assert set(await admission.admit(asks)) == {None}
    if REGISTRY.get_sample_value("highscores_admission_unasked_total") != unasked:
        await remember(admission, asks)


async def go_on(admission: Admission, states: JobStates, number: int) -> list[float]:
    """The load, as groups of some scores; return how long each waited for admission, sorted."""
    waited = []
    started = time.perf_counter()
    for group in range(LOAD_FOR_S * RATE_PER_S // GROUP):
        await asyncio.sleep(max(0.0, started + group * GROUP / RATE_PER_S - time.perf_counter()))
        asked = time.perf_counter()
        await remember(admission, [keyed(number + group * GROUP + index) for index in range(GROUP)])
        waited.append(time.perf_counter() - asked)
        await states.record([state() for _ in range(GROUP)])
    return sorted(waited)


async def used_memory(redis: Redis) -> int:
    return int((await redis.info("memory"))["used_memory"])
