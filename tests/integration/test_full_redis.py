"""The jobs' Redis at its limit of memory: limits hold, known keys are known, the rest is left out and counted."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY
from redis.asyncio import Redis
from tests.integration.full_redis import private_jobs_redis

from highscores.domain.jobs import JobState
from highscores.jobs.states import JobStates, RememberedJob
from post_score.admission import Admission, Ask, Limit, digest

pytestmark = pytest.mark.integration

ROOM_BYTES = 100_000_000
SLOW, PLENTY = Limit(0.01, 3), Limit(1_000, 1_000)


@pytest.fixture
async def redis() -> AsyncIterator[Redis]:
    async with private_jobs_redis(ROOM_BYTES) as redis:
        yield redis


async def fill(redis: Redis) -> None:
    """Well over the limit, since buffers of connections come and go. Less than what an empty Redis uses is full."""
    await redis.config_set("maxmemory", "100kb")


def left_out(what: str) -> float:
    return REGISTRY.get_sample_value("highscores_jobs_redis_full_total", {"what": what}) or 0.0


def unasked() -> float:
    return REGISTRY.get_sample_value("highscores_admission_unasked_total") or 0.0


def keyed(key: bytes, content: bytes) -> Ask:
    return Ask("key-known", PLENTY, 1, digest(key), digest(content))


async def test_limits_hold_and_known_keys_are_known(redis: Redis) -> None:
    admission = Admission(redis, 3_600)
    assert await admission.admit([keyed(b"k", b"1"), Ask("key-a", SLOW)]) == [None, None]
    await fill(redis)
    before, unasked_before = left_out("idempotency-keys"), unasked()
    used = (await redis.info("memory"))["used_memory"]
    [reused, repeated, new, *others] = await admission.admit(
        [keyed(b"k", b"2"), keyed(b"k", b"1"), keyed(b"new", b"1"), *[Ask("key-a", SLOW)] * 3, Ask("ip-new", SLOW, 3)]
    )
    assert reused is not None
    assert reused.problem.status == 422
    assert repeated is None
    assert new is None
    assert [outcome.problem.status if outcome else 0 for outcome in others] == [0, 0, 429, 0]
    limited = await admission.admit([Ask("ip-new", SLOW)])
    assert limited[0] is not None
    for number in range(2_000):
        await admission.admit([keyed(b"%d" % number, b"1")])
    assert (await redis.info("memory"))["used_memory"] < used + 300_000  # no keys: only buckets, which are small
    assert left_out("idempotency-keys") - before == 2_008
    assert unasked() == unasked_before


async def test_it_remembers_again_once_there_is_room(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("post_score.admission.FULL_FOR_S", 0.0)
    admission = Admission(redis, 3_600)
    await admission.admit([keyed(b"first", b"1")])
    await fill(redis)
    assert await admission.admit([keyed(b"k", b"1")]) == [None]
    assert await admission.admit([keyed(b"k", b"2")]) == [None]  # the job id makes it one command all the same
    await redis.config_set("maxmemory", ROOM_BYTES)
    assert await admission.admit([keyed(b"k", b"1")]) == [None]
    assert await admission.admit([keyed(b"k", b"2")]) != [None]


async def test_states_are_left_out_and_counted(redis: Redis) -> None:
    states = JobStates(redis)
    kept = JobState(job=str(uuid4()), command="submit-score", status="done")
    await states.record([kept])
    await fill(redis)
    before = left_out("job-states")
    dropped = [JobState(job=str(uuid4()), command="submit-score", status="done") for _ in range(5)]
    await states.record(dropped)
    assert left_out("job-states") == before + 5
    assert await states.find([kept.job, dropped[0].job]) == {kept.job: RememberedJob(kept, None)}
