"""Who may put how much into the queue, and which idempotency keys came with what: one round trip for a whole group.

It fails open: a leaderboard without limits for a while is better than none, and the job id still makes a repeated
command one command. What is let in unasked is counted.
"""

import asyncio
import hashlib
import math
import struct
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import structlog
from prometheus_client import Counter
from redis.asyncio import Redis

from highscores.domain import problems
from highscores.domain.problems import ProblemError
from highscores.jobs.full import JOBS_REDIS_FULL
from highscores.redis.connection import FunctionLibrary, OutOfMemoryError, RedisError
from post_score.settings import LimitSettings

TIMEOUT_S = 0.3
SKIP_AFTER_FAILURE_S = 1.0
FULL_FOR_S = 1.0  # a Redis that was full is taken for full
FINGERPRINT_BYTES = 16

_refused = Counter("highscores_admission_refused", "Requests refused", ["reason"])
_unasked = Counter("highscores_admission_unasked", "Requests let in because Redis could not be asked")
for reason in ("rate", "key-reused"):
    _refused.labels(reason)  # there from the start: a series that appears with its first event shows no rise

_full = JOBS_REDIS_FULL.labels("idempotency-keys")

# What it costs, the digest of its key (four bytes find its hash, seven tell it apart), and that of its content.
_REQUEST = struct.Struct(">I11s7s")
_KEY_BYTES, _CONTENT_BYTES = 11, 7

_log = structlog.get_logger(__name__)


class Limit(NamedTuple):
    """A token bucket."""

    rate_per_s: float
    burst: int


class Ask(NamedTuple):
    """A request that wants in: whose it is, what it costs, and under which key it comes with which content, if any."""

    caller: str
    limit: Limit
    cost: int = 1
    key: bytes = b""
    fingerprint: bytes = b""


class Admission:
    """`remember_s`: for how long a key is known to have come with its content."""

    def __init__(self, redis: Redis, remember_s: int) -> None:
        self._functions = FunctionLibrary(redis, __package__, "admission.lua")
        self._remember_s = remember_s
        self._skip_until = 0.0
        self._full_until = 0.0

    async def admit(self, asks: Sequence[Ask]) -> list[ProblemError | None]:
        """Return for each, in order, None when it is let in, else why not (429 or 422)."""
        if time.monotonic() < self._skip_until:
            return self._admit_unasked(asks)
        by_caller: defaultdict[tuple[str, Limit], list[int]] = defaultdict(list)
        for index, ask in enumerate(asks):
            by_caller[ask.caller, ask.limit].append(index)
        calls = [
            ([f"{{{caller}}}"], self._arguments(limit, [asks[index] for index in indices]))
            for (caller, limit), indices in by_caller.items()
        ]
        try:
            async with asyncio.timeout(TIMEOUT_S):
                answers = await self._call(calls)
        except (RedisError, OSError, TimeoutError) as error:
            _log.warning("admission.unavailable", reason=type(error).__name__)
            self._skip_until = time.monotonic() + SKIP_AFTER_FAILURE_S
            return self._admit_unasked(asks)
        outcomes: list[ProblemError | None] = [None] * len(asks)
        for indices, answer in zip(by_caller.values(), answers, strict=True):
            if isinstance(
                answer, RedisError
            ):  # what stands in Redis for this caller perhaps: others have their answers
                _log.warning("admission.failed", reason=type(answer).__name__)
                self._admit_unasked([asks[index] for index in indices])
                continue
            for index, code in zip(indices, answer, strict=True):
                outcomes[index] = _refusal(code)
        return outcomes

    async def _call(self, calls: list[tuple[list[str], tuple[Any, ...]]]) -> list[Any]:
        """Return the answers in order. A Redis that is full is asked for tokens and for the keys that it knows."""
        if time.monotonic() < self._full_until:
            return await self._call_full(calls)
        answers = await self._functions.try_each("highscores_admit", calls)
        refused = [index for index, answer in enumerate(answers) if isinstance(answer, OutOfMemoryError)]
        if refused:
            self._full_until = time.monotonic() + FULL_FOR_S
            _log.warning("admission.redis_full")
            again = await self._call_full([calls[index] for index in refused])
            for index, answer in zip(refused, again, strict=True):
                answers[index] = answer
        return answers

    async def _call_full(self, calls: list[tuple[list[str], tuple[Any, ...]]]) -> list[Any]:
        answers = await self._functions.try_each("highscores_admit_when_full", calls)
        _full.inc(sum(len(answer) for answer in answers if isinstance(answer, list)))
        return answers

    def _arguments(self, limit: Limit, asks: Sequence[Ask]) -> tuple[Any, ...]:
        requests = b"".join(
            [_REQUEST.pack(ask.cost, ask.key[:_KEY_BYTES], ask.fingerprint[:_CONTENT_BYTES]) for ask in asks]
        )
        return limit.rate_per_s, limit.burst, self._remember_s, requests

    def _admit_unasked(self, asks: Sequence[Ask]) -> list[ProblemError | None]:
        _unasked.inc(len(asks))
        return [None] * len(asks)


def limits(settings: LimitSettings) -> tuple[Limit, Limit]:
    """Return the limit of a key and that of an address without one."""
    return (
        Limit(settings.key_rate, settings.key_burst),
        Limit(settings.anonymous_rate, settings.anonymous_burst),
    )


def digest(*parts: bytes) -> bytes:
    """A short hash; lengths first, so that different parts never give the same text."""
    text = b"".join(b"%d:%b" % (len(part), part) for part in parts)
    return hashlib.sha256(text).digest()[:FINGERPRINT_BYTES]


def _refusal(code: int) -> ProblemError | None:
    if code == 0:
        return None
    if code < 0:
        _refused.labels("key-reused").inc()
        return ProblemError(problems.idempotency_key_reused())
    _refused.labels("rate").inc()
    return ProblemError(problems.rate_limited(), {"Retry-After": str(math.ceil(code / 1000))})
