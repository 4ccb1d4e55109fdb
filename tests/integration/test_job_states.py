"""How jobs ended, in a real Redis: small, short-lived, and whatever stands there is no fault of a reader."""

from uuid import uuid4

import pytest
from prometheus_client import REGISTRY
from redis.asyncio import Redis

from highscores.domain.jobs import JobState, StandingReference
from highscores.domain.problems import invalid_field
from highscores.jobs.states import TTL_S, JobStates, RememberedJob

pytestmark = pytest.mark.integration

STATE_MAX_BYTES = 450


def state_of(job: str) -> JobState:
    return JobState(
        job=job,
        command="submit-score",
        status="done",
        accepted_at="2026-11-25T10:00:00.123456Z",
        finished_at="2026-11-25T10:00:00.223456Z",
        result={"document": "tetris:all", "versions": {"all": 1795604001321267}, "improved": True, "score": 123_456},
    )


def key_of(job: str) -> str:
    return f"{{job-{job[-1]}}}:1:{job}"


async def test_a_state_comes_back_as_it_was(jobs_redis: Redis) -> None:
    states = JobStates(jobs_redis)
    done = state_of(str(uuid4()))
    rejected = JobState(job=str(uuid4()), command="define-board", status="rejected", error=invalid_field("x", "wrong"))
    under_way = JobState(job=str(uuid4()), command="define-board", progress=0.5)
    recorded = {state.job: state for state in (done, rejected, under_way)}
    untold = [name for name in JobState.__struct_fields__ if not any(getattr(s, name) for s in recorded.values())]
    assert not untold, "a field that no state here has might be forgotten"
    standings = {done.job: StandingReference(7, "auth0|ada", 14)}

    await states.record(list(recorded.values()), standings)

    expected = {job: RememberedJob(state, standings.get(job)) for job, state in recorded.items()}
    assert await states.find([*recorded, str(uuid4())]) == expected


async def test_a_state_is_small_and_short_lived(jobs_redis: Redis) -> None:
    done = state_of(str(uuid4()))
    await JobStates(jobs_redis).record([done], {done.job: StandingReference(123_456, "p" * 36, None)})
    assert 0 < await jobs_redis.ttl(key_of(done.job)) <= TTL_S <= 600
    assert (await jobs_redis.memory_usage(key_of(done.job)) or 0) <= STATE_MAX_BYTES


@pytest.mark.parametrize("stored", ["{", "null", "[]", '{"c":"fly"}', b"\xff\x00", '{"c":"submit-score","s":7}'])
async def test_what_is_no_state_is_not_remembered(jobs_redis: Redis, stored: str | bytes) -> None:
    def unreadable() -> float:
        return REGISTRY.get_sample_value("highscores_job_states_unreadable_total") or 0.0

    before = unreadable()
    done, job = state_of(str(uuid4())), str(uuid4())
    states = JobStates(jobs_redis)
    await states.record([done])
    await jobs_redis.set(key_of(job), stored, ex=60)
    assert await states.find([job, done.job]) == {done.job: RememberedJob(done, None)}
    assert unreadable() == before + 1


async def test_a_key_of_another_type_is_not_remembered(jobs_redis: Redis) -> None:
    job = str(uuid4())
    await jobs_redis.lpush(key_of(job), "x")
    assert await JobStates(jobs_redis).find([job]) == {}
    await jobs_redis.delete(key_of(job))
