"""How jobs ended, in Redis for a day; PostgreSQL knows it for good."""

from collections import defaultdict
from collections.abc import Sequence

import msgspec
from redis.asyncio import Redis

from highscores.domain.jobs import JobState
from highscores.redis.connection import FunctionLibrary

TTL_S = 86_400

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(JobState)


class JobStates:
    """Every method raises RedisError when Redis cannot answer."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._functions = FunctionLibrary(redis, __package__, "states.lua")

    async def record(self, states: Sequence[JobState]) -> None:
        # As text: the MessagePack that Redis reads is older than the type for bytes.
        shards: defaultdict[str, list[str]] = defaultdict(list)
        for state in states:
            shards[_shard(state.job)] += (state.job, _encoder.encode(state).decode())
        calls = [([shard], (TTL_S, msgspec.msgpack.encode(packed))) for shard, packed in shards.items()]
        await self._functions.call_each("highscores_jobs_record", calls)

    async def find(self, jobs: Sequence[str]) -> dict[str, JobState]:
        """Return the jobs among these whose end is remembered, by id."""
        async with self._redis.pipeline(transaction=False) as pipeline:
            for job in jobs:
                pipeline.get(f"{_shard(job)}:{job}")
            found = await pipeline.execute()
        return {job: _decoder.decode(state) for job, state in zip(jobs, found, strict=True) if state}


def _shard(job: str) -> str:
    """The last digit of an id is random: sixteen shards, each a hash tag."""
    return f"{{job-{job[-1]}}}"
