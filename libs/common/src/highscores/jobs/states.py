"""How jobs ended, in Redis for some minutes, in which most are asked for; PostgreSQL knows it for good.

Redis alone also knows, for so long, whose standing a submission's job tells of.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from operator import attrgetter
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec
import structlog
from prometheus_client import Counter
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from highscores.domain.jobs import CommandName, JobState, JobStatus, StandingReference
from highscores.domain.problems import Problem
from highscores.jobs.full import JOBS_REDIS_FULL
from highscores.redis.connection import FunctionLibrary, OutOfMemoryError, raise_first, send_each

TTL_S = 300
FORM = 1  # of the stored text; another form takes another number, so that two versions can run side by side

_full = JOBS_REDIS_FULL.labels("job-states")
_unreadable = Counter("highscores_job_states_unreadable", "States in Redis that are none, and were read in PostgreSQL")

_log = structlog.get_logger(__name__)


class _StoredState(msgspec.Struct, frozen=True, omit_defaults=True):
    """A state without the job, which is in the key; names are short, and what is null is left out."""

    command: CommandName = msgspec.field(name="c")
    status: JobStatus = msgspec.field(name="s", default="done")
    accepted_at: str | None = msgspec.field(name="a", default=None)
    finished_at: str | None = msgspec.field(name="f", default=None)
    progress: float | None = msgspec.field(name="p", default=None)
    result: dict[str, Any] | None = msgspec.field(name="r", default=None)
    error: Problem | None = msgspec.field(name="e", default=None)
    standing: StandingReference | None = msgspec.field(name="t", default=None)


class RememberedJob(NamedTuple):
    """`standing` is None for a job that tells of none."""

    state: JobState
    standing: StandingReference | None


# Of a JobState, whose fields have the same names.
_facts_of = attrgetter(*(name for name in _StoredState.__struct_fields__ if name != "standing"))
_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(_StoredState)


class JobStates:
    """Every method raises RedisError when Redis cannot answer."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._functions = FunctionLibrary(redis, __package__, "states.lua")

    async def record(
        self, states: Sequence[JobState], standings: Mapping[str, StandingReference] = MappingProxyType({})
    ) -> None:
        """Remember these, with the standings of those jobs that tell of one.

        What a full Redis does not take is counted, and looked up in PostgreSQL.
        """
        # As text: the MessagePack that Redis reads is older than the type for bytes.
        shards: defaultdict[str, list[str]] = defaultdict(list)
        for state in states:
            shards[_stem(state.job)] += (state.job, _encode(state, standings.get(state.job)))
        calls = [([shard], (TTL_S, msgspec.msgpack.encode(packed))) for shard, packed in shards.items()]
        answers = await self._functions.try_each("highscores_jobs_record", calls)
        raise_first(answer for answer in answers if not isinstance(answer, OutOfMemoryError))
        for packed, answer in zip(shards.values(), answers, strict=True):
            if isinstance(answer, OutOfMemoryError):
                _full.inc(len(packed) // 2)

    async def find(self, jobs: Sequence[str]) -> dict[str, RememberedJob]:
        """Return the jobs among these whose end is remembered, by id."""
        keys = [f"{_stem(job)}{job}" for job in jobs]
        found = await send_each(self._redis, [(key, ("GET", key)) for key in keys])
        remembered = {job: _decode(job, answer) for job, answer in zip(jobs, found, strict=True) if answer}
        return {job: each for job, each in remembered.items() if each is not None}


def _encode(state: JobState, standing: StandingReference | None = None) -> str:
    return _encoder.encode(_StoredState(*(*_facts_of(state), standing))).decode()


def _decode(job: str, answer: Any) -> RememberedJob | None:
    """Return the job; None when what stands there is none, whoever wrote it."""
    if isinstance(answer, Exception) and not isinstance(answer, ResponseError):
        raise answer
    try:
        stored = _decoder.decode(answer)
    except (msgspec.MsgspecError, TypeError, ValueError) as error:
        _unreadable.inc()
        _log.warning("job_state.unreadable", job=job, reason=type(error).__name__)
        return None
    facts = msgspec.structs.asdict(stored)
    standing = facts.pop("standing")
    return RememberedJob(JobState(job=job, **facts), standing)


def _stem(job: str) -> str:
    """Return what the job's key begins with. The last digit of an id is random: sixteen shards, each a hash tag."""
    return f"{{job-{job[-1]}}}:{FORM}:"
