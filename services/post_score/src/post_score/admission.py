"""Who may put how much into the queue, and which idempotency keys came with what: one round trip for a whole group.

It fails open: a leaderboard without limits for a while is better than none, and the job id still makes a repeated
command one command. What is let in unasked is counted.
"""

import asyncio
import hashlib
import math
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from prometheus_client import Counter
from redis.asyncio import Redis

from highscores.domain import problems
from highscores.domain.problems import ProblemError
from highscores.redis.connection import FunctionLibrary, RedisError
from post_score.settings import LimitSettings

KEEP_FINGERPRINTS_S = 25 * 3600  # an hour more than is promised
TIMEOUT_S = 0.3
SKIP_AFTER_FAILURE_S = 1.0
FINGERPRINT_BYTES = 16

_refused = Counter("highscores_admission_refused", "Requests refused", ["reason"])
_unasked = Counter("highscores_admission_unasked", "Requests let in because Redis could not be asked")
for reason in ("rate", "key-reused"):
    _refused.labels(reason)  # there from the start: a series that appears with its first event shows no rise

_pack = msgspec.msgpack.Encoder().encode


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
    def __init__(self, redis: Redis) -> None:
        self._functions = FunctionLibrary(redis, __package__, "admission.lua")
        self._skip_until = 0.0

    async def admit(self, asks: Sequence[Ask]) -> list[ProblemError | None]:
        """Return for each, in order, None when it is let in, else why not (429 or 422)."""
        if time.monotonic() < self._skip_until:
            return self._admit_unasked(asks)
        by_caller: defaultdict[tuple[str, Limit], list[int]] = defaultdict(list)
        for index, ask in enumerate(asks):
            by_caller[ask.caller, ask.limit].append(index)
        calls = [
            ([f"{{{caller}}}"], (_packed(limit, [asks[index] for index in indices]),))
            for (caller, limit), indices in by_caller.items()
        ]
        try:
            async with asyncio.timeout(TIMEOUT_S):
                answers = await self._functions.call_each("highscores_admit", calls)
        except (RedisError, OSError, TimeoutError):
            self._skip_until = time.monotonic() + SKIP_AFTER_FAILURE_S
            return self._admit_unasked(asks)
        outcomes: list[ProblemError | None] = [None] * len(asks)
        for indices, answer in zip(by_caller.values(), answers, strict=True):
            for index, code in zip(indices, answer, strict=True):
                outcomes[index] = _refusal(code)
        return outcomes

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


def _packed(limit: Limit, asks: Sequence[Ask]) -> bytes:
    requests = [(ask.cost, _text(ask.key), _text(ask.fingerprint)) for ask in asks]
    return _pack((limit.rate_per_s, limit.burst, KEEP_FINGERPRINTS_S, requests))


def _text(value: bytes) -> str:
    return value.hex()


def _refusal(code: int) -> ProblemError | None:
    if code == 0:
        return None
    if code < 0:
        _refused.labels("key-reused").inc()
        return ProblemError(problems.idempotency_key_reused())
    _refused.labels("rate").inc()
    return ProblemError(problems.rate_limited(), {"Retry-After": str(math.ceil(code / 1000))})
